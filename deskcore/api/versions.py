"""Entity tags: a ticket's number and version, which say nothing that the caller does not know."""

from __future__ import annotations

import re

from werkzeug.http import parse_etags

#: Stands for a version that a ticket never has, so that it is always stale.
NEVER = 0


def etag(number: str, version: int) -> str:
    """Return the entity tag of a ticket at one version, quoted as the header wants it."""
    return f'"{number}-v{version}"'


def is_known(header: str, number: str, version: int) -> bool:
    """Tell whether ``If-None-Match`` names this version."""
    return bool(header) and parse_etags(header).contains_weak(etag(number, version).strip('"'))


def wanted_version(header: str, number: str) -> int | None:
    """Return the version that ``If-Match`` asks for; ``None`` when any will do.

    :returns: of several the newest; :data:`NEVER` for a tag that is not this ticket's.
    """
    if not header or header.strip() == "*":
        return None
    pattern = re.compile(re.escape(number) + r"-v([0-9]{1,9})")
    # An empty tag is read as none at all.
    found = [pattern.fullmatch(tag or "") for tag in parse_etags(header).as_set()]
    return max((int(match[1]) for match in found if match), default=NEVER)

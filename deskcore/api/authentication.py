"""Bearer tokens: the only thing that signs a caller of the API in, and it looks at nothing else."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from flask import Flask, current_app, g, request
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import bindparam, or_, select
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Unauthorized

from deskcore.api.language import use_language
from deskcore.api.limits import Allowance
from deskcore.api.parsing import MAX_JSON
from deskcore.clock import now
from deskcore.config import Config
from deskcore.errors import NotAllowed, TooMany
from deskcore.extensions import db
from deskcore.hooks.models import SystemState
from deskcore.people.models import ApiToken, DeskGrant, Person
from deskcore.people.signing_in import secret_hash
from deskcore.runtime import runtime
from deskcore.viewer import Area, Viewer
from deskcore.web.viewer import keep_up

log = logging.getLogger("deskcore.api")

_ALLOWANCE = "deskcore_api_allowance"
_TOKEN = re.compile(r"dc_[A-Za-z0-9_-]{20,200}")


@dataclass(frozen=True)
class Caller:
    """Somebody who calls the API, and what the token allows.

    :param desk_roles: ``agent`` or ``lead`` by desk id.
    """

    person: Person
    area: Area
    scopes: frozenset[str]
    expires_at: datetime | None
    desk_roles: Mapping[int, str]


def caller() -> Caller:
    """Return who calls."""
    found: Caller = g.api_caller
    return found


def init_app(app: Flask, config: Config) -> None:
    """Give every token its share of requests."""
    app.extensions[_ALLOWANCE] = Allowance(config.api_rate, config.api_burst)


def begin(most: int = MAX_JSON) -> None:
    """Prepare a request: its language, and how much it may send.

    :param most: bytes of its body.
    """
    use_language()
    request.max_content_length = min(runtime().config.max_request, most)


def authenticate() -> None:
    """Sign the caller in, in one statement, and make the session theirs.

    :raises TooMany: before anything is looked up, when the token was used too often just now.
    :raises Unauthorized: when there is no token, or it is unknown, too old, void, or its person has left.
    """
    hashed = secret_hash(_token())
    _take_from_allowance(hashed)
    found = _find(hashed)
    if found is None:
        log.info("refused a token that is unknown, void or too old")
        raise _unauthorized(_("This token is not valid."), "invalid_token")
    g.api_caller = found
    keep_up(g.get("epoch") or 0)
    info = db.session().info
    info["viewer"] = Viewer(
        found.person.id,
        found.area,
        found.desk_roles,
        found.person.administrator,
        found.person.auditor,
        scopes=found.scopes,
    )


def require(*scopes: str) -> None:
    """Refuse a caller whose token lacks one of ``scopes``.

    :raises NotAllowed: naming the scope.
    """
    for scope in scopes:
        if scope not in caller().scopes:
            raise NotAllowed(_("This token lacks the scope “%(scope)s”.", scope=scope))


def _token() -> str:
    kind, _space, token = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer":
        raise _unauthorized("", None)
    if not _TOKEN.fullmatch(token):
        raise _unauthorized(_("This token is not valid."), "invalid_token")
    return token


def _unauthorized(detail: str, error: str | None) -> Unauthorized:
    challenge = WWWAuthenticate("bearer", {"realm": "deskcore", **({"error": error} if error else {})})
    return Unauthorized(detail or None, www_authenticate=challenge)


def _take_from_allowance(token_hash: str) -> None:
    allowance: Allowance = current_app.extensions[_ALLOWANCE]
    wait = allowance.take(token_hash)
    if wait:
        sentence = ngettext(
            "This token sent too many requests. Wait %(num)s second.",
            "This token sent too many requests. Wait %(num)s seconds.",
            wait,
        )
        raise TooMany(sentence, wait)


#: Built once: an expression costs more to build than to run, and every request asks for this one.
_CALLER = (
    select(ApiToken, Person, SystemState.epoch, DeskGrant.desk_id, DeskGrant.role)
    .join(Person, Person.id == ApiToken.person_id)
    .outerjoin(SystemState, SystemState.id == 1)
    .outerjoin(DeskGrant, DeskGrant.person_id == Person.id)
    .where(ApiToken.token_hash == bindparam("token_hash"), ApiToken.revoked_at.is_(None), Person.active)
    .where(or_(ApiToken.expires_at.is_(None), ApiToken.expires_at > bindparam("at")))
    .execution_options(populate_existing=True)
)


def _find(token_hash: str) -> Caller | None:
    rows: Sequence[Any] = db.session.execute(_CALLER, {"token_hash": token_hash, "at": now()}).all()
    if not rows:
        return None
    row, person, g.epoch = rows[0][:3]
    roles = {desk_id: role for *_rest, desk_id, role in rows if desk_id is not None}
    area: Area = "workspace" if row.area == "workspace" else "portal"
    return Caller(person, area, frozenset(row.scopes), row.expires_at, MappingProxyType(roles))

"""What a form was filled in over, in a few characters: so that nobody overwrites what nobody has shown them."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from deskcore.errors import Conflict


def fingerprint(value: Any) -> str:
    """Return the same few characters for the same value, whatever the order of its keys."""
    written = json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(written.encode("utf-8", "replace")).hexdigest()[:16]


def check_unchanged(value: Any, seen: str, message: str) -> None:
    """Refuse to go on when a value is no longer what was seen; call it under the write lock.

    :param seen: the fingerprint of what the form showed.
    :raises Conflict: when somebody changed it meanwhile.
    """
    if fingerprint(value) != seen:
        raise Conflict(message)

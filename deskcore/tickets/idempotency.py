"""Sending something twice: the second time returns what the first one did."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from deskcore.errors import Refused
from deskcore.tickets.models import IdempotencyKey

MAX_KEY = 100


def fingerprint(content: Any) -> str:
    """Return a hash of what was sent: plain JSON data."""
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()


def earlier_result(session: Session, person_id: int, key: str, content_hash: str) -> dict[str, Any] | None:
    """Return what the same person got for the same key, or nothing the first time.

    Ask inside the unit of work, under its lock, and :func:`remember` before it ends.

    :raises Refused: when the key is too long, or was used for something else.
    """
    if len(key) > MAX_KEY:
        raise Refused(_("An idempotency key has at most %(count)s characters.", count=MAX_KEY))
    row = session.get(IdempotencyKey, (person_id, key), populate_existing=True)
    if row is None:
        return None
    if row.request_hash != content_hash:
        raise Refused(_("This idempotency key was already used for something else."))
    return row.result


def remember(session: Session, person_id: int, key: str, content_hash: str, result: dict[str, Any]) -> None:
    """Keep a result for its key in the same transaction as what it stands for."""
    session.add(IdempotencyKey(person_id=person_id, key=key, request_hash=content_hash, result=result))

"""Sending something twice: the second time returns what the first one did."""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import update
from sqlalchemy.orm import Session

from deskcore.clock import now
from deskcore.errors import Refused
from deskcore.extensions import db, insert_into
from deskcore.runtime import runtime
from deskcore.tickets.models import IdempotencyKey

MAX_KEY = 100
_UNTRACKED = {"synchronize_session": False}


def fingerprint(content: Any) -> str:
    """Return a hash of what was sent: plain JSON data.

    It is made with the secret key: whoever has a copy of the database could else try short answers until one fits.
    """
    plain = json.dumps(content, sort_keys=True, default=str)
    return hmac.digest(runtime().config.secret_key.encode(), f"what was sent: {plain}".encode(), "sha256").hex()


def earlier_result_of(person_id: int, key: str, content_hash: str = "") -> dict[str, Any] | None:
    """Return what somebody got for a key before, without reserving it; nothing when the key is new.

    :param content_hash: of what is sent now; left out, it is not compared.
    :raises Refused: when the key was used for something else.
    """
    row = db.session.get(IdempotencyKey, (person_id, key[:MAX_KEY]), populate_existing=True)
    if row is None:
        return None
    if content_hash and row.request_hash != content_hash:
        raise Refused(_("This idempotency key was already used for something else."))
    return row.result


def earlier_result(session: Session, person_id: int, key: str, content_hash: str) -> dict[str, Any] | None:
    """Return what the same person got for the same key, or reserve the key and return nothing the first time.

    Ask inside the unit of work and :func:`remember` before it ends. Whoever asks at the same time waits here until
    the first one has committed.

    :raises Refused: when the key is too long, or was used for something else.
    """
    if len(key) > MAX_KEY:
        raise Refused(_("An idempotency key has at most %(count)s characters.", count=MAX_KEY))
    values = {"person_id": person_id, "key": key, "request_hash": content_hash, "result": {}, "at": now()}
    reserved = insert_into(session, IdempotencyKey).values(values).on_conflict_do_nothing()
    if session.execute(reserved.returning(IdempotencyKey.key)).one_or_none() is not None:
        return None
    return earlier_result_of(person_id, key, content_hash)


def remember(session: Session, person_id: int, key: str, result: dict[str, Any]) -> None:
    """Keep a result for its reserved key in the same transaction as what it stands for."""
    mine = IdempotencyKey.person_id == person_id, IdempotencyKey.key == key
    session.execute(update(IdempotencyKey).where(*mine).values(result=result), execution_options=_UNTRACKED)


def renumber(session: Session, person_id: int, before: str, after: str) -> None:
    """Lead somebody's repeats to the number that a ticket has now.

    Nobody else's: that a ticket went to a confidential desk, and its number there, is not for everybody who once
    wrote it down.
    """
    replace_result(session, person_id, {"number": before}, {"number": after})


def replace_result(session: Session, person_id: int, before: Mapping[str, str], after: dict[str, Any]) -> None:
    """Let somebody's repeats get another result.

    :param before: what the result says so far.
    """
    said = (IdempotencyKey.result[name].as_string() == value for name, value in before.items())
    changed = update(IdempotencyKey).where(IdempotencyKey.person_id == person_id, *said).values(result=after)
    session.execute(changed, execution_options=_UNTRACKED)

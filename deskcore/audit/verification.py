"""Proof that nobody edited, removed, inserted or moved an entry of the log."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from deskcore.audit import chain
from deskcore.audit.chain import Head
from deskcore.audit.recording import ENTRY, HEAD, keys_of
from deskcore.clock import now
from deskcore.extensions import Executor, db
from deskcore.work import unit_of_work

log = logging.getLogger("deskcore.audit")

#: Entries that are read at once.
_PAGE = 1000

Reason: TypeAlias = Literal["changed", "foreign", "missing", "cut", "added", "mended", "empty", "other"]

_SENTENCES: Mapping[Reason, str] = {
    "changed": "Entry {} was changed, or put in the place of another one.",
    "foreign": "Entry {} was forged, or signed with a secret key that is not among former_secret_keys.",
    "missing": "Entry {} is missing.",
    "cut": "Entry {} and what followed it were removed, or the end of the log was changed.",
    "added": "Entry {} was added behind the end of the log.",
    "mended": "Before entry {} was written, the end of the log had been changed or removed.",
    "empty": "Entry {} and all others were removed: the log of an installation is never empty.",
    "other": "Entry {} is not the one whose digest was noted.",
}


@dataclass(frozen=True)
class Broken:
    """The first entry that is not as it was written."""

    sequence: int
    reason: Reason

    @property
    def message(self) -> str:
        """One English sentence that names the entry."""
        return _SENTENCES[self.reason].format(self.sequence)


@dataclass(frozen=True)
class Verification:
    """What a verification found.

    :param checked: how many entries were looked at: all of them, when none is broken.
    :param head: the end of the chain.
    """

    checked: int
    head: Head
    broken: Broken | None = None


@dataclass(frozen=True)
class Noted:
    """What the last verification found, as the page tells it."""

    at: datetime | None
    sequence: int | None
    broken: Broken | None


def verify(on: Executor, noted: Head | None = None) -> Verification:
    """Look at every entry from the first to the newest; nothing is written.

    :param noted: sequence and digest of an entry that were noted elsewhere; only they show that the newest entries
        were removed by somebody who had kept an older end of the chain.
    """
    connection = on if isinstance(on, Connection) else on.connection()
    keys, head = keys_of(connection), read_head(connection)
    # Entries that are written meanwhile lie behind this end, and are left for the next time.
    wanted = sa.select(ENTRY).order_by(ENTRY.c.sequence)
    if head.is_authentic(keys):
        wanted = wanted.where(ENTRY.c.sequence <= head.sequence)
    last, checked = Head(), 0
    for row in _readable(connection, wanted):
        checked += 1
        broken = _fault(row, last, keys)
        if broken is not None:
            return Verification(checked, head, broken)
        last = Head(row["sequence"], row["digest"])
    return Verification(checked, head, _fault_at_end(connection, last, head, keys) or _unlike(connection, last, noted))


def read_head(on: Executor) -> Head:
    """Return the end of the chain: what to note elsewhere."""
    row = on.execute(sa.select(HEAD.c.sequence, HEAD.c.digest, HEAD.c.mac)).one_or_none()
    return Head(*row) if row is not None else Head()


def note(on: Executor, result: Verification) -> None:
    """Store what a verification found, so that the page can tell it."""
    broken = result.broken
    values = {
        "verified_at": now(),
        "verified_sequence": result.head.sequence,
        "broken_sequence": broken.sequence if broken else None,
        "broken_because": broken.reason if broken else None,
    }
    on.execute(HEAD.update().values(values))


def last_verification(on: Executor) -> Noted:
    """Return what the last verification found."""
    columns = HEAD.c.verified_at, HEAD.c.verified_sequence, HEAD.c.broken_sequence, HEAD.c.broken_because
    row = on.execute(sa.select(*columns)).one_or_none()
    if row is None:
        return Noted(None, None, None)
    at, sequence, broken, because = row
    return Noted(at, sequence, Broken(broken, because) if broken is not None else None)


def verify_daily(payload: Mapping[str, Any]) -> None:
    """Verify the log, note the result, and call it out in the server's log if it is broken; a job."""
    result = verify(db.session)
    with unit_of_work() as session:
        note(session, result)
    if result.broken is not None:
        log.error("the audit log is broken: %s", result.broken.message)


def _readable(connection: Connection, wanted: sa.Select[Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the rows in order, and an empty one in the place of one that is no entry at all."""
    last, size = None, _PAGE
    while True:
        page = wanted if last is None else wanted.where(ENTRY.c.sequence > last)
        try:
            rows = connection.execute(page.limit(size)).mappings().all()
        except (ValueError, TypeError):
            if size == 1:
                yield {}
                return
            size = 1
            continue
        yield from map(dict, rows)
        if len(rows) < size:
            return
        last = rows[-1]["sequence"]


def _fault(row: Mapping[str, Any], last: Head, keys: Sequence[bytes]) -> Broken | None:
    """Return what is wrong with an entry that follows ``last``, or nothing."""
    if not row:
        return Broken(last.sequence + 1, "changed")
    sequence = row["sequence"]
    if sequence > last.sequence + 1:
        return Broken(last.sequence + 1, "missing")
    whole = row["particulars_digest"] == chain.particulars_digest(row) and row["digest"] == chain.entry_digest(row)
    if not whole or sequence <= last.sequence or row["previous_digest"] != last.digest:
        return Broken(sequence, "changed")
    if not chain.is_mac(keys, row["digest"], row["mac"]):
        return Broken(sequence, "foreign")
    if row["action"] == "log.broken" and not _was_sound(row, last, keys):
        return Broken(sequence, "mended")
    return None


def _was_sound(row: Mapping[str, Any], last: Head, keys: Sequence[bytes]) -> bool:
    """Tell whether the end that a writer could not believe was right: its key may be known only now."""
    found = Head(**json.loads(row["before"]))
    return found.is_authentic(keys) and (found.sequence, found.digest) == (last.sequence, last.digest)


def _fault_at_end(connection: Connection, last: Head, head: Head, keys: Sequence[bytes]) -> Broken | None:
    if last.sequence == 0:
        return Broken(1, "empty")
    if not head.is_authentic(keys) or (head.sequence, head.digest) != (last.sequence, last.digest):
        return Broken(last.sequence + 1, "cut")
    # In one statement with the present end: entries are written all the time.
    end = sa.select(HEAD.c.sequence).scalar_subquery()
    added = connection.scalar(sa.select(sa.func.min(ENTRY.c.sequence)).where(ENTRY.c.sequence > end))
    return Broken(added, "added") if added is not None else None


def _unlike(connection: Connection, last: Head, noted: Head | None) -> Broken | None:
    if noted is None:
        return None
    if noted.sequence > last.sequence:
        return Broken(last.sequence + 1, "cut")
    found = connection.scalar(sa.select(ENTRY.c.digest).where(ENTRY.c.sequence == noted.sequence))
    return None if found == noted.digest else Broken(noted.sequence, "other")

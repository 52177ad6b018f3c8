"""Sealing what is stored: answers that were given in clear, and those that are sealed with an older key.

A few hundred tickets in each transaction; whoever is stopped leaves whole batches behind, and the next one goes on.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, select
from sqlalchemy.engine import Row
from sqlalchemy.orm import Session

from deskcore import audit
from deskcore.answer_keys import AnswerKey, AnswerKeys, add_key, end_rotation, read_keys
from deskcore.desks.form_versions import thaw
from deskcore.desks.models import FormVersion, RequestTypeRow
from deskcore.extensions import db
from deskcore.hooks.contributions import Field
from deskcore.runtime import runtime
from deskcore.sealing import SEALING_JOB
from deskcore.tickets import sealed_files, sealed_tables
from deskcore.tickets.conversation_models import Attachment
from deskcore.tickets.models import Ticket
from deskcore.tickets.sealing_files import holds_clear_files, overwriting, seal_files
from deskcore.tickets.sensitive import has_clear, is_sensitive, resealed, sealed_with, stored
from deskcore.work import unit_of_work

#: Kind of the job.
JOB = SEALING_JOB
#: Tickets of one transaction.
BATCH = 200
#: Milliseconds to wait for those who read the log.
_PATIENCE = 2000

Progress = Callable[[int], None]


@dataclass(frozen=True)
class Rotated:
    """What came of a rotation.

    :param key: the one with which everything is sealed now.
    :param continued: whether an earlier rotation was brought to its end.
    :param lost: answers, files and values of plugins that could not be opened, and stay as they were.
    :param values: of plugins that were sealed anew.
    """

    key: AnswerKey
    continued: bool
    tickets: int
    lost: int
    values: int = 0


def seal_daily(payload: Mapping[str, Any]) -> None:
    """Seal what is in clear; also done at once after an update, and after a field has become sensitive."""
    seal_stored()


def seal_stored() -> int:
    """Seal every sensitive answer that is stored in clear, and its files; return in how many tickets there were such.

    That is so after an update from a version that did not seal, and after a field has become sensitive.
    """
    forms, count = SensitiveForms(db.session()), 0
    concerned = sa.or_(Ticket.form_version_id.in_(forms.versions), Ticket.request_type_id.in_(forms.types))
    for rows in _batches(concerned):
        clear = [row.id for row in rows if has_clear(row.answers, forms.fields_of(row))]
        if clear:
            with _changing(clear) as tickets, overwriting(db.session()):
                for ticket in tickets:
                    _change(ticket, stored(forms.fields_of(ticket), ticket.answers, ticket.sealed_as))
            count += len(clear)
    files = sum(seal_files(rows) for rows in _batches(concerned, holds_clear_files()))
    if count or files:
        _empty_the_log()
    return count


def _empty_the_log() -> None:
    """Bring all of SQLite's write-ahead log, which has pages as they were, into its file, if nobody reads it now."""
    if db.engine.dialect.name != "sqlite":
        return
    db.session.rollback()  # this session is done with reading
    connection = db.engine.raw_connection()
    cursor = connection.cursor()
    try:
        cursor.execute(f"PRAGMA busy_timeout={_PATIENCE}")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        cursor.execute(f"PRAGMA busy_timeout={runtime().config.database_timeout * 1000}")
        cursor.close()
        connection.close()


def rotate(progress: Progress = lambda tickets: None) -> Rotated:
    """Make a new key and seal every sensitive answer with it, or go on with a rotation that was stopped.

    :param progress: called with the number of tickets that were looked at so far.
    """
    instance = runtime().config.instance
    with unit_of_work() as session:
        continued = read_keys(instance).rotating
        keys = add_key(instance, unless=lambda found: found.rotating)
        newest = keys.keys[0]
        if not continued:
            audit.record(session, "answer.key_made", audit.Subject("answer_key", newest.id))
    count = lost = 0
    for rows in _batches(Ticket.sealed_with.is_not(None), Ticket.sealed_with != newest.id):
        with _changing([row.id for row in rows]) as tickets:
            files = _sealed_files(tickets)
            lost += sum(_reseal(ticket, files[ticket.id], keys) for ticket in tickets)
        count += len(rows)
        progress(count)
    values, unopened = sealed_tables.reseal(db.session(), keys)
    end_rotation(instance)
    return Rotated(newest, continued, count, lost + unopened, values - unopened)


def _sealed_files(tickets: Sequence[Ticket]) -> Mapping[int, Sequence[Attachment]]:
    found: defaultdict[int, list[Attachment]] = defaultdict(list)
    sealed = Attachment.ticket_id.in_([ticket.id for ticket in tickets]), Attachment.sealed.is_not(None)
    for file in db.session.scalars(select(Attachment).where(*sealed)):
        found[file.ticket_id].append(file)
    return found


def _reseal(ticket: Ticket, files: Sequence[Attachment], keys: AnswerKeys) -> int:
    """Seal answers with the newest key, and what opens the files; return how many could not be opened."""
    answers, lost = resealed(keys, ticket.sealed_as or "", ticket.answers)
    for file in files:
        label = sealed_files.resealed(keys, ticket.sealed_as, file)
        lost += label is None
        file.sealed = label or file.sealed
    used = sealed_with(answers, [file.sealed for file in files if file.sealed])
    _change(ticket, {"answers": answers, "sealed_with": used})
    return lost


def used_keys(session: Session) -> dict[str, int]:
    """Return how many tickets, and values of plugins, are sealed with each key."""
    counted = select(Ticket.sealed_with, sa.func.count()).where(Ticket.sealed_with.is_not(None))
    found = session.execute(counted.group_by(Ticket.sealed_with))
    tickets = Counter({key: count for key, count in found if key is not None})
    return dict(tickets + Counter(sealed_tables.used_keys(session)))


class SensitiveForms:
    """The forms in which something is sensitive: as they are now, and as tickets were filled with."""

    def __init__(self, session: Session) -> None:
        rows = session.execute(select(FormVersion.id, FormVersion.fields))
        self._fields = {key: [each for each in thaw(fields) if is_sensitive(each)] for key, fields in rows}
        now = session.execute(select(RequestTypeRow.id, RequestTypeRow.form_version_id)).all()
        self._present = {key: self._fields.get(version, []) for key, version in now}
        self.versions = [key for key, fields in self._fields.items() if fields]
        self.types = [key for key, fields in self._present.items() if fields]

    def fields_of(self, ticket: Ticket | Row[Any]) -> Sequence[Field]:
        """Return what is sensitive in a ticket: what was when it was filled, and what is now."""
        now = self._present.get(ticket.request_type_id, [])
        return [*now, *self._fields.get(ticket.form_version_id, [])]


def _batches(*conditions: ColumnElement[bool]) -> Iterator[Sequence[Row[Any]]]:
    """Yield tickets as they are before the lock, which is held for what is written only."""
    columns = Ticket.id, Ticket.request_type_id, Ticket.form_version_id, Ticket.sealed_as, Ticket.answers
    last = 0
    while rows := db.session.execute(
        select(*columns).where(Ticket.id > last, *conditions).order_by(Ticket.id).limit(BATCH)
    ).all():
        last = rows[-1].id
        yield rows


@contextmanager
def _changing(ids: Sequence[int]) -> Iterator[Sequence[Ticket]]:
    """Load tickets under the write lock, store what the block changes, and forget them."""
    with unit_of_work() as session:
        wanted = select(Ticket).where(Ticket.id.in_(ids)).order_by(Ticket.id)
        wanted = wanted.with_for_update(of=Ticket, key_share=True).execution_options(populate_existing=True)
        tickets = session.scalars(wanted).all()
        yield tickets
        session.flush()
        for ticket in tickets:
            session.expunge(ticket)


def _change(ticket: Ticket, columns: Mapping[str, Any]) -> None:
    """Change how a ticket is stored; what it says is the same, so neither its version nor its history is touched."""
    for name, value in columns.items():
        setattr(ticket, name, value)

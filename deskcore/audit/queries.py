"""Reading the log: filtered, newest first, a page at a time."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement
from sqlalchemy.engine import Row

from deskcore.audit.recording import ENTRY, PERSON
from deskcore.extensions import Executor

#: Entries that a walk through the whole log reads at once.
_CHUNK = 500
_ACTING = PERSON.alias("acting")
_ABOUT = PERSON.alias("about")


@dataclass(frozen=True)
class Wanted:
    """Which entries to read.

    :param who: part of the actor's address or name, present or as it was written.
    :param what: an action such as ``grant.given``, or the kind of subject it begins with, such as ``grant``.
    :param since: aware, inclusive.
    :param until: aware, exclusive.
    """

    who: str = ""
    what: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class EntryView:
    """An entry as people read it.

    :param actor: present address of the person, or as it was written; name of the plugin; account.
    :param actor_name: present name of the person; empty for others, and when the person is gone.
    :param subject: present or written address of a person; public key of anything else.
    """

    sequence: int
    at: datetime
    actor_kind: str
    actor: str
    actor_name: str
    address: str
    action: str
    subject_type: str
    subject: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]


def read_entries(
    on: Executor, wanted: Wanted, limit: int, *, older_than: int | None = None, newer_than: int | None = None
) -> list[EntryView]:
    """Return at most ``limit`` entries, newest first.

    :param older_than: sequence of the entry after which the page begins.
    :param newer_than: sequence of the entry before which the page ends, instead.
    """
    statement = _select(wanted).limit(limit)
    if older_than is not None:
        statement = statement.where(ENTRY.c.sequence < older_than)
    if newer_than is not None:
        statement = statement.where(ENTRY.c.sequence > newer_than)
    oldest_first = newer_than is not None
    statement = statement.order_by(ENTRY.c.sequence if oldest_first else ENTRY.c.sequence.desc())
    rows = [_view(row) for row in on.execute(statement)]
    return rows[::-1] if oldest_first else rows


def walk(on: Executor, wanted: Wanted) -> Iterator[EntryView]:
    """Yield every entry, newest first, however many there are."""
    older_than: int | None = None
    while chunk := read_entries(on, wanted, _CHUNK, older_than=older_than):
        yield from chunk
        older_than = chunk[-1].sequence


def _select(wanted: Wanted) -> sa.Select[Any]:
    columns = (
        ENTRY.c.sequence, ENTRY.c.at, ENTRY.c.actor_kind, ENTRY.c.actor, ENTRY.c.address, ENTRY.c.action,
        ENTRY.c.subject_type, ENTRY.c.subject, ENTRY.c.before, ENTRY.c.after,
        _ACTING.c.email.label("actor_email"), _ACTING.c.name.label("actor_name"), _ABOUT.c.email.label("about_email"),
    )  # fmt: skip
    joined = ENTRY.outerjoin(_ACTING, _ACTING.c.id == ENTRY.c.actor_id).outerjoin(
        _ABOUT, _ABOUT.c.id == ENTRY.c.subject_id
    )
    return sa.select(*columns).select_from(joined).where(*_conditions(wanted))


def _conditions(wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    if wanted.who:
        named = (ENTRY.c.actor, _ACTING.c.email, _ACTING.c.name)
        yield sa.or_(*(column.icontains(wanted.who, autoescape=True) for column in named))
    if wanted.what:
        of_the_kind = ENTRY.c.action.startswith(f"{wanted.what}.", autoescape=True)
        yield sa.or_(ENTRY.c.action == wanted.what, of_the_kind)
    if wanted.since is not None:
        yield ENTRY.c.at >= wanted.since
    if wanted.until is not None:
        yield ENTRY.c.at < wanted.until


def _view(row: Row[Any]) -> EntryView:
    return EntryView(
        sequence=row.sequence,
        at=row.at,
        actor_kind=row.actor_kind,
        actor=row.actor_email or row.actor,
        actor_name=row.actor_name or "",
        address=row.address,
        action=row.action,
        subject_type=row.subject_type,
        subject=row.about_email or row.subject,
        before=json.loads(row.before),
        after=json.loads(row.after),
    )

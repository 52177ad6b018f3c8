"""How much there was to do, in numbers: what came in and was solved, what is open, and with whom.

Each function is one statement over what whoever asks may see. What came or was solved in a period was changed in it,
too: that is what its index holds.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, func, select

from deskcore.clock import now
from deskcore.extensions import db
from deskcore.people.models import Person
from deskcore.tickets.due import are_kept
from deskcore.tickets.models import Ticket

#: Seconds of the pieces in which the database counts: the clocks of all time zones differ by whole ones.
_PIECE = 900
#: Categories of status in which a ticket waits for somebody else.
WAITING = ("waiting_requester", "waiting_approval", "on_hold")


@dataclass(frozen=True)
class Open:
    """Some open tickets that are alike.

    :param assignee: e-mail address and name; nothing for those that nobody has.
    :param age: place of the first of the moments asked for that is not later than when they came.
    """

    assignee: tuple[str, str] | None
    age: int
    waiting: bool
    overdue: bool
    count: int


def created(beginnings: Sequence[datetime], desk_id: int | None) -> list[int]:
    """Return how many tickets came in each of some periods, each of which begins where the one before ends.

    :param beginnings: the last period lasts until now.
    :param desk_id: of one desk; of all, when left out.
    """
    return _per_period(Ticket.created_at, beginnings, desk_id)


def solved(beginnings: Sequence[datetime], desk_id: int | None) -> list[int]:
    """Return how many of the tickets that are solved were so in each of some periods, as :func:`created` does."""
    return _per_period(Ticket.resolved_at, beginnings, desk_id)


def most_wanted(since: datetime, desk_id: int | None, limit: int) -> Mapping[int, int]:
    """Return which request types were asked for most often since a moment: how often, by id."""
    count = func.count()
    wanted = select(Ticket.request_type_id, count).where(*_since(Ticket.created_at, since), *_on(desk_id))
    wanted = wanted.group_by(Ticket.request_type_id).order_by(count.desc(), Ticket.request_type_id).limit(limit)
    return {row[0]: row[1] for row in db.session.execute(wanted)}


def open_now(ages: Sequence[datetime], desk_id: int | None) -> list[Open]:
    """Return all open tickets, those that are alike counted together.

    :param ages: moments from the latest to the earliest, by which tickets are told apart.
    """
    age = sa.case(*((Ticket.created_at >= each, place) for place, each in enumerate(ages)), else_=len(ages))
    waiting = Ticket.status_category.in_(WAITING)
    overdue = func.coalesce(Ticket.due_at < now(), sa.false()) if are_kept() else sa.literal(False)
    of = [column.label(name) for name, column in (("age", age), ("waiting", waiting), ("overdue", overdue))]
    wanted = select(Person.email, Person.name, *of, func.count().label("tickets"))
    wanted = wanted.select_from(Ticket).outerjoin(Person, Person.id == Ticket.assignee_id)
    wanted = wanted.where(Ticket.finished.is_(False), *_on(desk_id)).group_by(
        Person.email, Person.name, "age", "waiting", "overdue"
    )
    return [
        Open((row.email, row.name) if row.email else None, row.age, bool(row.waiting), bool(row.overdue), row.tickets)
        for row in db.session.execute(wanted)
    ]


def _per_period(column: Any, beginnings: Sequence[datetime], desk_id: int | None) -> list[int]:
    piece = sa.cast(func.floor(sa.extract("epoch", column) / _PIECE), sa.BigInteger).label("piece")
    wanted = select(piece, func.count().label("tickets")).where(*_since(column, beginnings[0]), *_on(desk_id))
    borders = [int(beginning.timestamp()) // _PIECE for beginning in beginnings]
    found = [0] * len(beginnings)
    for row in db.session.execute(wanted.group_by("piece")):
        found[max(0, bisect_right(borders, row.piece) - 1)] += row.tickets
    return found


def _since(column: Any, since: datetime) -> list[ColumnElement[bool]]:
    return [Ticket.updated_at >= since, column >= since]


def _on(desk_id: int | None) -> list[ColumnElement[bool]]:
    return [] if desk_id is None else [Ticket.desk_id == desk_id]

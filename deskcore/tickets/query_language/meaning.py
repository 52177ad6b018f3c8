"""What the terms of a query mean: conditions on tickets, for one person who asks.

The session's policy comes on top of them by itself. A desk that somebody does not work on, and one that does not
exist, are the same here: nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeAlias

import sqlalchemy as sa
from sqlalchemy import ColumnElement, select

from deskcore.clock import now
from deskcore.hooks.contributions import PRIORITIES, STATUS_CATEGORIES
from deskcore.people.models import FormerAddress, Person
from deskcore.tickets.agent_models import NoteMention, TicketRead, TicketSnooze
from deskcore.tickets.conversation_models import Note
from deskcore.tickets.matching import matches
from deskcore.tickets.models import Ticket, TicketTag
from deskcore.tickets.query_language.moments import bound, span
from deskcore.tickets.query_language.own_filters import OwnFilter
from deskcore.tickets.query_language.terms import Bad, Item, Term
from deskcore.tickets.query_language.words import MOMENTS, is_own

#: How long before its due time a ticket counts as due soon.
DUE_SOON = timedelta(hours=4)
#: Where SQL knows no yes and no: its opposite has to include what is not set.
_NULLABLE = ("assignee", "team", "due", "solved")
#: A person's id, or the parameter of a statement that stands for one.
Someone: TypeAlias = int | sa.BindParameter[int] | None
_SOON, _OVERDUE = f"{int(DUE_SOON / timedelta(hours=1))}h", "0h"


@dataclass(frozen=True)
class Known:
    """What the words of a query can name for one person.

    :param desks: ids of the desks they work on, by key.
    :param statuses: keys of the statuses of these desks.
    :param services: ids of request types of these desks, by each of their names; ``teams`` likewise.
    :param own: filters of the plugins that are on, by their key in the query.
    """

    desks: Mapping[str, int] = field(default_factory=dict)
    statuses: frozenset[str] = frozenset()
    services: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    teams: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    own: Mapping[str, OwnFilter] = field(default_factory=dict)


@dataclass(frozen=True)
class Wanted:
    """A term with ids in place of names."""

    key: str
    values: tuple[Any, ...]
    sign: str = ""
    negated: bool = False


#: What whoever asks has not put off.
NOT_SNOOZED = Wanted("is", ("snoozed",), negated=True)


@dataclass(frozen=True)
class Understood:
    """What a query asks for.

    :param wanted: all of it at once.
    :param strange: the values that name nothing here, by the place of their term among the items.
    """

    wanted: tuple[Wanted, ...]
    strange: Mapping[int, tuple[str, ...]]


def understand(items: Sequence[Item], known: Known) -> Understood:
    """Return what a query means to somebody.

    A term none of whose values is known narrows nothing, except for desks: of a desk that is not theirs nobody
    sees anything.
    """
    wanted: list[Wanted] = []
    strange: dict[int, tuple[str, ...]] = {}
    for place, item in enumerate(items):
        if isinstance(item, Bad):
            continue
        ids, unknown = _ids(item, known)
        if unknown:
            strange[place] = unknown
        if ids or item.key == "desk":
            wanted.append(Wanted(item.key, ids, item.sign, item.negated))
    return Understood(tuple(wanted), strange)


def _ids(term: Term, known: Known) -> tuple[tuple[Any, ...], tuple[str, ...]]:
    """Return what the values of a term name, and the values that name nothing."""
    if term.key in ("service", "team"):
        names = known.services if term.key == "service" else known.teams
        found = [("none",) if (term.key, value) == ("team", "none") else names.get(value, ()) for value in term.values]
        ids = tuple(dict.fromkeys(one for each in found for one in each))
        return ids, tuple(value for value, each in zip(term.values, found, strict=True) if not each)
    if is_own(term.key):
        own = known.own.get(term.key)
        values, unknown = _split(term, {name: name for name in own.choices} if own else {})
        return ((own, *values) if own and values else ()), unknown
    if term.key == "desk":
        return _split(term, known.desks)
    if term.key == "status":
        return _split(term, {name: name for name in (*known.statuses, *STATUS_CATEGORIES)})
    if term.key == "priority":
        return _split(term, {name: number for number, name in enumerate(PRIORITIES, 1)})
    return term.values, ()


def _split(term: Term, names: Mapping[str, Any]) -> tuple[tuple[Any, ...], tuple[str, ...]]:
    known = tuple(names[value] for value in term.values if value in names)
    return known, tuple(value for value in term.values if value not in names)


def condition(wanted: Wanted, me: Someone, zone: str) -> ColumnElement[bool]:
    """Return a term as a condition.

    :param me: who asks.
    :param zone: in which a day begins and ends.
    """
    own = is_own(wanted.key)
    if wanted.key in ("assignee", "requester"):
        found = _people(wanted, me)
    elif wanted.key in MOMENTS:
        found = _in_time(wanted, zone)
    elif wanted.values == ("snoozed",) and wanted.key == "is":
        found = _snoozed(me)
    elif wanted.values == ("mentioned",) and wanted.key == "is":
        found = _mentioned(me)
    elif own:
        found = wanted.values[0].holds(wanted.values[1:])
    else:
        found = _CONDITIONS[wanted.key](wanted)
    if not wanted.negated:
        return found
    return sa.not_(sa.func.coalesce(found, sa.false())) if own or wanted.key in _NULLABLE else sa.not_(found)


def _any_of(column: Any, values: Sequence[Any]) -> ColumnElement[bool]:
    """Return that a column has one of the values; a single one is compared, so that an index gives the order too."""
    found: ColumnElement[bool] = column == values[0] if len(values) == 1 else column.in_(values)
    return found


def _status(wanted: Wanted) -> ColumnElement[bool]:
    categories = [value for value in wanted.values if value in STATUS_CATEGORIES]
    own = [value for value in wanted.values if value not in STATUS_CATEGORIES]
    parts = [_any_of(Ticket.status_category, categories)] if categories else []
    return sa.or_(*parts, *([_any_of(Ticket.status, own)] if own else []))


def _priority(wanted: Wanted) -> ColumnElement[bool]:
    level = wanted.values[0]
    compared: dict[str, ColumnElement[bool]] = {
        "<": Ticket.priority < level,
        "<=": Ticket.priority <= level,
        ">": Ticket.priority > level,
        ">=": Ticket.priority >= level,
    }
    return compared[wanted.sign] if wanted.sign else _any_of(Ticket.priority, wanted.values)


def _people(wanted: Wanted, me: Someone) -> ColumnElement[bool]:
    column: Any = Ticket.assignee_id if wanted.key == "assignee" else Ticket.requester_id
    parts = []
    for value in wanted.values:
        if value == "me":
            parts.append(column == me)
        elif value == "none" and wanted.key == "assignee":
            parts.append(column.is_(None))
        else:
            parts.append(column.in_(_named(value)))
    return sa.or_(*parts)


def _snoozed(me: Someone) -> ColumnElement[bool]:
    """Return that the person who asks has put a ticket off until a moment that lies ahead."""
    mine = TicketSnooze.person_id == me, TicketSnooze.until > bound(now)
    return Ticket.id.in_(select(TicketSnooze.ticket_id).where(*mine))


def _mentioned(me: Someone) -> ColumnElement[bool]:
    """Return that a note addresses the person who asks, who has not read as far as that."""
    mine = select(NoteMention.note_id).where(NoteMention.person_id == me)
    read = select(TicketRead.seq).where(TicketRead.ticket_id == Note.ticket_id, TicketRead.person_id == me)
    unread = Note.seq > sa.func.coalesce(read.scalar_subquery(), 0)
    return Ticket.id.in_(select(Note.ticket_id).where(Note.id.in_(mine), unread))


def _named(words: str) -> sa.Select[Any] | sa.CompoundSelect[Any]:
    """Select the people who have an address or had it before, or who have words in their name."""
    if "@" in words:
        former = select(FormerAddress.person_id).where(FormerAddress.address == words.lower())
        return select(Person.id).where(Person.email == words.lower()).union_all(former)
    return select(Person.id).where(Person.name.icontains(words, autoescape=True))


def _team(wanted: Wanted) -> ColumnElement[bool]:
    ids = [value for value in wanted.values if value != "none"]
    nobodys = [Ticket.team_id.is_(None)] if len(ids) < len(wanted.values) else []
    return sa.or_(*nobodys, *([_any_of(Ticket.team_id, ids)] if ids else []))


def _tags(wanted: Wanted) -> ColumnElement[bool]:
    tags = ["-".join(value.split()) for value in wanted.values if value != "none"]
    parts = [Ticket.id.in_(select(TicketTag.ticket_id).where(_any_of(TicketTag.tag, tags)))] if tags else []
    without = [sa.cast(Ticket.tags, sa.Text) == "[]"] if "none" in wanted.values else []
    return sa.or_(*parts, *without)


def _in_time(wanted: Wanted, zone: str) -> ColumnElement[bool]:
    columns: dict[str, Any] = {
        "due": Ticket.due_at,
        "updated": Ticket.updated_at,
        "created": Ticket.created_at,
        "solved": Ticket.resolved_at,
    }
    column, (word,), ahead = columns[wanted.key], wanted.values, wanted.key == "due"
    if word == "none":
        return column.is_(None)  # type: ignore[no-any-return]
    found = span({"soon": _SOON, "overdue": _OVERDUE}.get(word, word), zone, ahead=ahead)
    begins, ends = bound(found.begins), bound(found.ends)
    if found.begins is found.ends:
        later = wanted.sign in (">", ">=")
        # Without a sign it is within that time: due before it has passed, or changed since it began.
        return column < begins if later != ahead else column >= begins  # type: ignore[no-any-return]
    compared: dict[str, Callable[[], Any]] = {
        "": lambda: sa.and_(column >= begins, column < ends),
        "<": lambda: column < begins,
        "<=": lambda: column < ends,
        ">": lambda: column >= ends,
        ">=": lambda: column >= begins,
    }
    return compared[wanted.sign]()  # type: ignore[no-any-return]


_CONDITIONS: Mapping[str, Callable[[Wanted], ColumnElement[bool]]] = {
    "desk": lambda wanted: _any_of(Ticket.desk_id, wanted.values) if wanted.values else sa.false(),
    "status": _status,
    "priority": _priority,
    "service": lambda wanted: _any_of(Ticket.request_type_id, wanted.values),
    "team": _team,
    "tag": _tags,
    "is": lambda wanted: Ticket.finished.is_(wanted.values[0] == "solved"),
    "text": lambda wanted: sa.or_(*map(matches, wanted.values)),
}

"""Lists of tickets: queues of the workspace, requests of the portal; selected columns, keyset paging."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache, partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import aliased

from deskcore.clock import now
from deskcore.errors import Problem, Refused
from deskcore.extensions import db
from deskcore.people.models import Person
from deskcore.tickets.cursors import make_cursor, read_cursor, stale_cursor
from deskcore.tickets.models import Ticket, TicketTag
from deskcore.tickets.query_language.meaning import DUE_SOON, Wanted, condition
from deskcore.tickets.query_language.moments import bound
from deskcore.tickets.searching import matches

#: Beyond this a count says "1000+".
COUNT_CAP = 1000
PAGE_SIZES = (25, 50, 100)

_ASSIGNEE = aliased(Person)
#: Where a ticket without a due time stands in the order of due times.
NO_DUE = datetime(9999, 1, 1, tzinfo=UTC)
#: Sort columns by name; every order ends with the id, so that it is total.
SORTS: dict[str, Any] = {
    "updated": Ticket.updated_at,
    "created": Ticket.created_at,
    "priority": Ticket.priority,
    "due": func.coalesce(Ticket.due_at, sa.literal(NO_DUE, Ticket.due_at.type)),
    "number": Ticket.id,
}


@dataclass(frozen=True)
class TicketQuery:
    """What a list of tickets is asked for; equal to its address.

    :param queue: a built-in queue: ``mine``, ``unassigned``, ``due``, ``waiting``, ``open``, ``finished``,
        ``followed`` (in the portal: those of other people in which the person takes part) or ``all``.
    :param wanted: the terms of a query text, which narrow it further; ``zone`` is where their days begin.
    :param sort: a name in :data:`SORTS`, with ``-`` before it for descending.
    :param after: cursor of the row the page begins behind; ``before``: of the row it ends ahead of.
    """

    queue: str = "open"
    desk_id: int | None = None
    category: str = ""
    priority: int | None = None
    tag: str = ""
    requester_id: int | None = None
    updated_since: datetime | None = None
    text: str = ""
    wanted: tuple[Wanted, ...] = ()
    zone: str = "UTC"
    sort: str = "-updated"
    limit: int = 25
    after: str = ""
    before: str = ""

    @property
    def identity(self) -> str:
        """What a cursor is bound to: everything but the place in the list."""
        return repr(replace(self, after="", before="", limit=0))


@dataclass(frozen=True)
class Page:
    """One page of a list.

    :param rows: the columns of :func:`list_tickets`.
    :param next: cursor of the following page, or ``""``; ``previous`` likewise.
    """

    rows: Sequence[Any]
    next: str = ""
    previous: str = ""


def list_tickets(query: TicketQuery, person_id: int | None) -> Page:
    """Return one page of the tickets that the session's viewer sees, in two statements at most.

    :param person_id: whose tickets the queue ``mine`` holds.
    :raises Refused: for an unknown queue, sort or cursor, or one whose ticket the viewer sees no more.
    """
    key, descending = _sort(query.sort)
    backwards = bool(query.before)
    ascending = descending if backwards else not descending
    statement = _columns(query.sort.removeprefix("-")).where(*conditions(query, person_id))
    cursor = query.before or query.after
    if cursor:
        value, last_id = _place(query, cursor)
        pair = sa.tuple_(key, Ticket.id)
        limit = sa.tuple_(sa.literal(value, key.type), sa.literal(last_id))
        statement = statement.where(pair > limit if ascending else pair < limit)
    order = (key.asc(), Ticket.id.asc()) if ascending else (key.desc(), Ticket.id.desc())
    rows = list(db.session.execute(statement.order_by(*order).limit(query.limit + 1)))
    more = len(rows) > query.limit
    rows = rows[: query.limit]
    if backwards:
        rows.reverse()
    has_next, has_previous = (True, more) if backwards else (more, bool(cursor))
    return Page(rows, *_cursors(query, rows, has_next, has_previous))


def _cursors(query: TicketQuery, rows: Sequence[Any], has_next: bool, has_previous: bool) -> tuple[str, str]:
    if not rows:
        return "", ""
    following = make_cursor(query.identity, _place_of(query, rows[-1])) if has_next else ""
    preceding = make_cursor(query.identity, _place_of(query, rows[0])) if has_previous else ""
    return following, preceding


def _place_of(query: TicketQuery, row: Any) -> list[Any]:
    """Return where a row stands, in its number: a cursor can be read, and ids would tell how many tickets there are."""
    return [None if SORTS[query.sort.removeprefix("-")] is Ticket.id else row.sort_key, row.number]


def _place(query: TicketQuery, cursor: str) -> tuple[Any, int]:
    value, number = read_cursor(query.identity, cursor)
    ticket_id = db.session.scalar(select(Ticket.id).where(Ticket.number == number))
    if ticket_id is None:
        raise stale_cursor()
    return ticket_id if value is None else value, ticket_id


def _sort(sort: str) -> tuple[Any, bool]:
    name = sort.removeprefix("-")
    if name not in SORTS:
        raise Refused(Problem(f"Sort by one of: {', '.join(SORTS)}.", "sort"))
    return SORTS[name], sort.startswith("-")


@lru_cache
def _columns(sort: str) -> Select[Any]:
    """Select what a row of a list shows; built once for each order."""
    return (
        select(
            Ticket.id,
            Ticket.number,
            Ticket.subject,
            func.substr(Ticket.description, 1, 160).label("excerpt"),
            Ticket.status,
            Ticket.status_category,
            Ticket.priority,
            Ticket.tags,
            Ticket.desk_id,
            Ticket.request_type_id,
            Ticket.team_id,
            Ticket.created_at,
            Ticket.updated_at,
            Ticket.due_at,
            Ticket.version,
            SORTS[sort].label("sort_key"),
            Person.name.label("requester_name"),
            Person.email.label("requester_email"),
            _ASSIGNEE.name.label("assignee_name"),
            _ASSIGNEE.email.label("assignee_email"),
        )
        .join(Person, Person.id == Ticket.requester_id)
        .outerjoin(_ASSIGNEE, _ASSIGNEE.id == Ticket.assignee_id)
    )


def conditions(query: TicketQuery, person_id: int | None) -> list[ColumnElement[bool]]:
    """Return the conditions of a query; the viewer's policy comes on top of them by itself.

    :raises Refused: for an unknown queue.
    """
    wanted = _queue(query.queue, person_id)
    if query.desk_id is not None:
        wanted.append(Ticket.desk_id == query.desk_id)
    if query.category:
        wanted.append(Ticket.status_category == query.category)
    if query.priority is not None:
        wanted.append(Ticket.priority == query.priority)
    if query.requester_id is not None:
        wanted.append(Ticket.requester_id == query.requester_id)
    if query.updated_since is not None:
        # Asked for at each execution, as "updated:7d" is: statements of either kind are kept under one key.
        wanted.append(Ticket.updated_at >= bound(partial(_same, query.updated_since)))
    if query.tag:
        wanted.append(Ticket.id.in_(select(TicketTag.ticket_id).where(TicketTag.tag == query.tag)))
    if query.text:
        wanted.append(matches(query.text))
    wanted += [condition(each, person_id, query.zone) for each in query.wanted]
    return wanted


def _same(moment: datetime) -> datetime:
    return moment


def _queue(queue: str, person_id: int | None) -> list[ColumnElement[bool]]:
    still_open = Ticket.finished.is_(False)
    queues: Mapping[str, list[ColumnElement[bool]]] = {
        "mine": [still_open, Ticket.assignee_id == person_id],
        "unassigned": [still_open, Ticket.assignee_id.is_(None)],
        "due": [still_open, Ticket.due_at < _soon()],
        "waiting": [Ticket.status_category == "waiting_requester"],
        "open": [still_open],
        "finished": [Ticket.finished.is_(True)],
        "followed": [Ticket.requester_id != person_id],
        "all": [],
    }
    if queue not in queues:
        raise Refused(Problem(f"Choose one of the queues: {', '.join(queues)}.", "queue"))
    return list(queues[queue])


def _soon() -> ColumnElement[Any]:
    """Return the moment up to which a ticket is due soon, asked at each execution."""
    return sa.bindparam("soon", callable_=lambda: now() + DUE_SOON, type_=Ticket.due_at.type, unique=True)


def count_tickets(queries: Mapping[str, TicketQuery], person_id: int | None) -> dict[str, int]:
    """Count several queries in one statement, each up to :data:`COUNT_CAP` and one more."""
    if not queries:
        return {}
    wanted = tuple(queries.values())
    # What finds words depends on the area and on the index, and both may be others the next time.
    counting = _counting.__wrapped__ if any(map(_has_words, wanted)) else _counting
    row = db.session.execute(counting(wanted, person_id)).one()
    return dict(zip(queries, row, strict=True))


def _has_words(query: TicketQuery) -> bool:
    return bool(query.text) or any(term.key == "text" for term in query.wanted)


@lru_cache(maxsize=512)
def _counting(queries: tuple[TicketQuery, ...], person_id: int | None) -> Select[Any]:
    """Return the statement that counts; every page of the workspace asks for the same ones again."""
    return select(*(_capped(query, person_id).label(f"count_{place}") for place, query in enumerate(queries)))


def _capped(query: TicketQuery, person_id: int | None) -> Any:
    some = select(Ticket.id).where(*conditions(query, person_id)).limit(COUNT_CAP + 1).subquery()
    return select(func.count()).select_from(some).scalar_subquery()


def neighbours(query: TicketQuery, person_id: int | None, value: Any, ticket_id: int) -> tuple[str, str]:
    """Return the numbers of the tickets before and after a place in a list, ``""`` where there is none.

    :param value: what the list is sorted by, as the ticket at that place has it.
    """
    key, descending = _sort(query.sort)
    pair = sa.tuple_(key, Ticket.id)
    place = sa.tuple_(sa.literal(value, key.type), sa.literal(ticket_id))
    wanted = select(Ticket.number).where(*conditions(query, person_id)).limit(1)
    lower = wanted.where(pair < place).order_by(key.desc(), Ticket.id.desc()).scalar_subquery()
    higher = wanted.where(pair > place).order_by(key.asc(), Ticket.id.asc()).scalar_subquery()
    before, after = (higher, lower) if descending else (lower, higher)
    row = db.session.execute(select(before, after)).one()
    return row[0] or "", row[1] or ""

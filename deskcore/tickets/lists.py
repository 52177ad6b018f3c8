"""Lists of tickets: a page of one, how many there are, and a ticket's neighbours; selected columns, keyset paging.

What differs from person to person stands in parameters: the statement for a query is built once and not for everybody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import aliased

from deskcore.extensions import db
from deskcore.people.models import Person
from deskcore.tickets.access import FEW
from deskcore.tickets.cursors import make_cursor, read_cursor, stale_cursor
from deskcore.tickets.matching import Few, First, first_of, settled
from deskcore.tickets.models import Ticket
from deskcore.tickets.queries import SORTS, TicketQuery, conditions_for, sort_of

#: Beyond this a count says "1000+".
COUNT_CAP = 1000
#: Stands in the SQL: a page counts ten lists, and each parameter of a statement costs.
_MOST_COUNTED: ColumnElement[int] = sa.literal_column(str(COUNT_CAP + 1))

_ASSIGNEE = aliased(Person)


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
    backwards, cursor = bool(query.before), query.before or query.after
    shapes, given = _prepared([query], person_id)
    if cursor:
        given["value"], given["place"] = _place(query, cursor)
    rows = list(db.session.execute(_built(_listing, shapes, bool(cursor), backwards), given))
    more = len(rows) > query.limit
    rows = rows[: query.limit]
    if backwards:
        rows.reverse()
    has_next, has_previous = (True, more) if backwards else (more, bool(cursor))
    return Page(rows, *_cursors(query, rows, has_next, has_previous))


#: Who asks, and where in a list: parameters, so that the statements of a list are built once and not for everybody.
_ME = sa.bindparam("me", type_=Ticket.id.type)
_PLACE = sa.bindparam("place", type_=Ticket.id.type)


def _prepared(queries: Iterable[TicketQuery], person_id: int | None) -> tuple[tuple[TicketQuery, ...], dict[str, Any]]:
    """Return what queries have in common that are asked with the same statement, and its parameters."""
    shapes, given = [], {"me": person_id}
    for place, query in enumerate(queries):
        given[f"requester_{place}"] = query.requester_id
        shape = _shape(query)
        if _texts(shape):
            shape, found = _settled(shape, place)
            given |= found
        shapes.append(shape)
    return tuple(shapes), given


def _shape(query: TicketQuery) -> TicketQuery:
    if query.requester_id is None and not query.after and not query.before:
        return query
    return replace(query, requester_id=None if query.requester_id is None else 0, after="", before="")


def _texts(query: TicketQuery) -> list[str]:
    """Return the words that a query asks for."""
    texts = [value for term in query.wanted if term.key == "text" for value in term.values]
    return [query.text, *texts] if query.text else texts


def _settled(query: TicketQuery, place: int) -> tuple[TicketQuery, dict[str, Any]]:
    """Return a query in which the ids of tickets stand for words that few have, and these ids."""
    stand_ins: dict[str, str] = {}
    given: dict[str, Any] = {}
    for text in _texts(query):
        stand_ins[text], found = settled(text, f"found_{place}_{len(stand_ins)}")
        given |= found
    return _with_texts(query, stand_ins.__getitem__), given


def _with_texts(query: TicketQuery, other: Callable[[str], str]) -> TicketQuery:
    """Return a query that asks for others than its own words."""
    wanted = (
        replace(term, values=tuple(map(other, term.values))) if term.key == "text" else term for term in query.wanted
    )
    return replace(query, text=other(query.text) if query.text else "", wanted=tuple(wanted))


def _built(build: Any, shapes: tuple[TicketQuery, ...], *more: Any) -> Select[Any]:
    """Return a statement, which is built once for all queries of these shapes.

    Not so with words that many tickets have: what finds them depends on the area and on the index, and both may be
    others the next time.
    """
    statement: Select[Any] = (build.__wrapped__ if any(map(_has_words, shapes)) else build)(shapes, *more)
    return statement


def _of_few(statement: Select[Any], shapes: tuple[TicketQuery, ...]) -> Select[Any]:
    """Return a statement, marked where each of its lists holds the tickets of one requester."""
    of_one = all(shape.requester_id is not None for shape in shapes)
    return statement.execution_options(**{FEW: True}) if of_one else statement


def _has_words(shape: TicketQuery) -> bool:
    return not all(isinstance(text, Few) for text in _texts(shape))


def _of_shape(shape: TicketQuery, place: int = 0) -> list[ColumnElement[bool]]:
    requester = sa.bindparam(f"requester_{place}", type_=Ticket.id.type)
    return conditions_for(shape, _ME, None if shape.requester_id is None else requester)


@lru_cache(maxsize=256)
def _listing(shapes: tuple[TicketQuery], behind: bool, backwards: bool) -> Select[Any]:
    """Return the statement for a page of a list.

    :param behind: it begins behind a row, or for ``backwards`` ends before it.
    """
    [shape] = shapes
    key, descending = sort_of(shape.sort)
    ascending = descending if backwards else not descending
    statement = _columns(shape.sort.removeprefix("-")).where(*_of_shape(shape))
    if behind:
        pair, limit = sa.tuple_(key, Ticket.id), sa.tuple_(sa.bindparam("value", type_=key.type), _PLACE)
        statement = statement.where(pair > limit if ascending else pair < limit)
    order = (key.asc(), Ticket.id.asc()) if ascending else (key.desc(), Ticket.id.desc())
    return _of_few(statement.order_by(*order).limit(sa.literal_column(str(shape.limit + 1))), shapes)


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
            Ticket.due_soon_at,
            Ticket.due_state,
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


def count_tickets(queries: Mapping[str, TicketQuery], person_id: int | None) -> dict[str, int]:
    """Count several queries, each up to :data:`COUNT_CAP` and one more, in one statement.

    Those with words that many tickets have are counted in another one: nothing but that is then built for them.
    """
    shapes, given = _prepared(queries.values(), person_id)
    found: dict[int, int] = {}
    for many in (False, True):
        places = tuple(place for place, shape in enumerate(shapes) if _has_words(shape) is many)
        if places:
            statement = _built(_counting, tuple(shapes[place] for place in places), places)
            found |= dict(zip(places, db.session.execute(statement, given).one(), strict=True))
    return {name: found[place] for place, name in enumerate(queries)}


@lru_cache(maxsize=256)
def _counting(shapes: tuple[TicketQuery, ...], places: tuple[int, ...]) -> Select[Any]:
    """Return the statement that counts; every page of the workspace asks for the same ones again.

    :param places: of the queries among all that are asked for, by which their parameters are called.
    """
    counts = (_capped(shape, place).label(f"count_{place}") for shape, place in zip(shapes, places, strict=True))
    return _of_few(select(*counts), shapes)


def _capped(shape: TicketQuery, place: int) -> Any:
    """Return how many tickets there are, up to the cap; of words that very many have, the first ones often reach it."""
    exact = _counted(shape, place)
    begun = _with_texts(shape, first_of)
    are_many = any(isinstance(text, First) for text in _texts(begun))
    if not are_many or any(term.key == "text" and term.negated for term in shape.wanted):
        return exact
    return sa.case((_counted(begun, place) >= _MOST_COUNTED, _MOST_COUNTED), else_=exact)


def _counted(shape: TicketQuery, place: int) -> Any:
    some = select(Ticket.id).where(*_of_shape(shape, place)).limit(_MOST_COUNTED).subquery()
    return select(func.count()).select_from(some).scalar_subquery()


def neighbours(query: TicketQuery, person_id: int | None, value: Any, ticket_id: int) -> tuple[str, str]:
    """Return the numbers of the tickets before and after a place in a list, ``""`` where there is none.

    :param value: what the list is sorted by, as the ticket at that place has it.
    """
    shapes, given = _prepared([query], person_id)
    row = db.session.execute(_built(_neighbouring, shapes), given | {"value": value, "place": ticket_id}).one()
    return row[0] or "", row[1] or ""


@lru_cache(maxsize=256)
def _neighbouring(shapes: tuple[TicketQuery]) -> Select[Any]:
    [shape] = shapes
    key, descending = sort_of(shape.sort)
    pair, here = sa.tuple_(key, Ticket.id), sa.tuple_(sa.bindparam("value", type_=key.type), _PLACE)
    wanted = select(Ticket.number).where(*_of_shape(shape)).limit(sa.literal_column("1"))
    lower = wanted.where(pair < here).order_by(key.desc(), Ticket.id.desc()).scalar_subquery()
    higher = wanted.where(pair > here).order_by(key.asc(), Ticket.id.asc()).scalar_subquery()
    before, after = (higher, lower) if descending else (lower, higher)
    return select(before, after)

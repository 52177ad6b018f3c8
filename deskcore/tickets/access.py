"""Who sees which ticket: one filter, added to every statement of a session by construction.

A viewer is a person in an area. In the portal one sees the tickets one takes part in, in the workspace
those of the desks one holds a grant for, and never both in one query: an OR over the two costs sixty times
more. On a confidential desk nobody works on what he asked himself; that he sees in the portal alone. One
listener adds the policy to every ORM statement, so no page, count, search or API answer can forget it; what
the listener cannot filter it refuses.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, event
from sqlalchemy.orm import InstrumentedAttribute, ORMExecuteState, Session, with_loader_criteria
from sqlalchemy.orm.interfaces import ORMOption
from sqlalchemy.sql.visitors import HasTraverseInternals

from deskcore.clock import now
from deskcore.extensions import DeskSession
from deskcore.runtime import runtime
from deskcore.tickets.agent_models import HeldReply
from deskcore.tickets.models import TICKET_SCOPED, Attachment, Draft, Note, Ticket, TicketParticipant, TicketScoped
from deskcore.viewer import Area, NoViewer, Viewer

#: The roles through which somebody of a desk sees what is for named people; with the others one takes part only.
NAMED_ROLES = ("member", "break_glass")

_TICKET = Ticket.__table__
_PARTICIPANT = TicketParticipant.__table__
_NOTE = Note.__table__
#: Constants of the policy stand in its SQL. Each would otherwise be one more parameter of every statement, and
#: SQLAlchemy compares the copies of a parameter with one another: that costs more than the database does.
_OPEN_TO_THE_DESK: ColumnElement[str] = sa.literal_column("'desk'")
_MEMBER: ColumnElement[str] = sa.literal_column("'member'")
_REQUESTER: ColumnElement[str] = sa.literal_column("'requester'")
_NAMED: tuple[ColumnElement[str], ...] = tuple(sa.literal_column(f"'{role}'") for role in NAMED_ROLES)
_VISIBLE = _TICKET.alias("visible_ticket")
#: Set while a session writes its changed objects, which were loaded under the policy.
flushing: ContextVar[bool] = ContextVar("flushing", default=False)


class UnfilteredQuery(RuntimeError):
    """A statement names a ticket table in a way that the policy cannot filter."""


def visible(viewer: Viewer, model: type[Any], confidential: frozenset[int] = frozenset()) -> ColumnElement[bool] | None:
    """Return the condition under which ``viewer`` sees a row of ``model``, or ``None`` when there is none.

    :param model: :class:`Ticket`, or a model that is :class:`TicketScoped`.
    :param confidential: those of the viewer's desks that are.
    """
    if viewer.area == "system":
        return None
    if model is HeldReply and viewer.area != "workspace":
        return sa.false()  # before it goes out there is no such thing for anybody else
    with_its_ticket = _as_its_ticket(viewer, model, confidential)
    if model is Draft:
        # Nobody but its author, whoever else sees the ticket; and not even he once he no longer sees it.
        return sa.and_(Draft.person_id == viewer.person_id, sa.or_(Draft.ticket_id.is_(None), with_its_ticket))
    if model is Note:
        return sa.and_(with_its_ticket, sa.or_(Note.kept_by.is_(None), _is_one_of(Note.kept_by, viewer.desk_roles)))
    if model is Attachment:
        elsewhere = ~_is_one_of(_NOTE.c.kept_by, viewer.desk_roles)
        kept = sa.select(_NOTE.c.id).where(_NOTE.c.kept_by.is_not(None), elsewhere)
        return sa.and_(with_its_ticket, sa.or_(Attachment.note_id.is_(None), Attachment.note_id.not_in(kept)))
    return with_its_ticket


def _as_its_ticket(viewer: Viewer, model: type[Any], confidential: frozenset[int]) -> ColumnElement[bool]:
    if viewer.area == "portal":
        column: InstrumentedAttribute[int] = model.id if model is Ticket else model.ticket_id
        return column.in_(_current_participations(viewer.person_id, _PARTICIPANT.c.role != _MEMBER))
    if model is Ticket:
        return _of_desks(viewer, confidential, Ticket)
    belongs = _VISIBLE.c.id == model.ticket_id
    return sa.exists(
        sa.select(1).where(belongs, _of_desks(viewer, confidential, _VISIBLE.c)).correlate_except(_VISIBLE)
    )


def _participations(person_id: int | None, roles: ColumnElement[bool]) -> sa.Select[Any]:
    return sa.select(_PARTICIPANT.c.ticket_id).where(_PARTICIPANT.c.person_id == person_id, roles)


def _current_participations(person_id: int | None, roles: ColumnElement[bool]) -> sa.Select[Any]:
    # Asked at each execution: the condition outlives the request it was built in.
    present = sa.bindparam("present", callable_=now, type_=_PARTICIPANT.c.until.type, unique=True)
    current = sa.or_(_PARTICIPANT.c.until.is_(None), _PARTICIPANT.c.until > present)
    return _participations(person_id, roles).where(current)


def _is_one_of(column: Any, desks: Iterable[int]) -> ColumnElement[bool]:
    """Return the condition that a column names one of some desks."""
    condition: ColumnElement[bool] = column.in_([sa.literal_column(str(desk)) for desk in sorted(desks)])
    return condition


def _of_desks(viewer: Viewer, confidential: frozenset[int], ticket: Any) -> ColumnElement[bool]:
    """Return the condition on ``ticket``: the class, whose aliases it then follows, or the columns of a table."""
    on_my_desks = _is_one_of(ticket.desk_id, viewer.desk_roles)
    open_to_the_desk = ticket.visibility == _OPEN_TO_THE_DESK
    named = ticket.id.in_(_current_participations(viewer.person_id, _PARTICIPANT.c.role.in_(_NAMED)))
    seen = sa.and_(on_my_desks, sa.or_(open_to_the_desk, named))
    if viewer.holds:  # a plugin sees what waits for it
        return sa.or_(seen, ticket.held_by == viewer.plugin)
    if not confidential or viewer.person_id is None:
        return seen
    # By the participants and not by the column of the ticket: the indexes of the queues go on answering alone.
    asked_myself = ticket.id.in_(_participations(viewer.person_id, _PARTICIPANT.c.role == _REQUESTER))
    return sa.and_(seen, sa.or_(~_is_one_of(ticket.desk_id, confidential), ~asked_myself))


def _apply_policy(state: ORMExecuteState) -> None:
    """Add the viewer's policy to a statement, or refuse the statement."""
    if state.is_column_load:
        return
    touched = touched_tables(state.statement) | _entities(state)
    if not touched:
        return
    viewer: Viewer | None = state.session.info.get("viewer")
    if viewer is None:
        raise NoViewer("this session has no viewer: set one, or work inside `with acting_as(…):`")
    if UNFILTERED in touched and viewer.area != "system":
        raise UnfilteredQuery("select the mapped classes: a table, or text, that names tickets cannot be filtered")
    statement: Any = state.statement
    options = [] if viewer.area == "system" else [_option(viewer, name) for name in sorted(touched)]
    state.statement = statement.options(*options).execution_options(policy=_APPLIED)


DeskSession.policy = staticmethod(_apply_policy)


def _entities(state: ORMExecuteState) -> frozenset[str]:
    """Return the ticket tables that SQLAlchemy itself names as what the statement is about."""
    return frozenset(mapper.local_table.name for mapper in state.all_mappers) & _models().keys()  # type: ignore[attr-defined]


def _option(viewer: Viewer, table: str) -> ORMOption:
    """Return the policy for one table; an expression costs more to build than to run, so equal viewers share it."""
    desks = frozenset(viewer.desk_roles)
    confidential = desks & runtime().catalogue.confidential if viewer.area == "workspace" else frozenset()
    return _built(viewer.area, viewer.person_id, desks, confidential, table, viewer.plugin if viewer.holds else None)


@lru_cache(maxsize=4096)
def _built(
    area: Area,
    person_id: int | None,
    desks: frozenset[int],
    confidential: frozenset[int],
    table: str,
    holder: str | None = None,
) -> ORMOption:
    model = _models()[table]
    viewer = Viewer(person_id, area, dict.fromkeys(desks, "agent"), plugin=holder, holds=holder is not None)
    condition = visible(viewer, model, confidential)
    assert condition is not None
    return with_loader_criteria(model, condition, include_aliases=True)


#: Marks a statement that has the policy, for the guard of the tests.
_APPLIED = object()
#: Stands among the touched tables for a mention that cannot be filtered.
UNFILTERED = "?"


def touched_tables(statement: Any) -> frozenset[str]:
    """Return the names of the ticket tables that a statement reads or writes.

    :data:`UNFILTERED` is among them when a ticket table is named in a way that no policy can be added to: as a
    table instead of its mapped class, or in a piece of SQL text.
    """
    found: set[str] = set()
    # Holds the elements themselves: a walk makes short-lived ones, and a freed one's id may come back on another.
    seen: dict[int, Any] = {}
    nothing: frozenset[str] = frozenset()
    stack = [(statement, nothing), *((table, nothing) for table in _eagerly_loaded(statement))]
    while stack:
        element, mapped = stack.pop()
        if id(element) in seen:
            continue
        seen[id(element)] = element
        kind = element.__visit_name__
        if kind in ("table", "alias"):
            found |= _mention(element, element, mapped)
            continue
        if (kind == "column" and element.is_literal) or kind == "textclause":
            found |= {UNFILTERED} if names_tickets(element.name if kind == "column" else element.text) else set()
        elif kind == "column" and element.table is not None:
            found |= _mention(element, element.table, mapped)
            if element.table.__visit_name__ not in ("table", "alias"):
                stack.append((element.table, nothing))
        if kind == "select":
            mapped = _selected(element)
            # Its other children are the tables it infers from its columns, which have lost their mapping.
            stack += [(child, mapped) for child in HasTraverseInternals.get_children(element)]
        else:
            stack += [(child, mapped) for child in element.get_children()]
    return frozenset(found)


def _selected(select: Any) -> frozenset[str]:
    """Return the tables that a SELECT names as mapped classes: their bare columns in its WHERE mean the same rows."""
    tables = (
        getattr(column, "table", column) for column in select._raw_columns if "parententity" in column._annotations
    )
    return frozenset(table.name for table in tables if table.__visit_name__ == "table")


def _eagerly_loaded(statement: Any) -> list[Any]:
    """Return the mapped tables that loader options such as ``joinedload`` add when the statement is compiled."""
    return [
        part.entity.__clause_element__()
        for option in getattr(statement, "_with_options", ())
        for element in getattr(option, "context", ())
        for part in element.path
        if getattr(part, "is_property", False) and hasattr(part, "entity")
    ]


def _mention(element: Any, source: Any, mapped: frozenset[str]) -> set[str]:
    """Return the ticket table behind ``source``, which ``element`` names as a mapped class or not."""
    aliased = source.__visit_name__ == "alias"
    while source.__visit_name__ == "alias":
        source = source.element
    name = getattr(source, "name", "")
    if name not in _models():
        return set()
    filtered = "parententity" in element._annotations or (name in mapped and not aliased)
    return {name} if filtered else {UNFILTERED}


def names_tickets(sql: str) -> bool:
    """Tell whether a piece of SQL text names a ticket table."""
    return not _models().keys().isdisjoint(re.findall(r"[a-z_]+", sql.lower()))


def _models() -> Mapping[str, type[Any]]:
    """Return the core's ticket models and those that plugins mark as :class:`TicketScoped`, by table name."""
    return _by_table(tuple(TicketScoped.__subclasses__()))


@lru_cache(maxsize=1)
def _by_table(marked: tuple[type[Any], ...]) -> Mapping[str, type[Any]]:
    # A new mapping each time it changes: a thread that is at it must never see it half filled.
    models: tuple[type[Any], ...] = (Ticket, *TICKET_SCOPED, *marked)
    return MappingProxyType({model.__tablename__: model for model in models if hasattr(model, "__tablename__")})


@event.listens_for(DeskSession, "before_flush")
def _flush_begins(session: Session, context: object, instances: object) -> None:
    flushing.set(True)


@event.listens_for(DeskSession, "after_flush")
def _flush_ends(session: Session, context: object) -> None:
    flushing.set(False)


@event.listens_for(DeskSession, "after_soft_rollback")
def _flush_fails(session: Session, previous: object) -> None:
    flushing.set(False)

"""Who sees which ticket: one filter, added to every statement of a session by construction.

A viewer is a person in an area. In the portal one sees the tickets one takes part in, in the workspace
those of the desks one holds a grant for, and never both in one query: an OR over the two costs sixty times
more. On a confidential desk nobody works on what he asked himself; that he sees in the portal alone. One
listener adds the policy to every ORM statement, so no page, count, search or API answer can forget it; what
the listener cannot filter it refuses.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache, lru_cache, partial
from typing import Any
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy import ColumnElement, event
from sqlalchemy.orm import InstrumentedAttribute, ORMExecuteState, Session, with_loader_criteria
from sqlalchemy.orm.interfaces import ORMOption
from sqlalchemy.sql import visitors

from deskcore.clock import now
from deskcore.extensions import DeskSession
from deskcore.runtime import runtime
from deskcore.tickets.agent_models import HeldReply
from deskcore.tickets.conversation_models import Attachment, Draft, Note
from deskcore.tickets.mentions import UNFILTERED, ticket_models, touched_tables
from deskcore.tickets.models import Ticket, TicketParticipant
from deskcore.viewer import Area, NoViewer, Viewer

#: Execution option of a statement that finds few tickets by itself, such as those of one requester. In the portal, each
#: of them is then looked up among one's own; else the database may begin with these, and look each up in its turn.
FEW = "few_tickets"
#: The roles through which somebody of a desk sees what is for named people; with the others one takes part only.
NAMED_ROLES = ("member", "break_glass")

_TICKET = Ticket.__table__
_PARTICIPANT = TicketParticipant.__table__
_NOTE = Note.__table__


class _Given(sa.BindParameter[Any]):
    """A parameter of the policy.

    SQLAlchemy looks its copies up in a dictionary at each execution, where ``==`` would make an expression of them.
    """

    inherit_cache = True

    def __eq__(self, other: object) -> bool:  # type: ignore[override]
        return hash(self) == hash(other)

    __hash__ = sa.BindParameter.__hash__


#: Who looks, and when: parameters of every statement with the policy, which without them does not run at all. So
#: the condition is the same for all who work on the same desks, and need not be built for each of them.
_PERSON: sa.BindParameter[Any] = _Given("policy_person", type_=_PARTICIPANT.c.person_id.type)
_PRESENT: sa.BindParameter[Any] = _Given("policy_present", type_=_PARTICIPANT.c.until.type)
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


@dataclass(frozen=True)
class Sight:
    """What viewers have in common for whom the policy is the same condition.

    :param confidential: those of their desks that are.
    :param holder: the plugin that sees what waits for it.
    :param person: it is people who look.
    :param few: the statement finds few tickets by itself: see :data:`FEW`.
    """

    area: Area
    desks: frozenset[int] = frozenset()
    confidential: frozenset[int] = frozenset()
    holder: str | None = None
    person: bool = True
    few: bool = False


def visible(sight: Sight, model: type[Any]) -> ColumnElement[bool]:
    """Return the condition under which a viewer sees a row of ``model``.

    :param model: :class:`Ticket`, or a model that is :class:`TicketScoped`.
    """
    if model is HeldReply and sight.area != "workspace":
        return sa.false()  # before it goes out there is no such thing for anybody else
    with_its_ticket = _as_its_ticket(sight, model)
    if model is Draft:
        # Nobody but its author, whoever else sees the ticket; and not even he once he no longer sees it.
        return sa.and_(Draft.person_id == _PERSON, sa.or_(Draft.ticket_id.is_(None), with_its_ticket))
    if model is Note:
        return sa.and_(with_its_ticket, sa.or_(Note.kept_by.is_(None), _is_one_of(Note.kept_by, sight.desks)))
    if model is Attachment:
        elsewhere = ~_is_one_of(_NOTE.c.kept_by, sight.desks)
        kept = sa.select(_NOTE.c.id).where(_NOTE.c.kept_by.is_not(None), elsewhere)
        return sa.and_(with_its_ticket, sa.or_(Attachment.note_id.is_(None), Attachment.note_id.not_in(kept)))
    return with_its_ticket


def _as_its_ticket(sight: Sight, model: type[Any]) -> ColumnElement[bool]:
    if sight.area == "portal":
        column: InstrumentedAttribute[int] = model.id if model is Ticket else model.ticket_id
        mine = column.in_(_current_participations(_PARTICIPANT.c.role != _MEMBER))
        # The same condition, but no database makes a join of it.
        return mine.is_(sa.true()) if sight.few else mine
    if model is Ticket:
        return _of_desks(sight, Ticket)
    belongs = _VISIBLE.c.id == model.ticket_id
    return sa.exists(sa.select(1).where(belongs, _of_desks(sight, _VISIBLE.c)).correlate_except(_VISIBLE))


def _participations(roles: ColumnElement[bool]) -> sa.Select[Any]:
    return sa.select(_PARTICIPANT.c.ticket_id).where(_PARTICIPANT.c.person_id == _PERSON, roles)


def _current_participations(roles: ColumnElement[bool]) -> sa.Select[Any]:
    current = sa.or_(_PARTICIPANT.c.until.is_(None), _PARTICIPANT.c.until > _PRESENT)
    return _participations(roles).where(current)


def _named_to_me() -> sa.Select[Any]:
    return _current_participations(_PARTICIPANT.c.role.in_(_NAMED))


def _asked_by_me() -> sa.Select[Any]:
    return _participations(_PARTICIPANT.c.role == _REQUESTER)


@cache
def _mine(name: str) -> sa.Select[Any]:
    """Return the tickets of which somebody is a part, by name: read once, however often a statement counts tickets."""
    part = {"named_to_me": _named_to_me, "asked_by_me": _asked_by_me}[name]().cte(name)
    return sa.select(part.c.ticket_id)


def _is_one_of(column: Any, desks: Iterable[int]) -> ColumnElement[bool]:
    """Return the condition that a column names one of some desks."""
    condition: ColumnElement[bool] = column.in_([sa.literal_column(str(desk)) for desk in sorted(desks)])
    return condition


def _of_desks(sight: Sight, ticket: Any) -> ColumnElement[bool]:
    """Return the condition on ``ticket``: the class, whose aliases it then follows, or the columns of a table."""
    on_my_desks = _is_one_of(ticket.desk_id, sight.desks)
    open_to_the_desk = ticket.visibility == _OPEN_TO_THE_DESK
    named = ticket.id.in_(_mine("named_to_me"))
    seen = sa.and_(on_my_desks, sa.or_(open_to_the_desk, named))
    if sight.holder is not None:  # a plugin sees what waits for it
        return sa.or_(seen, ticket.held_by == sight.holder)
    if not sight.confidential or not sight.person:
        return seen
    # By the participants and not by the column of the ticket: the indexes of the queues go on answering alone.
    asked_myself = ticket.id.in_(_mine("asked_by_me"))
    return sa.and_(seen, sa.or_(~_is_one_of(ticket.desk_id, sight.confidential), ~asked_myself))


def _apply_policy(state: ORMExecuteState) -> None:
    """Add the viewer's policy to a statement, or refuse the statement."""
    kept = _kept(state)
    if not kept.touched or state.is_column_load:
        return
    viewer: Viewer | None = state.session.info.get("viewer")
    if viewer is None:
        raise NoViewer("this session has no viewer: set one, or work inside `with acting_as(…):`")
    if UNFILTERED in kept.touched and viewer.area != "system":
        raise UnfilteredQuery("select the mapped classes: a table, or text, that names tickets cannot be filtered")
    if viewer.area == "system":
        state.statement = _marked(state.statement)
        return
    sight, given = _sight(viewer, state), {_PERSON.key: viewer.person_id, _PRESENT.key: now()}
    if state.is_insert or state.is_executemany:
        # Its parameters are values of columns, so that the policy carries its own.
        state.statement = _marked(state.statement, *(_option(sight, name, given) for name in kept.touched))
        return
    state.statement = _filtered(kept, sight, state.statement)
    state.parameters = {**(state.parameters or {}), **given}  # type: ignore[dict-item]


DeskSession.policy = staticmethod(_apply_policy)

#: There it does not matter on which desks somebody works.
_PORTAL, _PORTAL_FEW = Sight("portal"), Sight("portal", few=True)


def _sight(viewer: Viewer, state: ORMExecuteState) -> Sight:
    if viewer.area == "portal":
        return _PORTAL_FEW if FEW in state.execution_options else _PORTAL
    desks = frozenset(viewer.desk_roles)
    confidential = desks & runtime().catalogue.confidential if viewer.area == "workspace" else frozenset()
    holder = viewer.plugin if viewer.holds else None
    return Sight(viewer.area, desks, confidential, holder, viewer.person_id is not None)


def _option(sight: Sight, table: str, given: Mapping[str, Any] | None = None) -> ORMOption:
    """Return the policy for one table.

    :param given: the values of its parameters; left out, they have to be given to the statement.
    """
    model = ticket_models()[table]
    condition = visible(sight, model)
    if given:
        condition = visitors.cloned_traverse(condition, {}, {"bindparam": partial(_give, given)})
    return with_loader_criteria(model, condition, include_aliases=True)


def _give(given: Mapping[str, Any], parameter: sa.BindParameter[Any]) -> None:
    if parameter.key in given:
        parameter.value, parameter.required = given[parameter.key], False


#: An expression costs more to build than to run, so that equal viewers share it.
_shared_option = lru_cache(maxsize=1024)(_option)


def _marked(statement: Any, *options: ORMOption) -> Any:
    return statement.options(*options).execution_options(policy=_APPLIED)


@dataclass
class _Kept:
    """What is known of a statement for as long as there is one: most are built once and executed at every request.

    :param models: those that there were when the statement was looked through.
    :param by_sight: the same statement with the policy.
    """

    models: Mapping[str, type[Any]]
    touched: frozenset[str]
    by_sight: dict[Sight, Any] = field(default_factory=dict)


_statements: WeakKeyDictionary[Any, _Kept] = WeakKeyDictionary()
#: For how many groups of viewers a statement is kept.
_SIGHTS = 64


def _kept(state: ORMExecuteState) -> _Kept:
    known = _statements.get(state.statement)
    if known is None or known.models is not ticket_models():
        known = _Kept(ticket_models(), touched_tables(state.statement) | _entities(state))
        _statements[state.statement] = known
    return known


def _filtered(kept: _Kept, sight: Sight, statement: Any) -> Any:
    """Return the statement, which ``kept`` is about, with the policy."""
    found = kept.by_sight.get(sight)
    if found is None:
        options = [_shared_option(sight, name) for name in sorted(kept.touched)]
        if len(kept.by_sight) >= _SIGHTS:
            kept.by_sight.clear()
        found = kept.by_sight[sight] = _marked(statement, *options)
    return found


def _entities(state: ORMExecuteState) -> frozenset[str]:
    """Return the ticket tables that SQLAlchemy itself names as what the statement is about."""
    return frozenset(mapper.local_table.name for mapper in state.all_mappers) & ticket_models().keys()  # type: ignore[attr-defined]


#: Marks a statement that has the policy, for the guard of the tests.
_APPLIED = object()


@event.listens_for(DeskSession, "before_flush")
def _flush_begins(session: Session, context: object, instances: object) -> None:
    flushing.set(True)


@event.listens_for(DeskSession, "after_flush")
def _flush_ends(session: Session, context: object) -> None:
    flushing.set(False)


@event.listens_for(DeskSession, "after_soft_rollback")
def _flush_fails(session: Session, previous: object) -> None:
    flushing.set(False)

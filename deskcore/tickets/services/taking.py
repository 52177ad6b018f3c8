"""Taking the next ticket: the most urgent one that nobody has, and never the same one twice."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy import select

from deskcore.clock import now
from deskcore.tickets.models import NO_DUE, Ticket, TicketParticipant
from deskcore.tickets.queries import TicketQuery, conditions
from deskcore.tickets.query_language.meaning import DUE_SOON, NOT_SNOOZED
from deskcore.tickets.services.handling import give
from deskcore.tickets.services.rights import author, require_agent
from deskcore.work import unit_of_work

#: Terms that “take next” decides by itself.
_DECIDED = ("assignee", "is")
#: Statuses in which a ticket waits for somebody else; they come last.
_PAUSED = ("waiting_requester", "waiting_approval", "on_hold")


def take_next(query: TicketQuery, channel: str = "portal") -> str | None:
    """Give the agent the most urgent ticket of a list that nobody has, and return its number; nothing if none is left.

    Overdue ones and those due soon come first, then those of higher priority, then the oldest. Whoever asks at the
    same time gets another one.

    :param query: the list; what it says of assignees, of open and solved, and its place in the pages do not matter.
    :raises Refused: when the list makes no sense.
    """
    viewer = require_agent()
    person_id = author(viewer)
    others = tuple(term for term in query.wanted if term.key not in _DECIDED)
    wanted = replace(query, queue="unassigned", wanted=(*others, NOT_SNOOZED), after="", before="")
    nearest = select(Ticket).where(*conditions(wanted, person_id), _may_work(person_id)).order_by(*_urgency()).limit(1)
    # On PostgreSQL a ticket that somebody is taking is passed over; on SQLite one waits for the write lock.
    nearest = nearest.with_for_update(of=Ticket, skip_locked=True, key_share=True)
    with unit_of_work() as session:
        ticket = session.scalar(nearest.execution_options(populate_existing=True))
        if ticket is None:
            return None
        give(session, ticket, person_id, viewer, channel)
        ticket.version += 1
        ticket.updated_at = now()
        return ticket.number


def _may_work(person_id: int) -> sa.ColumnElement[bool]:
    """Return the condition that somebody does more than read a ticket by emergency access."""
    mine = TicketParticipant.ticket_id == Ticket.id, TicketParticipant.person_id == person_id
    named = sa.exists().where(*mine, TicketParticipant.role == "member")
    return sa.or_(Ticket.visibility == "desk", named)


def _urgency() -> tuple[Any, ...]:
    soon = sa.literal(now() + DUE_SOON, Ticket.due_at.type)
    far = sa.literal(NO_DUE, Ticket.due_at.type)
    paused = sa.case((Ticket.status_category.in_(_PAUSED), 1), else_=0)
    pressing = sa.case((Ticket.due_at < soon, Ticket.due_at), else_=far)
    return paused, pressing, Ticket.priority.desc(), Ticket.due_order, Ticket.created_at, Ticket.id

"""Putting a ticket off: it leaves somebody's own queues until a moment, or until whoever takes part writes.

It is nobody else's business: nothing happens to the ticket, its clocks run on, and there is no line on its timeline.
Nothing wakes it either: a queue asks what is put off at the moment in which it is read.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from deskcore.clock import now
from deskcore.errors import Problem, Refused
from deskcore.extensions import insert_into
from deskcore.tickets.agent_models import TicketSnooze
from deskcore.tickets.loading import find_ticket
from deskcore.tickets.services.rights import author, require_agent
from deskcore.work import unit_of_work

#: The furthest moment.
LONGEST = timedelta(days=366)
_UNTRACKED = {"synchronize_session": False}


def snooze(number: str, until: datetime) -> None:
    """Put a ticket off for the agent who asks; a later moment takes the place of an earlier one.

    :raises NotFound: when the agent does not see the ticket.
    :raises NotAllowed: from the portal.
    :raises Refused: for a moment that has passed or is too far away, and for a finished ticket.
    """
    person_id, ticket = author(require_agent()), find_ticket(number)
    if ticket.finished:
        raise Refused(_("This ticket is finished: it is in none of your queues anyway."))
    if not now() < until <= now() + LONGEST:
        raise Refused(Problem(_("Choose a moment that lies ahead, at most a year away."), "until"))
    mine = {"ticket_id": ticket.id, "person_id": person_id}
    with unit_of_work() as session:
        put_off = insert_into(session, TicketSnooze).values(**mine, until=until)
        session.execute(put_off.on_conflict_do_update(index_elements=list(mine), set_={"until": until}))


def wake(number: str) -> None:
    """Bring a ticket back into the queues of the agent who asks; nothing when it was not put off.

    :raises NotFound: when the agent does not see the ticket.
    :raises NotAllowed: from the portal.
    """
    person_id, ticket = author(require_agent()), find_ticket(number)
    mine = TicketSnooze.ticket_id == ticket.id, TicketSnooze.person_id == person_id
    with unit_of_work() as session:
        session.execute(sa.delete(TicketSnooze).where(*mine), execution_options=_UNTRACKED)


def wake_everybody(session: Session, ticket_id: int) -> None:
    """Bring a ticket back into the queues of all who put it off; belongs inside the unit of work."""
    session.execute(sa.delete(TicketSnooze).where(TicketSnooze.ticket_id == ticket_id), execution_options=_UNTRACKED)

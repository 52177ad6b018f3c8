"""Giving a ticket to somebody who is away: who stands in is offered first, and doing it anyway says so."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _

from deskcore.people.absentees import Absentee, absent_on, whoever_is_there
from deskcore.tickets.models import Ticket
from deskcore.web.templating import last_day
from deskcore.web.workspace.colleagues import Agent


@dataclass(frozen=True)
class Choice:
    """What there is to choose when somebody is away.

    :param until: when the absence is over.
    :param deputy: who would get it instead; nothing where nobody stands in who may have it.
    """

    name: str
    email: str
    until: datetime
    text: str
    deputy: Agent | None


def away_from(ticket: Ticket, email: str) -> Absentee | None:
    """Return the absence that is on now of somebody who works on a ticket's desk."""
    return next((each for each in absent_on(ticket.desk_id).values() if each.email == email), None) if email else None


def choice(ticket: Ticket, email: str, possible: Iterable[Agent]) -> Choice | None:
    """Return what to choose from before a ticket is given to somebody; nothing when that person is there.

    :param possible: who can have the ticket.
    """
    away, agents = absent_on(ticket.desk_id), {agent.id: agent for agent in possible}
    absent = next((each for each in away.values() if each.email == email), None)
    if absent is None:
        return None
    found = whoever_is_there(absent.id, away, agents.__contains__)
    return Choice(absent.name, absent.email, absent.until, absent.text, agents[found] if found else None)


def said_of(absent: Absentee | None) -> str:
    """Return what is said after a ticket was given to somebody, who may be away."""
    if absent is None:
        return _("Assigned.")
    return _("Assigned. %(name)s is away until %(day)s.", name=absent.name, day=last_day(absent.until))

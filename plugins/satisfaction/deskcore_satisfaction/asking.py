"""Asking the requester: planned when a ticket is finished, asked some hours later, dropped when the ticket goes on."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from deskcore.plugin import EventView, TicketScoped, TicketView, now, people, session, tickets, unit_of_work
from deskcore_satisfaction import words
from deskcore_satisfaction.closings import FINISHED, closing_of
from deskcore_satisfaction.models import Survey
from deskcore_satisfaction.rules import Closing, Rules, why_not

#: What ended longer ago is not asked about any more: the plugin was off, or a ticket was imported.
STALE = timedelta(days=2)
#: Questions that one job asks.
_MOST = 200


def follow(event: EventView, ticket: TicketView) -> None:
    """Plan a question when a ticket is finished, and let it be when the ticket goes on."""
    if event.kind != "status_changed" or event.channel == "import":
        return
    ticket_id = session().scalar(TicketScoped.id_of(ticket.number))
    if ticket_id is None:
        return  # for named people only, or on a confidential desk that the plugin was not given
    if ticket.status_category in FINISHED:
        _plan(ticket_id, ticket)
    else:
        _let_be(ticket_id)


def ask_due(payload: Mapping[str, Any]) -> None:
    """Ask everybody whose question is due; a job."""
    due = select(Survey.id).where(Survey.state == "planned", Survey.due_at <= now())
    for survey_id in list(session().scalars(due.order_by(Survey.due_at, Survey.id).limit(_MOST))):
        _ask(survey_id)


def _plan(ticket_id: int, ticket: TicketView) -> None:
    found = closing_of(ticket, tickets.timelines([ticket_id])[ticket_id])
    if found is None:
        return
    (closing, at), rules = found, Rules.now()
    if at < now() - STALE or why_not(closing, rules):
        return
    with unit_of_work() as work:
        if _last_open(work, ticket_id) is None:
            work.add(planned(ticket_id, closing, ticket.requester.email, at, at + rules.wait))


def planned(ticket_id: int, closing: Closing, requester: str, at: datetime, due_at: datetime) -> Survey:
    """Return a question as it is planned.

    :param at: when the ticket was finished; ``due_at``: when to ask.
    """
    return Survey(
        ticket_id=ticket_id,
        closing=closing.seq,
        desk=closing.desk,
        request_type=closing.request_type,
        requester=requester,
        agent=closing.agent,
        closed_at=at,
        due_at=due_at,
    )


def _let_be(ticket_id: int) -> None:
    with unit_of_work() as work:
        survey = _last_open(work, ticket_id)
        if survey is not None:
            survey.reopened_at = now()
            if survey.rating is None and survey.state != "passed":
                survey.state = "dropped"
            work.flush()


def _last_open(work: Session, ticket_id: int) -> Survey | None:
    """Return what is there about the present end of a ticket."""
    wanted = select(Survey).where(Survey.ticket_id == ticket_id, Survey.reopened_at.is_(None))
    return work.scalar(wanted.order_by(Survey.id.desc()).limit(1).with_for_update())


def _ask(survey_id: int) -> None:
    """Ask one person, unless something speaks against it by now."""
    survey = session().get(Survey, survey_id)
    ticket = tickets.views([survey.ticket_id]).get(survey.ticket_id) if survey is not None else None
    if survey is None or ticket is None:
        return
    found, rules = closing_of(ticket, tickets.timelines([survey.ticket_id])[survey.ticket_id]), Rules.now()
    sound = found is not None and found[0].seq == survey.closing and not why_not(found[0], rules)
    person = people.get(ticket.requester.email)
    late = survey.due_at < now() - STALE
    with unit_of_work() as work:
        row = work.scalar(select(Survey).where(Survey.id == survey_id).with_for_update())
        if row is None or row.state != "planned":
            return
        if found is None or not sound or person is None or late or _asked_lately(work, found[0].requester, rules):
            row.state = "dropped"
        elif _asked_about(work, row.desk) % rules.every:
            row.state = "passed"
        else:
            row.state, row.asked_at, row.requester = "asked", now(), person.email
            tickets.announce(ticket.number, "rating_asked", words.ASKED, {}, icon="star", public=True)
        work.flush()


def _asked_lately(work: Session, addresses: Collection[str], rules: Rules) -> bool:
    lately = Survey.requester.in_(addresses), Survey.asked_at > now() - rules.pause
    return work.scalar(select(Survey.id).where(*lately).limit(1)) is not None


def _asked_about(work: Session, desk: str) -> int:
    """Return of how many tickets of a desk it was decided whether to ask, for the one in so many."""
    decided = or_(Survey.asked_at.is_not(None), Survey.state == "passed")
    return int(work.scalar(select(func.count(Survey.id)).where(Survey.desk == desk, decided)) or 0)

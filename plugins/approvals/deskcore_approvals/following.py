"""How an approval follows its ticket: it begins and ends with it, also where that happened while the plugin was off."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Select, select

from deskcore.plugin import EventView, NotFound, TicketScoped, TicketView, session, tickets
from deskcore_approvals import engine
from deskcore_approvals.models import Decision, Round


def follow(event: EventView, ticket: TicketView) -> None:
    """Follow a ticket: another number, an end without a decision, or a new beginning."""
    # Nothing is locked for the many tickets that need no approval.
    if ticket.status_category == "waiting_approval" or session().scalar(_running(ticket.number)) is not None:
        set_right(ticket.number)


def set_right(number: str) -> None:
    """Let an approval agree with its ticket: begin it, end it, or know it by another number.

    :param number: that the ticket has now.
    """
    try:
        with tickets.Held.of(number, engine.PLUGIN) as held:
            round_ = engine.running(held)
            if round_ is not None and round_.number != number:
                round_.number = number
            if held.ticket.status_category == "waiting_approval":
                engine.start(held)
            elif round_ is not None:
                engine.end(held, round_, "cancelled")
    except NotFound:
        return  # it was let go meanwhile


def make_good() -> None:
    """Begin and end what nobody told the plugin of, because it was off."""
    _close_what_was_let_go()
    for number in sorted({*_out_of_step()}):
        set_right(number)


def answered(event: EventView, ticket: TicketView) -> None:
    """Let the time run on when the requester has answered a question."""
    if event.actor_email != ticket.requester.email or not _has_question(ticket.number):
        return
    try:
        with tickets.Held.of(ticket.number, engine.PLUGIN) as held:
            round_ = engine.running(held)
            for decision in engine.decisions_of(round_) if round_ else ():
                if round_ and decision.question_at is not None and decision.question_at <= event.at:
                    decision.question_at = None
                    decision.due_at = held.due(engine.hours_of(round_.step(decision.step)))
                    decision.version += 1
    except NotFound:
        return


def _running(number: str) -> Select[int]:
    mine = Round.ticket_id == TicketScoped.id_of(number).scalar_subquery()
    return select(Round.id).where(mine, Round.state == "running")


def _has_question(number: str) -> bool:
    mine = Decision.ticket_id == TicketScoped.id_of(number).scalar_subquery()
    return session().scalar(select(Decision.id).where(mine, Decision.question_at.is_not(None)).limit(1)) is not None


def _out_of_step() -> Iterable[str]:
    """Return the tickets that wait without an approval that runs, and those of approvals that run for nothing."""
    running = select(Round.ticket_id, Round.number).where(Round.state == "running")
    numbers = {row.ticket_id: row.number for row in session().execute(running)}
    waiting = {ticket_id: number for number, ticket_id in tickets.Held.waiting(engine.PLUGIN).items()}
    yield from (number for ticket_id, number in waiting.items() if numbers.get(ticket_id) != number)
    for ticket_id in numbers.keys() - waiting.keys():
        yield from session().scalars(TicketScoped.number_of(ticket_id))


def _close_what_was_let_go() -> None:
    """End the approvals of tickets that a lead let go while the plugin was off."""
    with tickets.Held.let_go_from(engine.PLUGIN, select(Round).where(Round.state == "running")) as rounds:
        for round_ in rounds:
            engine.close(round_, "cancelled")

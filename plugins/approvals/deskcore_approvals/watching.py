"""What time does to approvals: it runs out, people go away and come back, and some leave for good."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import and_, func, or_, select

from deskcore.plugin import EventView, HeldTicket, NotFound, TicketScoped, TicketView, now, people, session
from deskcore_approvals import engine, texts
from deskcore_approvals.delegations import delegates_now, deputy_of
from deskcore_approvals.finding import above, leads
from deskcore_approvals.models import Decision, Round
from deskcore_approvals.seeing import MaySee


def watch(arguments: Mapping[str, Any]) -> None:
    """Look at every approval that something may have to be done about; called every few minutes."""
    for number in sorted({*_due(), *_with_others(), *_without_anybody()}):
        look_again(number)


def look_again(number: str) -> None:
    """Bring an approval up to date: who left, who stands in for whom, whose time ran out."""
    try:
        with HeldTicket.of(number, engine.PLUGIN) as held:
            round_ = engine.running(held)
            if round_ is None:
                return
            bring_up_to_date(held, round_)
    except NotFound:
        return  # it was let go, or has got another number and is told of that next


def bring_up_to_date(held: HeldTicket, round_: Round) -> None:
    """Do the same in a transaction that is under way; the approval is running."""
    asked = [one for one in engine.decisions_of(round_) if one.stage == round_.stage]
    for decision in asked:
        if decision.state == "pending":
            _bring_up_to_date(held, round_, decision)
    if {step["key"] for step in round_.stages[round_.stage]} - {one.step for one in asked}:
        engine.enter(held, round_)
    session().flush()
    engine.take_part(held, round_)


def cover(principal: str) -> None:
    """Bring all approvals up to date that wait for somebody who has arranged something."""
    wanted = select(Round.number).join(Decision, Decision.round_id == Round.id)
    mine = or_(Decision.approver == principal, Decision.decider == principal)
    for number in sorted(set(session().scalars(wanted.where(Decision.state == "pending", mine)))):
        look_again(number)


def follow(event: EventView, ticket: TicketView) -> None:
    """Follow a ticket: another number, an end without a decision, or a new beginning."""
    if session().scalar(TicketScoped.id_of(ticket.number)) is None:
        return  # it is not held: nothing is locked for the many tickets that need no approval
    try:
        with HeldTicket.of(ticket.number, engine.PLUGIN) as held:
            round_ = engine.running(held)
            if round_ is not None and round_.number != ticket.number:
                round_.number = ticket.number
            if held.ticket.status_category == "waiting_approval":
                engine.start(held)
            elif round_ is not None:
                engine.end(held, round_, "cancelled")
    except NotFound:
        return


def answered(event: EventView, ticket: TicketView) -> None:
    """Let the time run on when the requester has answered a question."""
    if event.actor_email != ticket.requester.email or not _has_question(ticket.number):
        return
    try:
        with HeldTicket.of(ticket.number, engine.PLUGIN) as held:
            round_ = engine.running(held)
            for decision in engine.decisions_of(round_) if round_ else ():
                if round_ and decision.question_at is not None and decision.question_at <= event.at:
                    decision.question_at = None
                    decision.due_at = held.due(engine.hours_of(round_.step(decision.step)))
                    decision.version += 1
    except NotFound:
        return


def _has_question(number: str) -> bool:
    mine = Decision.ticket_id == TicketScoped.id_of(number).scalar_subquery()
    return session().scalar(select(Decision.id).where(mine, Decision.question_at.is_not(None)).limit(1)) is not None


def _bring_up_to_date(held: HeldTicket, round_: Round, decision: Decision) -> None:
    before = decision.approver, decision.decider
    _replace_who_left(held, decision, engine.who_may(held, round_))
    if decision.escalated == 0:
        decision.decider = engine.decider_for(held, round_, decision.approver)
    title = round_.title(decision.step)
    if (decision.approver, decision.decider) != before:
        decision.version += 1
        held.say(texts.now_with(title, engine.name_of(decision.decider)))
    if decision.due_at is not None and decision.due_at <= now():
        _escalate(held, round_, decision)


def _replace_who_left(held: HeldTicket, decision: Decision, may: MaySee) -> None:
    """Put the one above in the place of somebody who left or may not decide; an address that changed is followed."""
    approver, decider = people.get(decision.approver), people.get(decision.decider)
    if approver is None or not may(approver.email):
        higher = above(decision.approver, held.ticket, may)
        decision.approver = higher or next(iter(leads(held.ticket, may)), decision.approver)
        decision.decider, decision.escalated = decision.approver, 0
        return
    decision.approver = approver.email
    decision.decider = decider.email if decider is not None and may(decider.email) else approver.email


def _escalate(held: HeldTicket, round_: Round, decision: Decision) -> None:
    """Ask the deputy of whoever let the time run out, and after that the next level."""
    step, ticket, may = round_.step(decision.step), held.ticket, engine.who_may(held, round_)
    following = ""
    if decision.escalated == 0:
        deputy = deputy_of(decision.decider)
        usable = deputy not in ("", ticket.requester.email, decision.decider) and may(deputy)
        following = deputy if usable else ""
    following = following or above(decision.decider, ticket, may)
    following = following or next((one for one in leads(ticket, may) if one != decision.decider), "")
    decision.escalated += 1
    decision.version += 1
    if not following:
        decision.due_at = None  # nobody else is left to ask
        return
    decision.decider = following
    decision.due_at = held.due(engine.hours_of(step))
    held.say(texts.late(round_.title(step["key"]), engine.name_of(following)))


def _pending() -> Any:
    wanted = select(Round.number, Round.stages, Decision.approver, Decision.decider, Decision.escalated)
    wanted = wanted.join(Decision, Decision.round_id == Round.id)
    return wanted.where(Round.state == "running", Decision.state == "pending")


def _due() -> Iterable[str]:
    return [row.number for row in session().execute(_pending().where(Decision.due_at <= now()))]


def _with_others() -> Iterable[str]:
    """Return the approvals in which somebody left or may be barred, or who stands in for whom has changed."""
    rows, delegates = session().execute(_pending()).all(), delegates_now()
    known = people.named({row.approver for row in rows} | {row.decider for row in rows})
    for row in rows:
        gone = row.approver not in known or row.decider not in known
        barred = any(step.get("distinct") for stage in row.stages for step in stage)  # perhaps: it is looked up there
        if gone or barred or (row.escalated == 0 and (row.decider != row.approver or row.approver in delegates)):
            yield row.number


def _without_anybody() -> Iterable[str]:
    """Return the approvals in which nobody could be asked in a step."""
    asked = func.count(func.distinct(Decision.step))
    here = and_(Decision.round_id == Round.id, Decision.stage == Round.stage)
    count = select(asked).where(here).scalar_subquery()
    wanted = select(Round.number, Round.stages, Round.stage, count).where(Round.state == "running")
    return [number for number, stages, stage, steps in session().execute(wanted) if steps < len(stages[stage])]

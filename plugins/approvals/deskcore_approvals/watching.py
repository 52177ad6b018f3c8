"""What time does to approvals: it runs out, people go away and come back, and some leave for good."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import and_, or_, select

from deskcore.plugin import NotFound, now, people, session, tickets
from deskcore_approvals import engine, following, texts
from deskcore_approvals.delegations import delegates_now, deputy_of
from deskcore_approvals.finding import above, found, has_role, leads, members
from deskcore_approvals.models import Decision, Round
from deskcore_approvals.plans import lacking
from deskcore_approvals.seeing import MaySee


def watch(arguments: Mapping[str, Any]) -> None:
    """Look at every approval that something may have to be done about; called every few minutes."""
    following.make_good()
    for number in sorted({*_due(), *_with_others(), *_short_of_people()}):
        look_again(number)


def look_again(number: str) -> None:
    """Bring an approval up to date: who left, who stands in for whom, whose time ran out."""
    try:
        with tickets.Held.of(number, engine.PLUGIN) as held:
            round_ = engine.running(held)
            if round_ is None:
                return
            bring_up_to_date(held, round_)
    except NotFound:
        return  # it was let go, or has got another number and is told of that next


def bring_up_to_date(held: tickets.Held, round_: Round) -> None:
    """Do the same in a transaction that is under way; the approval is running."""
    asked = [one for one in engine.decisions_of(round_) if one.stage == round_.stage]
    for decision in asked:
        if decision.state == "pending":
            _bring_up_to_date(held, round_, decision)
    engine.enter(held, round_)


def cover(principal: str) -> None:
    """Bring all approvals up to date that wait for somebody who has arranged something."""
    wanted = select(Round.number).join(Decision, Decision.round_id == Round.id)
    mine = or_(Decision.approver == principal, Decision.decider == principal)
    for number in sorted(set(session().scalars(wanted.where(Decision.state == "pending", mine)))):
        look_again(number)


def _bring_up_to_date(held: tickets.Held, round_: Round, decision: Decision) -> None:
    before = decision.approver, decision.decider
    _replace_who_left(held, round_, decision)
    if decision.escalated == 0:
        decision.decider = engine.decider_for(held, round_, decision.step, decision.approver)
    title = round_.title(decision.step)
    if (decision.approver, decision.decider) != before:
        decision.version += 1
        held.say(texts.now_with(title, engine.name_of(decision.decider)))
    if decision.due_at is not None and decision.due_at <= now():
        _escalate(held, round_, decision)


def _replace_who_left(held: tickets.Held, round_: Round, decision: Decision) -> None:
    """Put another in the place of somebody who left, may not decide, or lost the role for it.

    That is somebody who has the role, else the one above; an address that changed is followed.
    """
    may = engine.who_may(held, round_, decision.step)
    approver, decider = people.get(decision.approver), people.get(decision.decider)
    if approver is None or not may(approver.email) or not has_role(decision.asked_as, approver.email):
        _hand_on(held, round_, decision, may)
        return
    decision.approver = approver.email
    decision.decider = decider.email if decider is not None and may(decider.email) else approver.email


def _hand_on(held: tickets.Held, round_: Round, decision: Decision, may: MaySee) -> None:
    asked = {one.approver for one in engine.decisions_of(round_) if one.step == decision.step}
    fellows, _complete = found([decision.asked_as] if decision.asked_as else [], held.ticket, may)
    others = {email: role for email, role in fellows.items() if email not in asked}
    others |= {higher: ""} if (higher := above(decision.approver, held.ticket, may)) else leads(held.ticket, may)
    if others:
        decision.approver, decision.asked_as = next(iter(others.items()))
    decision.decider, decision.escalated = decision.approver, 0


def _escalate(held: tickets.Held, round_: Round, decision: Decision) -> None:
    """Ask the deputy of whoever let the time run out, and after that the next level."""
    step, ticket, may = round_.step(decision.step), held.ticket, engine.who_may(held, round_, decision.step)
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
    columns = Decision.approver, Decision.decider, Decision.escalated, Decision.asked_as
    wanted = select(Round.number, Round.stages, *columns).join(Decision, Decision.round_id == Round.id)
    return wanted.where(Round.state == "running", Decision.state == "pending")


def _due() -> Iterable[str]:
    return [row.number for row in session().execute(_pending().where(Decision.due_at <= now()))]


def _with_others() -> Iterable[str]:
    """Return the approvals in which somebody left, lost a role, may be barred, or has another stand-in."""
    rows, delegates = session().execute(_pending()).all(), delegates_now()
    known = people.named({row.approver for row in rows} | {row.decider for row in rows})
    holders = {role: members(role) for role in {row.asked_as for row in rows} - {""}}
    for row in rows:
        gone = row.approver not in known or row.decider not in known
        gone = gone or row.approver not in holders.get(row.asked_as, [row.approver])
        # Perhaps: it is looked up there.
        barred = any(step.get("distinct") or isinstance(step["need"], int) for stage in row.stages for step in stage)
        if gone or barred or (row.escalated == 0 and (row.decider != row.approver or row.approver in delegates)):
            yield row.number


def _short_of_people() -> Iterable[str]:
    """Return the approvals in which a step has fewer people than it needs."""
    here = and_(Decision.round_id == Round.id, Decision.stage == Round.stage)
    wanted = select(Round.number, Round.stages, Round.stage, Decision.step).outerjoin(Decision, here)
    rows = session().execute(wanted.where(Round.state == "running")).all()
    asked = Counter((row.number, row.step) for row in rows)
    for row in rows:
        if any(lacking(step, asked[row.number, step["key"]]) for step in row.stages[row.stage]):
            yield row.number

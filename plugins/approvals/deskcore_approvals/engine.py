"""How an approval goes: it begins with a ticket, asks stage after stage, and ends with what was decided.

Everything in here works inside ``with tickets.Held.of(…)``, hence in one transaction, under the lock of the ticket.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import select

from deskcore.plugin import Text, now, people, session, setting, tickets
from deskcore_approvals import texts
from deskcore_approvals.amounts import Amount, amount_of
from deskcore_approvals.delegations import delegates_now
from deskcore_approvals.finding import found, leads, with_higher
from deskcore_approvals.models import Decision, Round
from deskcore_approvals.plans import how_many, lacking, needed, standing
from deskcore_approvals.rules import Mistake, Rules, Step, read_rules
from deskcore_approvals.seeing import MaySee, stand_in

#: The plugin's name, under which it holds tickets.
PLUGIN = "approvals"
#: What is asked when the section became unusable after the ticket was opened: nothing goes on unapproved.
_LEAD = Step("lead", Text("Lead of the desk", "Kierownik działu"), (), "any")


def start(held: tickets.Held) -> None:
    """Begin the approval of a ticket, unless one is running; without any step that applies, let the ticket go."""
    if running(held) is not None:
        return
    rules = _rules(held)
    ticket = held.ticket
    stages = needed(rules, ticket.answers, ticket.extra)
    if not stages:
        held.say(texts.not_needed())
        held.let_go("new")
        return
    round_ = Round(
        ticket_id=held.id,
        number=ticket.number,
        subject=ticket.subject,
        requester=ticket.requester.email,
        requester_name=ticket.requester.name,
        amount=_stored(amount_of(rules, ticket.answers, ticket.extra) if rules.amount else None),
        stages=[[_snapshot(step) | {"distinct": rules.distinct} for step in stage] for stage in stages],
        lines=rules.lines,
    )
    session().add(round_)
    session().flush()
    enter(held, round_)


def running(held: tickets.Held) -> Round | None:
    """Return the approval of a ticket that is under way, or nothing."""
    wanted = select(Round).where(Round.ticket_id == held.id, Round.state == "running")
    return session().scalar(wanted.order_by(Round.id.desc()).execution_options(populate_existing=True))


def decisions_of(round_: Round) -> Sequence[Decision]:
    """Return everything that is asked or was decided in an approval, in order."""
    wanted = select(Decision).where(Decision.round_id == round_.id).order_by(Decision.id)
    return session().scalars(wanted.execution_options(populate_existing=True)).all()


def enter(held: tickets.Held, round_: Round) -> None:
    """Ask whoever the present stage still lacks; a step that has enough people is left alone."""
    decisions = [one for one in decisions_of(round_) if one.stage == round_.stage]
    stage = []
    for step in round_.stages[round_.stage]:
        asked = [one.approver for one in decisions if one.step == step["key"]]
        count = _ask(held, round_, step, asked) if lacking(step, len(asked)) else step["needed"]
        stage.append(step | {"needed": count})
    round_.stages = [*round_.stages[: round_.stage], stage, *round_.stages[round_.stage + 1 :]]
    session().flush()
    take_part(held, round_)


def settle(held: tickets.Held, round_: Round) -> None:
    """Draw the consequences of what was decided: the next stage, or the outcome."""
    while round_.state == "running":
        decisions = [one for one in decisions_of(round_) if one.stage == round_.stage]
        outcomes = [_outcome(step, decisions) for step in round_.stages[round_.stage]]
        if "rejected" in outcomes:
            end(held, round_, "rejected")
            return
        done = {step["key"] for step, it in zip(round_.stages[round_.stage], outcomes, strict=True) if it == "approved"}
        _void(one for one in decisions if one.step in done)
        if "pending" in outcomes:
            take_part(held, round_)
            return
        if round_.stage + 1 == len(round_.stages):
            end(held, round_, "approved")
            return
        round_.stage += 1
        enter(held, round_)


def end(held: tickets.Held, round_: Round, state: str) -> None:
    """End an approval: ``approved`` lets the ticket go, ``rejected`` solves it, ``cancelled`` leaves it as it is."""
    close(round_, state)
    if round_.rejected_lines and state == "approved":
        held.say(texts.without_rows(round_.rejected_lines))
    said = {"approved": texts.all_approved(), "rejected": texts.turned_down(), "cancelled": texts.cancelled()}
    held.say(said[state])
    session().flush()
    if state == "approved":
        held.let_go("open")
    elif state == "rejected":
        held.turn_down()
    else:
        held.approvers(())


def close(round_: Round, state: str) -> None:
    """Want no decision of an approval any more."""
    _void(decisions_of(round_))
    round_.state, round_.ended_at = state, now()


def take_part(held: tickets.Held, round_: Round) -> None:
    """Let those take part whom the approval needs now, and those who have decided in it, until it ends."""
    wanted: set[str] = set()
    for decision in decisions_of(round_):
        if decision.state == "pending":
            wanted |= {decision.approver, decision.decider}
        elif decision.decided_by:
            wanted.add(decision.decided_by)
    held.approvers(wanted)


def hours_of(step: Mapping[str, Any]) -> int:
    """Return the working hours that somebody has to decide in a step."""
    return int(step.get("hours") or setting(PLUGIN, "timeout_hours"))


def name_of(email: str) -> str:
    """Return the name of somebody; the address of one who left."""
    person = people.get(email)
    return person.name if person else email


def barred(round_: Round, step: str) -> set[str]:
    """Return the addresses of those who may not decide in a step, because they have decided already.

    That is in the whole approval where people need to differ, and in the step itself where so many people are needed.
    """
    number = isinstance(round_.step(step)["need"], int)
    if not (round_.distinct or number):
        return set()
    decisions = (one for one in decisions_of(round_) if round_.distinct or one.step == step)
    decided = {one.decided_by for one in decisions if one.decided_by}
    return decided | {person.email for email in decided if (person := people.get(email))}


def who_may(held: tickets.Held, round_: Round, step: str) -> MaySee:
    """Return what tells whether somebody may be asked in a step now: may see the ticket, and is not barred."""
    out = barred(round_, step)
    return lambda email: email not in out and held.may_see(email)


def decider_for(held: tickets.Held, round_: Round, step: str, approver: str) -> str:
    """Return with whom a decision is: the approver, a stand-in, or the desk's lead where neither may decide."""
    may = who_may(held, round_, step)
    person = stand_in(approver, held.ticket.requester.email, delegates_now(), may)
    return person if person and may(person) else next(iter(leads(held.ticket, may)), approver)


def _ask(held: tickets.Held, round_: Round, step: Mapping[str, Any], asked: Sequence[str]) -> int:
    """Ask everybody of a step who is not asked yet, and return how many have to approve: never fewer than it says.

    :param asked: addresses of those who were asked before.
    """
    title, need, first = round_.title(step["key"]), step["need"], "needed" not in step
    ticket, may, wanted = held.ticket, who_may(held, round_, step["key"]), need if isinstance(need, int) else 1
    approvers, complete = found(step["approvers"], ticket, may)
    if len(approvers) < wanted or (need == "all" and not complete):
        if first:
            held.say(texts.too_few(title) if approvers else texts.nobody(title))
        approvers = with_higher(approvers | leads(ticket, may) | approvers, ticket, may, wanted)
    fresh = {email: role for email, role in approvers.items() if email not in asked}
    count = len(asked) + len(fresh)
    if count < wanted and first:
        held.say(texts.lacks(title, wanted, count))
        held.say(texts.remedy(title), public=False)
    due = held.due(hours_of(step)) if fresh else None
    rows = [_decision(held, round_, step["key"], email, role) for email, role in fresh.items()]
    for row in rows:
        row.due_at = due
    session().add_all(rows)
    if rows:
        held.say(texts.asked(title, [name_of(row.decider) for row in rows]))
    return how_many(need, count)


def _decision(held: tickets.Held, round_: Round, step: str, approver: str, role: str) -> Decision:
    return Decision(
        ticket_id=held.id,
        token=secrets.token_urlsafe(12),
        round_id=round_.id,
        stage=round_.stage,
        step=step,
        approver=approver,
        asked_as=role,
        decider=decider_for(held, round_, step, approver),
    )


def _outcome(step: Mapping[str, Any], decisions: Sequence[Decision]) -> str:
    votes = [one.state for one in decisions if one.step == step["key"]]
    return standing([*votes, *["pending"] * lacking(step, len(votes))], step["needed"])


def _void(decisions: Iterable[Decision]) -> None:
    for decision in decisions:
        if decision.state == "pending":
            decision.state, decision.due_at, decision.question_at = "void", None, None
            decision.version += 1


def _rules(held: tickets.Held) -> Rules:
    try:
        section = held.type.sections[PLUGIN] if held.type else {}
        return read_rules(section)
    except (Mistake, KeyError):
        return Rules((_LEAD,))


def _snapshot(step: Step) -> dict[str, Any]:
    return {
        "key": step.key,
        "title": {"en": step.title.en, "pl": step.title.pl},
        "approvers": list(step.approvers),
        "need": step.need,
        "hours": step.timeout_hours,
    }


def _stored(amount: Amount | None) -> dict[str, str] | None:
    return {"amount": f"{amount.value:.2f}", "currency": amount.currency} if amount else None

"""What somebody does with what is asked: approve, reject, ask back, hand over. Each checks the right once more."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy import select

from deskcore.plugin import Conflict, NotAllowed, NotFound, Problem, Refused, ViewerView, now, people, session, tickets
from deskcore_approvals import engine, texts, watching
from deskcore_approvals.finding import has_role
from deskcore_approvals.models import MAX_COMMENT, Decision, Round


@dataclass(frozen=True)
class Case:
    """A decision under the lock, with the approval that it belongs to, and who decides."""

    held: tickets.Held
    round: Round
    decision: Decision
    me: ViewerView


def find(token: str) -> tuple[Decision, Round]:
    """Return what is asked under a name, as far as whoever asks sees the ticket.

    :raises NotFound: when there is nothing, or that person may not know that there is.
    """
    wanted = select(Decision, Round).join(Round, Round.id == Decision.round_id).where(Decision.token == token[:24])
    row = session().execute(wanted).first()
    if row is None:
        raise NotFound(_("There is nothing to decide here."))
    return row[0], row[1]


def may_decide(decision: Decision, round_: Round, email: str, still: Callable[[str, str], bool] = has_role) -> bool:
    """Tell whether somebody is asked: whoever the rule found, or whoever it is with now.

    People who are barred are not; and nobody is, where whoever was found has lost the role for it.

    :param still: tells whether somebody has a role, for whoever asks that often.
    """
    asked = email in (decision.approver, decision.decider) and email not in engine.barred(round_, decision.step)
    return asked and still(decision.asked_as, decision.approver)


def refusal(
    decision: Decision, round_: Round, email: str, version: int, still: Callable[[str, str], bool] = has_role
) -> Conflict | NotAllowed | None:
    """Return why somebody cannot decide now, or nothing.

    :param version: of the decision as that person saw it; ``still``: as :func:`may_decide` has it.
    """
    if decision.state in ("approved", "rejected"):
        return Conflict(_("%(name)s has decided it meanwhile.", name=engine.name_of(decision.decided_by)))
    if decision.state == "void" or round_.state != "running":
        return Conflict(_("This decision is no longer needed."))
    if not may_decide(decision, round_, email, still) or email == round_.requester:
        return NotAllowed(_("Somebody else decides about this now."))
    if decision.version != version:
        return Conflict(_("This changed while you were reading. Look again, then decide."), decision.version)
    return None


def checked_comment(text: str, *, needed: bool = False) -> str:
    """Return a comment as it is stored.

    :raises Refused: when it is too long, or missing and needed.
    """
    said = text.strip()
    if needed and not said:
        raise Refused(Problem(_("Say why. The person who asked will read it."), "comment"))
    if len(said) > MAX_COMMENT:
        raise Refused(Problem(_("Use at most %(count)s characters.", count=MAX_COMMENT), "comment"))
    return said


def approve(token: str, version: int, comment: str = "", rejected_lines: Sequence[int] = ()) -> None:
    """Approve, perhaps without some rows of the table; doing it twice changes nothing.

    :param rejected_lines: rows that are turned down, counted from 0; with any, a reason is needed.
    :raises Refused: naming what to correct.
    :raises Conflict: when it was decided otherwise meanwhile, or changed since it was seen.
    """
    with _case(token) as case:
        if _is_repeated(case, "approved"):
            return
        _check(case, version)
        rows = case.held.ticket.answers.get(case.round.lines) if case.round.lines else None
        left = set(range(len(rows or ()))) - set(case.round.rejected_lines)
        turned_down = sorted(left & set(rejected_lines))
        if turned_down and len(turned_down) == len(left):
            raise Refused(Problem(_("All rows are turned down. Reject the request instead."), "lines"))
        said = checked_comment(comment, needed=bool(turned_down))
        case.round.rejected_lines = sorted({*case.round.rejected_lines, *turned_down})
        _vote(case, "approved", said)
        if turned_down:
            case.held.say(texts.without_rows(turned_down))
            case.held.write(case.decision.decided_by, said)
        _go_on(case)


def reject(token: str, version: int, comment: str) -> None:
    """Reject, with the reason, which the requester is told; doing it twice changes nothing.

    :raises Refused: without a reason.
    :raises Conflict: when it was decided otherwise meanwhile, or changed since it was seen.
    """
    with _case(token) as case:
        if _is_repeated(case, "rejected"):
            return
        _check(case, version)
        said = checked_comment(comment, needed=True)
        _vote(case, "rejected", said)
        case.held.write(case.decision.decided_by, said)
        _go_on(case)


def ask(token: str, version: int, question: str) -> None:
    """Ask the requester something; the time stands still until the answer.

    :raises Refused: without a question.
    """
    with _case(token) as case:
        _check(case, version)
        if not question.strip():
            raise Refused(Problem(_("Write what you want to know."), "comment"))
        case.held.say(texts.question(case.me.name))
        case.held.write(case.me.email, checked_comment(question))
        decision = case.decision
        decision.question, decision.question_at, decision.due_at = question.strip(), now(), None
        decision.version += 1


def hand_over(token: str, version: int, to: str) -> None:
    """Let somebody else decide in one's place, for good.

    :raises Refused: for the requester, for nobody, and for somebody who may not see the ticket.
    """
    with _case(token) as case:
        _check(case, version)
        person = people.get(to)
        if person is None or not case.held.may_see(person.email):
            raise Refused(Problem(_("Enter the address of a person who works here."), "delegate"))
        if person.email == case.held.ticket.requester.email:
            raise Refused(
                Problem(_("Nobody approves what they asked for themselves. Choose another person."), "delegate")
            )
        others = [one for one in engine.decisions_of(case.round) if one is not case.decision and one.state != "void"]
        if any(one.step == case.decision.step and one.approver == person.email for one in others):
            raise Refused(Problem(_("This person is asked in this step already."), "delegate"))
        if person.email in engine.barred(case.round, case.decision.step):
            raise Refused(
                Problem(_("This person has decided about this request already. Choose another person."), "delegate")
            )
        case.decision.approver, case.decision.asked_as = person.email, ""
        case.decision.decider = engine.decider_for(case.held, case.round, case.decision.step, person.email)
        case.decision.version += 1
        step = case.round.title(case.decision.step)
        case.held.say(texts.now_with(step, engine.name_of(case.decision.decider)))
        engine.take_part(case.held, case.round)


@contextmanager
def _case(token: str) -> Iterator[Case]:
    me, number = people.asking(), find(token)[1].number
    with tickets.Held.of(number, engine.PLUGIN) as held:
        wanted = select(Decision).where(Decision.token == token[:24], Decision.ticket_id == held.id)
        decision = session().scalars(wanted.execution_options(populate_existing=True)).one()
        round_ = session().get_one(Round, decision.round_id, populate_existing=True)
        yield Case(held, round_, decision, me)


def _is_repeated(case: Case, state: str) -> bool:
    """Tell whether this very person has decided just so before: a second click, or the page sent again."""
    return case.decision.state == state and case.decision.decided_by == case.me.email


def _check(case: Case, version: int) -> None:
    refused = refusal(case.decision, case.round, case.me.email, version)
    if refused is not None:
        raise refused
    if case.me.email == case.held.ticket.requester.email:  # under another address than the approval began with
        raise NotAllowed(_("Somebody else decides about this now."))


def _go_on(case: Case) -> None:
    """Draw the consequences; what is left for whoever has just decided goes to others where people must differ."""
    engine.settle(case.held, case.round)
    round_ = case.round
    if round_.state == "running" and any(engine.barred(round_, step["key"]) for step in round_.stages[round_.stage]):
        watching.bring_up_to_date(case.held, case.round)


def _vote(case: Case, state: str, comment: str) -> None:
    decision, me = case.decision, case.me
    decision.state, decision.decided_by, decision.decided_at, decision.comment = state, me.email, now(), comment
    decision.due_at = decision.question_at = None
    decision.version += 1
    step = case.round.title(decision.step)
    instead = engine.name_of(decision.approver) if me.email != decision.approver else ""
    case.held.say((texts.approved if state == "approved" else texts.rejected)(step, me.name, instead))
    session().flush()

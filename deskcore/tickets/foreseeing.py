"""What plugins will say against a plan, asked before it is carried out: of many tickets at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sqlalchemy import select

from deskcore.extensions import db
from deskcore.hooks.beforehand import Question
from deskcore.people.models import Person
from deskcore.runtime import runtime
from deskcore.tickets.bulk import STEP, Plan, Planned, Wish
from deskcore.tickets.loading import person_view, ticket_view, with_people
from deskcore.tickets.models import Ticket
from deskcore.tickets.services.rights import author, require_agent
from deskcore.tickets.snapshots import Transition


def foreseen(wished: Wish, plan: Plan) -> Plan:
    """Return a plan that skips the tickets whose new status plugins will refuse, with what they say.

    So many tickets are asked about as the next step changes, in two statements for each few hundred; those behind
    them are asked about in their turn. A plugin that fails or is slow holds up nobody: it is named instead.
    """
    sets_status = wished.edits.status if wished.edits is not None else wished.status
    if not sets_status:
        return plan
    rest, allowed, refused = list(plan.changed), list[Planned](), list[Planned]()
    silent: tuple[str, ...] = ()
    while rest and len(allowed) < STEP and not silent:
        some, rest = rest[:STEP], rest[STEP:]
        said, silent = _said(some)
        allowed += [each for each in some if each.number not in said]
        refused += [replace(each, reason=said[each.number]) for each in some if each.number in said]
    return replace(plan, changed=[*allowed, *rest], skipped=[*refused, *plan.skipped], silent=silent)


def _said(planned: Sequence[Planned]) -> tuple[Mapping[str, str], tuple[str, ...]]:
    """Return what speaks against the changes of status, by number, and the names of plugins that did not say."""
    wanted = {each.number: each.status or each.after for each in planned}
    by = person_view(db.session.get_one(Person, author(require_agent())), related=False)
    questions = {}
    tickets = with_people(select(Ticket).where(Ticket.number.in_(wanted)).order_by(Ticket.id))
    for ticket in db.session.scalars(tickets):
        desk = runtime().catalogue.desk_by_id(ticket.desk_id)
        status = next((each for each in desk.statuses if each.key == wanted[ticket.number]), None)
        if status is not None:  # it has not moved to another desk meanwhile
            asked = Transition(ticket_view(ticket), status.key, status.category, by)
            questions[ticket.number] = Question(desk.key, {"transition": asked})
    said = runtime().callers.check_beforehand("validate_transition", list(questions.values()))
    told = zip(questions, said.problems, strict=True)
    return {number: " ".join(each.message for each in problems) for number, problems in told if problems}, said.silent

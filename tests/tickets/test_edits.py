"""Several changes of a ticket at once: planned exactly, made in one transaction, and taken back together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from deskcore.errors import Conflict, Problem, Refused
from deskcore.extensions import db
from deskcore.fsck import check_all
from deskcore.hooks.answers import CheckResult
from deskcore.people.models import Person, TeamMember
from deskcore.runtime import runtime
from deskcore.testing import statements
from deskcore.tickets import bulk, services
from deskcore.tickets.agent_models import HeldReply
from deskcore.tickets.bulk import Wish, carry_out, plan_for
from deskcore.tickets.conversation_models import Message, Note
from deskcore.tickets.edits import ME, Edits
from deskcore.tickets.loading import find_ticket
from deskcore.tickets.models import TicketEvent, TicketParticipant
from deskcore.tickets.opening import NewTicket, open_ticket
from deskcore.tickets.undo import offer_undo, undo
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as, unit_of_work
from tests.replies import let_replies_go_out

Act = Callable[..., Any]
ALL = Edits(
    status="waiting_requester",
    priority="high",
    assignee=ME,
    add=("vpn",),
    remove=("printer",),
    follow=True,
    reply="Hello {first_name}, about {number}: {{7*7}} {request.app}",
    note="Asked by {me} on {desk}",
)


@pytest.fixture
def opens(act: Act, person_named: Callable[[str], Any]) -> Callable[..., str]:
    """Give ``opens()``: Anna raises an incident; returns its number."""

    def opened(*tags: str) -> str:
        anna = person_named("anna.kowalska").id
        answers = {"service": "printer", "what_happened": "It jams", "affected": "me"}
        with act("anna.kowalska"):
            return open_ticket(NewTicket("it", "incident", "It jams", "", anna, "portal", answers, tags=tags))

    return opened


def state(number: str) -> dict[str, Any]:
    """Return what a ticket is, and what was written in it, for whoever may look at everything."""
    with acting_as(SYSTEM) as session:
        ticket = find_ticket(number)
        of_it = ticket.id
        follows = sa.select(Person.name).join(TicketParticipant, TicketParticipant.person_id == Person.id)
        follows = follows.where(TicketParticipant.ticket_id == of_it, TicketParticipant.role == "follower")
        return {
            "assignee": ticket.assignee.name if ticket.assignee else None,
            "status": ticket.status,
            "priority": ticket.priority,
            "team": ticket.team_id,
            "tags": list(ticket.tags),
            "followers": list(session.scalars(follows)),
            "messages": list(session.scalars(sa.select(Message.body).where(Message.ticket_id == of_it))),
            "held": list(session.scalars(sa.select(HeldReply.body).where(HeldReply.ticket_id == of_it))),
        }


def notes(number: str) -> list[str]:
    with acting_as(SYSTEM) as session:
        return list(session.scalars(sa.select(Note.body).where(Note.ticket_id == find_ticket(number).id)))


def lines(number: str) -> list[str]:
    with acting_as(SYSTEM) as session:
        of_it = sa.select(TicketEvent.kind).where(TicketEvent.ticket_id == find_ticket(number).id)
        return list(session.scalars(of_it.order_by(TicketEvent.seq)))


def test_what_was_planned_is_what_is_done_and_one_undo_takes_it_back(app: Flask, opens: Any, act: Act) -> None:
    number = opens("printer")
    before = state(number)
    with act("marek.nowak", "workspace"):
        [planned] = plan_for(Wish(edits=ALL), [number]).changed
        assert {part.field: (part.before, part.after) for part in planned.parts} == {
            "assignee": ("", "Marek Nowak"),
            "priority": ("low", "high"),
            "tags": ("printer", "vpn"),
            "follow": ("", "yes"),
            "reply": ("", f"Hello Anna, about {number}: {{{{7*7}}}} {{request.app}}"),
            "note": ("", "Asked by Marek Nowak on IT support"),
            "status": ("new", "waiting_requester"),
        }
        outcome = carry_out(Wish(edits=ALL), {number: planned.version})
        after = state(number)
        assert outcome.done == [number]
        assert after == before | {
            "assignee": "Marek Nowak",
            "priority": 3,
            "tags": ["vpn"],
            "followers": ["Marek Nowak"],
            # It goes out in ten seconds, and the status with it.
            "held": [f"Hello Anna, about {number}: {{{{7*7}}}} {{request.app}}"],
        }
        undone = undo(offer_undo(outcome.changes))
        assert (undone.done, undone.skipped) == ([number], [])
    assert state(number) == before
    with acting_as(SYSTEM) as session:
        assert check_all(session).findings == []
    # Nothing is ever removed from a timeline: the note stays.
    assert notes(number) == ["Asked by Marek Nowak on IT support"]
    assert lines(number)[-4:] == ["participant_removed", "tags_changed", "priority_changed", "assigned"]


def test_once_the_reply_has_gone_out_nothing_is_taken_back(app: Flask, opens: Any, act: Act) -> None:
    number = opens()
    with act("marek.nowak", "workspace"):
        edited = services.edit(number, Edits(status="resolved", add=("done",), reply="It works again."))
        token = offer_undo(edited.changes)
    let_replies_go_out(app)
    sent = state(number)
    assert (sent["status"], sent["messages"], sent["tags"]) == ("resolved", ["It works again."], ["done"])
    with act("marek.nowak", "workspace"):
        [(skipped, why)] = undo(token).skipped
    assert (skipped, why) == (number, "The reply has gone out, or it was changed since.")
    assert state(number) == sent


def test_what_cannot_be_done_leaves_all_of_it_undone(
    app: Flask, opens: Any, act: Act, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = opens("printer")
    before = state(number)
    wished = Edits(priority="urgent", note="Handed on", team="nobody_knows", assignee="anna.kowalska@meridian.example")
    with act("marek.nowak", "workspace"):
        [planned] = plan_for(Wish(edits=wished), [number]).skipped
        assert planned.reason == "Its desk has no such team. Anna Kowalska does not work on the desk."
        with pytest.raises(Refused, match="Its desk has no such team"):
            services.edit(number, wished)
        version = find_ticket(number).version
        services.set_priority(number, "high")
        with pytest.raises(Conflict):
            services.edit(number, Edits(add=("late",), note="Never"), version)
        # What plugins say against the status keeps the rest from happening, too.
        refusing = CheckResult(problems=(Problem("Not before the checklist is done."),))
        monkeypatch.setattr(type(runtime().callers), "check", lambda *args, **named: refusing)
        solved = Edits(status="resolved", add=("never",), note="Never")
        with pytest.raises(Refused, match="checklist"):
            services.edit(number, solved)
        monkeypatch.undo()
        with pytest.raises(Refused, match="Choose what to do"):
            services.edit(number, Edits())
    assert state(number) == before | {"priority": 3}
    assert notes(number) == []


def test_an_answer_takes_a_new_ticket_into_work_and_the_plan_says_so(app: Flask, opens: Any, act: Act) -> None:
    number = opens()
    with act("marek.nowak", "workspace"):
        [planned] = plan_for(Wish(edits=Edits(reply="We look at it.")), [number]).changed
        assert [(part.field, part.after) for part in planned.parts] == [("reply", "We look at it."), ("status", "open")]
        services.edit(number, Edits(reply="We look at it."))
    let_replies_go_out(app)
    assert state(number)["status"] == "open"


def test_another_team_lets_go_of_whoever_is_not_in_it_and_the_plan_says_so(app: Flask, opens: Any, act: Act) -> None:
    number = opens()
    team = next(team for team in runtime().catalogue.desk("it").teams if team.id != state(number)["team"])
    with acting_as(SYSTEM) as session, unit_of_work():
        session.execute(sa.delete(TeamMember).where(TeamMember.team_id == team.id))
    with act("marek.nowak", "workspace"):
        services.assign(number, "ola.mazur@meridian.example")
        before = state(number)
        [planned] = plan_for(Wish(edits=Edits(team=team.key)), [number]).changed
        found = {part.field: (part.before, part.after) for part in planned.parts}
        assert found["assignee"] == ("Ola Mazur", "")
        edited = services.edit(number, Edits(team=team.key))
        assert (state(number)["team"], state(number)["assignee"]) == (team.id, None)
        assert undo(offer_undo(edited.changes)).done == [number]
    assert state(number) == before


def test_many_tickets_take_no_more_statements_than_one_and_are_sent_once(app: Flask, opens: Any, act: Act) -> None:
    numbers = [opens() for _ in range(4)]
    with act("marek.nowak", "workspace"):
        wished = Wish(edits=Edits(priority="urgent", assignee=ME, team="", add=("all",)))
        counts = []
        for some in (numbers[:1], numbers):
            with statements(db.engine) as seen:
                plan_for(wished, some)
            counts.append(len(seen))
        assert counts[0] == counts[1] <= 5
        services.set_priority(numbers[0], "urgent")
        services.set_tags(numbers[0], ["all"])
        services.assign(numbers[0], "marek.nowak@meridian.example")
        plan = plan_for(wished, [*numbers, "IT-999999"])
        assert [each.number for each in plan.changed] == numbers[1:]
        assert [(each.number, each.already) for each in plan.skipped] == [(numbers[0], True), ("IT-999999", False)]
        assert services.edit(numbers[1], wished.edits or Edits(), key="once").changes
        assert services.edit(numbers[1], wished.edits or Edits(), key="once").again
    assert bulk.STEP == 500

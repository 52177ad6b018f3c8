"""What people do with a ticket, and what each of them may not."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from deskcore.clock import now
from deskcore.errors import Conflict, NotAllowed, NotFound, Refused
from deskcore.tickets import services
from deskcore.tickets.conversation_models import Message, Note
from deskcore.tickets.loading import find_ticket
from deskcore.tickets.models import Ticket, TicketEvent, TicketTag
from deskcore.tickets.opening import NewTicket, open_ticket
from deskcore.tickets.pages import history, linked
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as, unit_of_work

Act = Callable[..., AbstractContextManager[Any]]


@pytest.fixture
def number(act: Act, person_named: Callable[[str], Any]) -> str:
    """Give the number of a fresh ticket of Anna's."""
    answers = {"service": "printer", "what_happened": "It jams"}
    anna = person_named("anna.kowalska").id
    with act("anna.kowalska"):
        return open_ticket(NewTicket("it", "incident", "The printer jams", "It jams", anna, "portal", answers))


def kinds(act: Act, number: str, name: str, area: str) -> list[str]:
    """Return the kinds of a ticket's entries as somebody sees them."""
    with act(name, area):
        return [entry.kind for entry in history(find_ticket(number))]


def test_a_reply_takes_a_new_ticket_into_work(act: Act, number: str) -> None:
    with act("marek.nowak", "workspace"):
        services.reply(number, "Which printer is it?")
        assert find_ticket(number).status_category == "open"
    assert kinds(act, number, "anna.kowalska", "portal") == ["opened", "message", "status_changed"]


def test_a_question_waits_for_the_requester_and_the_answer_brings_it_back(act: Act, number: str) -> None:
    with act("marek.nowak", "workspace"):
        services.reply(number, "Which printer is it?", then="waiting_requester")
        assert find_ticket(number).status_category == "waiting_requester"
    with act("anna.kowalska"):
        services.reply(number, "The one on floor 3")
        assert find_ticket(number).status_category == "open"


def test_a_note_never_reaches_the_portal(act: Act, number: str) -> None:
    with act("marek.nowak", "workspace"):
        services.note(number, "She says it every week")
    assert kinds(act, number, "anna.kowalska", "portal") == ["opened"]
    assert kinds(act, number, "ola.mazur", "workspace") == ["opened", "note"]


def test_from_the_portal_nobody_writes_notes_or_changes_the_ticket(act: Act, number: str) -> None:
    with act("anna.kowalska"):
        for change in (
            lambda: services.note(number, "x"),
            lambda: services.assign(number, "marek.nowak@meridian.example"),
            lambda: services.set_priority(number, "urgent"),
            lambda: services.set_status(number, "closed"),
            lambda: services.set_tags(number, ["x"]),
            lambda: services.escalate(number, "it", "l2"),
            lambda: services.link(number, number),
            lambda: services.reply(number, "x", then="closed"),
            lambda: services.add_participant(number, "jan.wojcik@meridian.example", "approver"),
        ):
            with pytest.raises(NotAllowed):
                change()


def test_an_agent_of_another_desk_finds_nothing(act: Act, number: str) -> None:
    with act("kasia.dabrowska", "workspace"):
        for change in (
            lambda: services.reply(number, "x"),
            lambda: services.note(number, "x"),
            lambda: services.assign(number, None),
            lambda: services.set_priority(number, "low"),
            lambda: services.withdraw(number),
        ):
            with pytest.raises(NotFound):
                change()


@pytest.mark.parametrize("text", ["", "  \n\t", "\u200b \u00a0\n"])
def test_nothing_but_invisible_characters_is_no_reply(act: Act, number: str, text: str) -> None:
    with act("anna.kowalska"), pytest.raises(Refused):
        services.reply(number, text)


def test_a_stale_change_is_a_conflict_and_changes_nothing(act: Act, number: str) -> None:
    with act("ola.mazur", "workspace"):
        services.set_priority(number, "high", version=1)
    with act("marek.nowak", "workspace"):
        for change in (
            lambda: services.set_priority(number, "low", version=1),
            lambda: services.reply(number, "text", version=1),
            lambda: services.note(number, "text", version=1),
            lambda: services.assign(number, "marek.nowak@meridian.example", version=1),
        ):
            with pytest.raises(Conflict) as conflict:
                change()
            assert conflict.value.current_version == 2
        assert find_ticket(number).priority == 3


def test_a_repeated_reply_is_stored_once(act: Act, number: str) -> None:
    with act("marek.nowak", "workspace") as session:
        first = services.reply(number, "Once", version=1, key="k")
        assert services.reply(number, "Once", version=1, key="k") == first
        assert session.scalar(sa.select(sa.func.count()).select_from(Message)) == 1


def test_only_agents_of_the_desk_can_be_assigned(act: Act, number: str) -> None:
    with act("marek.nowak", "workspace"):
        services.assign(number, "ola.mazur@meridian.example")
        assert find_ticket(number).assignee.name == "Ola Mazur"
        for stranger in ("anna.kowalska@meridian.example", "nobody@meridian.example"):
            with pytest.raises(Refused):
                services.assign(number, stranger)
        services.assign(number, None)
        assert find_ticket(number).assignee is None


def test_assigning_to_the_same_agent_again_is_no_event(act: Act, number: str) -> None:
    with act("marek.nowak", "workspace"):
        services.assign(number, "ola.mazur@meridian.example")
        version = find_ticket(number).version
        services.assign(number, "ola.mazur@meridian.example")
        assert find_ticket(number).version == version


def test_escalating_takes_the_ticket_from_its_agent_unless_he_is_in_the_team(act: Act, number: str) -> None:
    with act("marek.nowak", "workspace"):
        services.assign(number, "ola.mazur@meridian.example")
        services.escalate(number, "it", "l2")
        assert find_ticket(number).assignee.name == "Ola Mazur"
        services.escalate(number, "it", "l3")
        assert find_ticket(number).assignee is None


def test_handing_a_ticket_to_where_it_is_changes_nothing(act: Act, number: str) -> None:
    with act("marek.nowak", "workspace"):
        services.escalate(number, "it", "l3")
        services.assign(number, "marek.nowak@meridian.example")
        version = find_ticket(number).version
        services.escalate(number, "it", "l3")
        assert (find_ticket(number).assignee.name, find_ticket(number).version) == ("Marek Nowak", version)


def test_a_ticket_cannot_become_new_again(act: Act, number: str) -> None:
    with act("marek.nowak", "workspace"):
        services.set_status(number, "open")
        with pytest.raises(Refused):
            services.set_status(number, "new")


def test_an_unknown_status_or_priority_is_refused(act: Act, number: str) -> None:
    with act("marek.nowak", "workspace"):
        with pytest.raises(Refused):
            services.set_status(number, "no such status")
        with pytest.raises(Refused):
            services.set_priority(number, "-1")


def test_tags_are_kept_once_and_in_lower_case(act: Act, number: str) -> None:
    with act("marek.nowak", "workspace") as session:
        services.set_tags(number, ["VPN", "vpn ", "home office", ""])
        assert find_ticket(number).tags == ["vpn", "home-office"]
        assert set(session.scalars(sa.select(TicketTag.tag))) == {"vpn", "home-office"}


def test_a_follower_sees_the_ticket_until_removed(act: Act, number: str) -> None:
    with act("anna.kowalska"):
        services.add_participant(number, "jan.wojcik@meridian.example")
    with act("jan.wojcik"):
        assert find_ticket(number).number == number
        services.remove_participant(number, "jan.wojcik@meridian.example")
        with pytest.raises(NotFound):
            find_ticket(number)


def test_a_requester_says_that_help_is_no_longer_needed_and_may_reopen(act: Act, number: str) -> None:
    with act("anna.kowalska"):
        services.withdraw(number)
        assert find_ticket(number).status_category == "resolved"
        with pytest.raises(Refused):
            services.withdraw(number)
        services.reopen(number)
        ticket = find_ticket(number)
        assert (ticket.status_category, ticket.resolved_at, ticket.finished) == ("open", None, False)


def test_an_answer_to_a_solved_ticket_reopens_it_only_for_two_weeks(act: Act, number: str) -> None:
    with act("marek.nowak", "workspace"):
        services.set_status(number, "resolved")
    with act("anna.kowalska"):
        services.reply(number, "It came back")
        assert find_ticket(number).status_category == "open"
    with act("marek.nowak", "workspace"):
        services.set_status(number, "resolved")
    with acting_as(SYSTEM) as session, unit_of_work():
        session.scalars(sa.select(Ticket)).one().resolved_at = now() - timedelta(days=15)
    with act("anna.kowalska"):
        with pytest.raises(Refused):
            services.reply(number, "It came back")
        with pytest.raises(Refused):
            services.reopen(number)


def test_a_link_is_seen_from_both_tickets(act: Act, number: str, person_named: Any) -> None:
    anna = person_named("anna.kowalska").id
    with act("marek.nowak", "workspace"):
        other = open_ticket(NewTicket("it", "incident", "Another", "x", anna, "phone", {"service": "mail"}))
        services.link(number, other, "duplicate")
        assert [(one.kind, one.number) for one in linked(find_ticket(number))] == [("duplicate", other)]
        assert [(one.kind, one.number) for one in linked(find_ticket(other))] == [("of_duplicate", number)]
        with pytest.raises(NotFound):
            services.link(number, "IT-999999")
        with pytest.raises(Refused):
            services.link(number, number)


def test_every_change_is_one_event_in_order(act: Act, number: str) -> None:
    with act("marek.nowak", "workspace") as session:
        services.assign(number, "marek.nowak@meridian.example")
        services.set_priority(number, "high")
        services.reply(number, "Hello", then="waiting_requester")
        services.note(number, "Note")
        services.set_tags(number, ["a"])
        events = session.execute(sa.select(TicketEvent.seq, TicketEvent.kind).order_by(TicketEvent.seq)).all()
    assert [tuple(event) for event in events] == [
        (1, "opened"),
        (2, "assigned"),
        (3, "priority_changed"),
        (4, "message_added"),
        (5, "status_changed"),
        (6, "note_added"),
        (7, "tags_changed"),
    ]


def test_events_hold_no_contents(act: Act, number: str) -> None:
    with act("marek.nowak", "workspace") as session:
        services.reply(number, "A canary in a reply")
        services.note(number, "A canary in a note")
        assert "canary" not in str(session.scalars(sa.select(TicketEvent.data)).all())
        assert session.scalar(sa.select(sa.func.count()).select_from(Note)) == 1


def test_the_history_takes_the_same_statements_however_long_it_is(act: Act, number: str, count_statements: Any) -> None:
    with act("marek.nowak", "workspace"):
        services.reply(number, "One")
        with count_statements() as short:
            history(find_ticket(number))
        for place in range(10):
            services.reply(number, f"Reply {place}")
            services.note(number, f"Note {place}")
        with count_statements() as long:
            history(find_ticket(number))
    assert len(long) == len(short) <= 6

"""Tickets that are opened because of others: linked both ways, and silent about what is confidential."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from deskcore import audit
from deskcore.desks.fields import FieldContext
from deskcore.errors import NotFound, Refused
from deskcore.events.models import Delivery
from deskcore.extensions import db
from deskcore.fsck import check_all
from deskcore.people.models import Person
from deskcore.people.services import grant
from deskcore.plugin import tickets
from deskcore.runtime import runtime
from deskcore.tickets import services
from deskcore.tickets.children import beginning, elsewhere, offers
from deskcore.tickets.event_views import views_of
from deskcore.tickets.loading import find_ticket
from deskcore.tickets.models import Ticket, TicketEvent, TicketLink
from deskcore.tickets.opening import NewTicket, open_ticket
from deskcore.tickets.pages import history, linked
from deskcore.tickets.undo import offer_undo, undo
from deskcore.viewer import SYSTEM, Viewer
from deskcore.work import acting_as

Act = Callable[..., Any]
Named = Callable[[str], Person]
#: What Anna asked of HR in confidence.
SECRET = "My pay is wrong"
INVOICE = {"party": "Papier", "document_no": "FV 1/2026"}


@pytest.fixture(scope="module")
def bundled() -> tuple[str, ...]:
    """Name the plugins between whose desks requests go."""
    return ("approvals", "finance_desk", "hr_desk")


@pytest.fixture(autouse=True)
def people(app_context: Flask, person_named: Named) -> None:
    """Let Kasia work for HR, and Ola for finance."""
    grant(person_named("kasia.dabrowska"), "hr", "agent")
    grant(person_named("ola.mazur"), "finance", "agent")


@pytest.fixture
def laptop(act: Act, person_named: Named) -> str:
    """Let Anna ask IT for a laptop."""
    answers = {
        "for_user": "anna.kowalska@meridian.example", "kind": "laptop", "laptop_model": "office",
        "reason": "new", "cost_center": "IT-100", "location": "Gdańsk", "needed_by": "2026-12-01",
    }  # fmt: skip
    with act("anna.kowalska"):
        new = NewTicket("it", "hardware_request", "Laptop", "", person_named("anna.kowalska").id, "portal", answers)
        return open_ticket(replace(new, approved=True))


@pytest.fixture
def pay(act: Act, person_named: Named) -> str:
    """Let Anna ask HR about her pay."""
    with act("anna.kowalska"):
        answers = {"month": "2026-01-01", "topic": "tax", "text": SECRET}
        return open_ticket(
            NewTicket("hr", "payroll_question", SECRET, "", person_named("anna.kowalska").id, "portal", answers)
        )


@pytest.fixture
def asks(person_named: Named) -> Callable[..., services.Opened]:
    """Give ``asks("marek.nowak", number)``: that agent asks finance about a payment because of a ticket."""

    def asking(name: str, number: str, key: str = "", requester: str = "") -> services.Opened:
        person = person_named(requester or name).id
        new = NewTicket("finance", "payment_status", "A payment", "", person, "portal", INVOICE, key=key)
        return services.open_child(number, new)

    return asking


def kinds(number: str) -> list[str]:
    """Return how the lines of a ticket's timeline tell of other tickets."""
    with acting_as(SYSTEM):
        return [entry.data["link"] for entry in history(find_ticket(number)) if entry.kind == "linked"]


def check() -> None:
    """Every invariant holds."""
    with acting_as(SYSTEM) as session:
        assert check_all(session).findings == []


def test_an_agent_asks_a_desk_where_he_does_not_work_and_both_tickets_tell_it(
    laptop: str, asks: Callable[..., services.Opened], act: Act
) -> None:
    with act("marek.nowak", "workspace"):
        child = asks("marek.nowak", laptop).number
        [told] = elsewhere(find_ticket(laptop), history(find_ticket(laptop)))
        with pytest.raises(NotFound):
            find_ticket(child)
    assert (told.number, told.subject, told.is_open) == (child, "A payment", True)
    assert (kinds(laptop), kinds(child)) == (["follow_up"], ["follow_up_of"])
    with act("marek.nowak"):
        assert find_ticket(child).requester.email.startswith("marek")
    with act("anna.kowalska"), pytest.raises(NotFound):
        find_ticket(child)
    check()


def test_a_colleague_learns_which_desk_was_asked_and_how_far_it_is(
    laptop: str, asks: Callable[..., services.Opened], act: Act, person_named: Named
) -> None:
    grant(person_named("jan.wojcik"), "it", "agent")
    with act("marek.nowak", "workspace"):
        child = asks("marek.nowak", laptop).number
    with act("ola.mazur", "workspace"):
        services.set_status(child, "resolved")
    with act("jan.wojcik", "workspace"):
        [told] = elsewhere(find_ticket(laptop), history(find_ticket(laptop)))
    assert told.desk is not None
    assert (told.number, told.subject, told.desk.key, told.is_open) == ("", "", "finance", False)


def test_whoever_works_on_both_desks_sees_the_link_from_either_side(
    laptop: str, asks: Callable[..., services.Opened], act: Act
) -> None:
    with act("ola.mazur", "workspace"):
        child = asks("ola.mazur", laptop, requester="anna.kowalska").number
        assert [(link.kind, link.number) for link in linked(find_ticket(laptop))] == [("of_parent", child)]
        assert [(link.kind, link.number) for link in linked(find_ticket(child))] == [("parent", laptop)]
        assert elsewhere(find_ticket(laptop), history(find_ticket(laptop))) == []
    with act("anna.kowalska"):
        assert find_ticket(child).number == child


def test_the_other_desk_learns_nothing_of_a_confidential_ticket(
    pay: str, asks: Callable[..., services.Opened], act: Act
) -> None:
    with act("kasia.dabrowska", "workspace"):
        child = asks("kasia.dabrowska", pay).number
        assert [told.number for told in elsewhere(find_ticket(pay), history(find_ticket(pay)))] == [child]
        entry = runtime().catalogue.request_type("finance", "payment_status")
        assert beginning(find_ticket(pay), entry, FieldContext()) == {}
    assert (kinds(pay), kinds(child)) == (["follow_up"], [])
    with act("ola.mazur", "workspace"):
        ticket = find_ticket(child)
        said = [entry.data for entry in history(ticket)]
        assert linked(ticket) == []
        assert ticket.requester.email.startswith("kasia")
        assert not any(word in f"{said} {ticket.subject} {ticket.answers}" for word in (pay, SECRET, "anna"))
    check()


def test_the_name_of_whoever_asked_in_confidence_does_not_go_along(
    pay: str, asks: Callable[..., services.Opened], act: Act
) -> None:
    with act("kasia.dabrowska", "workspace"), pytest.raises(Refused, match="must not learn who asked"):
        asks("kasia.dabrowska", pay, requester="anna.kowalska")
    with act("kasia.dabrowska", "workspace"):
        assert kinds(pay) == []


def test_nobody_asks_for_a_third_person_where_he_does_not_work(
    laptop: str, asks: Callable[..., services.Opened], act: Act
) -> None:
    with act("marek.nowak", "workspace"), pytest.raises(Refused, match="for whoever asked you"):
        asks("marek.nowak", laptop, requester="jan.wojcik")


def test_a_child_on_a_confidential_desk_is_told_to_nobody_who_does_not_see_it(
    laptop: str, act: Act, person_named: Named
) -> None:
    grant(person_named("jan.wojcik"), "it", "agent")
    with act("marek.nowak", "workspace"):
        new = NewTicket("hr", "hr_question", "Q", "", person_named("marek.nowak").id, "portal", {"text": "Q"})
        services.open_child(laptop, new)
        assert "desk" not in history(find_ticket(laptop))[-1].data
    with act("jan.wojcik", "workspace"):
        assert elsewhere(find_ticket(laptop), history(find_ticket(laptop))) == []


def test_opening_the_child_of_a_confidential_ticket_is_audited_without_content(
    pay: str, laptop: str, asks: Callable[..., services.Opened], act: Act
) -> None:
    with act("kasia.dabrowska", "workspace"):
        asks("kasia.dabrowska", pay)
    with act("marek.nowak", "workspace"):
        asks("marek.nowak", laptop)
    found = audit.read_entries(db.session, audit.Wanted(), 100)
    assert [(entry.after, entry.actor) for entry in found if entry.action == "ticket.followed_up"] == [
        ({"ticket": pay, "asked": "finance"}, "kasia.dabrowska@meridian.example")
    ]


def test_sending_the_same_form_twice_opens_one_child(
    laptop: str, asks: Callable[..., services.Opened], act: Act
) -> None:
    with act("marek.nowak", "workspace"):
        first, again = (asks("marek.nowak", laptop, key="one form") for _time in range(2))
    assert first.number == again.number
    assert again.change is None
    assert kinds(laptop) == ["follow_up"]


def test_opening_a_child_is_taken_back_unless_somebody_has_touched_it(
    laptop: str, asks: Callable[..., services.Opened], act: Act
) -> None:
    with act("marek.nowak", "workspace"):
        opened = asks("marek.nowak", laptop)
        assert undo(offer_undo([opened.change])).done == [laptop]
        assert elsewhere(find_ticket(laptop), history(find_ticket(laptop))) == []
    with acting_as(SYSTEM) as session:
        assert find_ticket(opened.number).status_category == "resolved"
        assert session.scalars(sa.select(TicketLink)).all() == []
    with act("marek.nowak", "workspace"):
        opened = asks("marek.nowak", laptop)
        offer = offer_undo([opened.change])
    with act("ola.mazur", "workspace"):
        services.assign(opened.number, "ola.mazur@meridian.example")
    with act("marek.nowak", "workspace"):
        assert "begun to work" in undo(offer).skipped[0][1]
    check()


def test_an_ordinary_link_is_taken_back_too(laptop: str, act: Act, person_named: Named) -> None:
    with act("anna.kowalska"):
        answers = {"service": "printer", "what_happened": "It jams", "affected": "me"}
        other = open_ticket(
            NewTicket("it", "incident", "It jams", "", person_named("anna.kowalska").id, "portal", answers)
        )
    with act("marek.nowak", "workspace"):
        offer = offer_undo([services.link(laptop, other)])
        assert [link.number for link in linked(find_ticket(laptop))] == [other]
        assert services.link(laptop, other) is None
        undo(offer)
        assert linked(find_ticket(laptop)) == []


def test_what_usually_follows_is_offered_with_the_answers_that_are_known(laptop: str, act: Act) -> None:
    with act("marek.nowak", "workspace"):
        ticket = find_ticket(laptop)
        [offer] = offers(ticket)
        assert (offer.entry.desk.key, offer.entry.type.key) == ("finance", "purchase_request")
        begun = beginning(ticket, offer.entry, FieldContext(language="pl"))
    assert begun["category"] == "it"
    assert begun["cost_center"] == "IT-100"
    assert begun["needed_by"] == "2026-12-01"
    assert begun["what"].startswith("Laptop ")
    assert begun["lines"] == [{"item": begun["what"], "quantity": 1}]


def test_a_desk_that_is_off_is_not_offered(laptop: str, act: Act) -> None:
    catalogue = runtime().catalogue
    closed = {key: replace(entry, offered=False) for key, entry in catalogue.types.items() if key[0] == "finance"}
    runtime().catalogue = replace(catalogue, types={**catalogue.types, **closed})
    with act("marek.nowak", "workspace"):
        assert offers(find_ticket(laptop)) == []


def test_a_complaint_without_a_name_belongs_to_no_other_ticket(laptop: str, act: Act, person_named: Named) -> None:
    grant(person_named("kasia.dabrowska"), "hr", "lead")
    story = {"category": "conduct", "anonymous": True, "description": "Shouting", "involved": []}
    new = NewTicket("hr", "complaint", "", "", person_named("marek.nowak").id, "portal", story)
    with act("marek.nowak", "workspace"), pytest.raises(Refused, match="cannot belong to another"):
        services.open_child(laptop, new)


def test_a_plugin_opens_a_child_once_and_names_whoever_asks(laptop: str, pay: str) -> None:
    desks = runtime().catalogue.desks
    plugin = Viewer(None, "plugin", {desks[key].id: "agent" for key in ("it", "hr")}, plugin="it_desk")
    with acting_as(plugin):
        opened = [tickets.open_child(laptop, "finance", "payment_status", INVOICE, key="event 1") for _time in range(2)]
        with pytest.raises(Refused, match="must not learn"):
            tickets.open_child(pay, "finance", "payment_status", INVOICE)
        with pytest.raises(Refused, match="Enter"):
            tickets.open_child(laptop, "finance", "payment_status", {})
    assert len(set(opened)) == 1
    with acting_as(SYSTEM) as session:
        child = session.scalars(sa.select(Ticket).where(Ticket.number == opened[0])).one()
        line = session.scalars(sa.select(TicketEvent).where(TicketEvent.kind == "linked")).first()
        assert (child.requester_id, line.actor_plugin) == (find_ticket(laptop).requester_id, "it_desk")


def test_subscribers_get_no_number_of_a_confidential_ticket(laptop: str, pay: str, person_named: Named) -> None:
    both = {runtime().catalogue.desk(key).id: "agent" for key in ("it", "hr")}
    with acting_as(Viewer(person_named("marek.nowak").id, "workspace", both)):
        services.link(laptop, pay)
        services.link(pay, laptop)
    with acting_as(SYSTEM) as session:
        events = session.scalars(sa.select(TicketEvent).where(TicketEvent.kind == "linked").order_by(TicketEvent.id))
        deliveries = [Delivery(event_id=event.id, ticket_id=event.ticket_id, overtaken=False) for event in events]
        told = [views_of(session, delivery)[0] for delivery in deliveries]
    assert [view.data["other"] for view in told] == [None, laptop]

"""What receivers may be told of a ticket: with their own rights of this moment, and nothing of a confidential desk."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from deskcore.desks.services import plugin_viewer
from deskcore.errors import NotFound
from deskcore.events.models import Delivery
from deskcore.people.services import find_person
from deskcore.plugin import tickets
from deskcore.tickets.opening import NewTicket, open_ticket
from deskcore.tickets.services import add_participant, assign, note, reply
from deskcore.viewer import SYSTEM, Viewer
from deskcore.work import acting_as, unit_of_work
from deskcore.worker import Worker

ANNA, MAREK, KASIA = "anna.kowalska", "marek.nowak", "kasia.dabrowska"


@pytest.fixture(scope="module")
def bundled() -> tuple[str, ...]:
    """Let people be told, by policies too, and let there be a confidential desk."""
    return ("approvals", "hr_desk", "sla_policies", "notifications")


def mail(name: str) -> str:
    return f"{name}@meridian.example"


@pytest.fixture
def numbers(app_context: Flask, viewer_named: Callable[..., Viewer]) -> dict[str, str]:
    """Give a fault and a complaint of Anna's, each with an answer and a note."""
    anna = find_person(mail(ANNA))
    assert anna is not None
    fault = {"service": "printer", "what_happened": "It jams", "affected": "me"}
    with acting_as(viewer_named(ANNA)):
        it = open_ticket(NewTicket("it", "incident", "The printer", "It jams", anna.id, "portal", fault))
    with acting_as(viewer_named(MAREK, "workspace")):
        assign(it, mail(MAREK))
        reply(it, "Paper first.")
        note(it, "She forgot it again.")
    return {"it": it}


def seq_of(number: str, kind: str) -> int:
    with acting_as(SYSTEM):
        events = tickets.timeline(number)
    return int(next(event.id for event in events if event.kind == kind).rpartition("/")[2])


def as_plugin() -> Any:
    return acting_as(plugin_viewer("notifications"))


def test_a_receiver_is_told_what_that_person_may_read(numbers: dict[str, str]) -> None:
    number = numbers["it"]
    said, noted = seq_of(number, "message_added"), seq_of(number, "note_added")
    with as_plugin():
        to_anna = tickets.told(number, said, mail(ANNA), "portal")
        assert to_anna is not None
        assert (to_anna.text, to_anna.author, to_anna.subject) == ("Paper first.", "Marek Nowak", "The printer")
        assert tickets.told(number, noted, mail(ANNA), "portal") is None
        assert tickets.told(number, noted, mail(ANNA), "workspace") is None
        to_marek = tickets.told(number, noted, mail(MAREK), "workspace")
        assert to_marek is not None
        assert to_marek.text == "She forgot it again."
        for name, area in ((KASIA, "workspace"), (KASIA, "portal"), ("admin", "workspace"), ("nobody", "portal")):
            assert tickets.told(number, said, mail(name), area) is None  # type: ignore[arg-type]


def test_whoever_does_not_see_the_ticket_cannot_ask_for_others(
    numbers: dict[str, str], viewer_named: Callable[..., Viewer]
) -> None:
    with acting_as(viewer_named(KASIA, "workspace")), pytest.raises(NotFound):
        tickets.told(numbers["it"], 1, mail(ANNA), "portal")
    with acting_as(viewer_named(KASIA, "workspace")), pytest.raises(NotFound):
        tickets.concerned(numbers["it"])


def test_those_who_take_part_and_work_on_a_ticket_are_named(
    numbers: dict[str, str], viewer_named: Callable[..., Viewer]
) -> None:
    with acting_as(viewer_named(MAREK, "workspace")):
        add_participant(numbers["it"], mail(KASIA), "follower")
    with as_plugin():
        found = {each.person.email: set(each.roles) for each in tickets.concerned(numbers["it"])}
    assert found == {mail(ANNA): {"requester"}, mail(MAREK): {"assignee"}, mail(KASIA): {"follower"}}


def test_what_a_policy_announces_reaches_those_it_names(
    app: Flask, numbers: dict[str, str], viewer_named: Callable[..., Viewer]
) -> None:
    from deskcore_notifications.models import Notice

    from deskcore.hooks.contributions import Text

    number = numbers["it"]
    told = {"measure": "resolution", "percent": 100, "notify": ["assignee", "lead", mail("admin")]}
    with acting_as(plugin_viewer("sla_policies")), unit_of_work():
        tickets.announce(number, "sla_breached", Text("A time is over", "Czas minął"), told)
    Worker(app).run_once()
    with acting_as(SYSTEM) as session:
        wanted = select(Notice.receiver, Notice.reason).where(Notice.event == "sla_breached")
        found = dict(session.execute(wanted).all())
        assert session.scalar(select(Delivery.id).where(Delivery.state == "dead")) is None
    assert found == {mail(MAREK): "assignee", mail("ola.mazur"): "lead", mail("admin"): "policy"}

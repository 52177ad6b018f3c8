"""Managers see what their people ask only where the desk says so, for as long as both is true."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from deskcore.desks.administration import change_managers, read_desk
from deskcore.desks.models import DeskRow
from deskcore.desks.services import refresh
from deskcore.errors import Conflict, Refused
from deskcore.extensions import db
from deskcore.fingerprints import fingerprint
from deskcore.people.models import Person
from deskcore.people.services import find_person
from deskcore.runtime import runtime
from deskcore.tickets import services
from deskcore.tickets.lists import list_tickets
from deskcore.tickets.managers import check_may_send, keep_managers, leads
from deskcore.tickets.models import TicketEvent, TicketParticipant
from deskcore.tickets.opening import NewTicket, open_ticket
from deskcore.tickets.queries import TicketQuery
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as, unit_of_work

Act = Callable[..., AbstractContextManager[Any]]
NOTHING = fingerprint([False, False])
FAULT = {"service": "printer", "what_happened": "It jams", "affected": "me", "work_stopped": False}


def person(name: str) -> Person:
    found = find_person(f"{name}@meridian.example")
    assert found is not None
    return found


def let(*, see: bool = False, send: bool = False, desk: str = "it") -> None:
    row = read_desk(desk)
    change_managers(desk, see=see, send=send, seen=fingerprint([row.managers_see, row.managers_send]))
    refresh()


def settled() -> None:
    """Let the job run as a worker does."""
    with acting_as(SYSTEM):
        keep_managers({})


def asks(act: Act, subject: str, by: str = "anna.kowalska", request_type: str = "incident") -> str:
    with act(by):
        return open_ticket(NewTicket("it", request_type, subject, "It jams", person(by).id, "portal", FAULT))


def seen(act: Act, who: str) -> set[str]:
    """Return the subjects under "My team"."""
    with act(who):
        return {row.subject for row in list_tickets(TicketQuery(queue="team"), person(who).id).rows}


def led_by(name: str, manager: str | None) -> None:
    with unit_of_work():
        person(name).manager_id = person(manager).id if manager else None


def test_the_rule_lets_managers_in_and_out_again(app_context: Flask, act: Act) -> None:
    before = asks(act, "Before the rule")
    finished = asks(act, "Finished before")
    with act("marek.nowak", "workspace"):
        services.set_status(finished, "resolved")
    assert seen(act, "piotr.zielinski") == set()
    let(see=True)
    during = asks(act, "While it lasts")
    assert seen(act, "piotr.zielinski") == {"While it lasts"}
    settled()
    assert seen(act, "piotr.zielinski") == {"Before the rule", "While it lasts"}
    settled()  # nothing is said twice
    with acting_as(SYSTEM) as session:
        said = sa.select(TicketEvent.kind, TicketEvent.public).where(TicketEvent.kind.startswith("participant"))
        assert session.execute(said).all() == [("participant_added", True)] * 2
    led_by("anna.kowalska", "ola.mazur")
    settled()
    assert seen(act, "piotr.zielinski") == set()
    assert seen(act, "ola.mazur") == {"Before the rule", "While it lasts"}
    with act("marek.nowak", "workspace"):
        services.leave_to_named(during)
    assert seen(act, "ola.mazur") == {"Before the rule"}
    with act("marek.nowak", "workspace"):
        services.open_to_desk(during)
        services.set_status(before, "resolved")
    assert seen(act, "ola.mazur") == {"Before the rule", "While it lasts"}
    let()
    settled()
    assert seen(act, "ola.mazur") == set()


def test_nobody_is_shown_what_he_did_not_get_by_the_rule(app_context: Flask, act: Act) -> None:
    let(see=True)
    with unit_of_work():
        person("piotr.zielinski").active = False
    asks(act, "Of one whose manager has left")
    with unit_of_work():
        person("piotr.zielinski").active = True
        person("marek.nowak").manager_id = person("marek.nowak").id
    asks(act, "Of one who leads himself", "marek.nowak")
    given = asks(act, "Given by an agent", "ola.mazur")
    with act("marek.nowak", "workspace"):
        services.add_participant(given, "piotr.zielinski@meridian.example", "manager")
        services.add_participant(given, "jan.wojcik@meridian.example")
    settled()
    assert seen(act, "marek.nowak") == set()
    assert seen(act, "piotr.zielinski") == {"Of one whose manager has left", "Given by an agent"}
    assert seen(act, "jan.wojcik") == set()
    with act("jan.wojcik"):
        followed = list_tickets(TicketQuery(queue="followed"), person("jan.wojcik").id).rows
        assert [row.subject for row in followed] == ["Given by an agent"]
    let()
    settled()
    assert seen(act, "piotr.zielinski") == {"Given by an agent"}


def test_a_confidential_desk_and_questions_about_secrets_are_left_out(app_context: Flask, act: Act) -> None:
    let(see=True, send=True)
    incident = runtime().catalogue.types["it", "incident"]
    assert (incident.shows_managers, incident.takes_for_others) == (True, True)
    secret = replace(incident.type.fields[0], sensitive=True)
    private = replace(incident, type=replace(incident.type, fields=(secret, *incident.type.fields[1:])))
    assert (private.shows_managers, private.takes_for_others) == (False, False)
    laptop = runtime().catalogue.types["it", "hardware_request"]
    assert (laptop.shows_managers, laptop.takes_for_others) == (True, False)  # its form asks for whom by itself
    with pytest.raises(Conflict):
        change_managers("it", see=False, send=False, seen=NOTHING)
    asks(act, "Seen as long as the desk is open")
    with unit_of_work():
        db.session.scalars(sa.select(DeskRow).where(DeskRow.key == "it")).one().confidential = True
    with pytest.raises(Refused):
        let(see=True)


def test_one_asks_for_those_one_leads_and_for_nobody_else(app_context: Flask, act: Act) -> None:
    incident = runtime().catalogue.types["it", "incident"]
    piotr, anna, ola = person("piotr.zielinski"), person("anna.kowalska"), person("ola.mazur")
    check_may_send(incident, piotr, piotr)
    with pytest.raises(Refused, match="for yourself only"):
        check_may_send(incident, piotr, anna)
    let(send=True)
    incident = runtime().catalogue.types["it", "incident"]
    check_may_send(incident, piotr, anna)
    assert (leads(piotr), leads(anna)) == (True, False)
    for sender, other in ((anna, piotr), (anna, person("jan.wojcik")), (piotr, ola)):
        with pytest.raises(Refused, match="people you lead"):
            check_may_send(incident, sender, other)
    led_by("piotr.zielinski", "ola.mazur")
    led_by("ola.mazur", "piotr.zielinski")  # in a circle, which a chart of people can have
    check_may_send(incident, ola, anna)
    with act("piotr.zielinski"):
        number = open_ticket(NewTicket("it", "incident", "For Anna", "It jams", anna.id, "portal", FAULT))
    with acting_as(SYSTEM) as session:
        roles = session.execute(sa.select(TicketParticipant.person_id, TicketParticipant.role)).all()
    assert sorted(roles) == sorted([(anna.id, "requester"), (piotr.id, "reporter")])
    assert number.startswith("IT-")

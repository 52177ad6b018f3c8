"""Emergency access: asked for with a reason, confirmed by a second person, told to the lead, ending by itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask

from deskcore import audit
from deskcore.clock import now
from deskcore.errors import NotAllowed, NotFound, Refused
from deskcore.extensions import db
from deskcore.fsck import check_all
from deskcore.people.models import Person
from deskcore.people.services import create_person, set_rights
from deskcore.tickets import services
from deskcore.tickets.loading import find_ticket
from deskcore.tickets.models import TicketParticipant
from deskcore.tickets.opening import NewTicket, open_ticket
from deskcore.tickets.queries import TicketQuery
from deskcore.tickets.services import emergency
from deskcore.viewer import SYSTEM, Viewer
from deskcore.work import acting_as, unit_of_work
from deskcore.worker import Worker

Act = Callable[..., Any]
Named = Callable[[str], Person]
REASON = "The police ask for it today"


@pytest.fixture
def number(act: Act, person_named: Named) -> str:
    """Open a ticket of Anna on the IT desk, whose lead is Ola."""
    with act("anna.kowalska"):
        new = NewTicket("it", "incident", "A secret", "Text", person_named("anna.kowalska").id, "portal")
        return open_ticket(new)


@pytest.fixture
def second(person_named: Named) -> Viewer:
    """Make a second administrator."""
    person = create_person("second@meridian.example", "Second Administrator", None)
    set_rights(person, administrator=True)
    return Viewer(person.id, "portal", administrator=True)


def only() -> emergency.EmergencyView:
    """Return the one that the viewer knows of."""
    (found,) = emergency.emergencies()
    return found


def given(number: str, act: Act, second: Viewer) -> str:
    """Let the administrator see a ticket, and return the token of the access."""
    with act("admin"):
        emergency.ask(number, REASON)
    with acting_as(second):
        token = only().token
        emergency.decide(token, agreed=True)
    return token


def logged() -> list[str]:
    """Return what the audit log says of emergency access, oldest first."""
    entries = audit.read_entries(db.session(), audit.Wanted(what="break_glass"), 100)
    return [entry.action.partition(".")[2] for entry in reversed(entries)]


def test_a_second_person_opens_the_ticket_for_some_hours(number: str, act: Act, second: Viewer) -> None:
    with act("admin"), pytest.raises(NotFound):
        find_ticket(number)
    given(number, act, second)
    with act("admin"):
        assert find_ticket(number).subject == "A secret"
        with time_machine.travel(now() + timedelta(hours=4, seconds=1), tick=False), pytest.raises(NotFound):
            find_ticket(number)
    assert logged() == ["asked", "given"]
    with acting_as(SYSTEM) as session:
        assert check_all(session).findings == []


def test_when_its_time_is_up_a_job_ends_it(app: Flask, number: str, act: Act, second: Viewer) -> None:
    given(number, act, second)
    with time_machine.travel(now() + timedelta(hours=5), tick=False):
        Worker(app).run_once()
        assert logged() == ["asked", "given", "expired"]
        assert emergency.end_expired() == 0
        with act("admin"), pytest.raises(NotFound):
            find_ticket(number)


def test_nobody_confirms_what_he_asked_for_himself(number: str, act: Act) -> None:
    with act("admin"):
        emergency.ask(number, REASON)
        with pytest.raises(NotFound):
            emergency.decide(only().token, agreed=True)
    with act("kasia.dabrowska"):
        assert emergency.emergencies() == []


def test_the_lead_of_the_desk_confirms_is_told_and_ends_it(number: str, act: Act) -> None:
    with act("admin"):
        emergency.ask(number, REASON)
    with act("ola.mazur") as session:
        viewer = session.info["viewer"]
        assert emergency.waiting(viewer) == 1
        emergency.decide(only().token, agreed=True)
        assert only().to_notice
        emergency.notice(only().token)
        assert emergency.waiting(viewer) == 0
        emergency.end(only().token)
    with act("admin"), pytest.raises(NotFound):
        find_ticket(number)
    assert logged() == ["asked", "given", "withdrawn"]


def test_a_refused_one_opens_nothing_and_is_decided_once(number: str, act: Act, second: Viewer) -> None:
    with act("admin"):
        emergency.ask(number, REASON)
    with acting_as(second):
        token = only().token
        emergency.decide(token, agreed=False)
        with pytest.raises(Refused):
            emergency.decide(token, agreed=True)
    with act("admin"), pytest.raises(NotFound):
        find_ticket(number)
    assert logged() == ["asked", "refused"]


def test_what_nobody_confirms_within_a_day_cannot_be_confirmed_later(number: str, act: Act, second: Viewer) -> None:
    with act("admin"):
        emergency.ask(number, REASON)
    with time_machine.travel(now() + timedelta(hours=25), tick=False), acting_as(second):
        assert not only().may_decide
        with pytest.raises(Refused):
            emergency.decide(only().token, agreed=True)


def test_whether_there_is_such_a_ticket_is_told_to_nobody(number: str, act: Act, second: Viewer) -> None:
    seen = []
    for typed in (number, "IT-99999"):
        with act("admin"):
            emergency.ask(typed, REASON)
        with acting_as(second):
            one = next(each for each in emergency.emergencies() if each.number == typed)
            seen.append((one.may_decide, one.may_end, one.to_notice, one.row.state))
            emergency.decide(one.token, agreed=True)
    assert seen[0] == seen[1]
    assert logged() == ["asked", "given"] * 2


def test_emergency_access_is_for_reading_only(number: str, act: Act, second: Viewer) -> None:
    given(number, act, second)
    with act("admin"):
        for attempt in (
            lambda: services.reply(number, "I was here"),
            lambda: services.add_participant(number, "jan.wojcik@meridian.example"),
            lambda: services.reopen(number),
        ):
            with pytest.raises(NotAllowed):
                attempt()


def test_somebody_who_took_part_for_a_while_only_reads_too(
    number: str, act: Act, second: Viewer, person_named: Named
) -> None:
    past = {"role": "follower", "person_id": person_named("admin").id, "until": now() - timedelta(minutes=1)}
    with acting_as(SYSTEM), unit_of_work() as session:
        session.add(TicketParticipant(ticket_id=find_ticket(number).id, **past))
    given(number, act, second)
    with act("admin"), pytest.raises(NotAllowed):
        services.reply(number, "I was here")


def test_an_agent_who_was_not_named_reads_the_ticket_in_the_workspace_and_changes_nothing(
    number: str, act: Act
) -> None:
    with act("marek.nowak", "workspace"):
        services.leave_to_named(number)
    with act("ola.mazur", "workspace"):
        emergency.ask(number, REASON)
    with act("admin"):
        emergency.decide(only().token, agreed=True)
    with act("ola.mazur", "workspace"):
        assert find_ticket(number).subject == "A secret"
        with pytest.raises(NotAllowed):
            services.note(number, "I was here")
        with pytest.raises(NotAllowed):
            services.name_person(number, "ola.mazur@meridian.example")
        assert services.take_next(TicketQuery(queue="open")) is None


def test_an_agent_alone_gives_emergency_access_to_nobody(number: str, act: Act) -> None:
    with act("ola.mazur", "workspace"), pytest.raises(NotAllowed):
        services.add_participant(number, "admin@meridian.example", "break_glass")


def test_a_reason_is_required_and_nothing_is_asked_twice(number: str, act: Act) -> None:
    with act("admin"):
        for wrong in (("", REASON), (number, ""), (number, "x" * 1001)):
            with pytest.raises(Refused):
                emergency.ask(*wrong)
        emergency.ask(number, REASON)
        with pytest.raises(Refused):
            emergency.ask(number.lower(), REASON)
    with act("anna.kowalska"), pytest.raises(NotAllowed):
        emergency.ask(number, REASON)

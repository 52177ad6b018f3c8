"""Tickets that wait for approval are held: nobody works on them, and the plugin that holds them alone lets them go."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from deskcore_approvals.models import Round
from flask import Flask

from deskcore.desks.services import plugin_viewer
from deskcore.errors import NotAllowed, NotFound, Refused
from deskcore.extensions import db
from deskcore.fsck import check_all
from deskcore.hooks.contributions import Text
from deskcore.people.services import find_person
from deskcore.runtime import runtime
from deskcore.testing.switches import plugin_enabled
from deskcore.tickets import services
from deskcore.tickets.bulk import carry_out, wish
from deskcore.tickets.conversation_models import Note
from deskcore.tickets.directory import people
from deskcore.tickets.holding import HeldTicket, release
from deskcore.tickets.loading import find_ticket
from deskcore.tickets.models import Ticket, TicketEvent, TicketScoped
from deskcore.tickets.opening import NewTicket, open_ticket
from deskcore.tickets.pages import history, participants
from deskcore.tickets.timeline import said_by_plugin
from deskcore.tickets.undo import offer_undo, undo
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as
from deskcore.worker import Worker

Act = Callable[..., Any]
HOLDER = "approvals"


@pytest.fixture(scope="module")
def bundled() -> tuple[str, ...]:
    """Name the plugin that holds tickets."""
    return (HOLDER,)


@pytest.fixture
def number(act: Act) -> str:
    """Give a request for access of Anna's, which her manager has to approve, and then the lead of the desk."""
    with act("anna.kowalska"):
        return open_ticket(access())


def access(**more: Any) -> NewTicket:
    anna = find_person("anna.kowalska@meridian.example")
    assert anna is not None
    answers = {"for_user": anna.email, "system": "ERP", "role": "read", "reason": "Reports", "from_date": "2027-01-01"}
    return NewTicket("it", "access_request", "ERP", "Reports", anna.id, "portal", answers, **more)


def ticket(number: str) -> Ticket:
    with acting_as(SYSTEM):
        return find_ticket(number)


def approvers(number: str) -> list[str]:
    with acting_as(SYSTEM):
        return [
            person.email.partition("@")[0] for role, person in participants(find_ticket(number)) if role == "approver"
        ]


def test_it_waits_from_its_first_moment(number: str) -> None:
    assert (ticket(number).status_category, ticket(number).held_by) == ("waiting_approval", HOLDER)


def test_it_is_decided_step_by_step_on_either_database(number: str, act: Act, app: Flask) -> None:
    from deskcore_approvals import approval_of, deciding

    for name, following in (("piotr.zielinski", ["ola.mazur", "piotr.zielinski"]), ("ola.mazur", [])):
        Worker(app).run_once()
        with act(name):
            [mine] = [one for one in approval_of(number) if one.state == "pending"]
            assert mine.email == f"{name}@meridian.example"
            deciding.approve(mine.token, 1)
        assert approvers(number) == following
    assert (ticket(number).status_category, ticket(number).held_by) == ("open", None)
    with acting_as(SYSTEM):
        assert check_all(db.session()).findings == []


@pytest.mark.parametrize("status", ["new", "open", "waiting_requester", "on_hold"])
def test_nobody_works_on_it(number: str, act: Act, status: str) -> None:
    with act("ola.mazur", "workspace"):
        with pytest.raises(Refused):
            services.set_status(number, status)
        with pytest.raises(Refused):
            services.reply(number, "I begin.", then=status)
        outcome = carry_out(wish(None, status, "", "", ""), {number: None})
    assert [skipped for skipped, _reason in outcome.skipped] == [number]
    assert ticket(number).status_category == "waiting_approval"


def test_writing_does_not_wake_it(number: str, act: Act) -> None:
    with act("marek.nowak", "workspace"):
        services.reply(number, "We will look at it.")
    with act("anna.kowalska"):
        services.reply(number, "Thank you.")
    assert ticket(number).status_category == "waiting_approval"


def test_what_was_solved_waits_again_when_it_is_opened_again(number: str, act: Act) -> None:
    with act("anna.kowalska"):
        services.withdraw(number)
        services.reply(number, "I need it after all.")
    assert ticket(number).status_category == "waiting_approval"
    with act("ola.mazur", "workspace"):
        token = offer_undo([services.set_status(number, "resolved")])
        undo(token)
    assert (ticket(number).status_category, ticket(number).held_by) == ("waiting_approval", HOLDER)


def test_what_was_approved_elsewhere_is_not_held(act: Act) -> None:
    with act("anna.kowalska"):
        for more in ({"approved": True}, {"import_key": "old 7"}):
            assert ticket(open_ticket(access(**more))).status_category == "new"


def test_a_plugin_sees_what_it_holds_and_nothing_else(number: str, act: Act) -> None:
    with act("anna.kowalska"):
        other = open_ticket(access(approved=True))
    with acting_as(plugin_viewer(HOLDER)) as session:
        assert list(session.scalars(sa.select(Ticket.number))) == [number]
        assert len(session.scalars(sa.select(TicketEvent)).all()) >= 1
        with pytest.raises(NotFound):
            find_ticket(other)
    with acting_as(plugin_viewer("it_desk")) as session:
        assert set(session.scalars(sa.select(Ticket.number))) == {number, other}


def test_nobody_else_works_on_what_is_held(number: str, act: Act) -> None:
    with act("anna.kowalska"):
        other = open_ticket(access(approved=True))
        for held, plugin in ((number, "it_desk"), (other, HOLDER), ("IT-999", HOLDER)):
            with pytest.raises(NotFound), HeldTicket.of(held, plugin):
                raise AssertionError("it was given out")


def test_what_a_plugin_says_stands_on_the_timeline(number: str, act: Act) -> None:
    with act("anna.kowalska"), HeldTicket.of(number, HOLDER) as held:
        held.say(Text("Two of three agree", "Dwie z\u00a0trzech osób są za"))
        held.say(Text("A word for the desk", "Słowo dla działu"), public=False)
        held.write("piotr.zielinski@meridian.example", "Why?")
        held.approvers(["piotr.zielinski@meridian.example", "nobody@meridian.example"])
    assert approvers(number) == ["piotr.zielinski"]
    with act("anna.kowalska"):
        seen = history(find_ticket(number))
    assert [said_by_plugin(entry.data, "en") for entry in seen if entry.kind == "plugin_said"] == ["Two of three agree"]
    assert [entry.body for entry in seen if entry.kind == "message"] == ["Why?"]
    with act("marek.nowak", "workspace"):
        said = [
            said_by_plugin(entry.data, "pl") for entry in history(find_ticket(number)) if entry.kind == "plugin_said"
        ]
    assert said == ["Dwie z\u00a0trzech osób są za", "Słowo dla działu"]


def test_what_went_wrong_in_between_leaves_nothing_behind(number: str, act: Act) -> None:
    def broken() -> None:
        with HeldTicket.of(number, HOLDER) as held:
            held.let_go()
            raise Refused("Not like this.")

    with act("anna.kowalska"), pytest.raises(Refused):
        broken()
    assert (ticket(number).status_category, ticket(number).held_by) == ("waiting_approval", HOLDER)


def test_a_lead_lets_it_go_with_a_reason_once_the_plugin_is_off(number: str, act: Act, app: Flask) -> None:
    with act("ola.mazur", "workspace"), pytest.raises(NotAllowed):
        release(number, "I want to.")
    with plugin_enabled(app, HOLDER, False):
        for name, area in (("marek.nowak", "workspace"), ("ola.mazur", "portal")):
            with act(name, area), pytest.raises((NotAllowed, NotFound)):
                release(number, "I want to.")
        with act("ola.mazur", "workspace"):
            with pytest.raises(Refused):
                release(number, " ")
            release(number, "Piotr agreed on the phone.")
    assert (ticket(number).status_category, ticket(number).held_by, approvers(number)) == ("open", None, [])
    with acting_as(SYSTEM) as session:
        assert session.scalars(sa.select(Note.body)).all() == ["Piotr agreed on the phone."]
        assert check_all(db.session()).findings == []


def test_a_plugin_finds_what_waits_and_tidies_up_what_was_let_go(number: str, act: Act, app: Flask) -> None:
    Worker(app).run_once()
    rounds = sa.select(Round).where(Round.state == "running")
    with acting_as(plugin_viewer(HOLDER)) as session:
        assert HeldTicket.waiting(HOLDER) == {number: ticket(number).id}
        assert session.scalars(TicketScoped.number_of(ticket(number).id)).all() == [number]
        with HeldTicket.let_go_from(HOLDER, rounds) as rows:
            assert rows == []
    with plugin_enabled(app, HOLDER, False), act("ola.mazur", "workspace"):
        release(number, "Piotr agreed on the phone.")
    with acting_as(plugin_viewer(HOLDER)) as session:
        assert HeldTicket.waiting(HOLDER) == {}
        assert session.scalars(rounds).all() == []
        with HeldTicket.let_go_from(HOLDER, rounds) as rows:
            assert [row.number for row in rows] == [number]
            rows[0].state = "cancelled"
        with HeldTicket.let_go_from(HOLDER, rounds) as rows:
            assert rows == []
        with pytest.raises(ValueError, match="no table of the plugin"), HeldTicket.let_go_from(HOLDER, sa.select(Note)):
            pass


def test_a_plugin_reads_what_somebody_asked_for_in_a_time_as_far_as_the_reader_sees_it(number: str, act: Act) -> None:
    at, day = ticket(number).created_at, timedelta(days=1)
    anna = "anna.kowalska@meridian.example"

    def found(*time: datetime, who: str = anna, kind: str = "access_request") -> list[str]:
        return [each.number for each in people.requests_of(who, "it", kind, *time)]

    with act("anna.kowalska"):
        assert found(at - day, at + day) == [number]
        assert found(at - 2 * day, at - day) == found(at + day, at + 2 * day) == []
        assert found(at - day, at + day, who="piotr.zielinski@meridian.example") == []
        assert found(at - day, at + day, who="nobody@meridian.example") == []
        assert found(at - day, at + day, kind="incident") == found(at - day, at + day, kind="nothing") == []
    with act("marek.nowak", "workspace"):
        assert found(at - day, at + day) == [number]
    with act("piotr.zielinski"):
        assert found(at - day, at + day) == []


def test_a_required_section_closes_its_type_while_the_plugin_is_off(number: str, act: Act, app: Flask) -> None:
    entry = runtime().catalogue.request_type("it", "access_request")
    with plugin_enabled(app, HOLDER, False), act("anna.kowalska"):
        free = open_ticket(access())
        assert ticket(free).held_by is None
        required_here(entry)
        with pytest.raises(Refused, match="need the plugin “approvals”, which is off"):
            open_ticket(access())


def required_here(entry: Any) -> None:
    """Let the section of a type be required, in the snapshot of this process."""
    catalogue = runtime().catalogue
    sections = {HOLDER: {key: value for key, value in entry.type.sections[HOLDER].items() if key != "required"}}
    changed = replace(entry, type=replace(entry.type, sections=sections))
    runtime().catalogue = replace(catalogue, types={**catalogue.types, ("it", "access_request"): changed})

"""Moving a ticket between desks: who gains and loses sight of it, what stays behind, and named people."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from deskcore import audit
from deskcore.desks.models import DeskRow, NumberSeries
from deskcore.errors import NotFound, Refused
from deskcore.extensions import db
from deskcore.fsck import check_all
from deskcore.people.models import DeskGrant, Person
from deskcore.people.services import grant, revoke
from deskcore.runtime import runtime
from deskcore.tickets import services
from deskcore.tickets.attachments import store_upload
from deskcore.tickets.conversation_models import Attachment, Note
from deskcore.tickets.loading import find_ticket
from deskcore.tickets.models import Ticket, TicketExclusion, TicketParticipant
from deskcore.tickets.naming import circle_of
from deskcore.tickets.noting import note_read
from deskcore.tickets.opening import NewTicket, open_ticket
from deskcore.tickets.pages import history
from deskcore.tickets.services.moving import preview
from deskcore.tickets.undo import offer_undo, undo
from deskcore.viewer import SYSTEM, Viewer
from deskcore.work import acting_as, unit_of_work
from deskcore.worker import Worker

Act = Callable[..., Any]
Named = Callable[[str], Person]


@pytest.fixture
def secret(app_context: Flask, person_named: Named) -> str:
    """Add a confidential desk that Kasia leads, and return its key."""
    catalogue = runtime().catalogue
    values = {"key": "hr", "prefix": "HR", "confidential": True}
    with acting_as(SYSTEM), unit_of_work() as session:
        columns = {column.key for column in DeskRow.__table__.columns} - {*values, "id"}
        it = session.scalars(sa.select(DeskRow).where(DeskRow.key == "it")).one()
        row = DeskRow(**{column: getattr(it, column) for column in columns}, **values)
        session.add_all([row, NumberSeries(prefix="HR")])
        session.flush()
        session.add(DeskGrant(person_id=person_named("kasia.dabrowska").id, desk_id=row.id, role="lead"))
        entry = replace(catalogue.desks["it"], id=row.id, teams=(), **values)
    runtime().catalogue = replace(catalogue, desks={**catalogue.desks, "hr": entry})
    return "hr"


@pytest.fixture
def number(act: Act, person_named: Named) -> str:
    """Open a ticket of Anna on the IT desk, with a note, its file, and Jan who follows it."""
    with act("anna.kowalska"):
        new = NewTicket("it", "incident", "About my boss", "Text", person_named("anna.kowalska").id, "portal")
        number = open_ticket(new)
        services.add_participant(number, "jan.wojcik@meridian.example")
    with act("marek.nowak", "workspace"):
        services.note(number, "Between us", (store_upload(io.BytesIO(b"x"), "between.txt"),))
    return number


@pytest.fixture
def both(secret: str, viewer_named: Callable[..., Viewer]) -> Viewer:
    """Return Marek as somebody who works on both desks."""
    desks = runtime().catalogue.desks
    return replace(
        viewer_named("marek.nowak", "workspace"), desk_roles={desks["it"].id: "agent", desks["hr"].id: "agent"}
    )


def names(people: Any) -> list[str]:
    """Return the first names of people."""
    return [person.name.split()[0] for person in people]


def sees(viewer: Viewer, number: str) -> bool:
    """Tell whether somebody sees a ticket."""
    with acting_as(viewer):
        try:
            return find_ticket(number) is not None
        except NotFound:
            return False


def notes(viewer: Viewer) -> list[str]:
    """Return the notes and the files of notes that somebody sees."""
    with acting_as(viewer) as session:
        files = session.scalars(sa.select(Attachment.name).where(Attachment.note_id.is_not(None)))
        return [*session.scalars(sa.select(Note.body)), *files]


def check() -> None:
    """Every invariant holds."""
    with acting_as(SYSTEM) as session:
        assert check_all(session).findings == []


def test_the_preview_names_those_whom_the_mover_may_know(number: str, act: Act, secret: str, both: Viewer) -> None:
    there = runtime().catalogue.desk(secret)
    with act("marek.nowak", "workspace"):
        plan = preview(find_ticket(number), there)
        assert plan.gains is None
        assert names(plan.loses) == ["Marek", "Ola"]
        assert [(role, person.name) for role, person in plan.left] == [("follower", "Jan Wójcik")]
        assert plan.notes == 1
        assert plan.renumbered
    with acting_as(both):
        plan = preview(find_ticket(number), there)
        assert names(plan.gains) == ["Kasia"]
        assert names(plan.loses) == ["Marek", "Ola"]


def test_notes_and_followers_stay_behind_and_the_requester_goes_along(
    number: str, act: Act, secret: str, both: Viewer, viewer_named: Callable[..., Viewer]
) -> None:
    with act("marek.nowak", "workspace"):
        moved = services.escalate(number, secret, "").number
    kasia = replace(
        viewer_named("kasia.dabrowska", "workspace"), desk_roles={runtime().catalogue.desk("hr").id: "lead"}
    )
    assert not sees(viewer_named("marek.nowak", "workspace"), moved)
    assert not sees(viewer_named("jan.wojcik"), moved)
    assert sees(viewer_named("anna.kowalska"), moved)
    assert sees(kasia, moved)
    assert notes(kasia) == []
    assert notes(both) == ["Between us", "between.txt"]
    with acting_as(kasia):
        assert [entry.body for entry in history(find_ticket(moved)) if entry.kind == "note_added"] == [""]
    check()


def test_notes_and_followers_go_along_on_purpose(
    number: str, act: Act, secret: str, viewer_named: Callable[..., Viewer]
) -> None:
    with act("marek.nowak", "workspace"):
        moved = services.escalate(number, secret, "", notes=True, keep=("jan.wojcik@meridian.example",)).number
    kasia = replace(
        viewer_named("kasia.dabrowska", "workspace"), desk_roles={runtime().catalogue.desk("hr").id: "lead"}
    )
    assert notes(kasia) == ["Between us", "between.txt"]
    assert sees(viewer_named("jan.wojcik"), moved)
    check()


def test_the_old_number_leads_on_whoever_sees_the_ticket_and_nobody_else(
    number: str, act: Act, secret: str, viewer_named: Callable[..., Viewer]
) -> None:
    with act("marek.nowak", "workspace"):
        moved = services.escalate(number, secret, "").number
    with act("anna.kowalska"):
        assert find_ticket(number).number == moved != number
    assert not sees(viewer_named("marek.nowak", "workspace"), number)
    assert not sees(viewer_named("jan.wojcik"), number)


def test_who_asked_does_not_work_on_it_on_a_confidential_desk(
    act: Act, secret: str, person_named: Named, both: Viewer
) -> None:
    with act("marek.nowak"):
        new = NewTicket("it", "incident", "My own", "Text", person_named("marek.nowak").id, "portal")
        number = open_ticket(new)
    with acting_as(both):
        assert find_ticket(number)
        moved = services.escalate(number, secret, "").number
    assert not sees(both, moved)
    assert sees(replace(both, area="portal"), moved)


def test_a_ticket_for_named_people_is_nobody_elses(number: str, act: Act, viewer_named: Callable[..., Viewer]) -> None:
    marek, ola = viewer_named("marek.nowak", "workspace"), viewer_named("ola.mazur", "workspace")
    with acting_as(marek):
        services.leave_to_named(number)
    assert (sees(marek, number), sees(ola, number)) == (True, False)
    with acting_as(marek):
        with pytest.raises(Refused):
            services.assign(number, "ola.mazur@meridian.example")
        with pytest.raises(Refused):
            services.take_name_off(number, "marek.nowak@meridian.example")
        with pytest.raises(Refused):
            services.name_person(number, "jan.wojcik@meridian.example")
        services.name_person(number, "ola.mazur@meridian.example")
        services.assign(number, "ola.mazur@meridian.example")
        with pytest.raises(Refused):
            services.take_name_off(number, "ola.mazur@meridian.example")
    assert sees(ola, number)
    assert not sees(replace(ola, area="portal"), number)
    with acting_as(ola):
        services.take_name_off(number, "marek.nowak@meridian.example")
        assert not sees(marek, number)
        services.open_to_desk(number)
    assert sees(marek, number)
    check()


def test_who_may_never_see_it_is_neither_named_nor_added(number: str, act: Act, person_named: Named) -> None:
    with acting_as(SYSTEM) as session, unit_of_work():
        ticket = session.scalars(sa.select(Ticket).where(Ticket.number == number)).one()
        for name in ("ola.mazur", "piotr.zielinski"):
            session.add(TicketExclusion(ticket_id=ticket.id, person_id=person_named(name).id))
    with act("marek.nowak", "workspace"):
        services.leave_to_named(number)
        for attempt in (
            lambda: services.name_person(number, "ola.mazur@meridian.example"),
            lambda: services.add_participant(number, "piotr.zielinski@meridian.example"),
            lambda: services.open_to_desk(number),
        ):
            with pytest.raises(Refused):
                attempt()
    with act("anna.kowalska"), pytest.raises(Refused):
        services.add_participant(number, "piotr.zielinski@meridian.example")


def test_names_roles_teams_and_lines_become_people(act: Act, person_named: Named) -> None:
    it = runtime().catalogue.desk("it")
    marek, ola = person_named("marek.nowak").id, person_named("ola.mazur").id
    anna, piotr = person_named("anna.kowalska").id, person_named("piotr.zielinski").id
    assert circle_of(it, ("lead",), ()).named == {ola}
    assert circle_of(it, ("team:l1", "anna.kowalska@meridian.example"), ()).named == {marek}
    assert circle_of(it, ("agent", "lead"), ("marek.nowak@meridian.example",)).named == {ola}
    assert circle_of(it, (), ("line:anna.kowalska@meridian.example",)).never == {anna, piotr}
    assert circle_of(it, (), ()).named == {ola}
    assert circle_of(it, (), ("ola.mazur@meridian.example",)).named == set()


def test_named_people_of_the_old_desk_give_way_to_those_of_the_new_one(
    number: str, act: Act, secret: str, person_named: Named
) -> None:
    with act("marek.nowak", "workspace"):
        services.leave_to_named(number)
        services.escalate(number, secret, "")
    with acting_as(SYSTEM) as session:
        named = session.scalars(sa.select(TicketParticipant.person_id).where(TicketParticipant.role == "member"))
        assert list(named) == [person_named("kasia.dabrowska").id]
    check()


def test_each_reading_of_a_confidential_ticket_is_noted_once_an_hour(
    app: Flask, number: str, act: Act, secret: str, both: Viewer
) -> None:
    with act("marek.nowak", "workspace"):
        moved = services.escalate(number, secret, "").number
    for viewer in (both, replace(both, area="portal", person_id=both.person_id)):
        with acting_as(replace(viewer, area="workspace")):
            note_read(find_ticket(moved))
    with act("anna.kowalska"):
        note_read(find_ticket(moved))
    Worker(app).run_once()
    (entry,) = audit.read_entries(db.session(), audit.Wanted(what="ticket.read"), 10)
    assert (entry.actor, entry.subject, entry.after["ticket"]) == ("marek.nowak@meridian.example", "hr", moved)


def everything(number: str) -> dict[str, Any]:
    """Return what a move changes, for whoever may look at everything."""
    with acting_as(SYSTEM) as session:
        ticket = find_ticket(number)
        parts = session.execute(sa.select(TicketParticipant.person_id, TicketParticipant.role))
        columns = ("number", "desk_id", "team_id", "assignee_id", "status", "visibility")
        return {name: getattr(ticket, name) for name in columns} | {
            "people": sorted(tuple(row) for row in parts),
            "notes": session.scalars(sa.select(Note.kept_by)).all(),
        }


def test_a_move_taken_back_brings_back_what_did_not_go_along(
    number: str, act: Act, secret: str, viewer_named: Callable[..., Viewer]
) -> None:
    with act("marek.nowak", "workspace"):
        services.escalate(number, "it", "l1")
        services.assign(number, "marek.nowak@meridian.example")
        services.leave_to_named(number)
        before = everything(number)
        moved = services.escalate(number, secret, "")
        assert everything(moved.number) != before
        assert undo(offer_undo([moved.change])).done == [number]
    assert everything(number) == before
    assert sees(viewer_named("jan.wojcik"), number)
    with act("anna.kowalska"):
        assert find_ticket(moved.number).number == number
    check()


def test_only_where_nothing_has_happened_and_the_mover_would_see_it_a_move_is_taken_back(
    number: str, act: Act, secret: str, person_named: Named, viewer_named: Callable[..., Viewer]
) -> None:
    with act("marek.nowak", "workspace"):
        moved = services.escalate(number, secret, "")
        first, second = offer_undo([moved.change]), offer_undo([moved.change])
    revoke(person_named("marek.nowak"), "it")
    unseen = [("", "You no longer see this ticket.")]
    with acting_as(replace(viewer_named("marek.nowak", "workspace"), desk_roles={0: "agent"})):
        assert undo(first).skipped == unseen
    desks = {runtime().catalogue.desk("hr").id: "lead"}
    with acting_as(replace(viewer_named("kasia.dabrowska", "workspace"), desk_roles=desks)):
        services.set_priority(moved.number, "urgent")
    grant(person_named("marek.nowak"), "it")
    with act("marek.nowak", "workspace"):
        assert undo(second).skipped == unseen, "nor is told that somebody works on it"
    assert everything(moved.number)["number"] == moved.number
    check()

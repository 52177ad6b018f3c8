"""A desk that was made by hand and that nobody ever asked anything is deleted with all that hangs on it."""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread

import pytest
import sqlalchemy as sa
from flask import Flask

from deskcore import audit
from deskcore.desks.administration import add_desk, change_hours, read_desk, read_hours
from deskcore.desks.editing import create
from deskcore.desks.hours import Hours
from deskcore.desks.models import DeskHours, DeskRow, NumberSeries, RequestTypeRow
from deskcore.desks.services import refresh
from deskcore.errors import NotFound, Refused
from deskcore.extensions import db
from deskcore.fingerprints import fingerprint
from deskcore.fsck import check_all
from deskcore.hooks.contributions import RequestType, Text
from deskcore.people.models import DeskGrant, Team
from deskcore.people.services import get_person, grant
from deskcore.runtime import runtime
from deskcore.tickets import services
from deskcore.tickets.desk_removal import attached, remove_desk, why_it_stays
from deskcore.tickets.models import Ticket
from deskcore.tickets.opening import NewTicket, open_ticket
from deskcore.viewer import SYSTEM, Viewer
from deskcore.work import acting_as, unit_of_work

ADMIN, MAREK = "admin@meridian.example", "marek.nowak@meridian.example"


@pytest.fixture
def fac(app_context: Flask) -> str:
    """Make a desk with a request type, an agent and hours; give its key."""
    with acting_as(SYSTEM):
        key = add_desk("FAC", {"en": "Facilities", "pl": "Administracja budynku"}, confidential=False)
        create(RequestType("repair", key, Text("Repair", "Naprawa"), Text("We come.", "Przyjdziemy.")), ADMIN)
        grant(get_person(MAREK), key)
        hours = Hours(weekly={"mon": [["08:00", "16:00"]]})
        change_hours(key, hours, fingerprint({"time_zone": "", "weekly": {}, "holidays": "none"}))
        refresh()
    return key


def marek(*keys: str) -> Viewer:
    desks = {runtime().catalogue.desk(key).id: "agent" for key in keys}
    return Viewer(get_person(MAREK).id, "workspace", desks)


def opened(key: str) -> str:
    anna = get_person("anna.kowalska@meridian.example").id
    with acting_as(Viewer(anna, "portal")):
        return open_ticket(NewTicket(key, "repair", "The door jams", "", anna, "portal", {}))


def test_it_goes_with_all_that_hangs_on_it(app_context: Flask, fac: str) -> None:
    with acting_as(SYSTEM):
        found = attached(read_desk(fac))
        assert (found.people, found.teams, found.request_types, found.hours) == (1, 1, 1, True)
        desk_id = read_desk(fac).id
        assert remove_desk(fac, "Facilities") == "Facilities"
        refresh()
    with acting_as(SYSTEM) as session:
        for model in (DeskGrant, DeskHours, Team, RequestTypeRow):
            assert session.scalar(sa.select(model).where(model.desk_id == desk_id)) is None
        assert session.get(NumberSeries, "FAC") is None
        assert not check_all(session).findings
        with pytest.raises(NotFound):
            read_desk(fac)
    assert fac not in runtime().catalogue.desks


def test_the_log_says_what_it_was_and_who_worked_there(app_context: Flask, fac: str) -> None:
    with acting_as(Viewer(get_person(ADMIN).id, "system")):
        remove_desk(fac, "Facilities")
    [removed] = audit.read_entries(db.session, audit.Wanted(what="desk.removed"), 10)
    assert (removed.subject, removed.actor, removed.before["prefix"]) == (fac, ADMIN, "FAC")
    [withdrawn] = audit.read_entries(db.session, audit.Wanted(what="grant.withdrawn"), 10)
    assert (withdrawn.subject, withdrawn.before["desk"]) == (MAREK, fac)


def test_the_same_prefix_can_begin_anew(app_context: Flask, fac: str) -> None:
    with acting_as(SYSTEM):
        remove_desk(fac, "administracja  BUDYNKU ")
        assert add_desk("FAC", {"en": "Facilities", "pl": "Budynek"}, confidential=False) == fac
        assert not read_hours(read_desk(fac)).weekly


@pytest.mark.parametrize("typed", ["", "Facilitie", "FAC"])
def test_without_its_title_it_stays(app_context: Flask, fac: str, typed: str) -> None:
    with acting_as(SYSTEM):
        with pytest.raises(Refused, match="Write the title"):
            remove_desk(fac, typed)
        assert read_desk(fac).prefix == "FAC"


def test_one_that_a_plugin_brings_stays(app_context: Flask) -> None:
    with acting_as(SYSTEM):
        assert "Turn the desk or the plugin off" in why_it_stays(read_desk("it"))
        with pytest.raises(Refused, match="brings this desk"):
            remove_desk("it", read_desk("it").title["en"])


def test_one_with_a_ticket_stays(app_context: Flask, fac: str) -> None:
    opened(fac)
    with acting_as(SYSTEM), pytest.raises(Refused, match="Turn it off instead"):
        remove_desk(fac, "Facilities")


@pytest.fixture
def moved_away(app_context: Flask) -> Callable[..., str]:
    """Give ``moved_away(confidential)``: make a desk whose only ticket went to IT; return the desk's key."""

    def made(*, confidential: bool) -> str:
        with acting_as(SYSTEM):
            key = add_desk("SEC", {"en": "Secrets", "pl": "Tajemnice"}, confidential=confidential)
            create(RequestType("repair", key, Text("Repair", "Naprawa"), Text("We come.", "Przyjdziemy.")), ADMIN)
            refresh()
        number = opened(key)
        with acting_as(marek(key, "it")):
            services.escalate(number, "it", "l1")
        return key

    return made


@pytest.mark.parametrize("confidential", [False, True])
def test_one_whose_tickets_went_elsewhere_stays_because_their_history_names_it(
    moved_away: Callable[..., str], confidential: bool
) -> None:
    key = moved_away(confidential=confidential)
    with acting_as(SYSTEM):
        assert "history names it" in why_it_stays(read_desk(key))


@pytest.mark.parametrize("arrives", ["a new one", "a moved one"])
@pytest.mark.parametrize("confidential", [False, True])
def test_who_asks_it_something_while_it_is_deleted_is_told_so(
    app: Flask, app_context: Flask, confidential: bool, arrives: str
) -> None:
    with acting_as(SYSTEM):
        key = add_desk("SEC", {"en": "Secrets", "pl": "Tajemnice"}, confidential=confidential)
        create(RequestType("repair", key, Text("Repair", "Naprawa"), Text("We come.", "Przyjdziemy.")), ADMIN)
        refresh()
    anna, said = get_person("anna.kowalska@meridian.example").id, []
    with acting_as(Viewer(anna, "portal")):
        answers = {"service": "printer", "what_happened": "It jams", "affected": "me"}
        number = open_ticket(NewTicket("it", "incident", "It jams", "", anna, "portal", answers))
    both = marek(key, "it")

    def ask() -> None:
        with app.app_context():
            try:
                if arrives == "a new one":
                    opened(key)
                else:
                    with acting_as(both):
                        services.escalate(number, key, "")
            except Refused as refused:
                said.append(refused.message)
            db.session.remove()

    asking = Thread(target=ask)
    with acting_as(SYSTEM), unit_of_work():
        remove_desk(key, "Secrets")
        asking.start()
    asking.join()
    assert [words.startswith("This desk was deleted a moment ago") for words in said] == [True]
    with acting_as(SYSTEM) as session:
        assert session.scalars(sa.select(Ticket.number)).all() == [number]


def test_nobody_is_told_more_about_a_deleted_desk_than_about_one_that_never_was(app_context: Flask, fac: str) -> None:
    with acting_as(SYSTEM) as session:
        remove_desk(fac, "Facilities")
        refresh()
        assert session.scalar(sa.select(DeskRow.id).where(DeskRow.key == fac)) is None
        with pytest.raises(NotFound) as deleted:
            remove_desk(fac, "Facilities")
        with pytest.raises(NotFound) as never:
            remove_desk("never", "Facilities")
    assert deleted.value.message == never.value.message

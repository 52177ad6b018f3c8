"""Moving a ticket to another desk by page, and naming the people who alone see it."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from deskcore.desks.administration import add_desk
from deskcore.desks.services import refresh
from deskcore.extensions import db
from deskcore.people.services import find_person, grant
from deskcore.testing.people import viewer_of
from deskcore.tickets import services
from deskcore.tickets.models import Ticket
from deskcore.tickets.opening import NewTicket, open_ticket
from deskcore.viewer import SYSTEM, Viewer
from deskcore.work import acting_as

SignIn = Callable[[str], FlaskClient]


@pytest.fixture
def number(app: Flask) -> str:
    """Add a confidential desk that Kasia leads, and open a ticket of Anna on the IT desk that Jan follows."""
    with app.app_context():
        admin, kasia = (find_person(f"{name}@meridian.example") for name in ("admin", "kasia.dabrowska"))
        assert admin is not None
        assert kasia is not None
        with acting_as(Viewer(admin.id, "portal", administrator=True)):
            key = add_desk("HR", {"en": "Human resources", "pl": "Kadry"}, confidential=True)
            refresh()
        grant(kasia, key, "lead")
        anna = viewer_of("anna.kowalska@meridian.example", "portal")
        assert anna.person_id is not None
        with acting_as(anna):
            found = open_ticket(NewTicket("it", "incident", "My boss", "", anna.person_id, "portal"))
            services.add_participant(found, "jan.wojcik@meridian.example")
        with acting_as(viewer_of("marek.nowak@meridian.example", "workspace")):
            services.note(found, "Between us")
        db.session.remove()
    return found


def version(page: str) -> str:
    """Return what a page says of what its reader saw."""
    found = re.search(r'name="version" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def present(app: Flask) -> str:
    """Return the number that the one ticket has now."""
    with app.app_context(), acting_as(SYSTEM) as session:
        return session.scalars(sa.select(Ticket.number)).one()


def test_the_page_shows_who_gains_and_loses_before_anything_moves(app: Flask, sign_in: SignIn, number: str) -> None:
    marek = sign_in("marek.nowak")
    led = marek.post(f"/agent/tickets/{number}/escalate", data={"to": "hr/l1"})
    assert led.status_code == 303
    page = marek.get(led.location).text
    assert "Who they are is not shown" in page
    assert "Kasia" not in page
    for name in ("Marek Nowak", "Ola Mazur", "Jan Wójcik"):
        assert name in page
    assert "Take 1 internal note along" in page
    assert present(app) == number
    refused = marek.post(f"/agent/tickets/{number}/move", data={"to": "nowhere/"})
    assert refused.status_code == 422
    stale = marek.post(f"/agent/tickets/{number}/move", data={"to": "hr/", "version": "1-1"})
    assert stale.status_code == 409
    moved = marek.post(f"/agent/tickets/{number}/move", data={"to": "hr/l1", "version": version(page)})
    assert (moved.status_code, moved.location) == (303, "/agent/tickets?queue=open")
    assert present(app).startswith("HR-")


def test_the_old_address_leads_on_or_does_not_exist(app: Flask, sign_in: SignIn, number: str) -> None:
    marek, anna, jan = sign_in("marek.nowak"), sign_in("anna.kowalska"), sign_in("jan.wojcik")
    moved = marek.post(f"/agent/tickets/{number}/move", data={"to": "hr/"})
    assert "It is with Human resources now." in marek.get(moved.location).text
    fresh = present(app)
    assert anna.get(f"/requests/{number}").location == f"/requests/{fresh}"
    assert sign_in("kasia.dabrowska").get(f"/agent/tickets/{number}").location == f"/agent/tickets/{fresh}"
    for browser, place in ((marek, "/agent/tickets"), (jan, "/requests")):
        for hidden in (number, fresh):
            gone = browser.get(f"{place}/{hidden}")
            assert gone.status_code == 404
            nowhere = browser.get(f"{place}/IT-99999").text.replace("IT-99999", hidden)
            assert re.sub(r"[0-9A-Za-z_.-]{20,}", "", gone.text) == re.sub(r"[0-9A-Za-z_.-]{20,}", "", nowhere)


def test_the_toast_takes_a_move_back_though_the_mover_no_longer_sees_it(
    app: Flask, sign_in: SignIn, number: str
) -> None:
    marek = sign_in("marek.nowak")
    moved = marek.post(f"/agent/tickets/{number}/move", data={"to": "hr/"})
    undo = re.search(r'action="(/agent/undo/[^"]+)"', marek.get(moved.location).text)
    assert undo is not None
    assert sign_in("jan.wojcik").get(f"/requests/{number}").status_code == 404
    back = marek.post(unescape(undo[1]))
    assert back.location == f"/agent/tickets/{number}"
    assert f"Undone: {number} is as it was." in marek.get(back.location).text
    assert present(app) == number
    assert sign_in("jan.wojcik").get(f"/requests/{number}").status_code == 200


def test_named_people_are_chosen_on_the_page_of_the_ticket(sign_in: SignIn, number: str) -> None:
    marek, ola = sign_in("marek.nowak"), sign_in("ola.mazur")
    place = f"/agent/tickets/{number}"
    assert "Leave it to named people" in marek.get(place).text
    assert marek.post(f"{place}/named", data={"for": "named"}).status_code == 302
    assert ola.get(place).status_code == 404
    assert "ola.mazur" in marek.get(place).text
    assert marek.post(f"{place}/named", data={"remove": "marek.nowak@meridian.example"}).status_code == 422
    assert marek.post(f"{place}/named", data={"member": "ola.mazur@meridian.example"}).status_code == 302
    assert "Only these people of the desk see it" in ola.get(place).text
    assert ola.post(f"{place}/named", data={"for": "desk"}).status_code == 302
    assert "Everybody who works on" in marek.get(place).text

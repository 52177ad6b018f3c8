"""A manager asks for somebody he leads, and sees what his people ask, where the desk allows it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from deskcore.people.services import create_person, find_person
from deskcore.tickets.models import Ticket
from deskcore.work import unit_of_work
from deskcore.worker import Worker

from .conftest import Browser

FORM = "/services/it-incident"
DESK = "/admin/desks/it"
ANNA, JAN = "anna.kowalska@meridian.example", "jan.wojcik@meridian.example"
PIOTR = "piotr.zielinski@meridian.example"


@pytest.fixture
def allowed(browser: Callable[..., Browser]) -> Browser:
    """Let an administrator allow managers both, and give the browser."""
    admin = browser("admin")
    admin.open(DESK)
    admin.send(f"{DESK}/managers", see="yes", send="yes")
    assert "What managers may was saved." in admin.page.text
    return admin


def test_a_desk_says_what_managers_may(allowed: Browser, browser: Callable[..., Browser], app: Flask) -> None:
    stale = browser("admin")
    stale.open(DESK)
    seen = stale.filled(f"{DESK}/managers")
    assert (seen["see"], seen["send"]) == (["yes"], ["yes"])
    allowed.open(DESK)
    allowed.post(f"{DESK}/managers", {"seen": seen["seen"], "send": "yes"})
    stale.post(f"{DESK}/managers", seen)
    assert stale.status == 409
    assert "Managers see requests" in stale.page.text
    with app.app_context(), unit_of_work():
        from deskcore.desks.administration import read_desk

        read_desk("it").confidential = True
    allowed.open(DESK)
    assert "between them and the desk" in allowed.page.text
    allowed.post(f"{DESK}/managers", {"see": "yes", "seen": seen["seen"]})
    assert allowed.status == 422


def test_a_request_is_sent_for_somebody_one_leads(
    allowed: Browser, browser: Callable[..., Browser], tickets: Callable[[], list[Ticket]], app: Flask
) -> None:
    with app.app_context(), unit_of_work():
        piotr = find_person("piotr.zielinski@meridian.example")
        assert piotr is not None
        create_person("anna.lis@meridian.example", "Anna Lis", manager_id=piotr.id)
    sender, anna = browser("piotr.zielinski"), browser("anna.kowalska")
    anna.open(FORM)
    assert "For whom" not in anna.page.text
    assert "Your manager sees it too: Piotr Zieliński." in anna.page.text
    sender.open(FORM)
    fault = {"service": "printer", "what_happened": "Her printer jams", "affected": "me"}
    assert sender.filled(FORM)["_for"] == ["Piotr Zieliński <piotr.zielinski@meridian.example>"]
    for stranger in ("Marek Nowak", "ola.mazur@meridian.example", "Nobody At All"):
        sender.send(FORM, **fault, _for=stranger)
        assert (sender.status, sender.page.summary) == (422, sender.page.inline_errors)
        assert sender.page.summary == [
            "You can ask for nobody of that name. Write your own name, or that of somebody you may ask for"
        ]
        assert stranger in sender.filled(FORM)["_for"][0]
        assert sender.filled(FORM)["what_happened"] == ["Her printer jams"]
    sender.open(FORM)
    assert sender.filled(FORM)["_for"] == ["Nobody At All"]  # from the draft
    sender.send(FORM, **fault, _for="anna")
    assert sender.page.summary == ["This could mean several. Choose one of those listed."]
    assert "anna.lis@meridian.example" in sender.page.source
    key = sender.filled(FORM)["idempotency_key"]
    sender.send(FORM, **fault, _for=ANNA)
    assert (sender.path.rpartition("/")[2], tickets()[0].requester_id) == ("sent", _id(app, ANNA))
    assert "Sent for Anna Kowalska. You both see it and can answer." in sender.page.text
    sender.click("Open the request")
    for person, shown in ((sender, "sent by Piotr Zieliński"), (anna, "sent by Piotr Zieliński")):
        page = person.open(f"/requests/{tickets()[0].number}")
        assert shown in page.text
        assert "Sent by" in page.text
    assert "Her printer jams" in anna.open("/requests").text
    followed = sender.open("/requests?state=followed").text
    assert "for Anna Kowalska" in followed
    # The same form once more: nothing new. With another person in it: he is asked whether he means it.
    sender.post(FORM, {**fault, "_for": ANNA, "idempotency_key": key})
    assert (sender.path.rpartition("/")[2], len(tickets())) == ("sent", 1)
    sender.post(FORM, {**fault, "_for": "anna.lis@meridian.example", "idempotency_key": key})
    assert (sender.status, len(tickets())) == (422, 1)
    anna.post(FORM, {**fault, "_for": "jan.wojcik@meridian.example"})
    assert (anna.status, len(tickets())) == (422, 1)
    assert anna.page.summary == ["This can be asked for yourself only."]


def test_an_assistant_asks_for_a_director_who_sees_it_and_knows_who_can(
    allowed: Browser, browser: Callable[..., Browser], tickets: Callable[[], list[Ticket]], app: Flask
) -> None:
    page = f"/admin/people/{JAN}"
    allowed.open(page)
    allowed.send(f"{page}/asks-for", **{"for": "nobody@meridian.example"})
    assert (allowed.status, allowed.page.summary) == (422, ["We know nobody with this address who has access"])
    allowed.send(f"{page}/asks-for", **{"for": PIOTR})
    assert "Jan Wójcik can ask for Piotr Zieliński." in allowed.page.text
    sender, director = browser("jan.wojcik"), browser("piotr.zielinski")
    assert "You can ask for: Piotr Zieliński" in sender.open("/profile").text
    assert "Can ask in your name: Jan Wójcik." in director.open("/profile").text
    sender.open(FORM)
    assert '<option value="Piotr Zieliński"></option>' in sender.page.source
    fault = {"service": "printer", "what_happened": "His printer jams", "affected": "me"}
    sender.send(FORM, **fault, _for="anna")  # whom the director leads, and not the assistant
    assert (sender.status, len(tickets())) == (422, 0)
    sender.send(FORM, **fault, _for="Piotr")
    assert (sender.path.rpartition("/")[2], tickets()[0].requester_id) == ("sent", _id(app, PIOTR))
    assert "Sent for Piotr Zieliński. You both see it and can answer." in sender.page.text
    assert "His printer jams" in director.open("/requests").text
    assert "sent by Jan Wójcik" in director.open(f"/requests/{tickets()[0].number}").text
    allowed.open(page)
    allowed.post(f"{page}/asks-for/withdraw", {"for": PIOTR})
    assert "Requests that were sent stay as they are." in allowed.page.text
    sender.open(FORM)
    assert "For whom" not in sender.page.text
    sender.post(FORM, {**fault, "_for": PIOTR})
    assert (sender.status, len(tickets())) == (422, 1)
    assert "sent by Jan Wójcik" in sender.open(f"/requests/{tickets()[0].number}").text


def test_only_administrators_reach_what_says_who_asks_for_whom(browser: Callable[..., Browser]) -> None:
    for name in ("jan.wojcik", "ola.mazur", "piotr.zielinski"):
        visitor = browser(name)
        for way in ("asks-for", "asks-for/withdraw"):
            visitor.post(f"/admin/people/{JAN}/{way}", {"for": PIOTR})
            assert visitor.status == 403


def _id(app: Flask, email: str) -> int:
    with app.app_context():
        found = find_person(email)
        assert found is not None
        return found.id


def test_my_team_lists_what_people_ask(
    allowed: Browser, browser: Callable[..., Browser], opened: Callable[..., str], app: Flask, count_statements: Any
) -> None:
    piotr, anna, jan = browser("piotr.zielinski"), browser("anna.kowalska"), browser("jan.wojcik")
    piotr.open("/requests?state=team")
    assert "There are no requests of people you lead." in piotr.page.text
    number = opened()
    assert "My team" not in anna.open("/requests").text
    assert "My team" in piotr.open("/requests").text
    with count_statements() as ran:
        page = piotr.open("/requests?state=team")
    assert len(ran) <= 8, ran
    assert number in page.text
    assert "for Anna Kowalska" in page.text
    assert number not in piotr.open("/requests?state=followed").text
    assert "The manager sees it" in anna.open(f"/requests/{number}").text
    assert "reads it next. " in piotr.open(f"/requests/{number}").text
    assert jan.open(f"/requests/{number}").headings == ["We can't find this page"]
    other = opened("jan.wojcik", "Of Jan")
    page = allowed.open(f"/admin/people/{ANNA}")
    particulars = next(form for form in page.forms if form.action == f"/admin/people/{ANNA}")
    allowed.post(particulars.action, dict(particulars.controls) | {"manager": "ola.mazur@meridian.example"})
    assert "Saved." in allowed.page.text
    Worker(app).run_once()
    piotr.open(f"/requests/{number}")
    assert (piotr.status, number in browser("ola.mazur").open("/requests?state=team").text) == (404, True)
    assert other in piotr.open("/requests?state=team").text
    allowed.open(DESK)
    allowed.post(f"{DESK}/managers", {"seen": allowed.filled(f"{DESK}/managers")["seen"]})
    Worker(app).run_once()
    piotr.open(f"/requests/{other}")
    assert piotr.status == 404

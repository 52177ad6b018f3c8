"""See as this person: a look at pages, and nothing more."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from deskcore import clock
from deskcore.people.services import get_person
from deskcore.tickets.opening import NewTicket, open_ticket
from deskcore.viewer import Viewer
from deskcore.work import acting_as

ANNA = "/admin/people/anna.kowalska@meridian.example"
MAREK = "/admin/people/marek.nowak@meridian.example"
BANNER = "You see the helpdesk as Anna Kowalska."
LISTED = ("/", "/services", "/services/it-incident", "/requests")


@pytest.fixture
def ticket(app: Flask) -> str:
    """Open a ticket of Anna's; give its number."""
    with app.app_context():
        anna = get_person("anna.kowalska@meridian.example")
        with acting_as(Viewer(anna.id, "portal")):
            answers = {"service": "network", "what_happened": "The network is away since this morning."}
            return open_ticket(NewTicket("it", "incident", "Secret subject", "", anna.id, "portal", answers))


@pytest.fixture
def as_anna(admin: Any) -> Any:
    """Give the administrator, who sees pages as Anna."""
    admin.post(f"{ANNA}/see-as")
    return admin


def test_every_page_says_as_whom_it_is_seen(as_anna: Any) -> None:
    for path in LISTED:
        assert BANNER in as_anna.get(path).text, path


def test_menus_are_those_of_the_other_one(admin: Any) -> None:
    admin.post(f"{MAREK}/see-as")
    assert 'href="/agent/tickets' in admin.get("/").text or "Workspace" in admin.page.text
    assert admin.get("/agent/tickets").status_code == 200


def test_no_ticket_is_seen_that_the_administrator_may_not_see(as_anna: Any, ticket: str) -> None:
    for path in LISTED:
        page = as_anna.get(path).text
        assert "Secret subject" not in page, path
        assert ticket not in page, path
    assert as_anna.get(f"/requests/{ticket}").status_code == 403


def test_an_agents_queue_holds_none_of_the_agents_tickets(admin: Any, ticket: str) -> None:
    admin.post(f"{MAREK}/see-as")
    page = admin.get("/agent/tickets?queue=all").text
    assert "Secret subject" not in page
    assert ticket not in page


@pytest.mark.parametrize("path", ["/profile", "/admin", "/admin/people", "/search?q=x", "/agent/tickets", "/privacy"])
def test_private_pages_and_the_administration_stay_closed(as_anna: Any, path: str) -> None:
    answer = as_anna.get(path)
    assert answer.status_code == 403
    assert BANNER in answer.text


def test_nothing_can_be_changed(app: Flask, as_anna: Any) -> None:
    client, refused = as_anna.client, 0
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith(("api", "static")) or rule.endpoint in ("admin.see_as_end", "auth.logout"):
            continue
        values = {name: "1" if "Integer" in type(kind).__name__ else "x" for name, kind in rule._converters.items()}
        for method in sorted((rule.methods or set()) & {"POST", "PUT", "PATCH", "DELETE"}):
            path = app.url_map.bind("localhost").build(rule.endpoint, values, method=method)
            answer = client.open(path, method=method)
            assert answer.status_code == 403, f"{method} {path}"
            refused += 1
    assert refused > 50


def test_begin_and_end_are_recorded(as_anna: Any, recorded: Any) -> None:
    begun = recorded("see_as.begun")[0]
    assert (begun.actor, begun.subject) == ("admin@meridian.example", "anna.kowalska@meridian.example")
    page = as_anna.post("/admin/see-as/end").text
    assert BANNER not in page
    assert "You see the helpdesk as yourself again." in page
    ended = recorded("see_as.ended")[0]
    assert (ended.actor, ended.after) == ("admin@meridian.example", {"reason": "stopped"})
    assert as_anna.get("/admin").status_code == 200


def test_it_ends_after_a_quarter_of_an_hour(as_anna: Any, recorded: Any) -> None:
    later = clock.now() + timedelta(minutes=15, seconds=1)
    with clock.at(later):
        assert BANNER not in as_anna.get("/").text
        assert as_anna.get("/admin").status_code == 200
    assert recorded("see_as.ended")[0].after == {"reason": "time is up"}


def test_a_form_that_is_sent_too_late_changes_nothing(as_anna: Any, recorded: Any) -> None:
    with clock.at(clock.now() + timedelta(minutes=15, seconds=1)):
        answer = as_anna.post(f"{MAREK}/access", on="0")
        assert answer.status_code == 403
        assert "You see the helpdesk as yourself again, so nothing was changed." in answer.text
        assert as_anna.post(f"{MAREK}/access", on="0").status_code == 200
    assert recorded("see_as.ended")[0].after == {"reason": "time is up"}
    assert len(recorded("person.deactivated")) == 1


def test_a_form_is_too_old_when_another_page_noticed_the_end_first(app: Flask, as_anna: Any) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    as_anna.get("/requests")
    token = re.findall(r'name="csrf_token"[^>]*value="([^"]+)"', as_anna.page.text)[0]
    with clock.at(clock.now() + timedelta(minutes=15, seconds=1)):
        as_anna.get("/")
        assert as_anna.post(f"{MAREK}/access", on="0", csrf_token=token).status_code == 403
    with app.app_context():
        assert get_person("marek.nowak@meridian.example").active


def test_it_can_be_ended_when_it_is_over_already(as_anna: Any) -> None:
    with clock.at(clock.now() + timedelta(minutes=15, seconds=1)):
        assert "as yourself again" in as_anna.post("/admin/see-as/end").text


def test_it_ends_with_the_sign_out(as_anna: Any, recorded: Any) -> None:
    as_anna.post("/logout")
    assert recorded("see_as.ended")[0].after == {"reason": "signed out"}
    assert "/login" in as_anna.client.get("/").headers["Location"]


def test_other_browsers_of_the_administrator_see_as_before(admin: Any, other: Any) -> None:
    admin.post(f"{ANNA}/see-as")
    assert BANNER not in other.get("/").text


def test_nobody_sees_as_themselves_or_as_somebody_without_access(admin: Any) -> None:
    assert admin.post("/admin/people/admin@meridian.example/see-as").status_code == 422
    admin.post(f"{ANNA}/access", on="0")
    assert admin.post(f"{ANNA}/see-as").status_code == 422


def test_it_ends_when_the_other_account_is_closed(admin: Any, other: Any) -> None:
    admin.post(f"{ANNA}/see-as")
    other.post(f"{ANNA}/access", on="0")
    assert BANNER not in admin.get("/").text
    assert admin.get("/admin").status_code == 200


def test_only_an_administrator_sees_as_somebody_else(browser: Callable[[str], Any]) -> None:
    assert browser("ola.mazur").post(f"{ANNA}/see-as").status_code == 403

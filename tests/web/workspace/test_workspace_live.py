"""Pages that are told what happens meanwhile: who is at a ticket, what is new in it, or in a list; and looking in."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from deskcore.clock import now
from deskcore.events.models import JobRow
from deskcore.extensions import db
from deskcore.people.seeing import begin_seeing
from deskcore.people.services import find_person, grant
from deskcore.testing import statements
from deskcore.testing.people import viewer_of
from deskcore.tickets import services
from deskcore.tickets.opening import NewTicket, open_ticket
from deskcore.viewer import Area, Viewer
from deskcore.work import acting_as


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> str:
    """What is asked every few seconds is SQL before all: it is asked of both databases."""
    return str(request.param)


@pytest.fixture(scope="module")
def bundled() -> tuple[str, ...]:
    """Name the plugin with a confidential desk, and what it needs."""
    return ("approvals", "hr_desk")


@pytest.fixture
def clock(app: Flask) -> Iterator[Any]:
    """Stop the time."""
    with time_machine.travel(now(), tick=False) as stopped:
        yield stopped


@pytest.fixture
def kasia(app: Flask, browser: Callable[[str], Any]) -> Any:
    """Kasia works for HR, which is confidential."""
    with app.app_context():
        person = find_person("kasia.dabrowska@meridian.example")
        assert person is not None
        grant(person, "hr", "agent")
    return browser("kasia.dabrowska")


@pytest.fixture
def act(app: Flask) -> Callable[..., Any]:
    """Give ``act("ola.mazur", "workspace")``: a block in which somebody does something elsewhere."""

    @contextmanager
    def acting(name: str, area: Area = "portal") -> Iterator[Viewer]:
        with app.app_context():
            viewer = viewer_of(f"{name}@meridian.example", area)
            with acting_as(viewer):
                yield viewer

    return acting


@pytest.fixture
def opens_hr(act: Callable[..., Any]) -> Callable[[], str]:
    """Give a function by which Anna asks HR about her pay."""

    def opened() -> str:
        answers = {"month": "2026-01-01", "topic": "tax", "text": "Between us"}
        with act("anna.kowalska") as anna:
            return open_ticket(NewTicket("hr", "payroll_question", "My pay", "", anna.person_id, "portal", answers))

    return opened


def asks(agent: Any, number: str, doing: str = "looking", tab: str = "a", seen: int = 99, tag: str = "") -> Any:
    """Ask as the page of a ticket does."""
    address = f"/agent/tickets/{number}/live?seen={seen}&doing={doing}&tab={tab}"
    return agent.client.get(address, headers={"If-None-Match": tag} if tag else {})


def here(agent: Any, number: str, doing: str = "looking", tab: str = "a") -> str:
    """Return who else is at a ticket, as somebody is told whose page asks."""
    return str(asks(agent, number, doing, tab).json["here"])


def test_colleagues_see_who_looks_and_who_writes_and_it_is_never_written_down(
    app: Flask, clock: Any, marek: Any, ola: Any, opens: Any
) -> None:
    number, other = opens(), opens("Mouse is broken")
    with app.app_context():
        engine = db.engine
    with statements(engine) as ran:
        assert here(marek, number) == ""
        assert here(ola, number, "writing") == "Marek Nowak is looking"
        answer = asks(marek, number)
        assert (answer.json["here"], answer.json["writing"]) == ("Ola Mazur is writing a reply", True)
        assert here(marek, other) == ""
        # A person may have it open twice: what she does most counts, until that page is closed.
        here(ola, number, "looking", tab="b")
        assert here(marek, number) == "Ola Mazur is writing a reply"
        assert ola.post(f"/agent/tickets/{number}/live", tab="a").status_code == 204
        assert here(marek, number) == "Ola Mazur is looking"
        clock.shift(timedelta(seconds=44))
        assert here(marek, number) == "Ola Mazur is looking"
        clock.shift(timedelta(seconds=2))
        assert here(marek, number) == ""
    assert [sql for sql in ran if not sql.startswith(("SELECT", "WITH"))] == []


def test_only_who_sees_a_ticket_at_that_moment_is_shown_at_it_and_told_of_others(
    app: Flask, act: Callable[..., Any], marek: Any, ola: Any, kasia: Any, browser: Callable[[str], Any], opens: Any
) -> None:
    number = opens()
    assert asks(kasia, number, "writing").status_code == asks(kasia, "IT-999999").status_code == 404
    assert kasia.post(f"/agent/tickets/{number}/live", tab="a").status_code == 404
    here(ola, number)
    assert here(marek, number) == "Ola Mazur is looking"
    with act("marek.nowak", "workspace"):
        services.leave_to_named(number)
    assert here(marek, number) == ""
    assert asks(ola, number).status_code == 404
    with act("marek.nowak", "workspace"):
        services.name_person(number, "ola.mazur@meridian.example")
    here(ola, number)
    assert here(marek, number) == "Ola Mazur is looking"
    # An administrator who sees the helpdesk as Marek is nobody.
    admin = browser("admin")
    with admin.client.session_transaction() as session:
        token = session["_user_id"]
    with act("admin"):
        begin_seeing(token, "marek.nowak@meridian.example")
    assert admin.client.get("/agent/tickets").status_code == 200
    assert "data-watch" not in admin.client.get("/agent/tickets").text
    assert asks(admin, number, "writing").status_code == 403
    assert here(ola, number) == "Marek Nowak is looking"


def test_a_page_is_told_what_others_did_and_not_what_they_wrote(
    app: Flask, act: Callable[..., Any], marek: Any, ola: Any, opens: Any
) -> None:
    number = opens()
    page = marek.get(f"/agent/tickets/{number}").text
    found = re.search(r'data-seen="(\d+)"', page)
    assert found is not None
    seen = int(found[1])
    first = asks(marek, number, seen=seen)
    assert first.json == {"here": "", "writing": False, "news": "", "whole": False}
    with act("marek.nowak", "workspace"):
        services.note(number, "What I write myself is no news to me")
    assert asks(marek, number, seen=seen).json["news"] == ""
    with act("ola.mazur", "workspace"):
        services.reply(number, "A secret for Anna alone", channel="portal")
        services.reply(number, "And another one", channel="portal")
        services.note(number, "Between us")
        services.set_status(number, "resolved")
        services.assign(number, "marek.nowak@meridian.example")
    answer = asks(marek, number, seen=seen, tag=first.headers["ETag"])
    assert answer.json["news"] == (
        "2 new messages · 1 new internal note · Ola Mazur set the status to Resolved · "
        "Ola Mazur assigned it to Marek Nowak"
    )
    assert not answer.json["whole"]
    assert "secret" not in answer.text
    # Something after which parts of the page do not suffice.
    with act("ola.mazur", "workspace"):
        services.add_participant(number, "jan.wojcik@meridian.example")
    assert asks(marek, number, seen=seen).json["whole"]


def test_nothing_new_costs_two_statements_and_three_with_company(
    app: Flask, act: Callable[..., Any], marek: Any, ola: Any, opens: Any
) -> None:
    number = opens()
    address = f"/agent/tickets/{number}/live?seen=99&doing=looking&tab=a"
    with app.app_context():
        engine = db.engine
    for company, cost in ((False, 2), (True, 3)):
        if company:
            here(ola, number)
        tag = marek.client.get(address).headers["ETag"]
        with statements(engine) as ran:
            answer = marek.client.get(address, headers={"If-None-Match": tag})
        assert (answer.status_code, answer.data, len(ran)) == (304, b"", cost), [sql[:200] for sql in ran]
    with act("ola.mazur", "workspace"):
        services.note(number, "Something new")
    assert marek.client.get(address, headers={"If-None-Match": tag}).status_code == 200


def test_a_list_asks_again_only_after_something_happened_on_a_desk_that_its_reader_sees(
    app: Flask, act: Callable[..., Any], marek: Any, kasia: Any, opens: Any, opens_hr: Callable[[], str]
) -> None:
    number, hidden = opens(), opens("For named people")
    with act("ola.mazur", "workspace"):
        services.leave_to_named(hidden)
    addresses = {}
    for agent in (marek, kasia):
        found = re.search(r'data-news="([^"]+)"', agent.get("/agent/tickets?queue=open").text)
        assert found is not None
        addresses[agent] = html.unescape(found[1])
    marked = {agent: agent.client.get(address) for agent, address in addresses.items()}

    def unchanged(agent: Any) -> bool:
        answer = agent.client.get(addresses[agent], headers={"If-None-Match": marked[agent].headers["ETag"]})
        return bool(answer.status_code == 304)

    pay = opens_hr()
    assert not unchanged(kasia)
    assert unchanged(marek)
    marked[kasia] = kasia.client.get(addresses[kasia])
    with act("kasia.dabrowska", "workspace"):
        services.reply(pay, "We look at it", channel="portal")
    with act("ola.mazur", "workspace"):
        services.note(hidden, "Only for Ola")
    assert unchanged(marek)
    with app.app_context():
        engine = db.engine
    with statements(engine) as quiet:
        assert unchanged(marek)
    assert len(quiet) == 2
    with act("ola.mazur", "workspace"):
        services.note(number, "For every agent of IT")
    with statements(engine) as busy:
        answer = marek.client.get(addresses[marek], headers={"If-None-Match": marked[marek].headers["ETag"]})
    assert answer.json == {"count": 1, "text": "1 new or changed"}
    assert len(busy) == 4
    assert not unchanged(kasia)  # her own desk has gone on, and that of others is no part of it
    assert json.loads(kasia.client.get(addresses[kasia]).text)["count"] == 1


def test_an_empty_list_is_told_of_its_first_ticket_too(marek: Any, opens: Any) -> None:
    found = re.search(r'data-news="([^"]+)"', marek.get("/agent/tickets?queue=unassigned").text)
    assert found is not None
    opens()
    assert marek.get(html.unescape(found[1])).json["count"] == 1


def test_what_pages_ask_by_themselves_keeps_nobody_signed_in(app: Flask, clock: Any, marek: Any, opens: Any) -> None:
    number = opens()
    with app.app_context():
        hours, engine = app.extensions["deskcore"].config.session_idle_hours, db.engine
    for _ in range(2):
        clock.shift(timedelta(hours=hours / 2 + 1))
        with statements(engine) as ran:
            answers = [asks(marek, number), marek.client.get("/agent/tickets/news")]
        assert [sql for sql in ran if sql.startswith("UPDATE")] == []
    assert [answer.status_code for answer in answers] == [302, 302]


def test_a_look_into_a_ticket_says_what_it_is_about_for_few_statements(
    app: Flask, act: Callable[..., Any], marek: Any, kasia: Any, opens: Any, opens_hr: Callable[[], str]
) -> None:
    number, pay = opens("VPN drops"), opens_hr()
    with act("marek.nowak", "workspace"):
        for count in range(9):
            services.reply(number, f"Answer {count}", channel="portal")
    with app.app_context():
        engine = db.engine
    marek.get(f"/agent/tickets/{number}/peek")
    with statements(engine) as ran:
        page = marek.get(f"/agent/tickets/{number}/peek").text
    assert len(ran) == 3
    assert all(words in page for words in ('data-subject="VPN drops"', "Anna Kowalska", "Answer 8"))
    assert "Answer 1" not in page
    assert "earlier are on the page of the ticket." in page
    assert "<html" not in page
    assert marek.get(f"/agent/tickets/{pay}/peek").status_code == 404
    # What is confidential is noted as read, whichever way it was read.
    kasia.get(f"/agent/tickets/{pay}/peek")
    with app.app_context():
        noted = sa.select(JobRow.payload).where(JobRow.kind == "core.reading")
        assert [payload["ticket"] for payload in db.session.scalars(noted)] == [pay]

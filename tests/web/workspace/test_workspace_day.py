"""My day, who has what, and absences on the pages: numbers that lead to what they count, at a fixed cost."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from deskcore.clock import now
from deskcore.extensions import db
from deskcore.people.absences import Days, desks_and_absences, plan_absence, today_of
from deskcore.people.services import find_person, grant
from deskcore.testing import statements
from deskcore.testing.people import viewer_of
from deskcore.tickets import services
from deskcore.tickets.loading import find_ticket
from deskcore.tickets.models import Ticket
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as, unit_of_work

pytestmark = pytest.mark.parametrize("database", ["sqlite", "postgresql"])

MAREK, OLA = "marek.nowak@meridian.example", "ola.mazur@meridian.example"


@pytest.fixture(scope="module")
def bundled() -> tuple[str, ...]:
    """Name a plugin that keeps due times, and one with a confidential desk."""
    return ("approvals", "hr_desk", "sla_policies")


@pytest.fixture
def gives(app: Flask, opens: Callable[..., str]) -> Callable[..., str]:
    """Give ``gives("Printer jams", MAREK, due_at=…)``: a ticket that somebody has, as it is to be found."""

    def given(subject: str, email: str = MAREK, **columns: Any) -> str:
        number = opens(subject)
        with app.app_context(), acting_as(SYSTEM) as session:
            services.assign(number, email)
            if columns.get("status_category"):
                services.set_status(number, columns.pop("status_category"))
            with unit_of_work():
                values = {"version": Ticket.version, **columns}
                session.execute(sa.update(Ticket).where(Ticket.number == number).values(values))
        return number

    return given


def away(app: Flask, email: str, deputy: str = "", days: int = 3) -> None:
    with app.app_context(), acting_as(SYSTEM):
        person = find_person(email)
        assert person is not None
        plan_absence(
            person, Days(today_of(person), today_of(person) + timedelta(days=days), deputy, "In the mountains")
        )


def section(html: str, key: str) -> str:
    """Return a list of my day."""
    return html.partition(f'aria-labelledby="{key}"')[2].partition("</section>")[0]


def whole_list(html: str, key: str) -> str:
    found = re.search(r'<a class="more" href="([^"]+)"', section(html, key))
    assert found is not None, key
    return unescape(found[1])


def subjects(html: str, key: str) -> list[str]:
    return re.findall(r'<span class="t">([^<]+)</span>', section(html, key))


def listed(html: str) -> list[str]:
    return re.findall(r'name="number" value="([^"]+)"', html)


def test_my_day_lists_what_presses_and_each_number_is_that_of_its_list(app: Flask, marek: Any, gives: Any) -> None:
    assert "Nothing urgent" in marek.get("/agent").text
    at = now()
    end_of_day = at.replace(hour=23, minute=59)
    for place in range(6):
        gives(f"Late {place}", due_at=at - timedelta(hours=place + 1), due_state="running")
    today = gives(
        "Today", due_at=max(at + timedelta(seconds=30), min(end_of_day, at + timedelta(hours=1))), due_state="running"
    )
    gives("Tomorrow", due_at=at + timedelta(days=2), due_state="running")
    old = gives("Forgotten", due_at=None, due_state=None, updated_at=at - timedelta(days=5))
    gives("Of Ola", OLA, due_at=at - timedelta(hours=9), due_state="running")
    mentioned = gives("Question", OLA, due_at=None, due_state=None)
    with app.app_context(), acting_as(find_in(app, OLA)):
        services.note(mentioned, "@marek.nowak can you look? Not you, @marek.nowakowski.")
    page = marek.get("/agent").text
    assert subjects(page, "day-overdue") == [f"Late {place}" for place in (5, 4, 3, 2, 1)]
    assert subjects(page, "day-waiting") == ["Forgotten"]
    assert subjects(page, "day-mentions") == ["Question"]
    for key, expected in (("day-overdue", 6), ("day-waiting", 1), ("day-mentions", 1)):
        count = re.search(r'<span class="badge [^"]+ num">(\d+)<', section(page, key))
        assert count is not None
        assert int(count[1]) == len(listed(marek.get(whole_list(page, key)).text)) == expected, key
    assert subjects(page, "day-today") in ([], ["Today"])  # just before midnight it is due tomorrow
    assert (today in page) == (subjects(page, "day-today") == ["Today"])
    assert old in page
    # Whoever has read it has no mention to look at; the list says so too.
    with app.app_context(), acting_as(find_in(app, MAREK)):
        services.mark_read(mentioned, find_ticket(mentioned).last_seq)
    assert subjects(marek.get("/agent").text, "day-mentions") == []
    assert mentioned not in listed(marek.get("/agent/tickets?q=is:mentioned").text)


def find_in(app: Flask, email: str) -> Any:
    with app.app_context():
        return viewer_of(email, "workspace")


def test_the_week_counts_what_i_solved_and_sent(app: Flask, marek: Any, gives: Any) -> None:
    number = gives("Printer", due_at=None, due_state=None)
    late, before = gives("Late one"), gives("Long ago")
    with app.app_context(), acting_as(find_in(app, MAREK)):
        services.reply(number, "Which tray?")
    for each in (number, late, before):
        with app.app_context(), acting_as(SYSTEM) as session:
            services.set_status(each, "resolved")
            with unit_of_work():
                values = {"due_state": "late"} if each == late else {"due_state": "met"}
                values |= {"resolved_at": now() - timedelta(days=9)} if each == before else {}
                session.execute(sa.update(Ticket).where(Ticket.number == each).values(**values))
    page = marek.get("/agent").text
    figures = re.findall(r'<span class="l">([^<]+)</span><span class="v">([^<]+)</span>', section(page, "week"))
    assert figures == [("Solved", "2"), ("Replies sent", "1"), ("Solved in time", "50%")]
    found = re.search(r'<a class="kpi" href="([^"]+)"', page)
    assert found is not None
    assert set(listed(marek.get(unescape(found[1])).text)) == {number, late}


def test_the_deputy_finds_what_waits_for_the_absent_and_nothing_else(app: Flask, marek: Any, gives: Any) -> None:
    waits = gives("Of Ola", OLA)
    gives("Paused", OLA, status_category="on_hold")
    gives("Mine")
    away(app, OLA, MAREK)
    page = marek.get("/agent").text
    assert "Standing in for: Ola Mazur" in page
    assert subjects(page, "day-deputy") == ["Of Ola"]
    assert listed(marek.get(whole_list(page, "day-deputy")).text) == [waits]
    with statements(db_of(app)) as ran:
        marek.get("/agent")
    assert len(ran) <= 12, [each[:90] for each in ran]


def db_of(app: Flask) -> Any:
    with app.app_context():
        return db.engine


def test_the_board_says_who_has_what_and_leads_to_each_list(
    app: Flask, marek: Any, browser: Any, gives: Any, opens: Any
) -> None:
    opens("Nobody's")
    gives("One", OLA, due_at=now() - timedelta(hours=1), due_state="running")
    gives("Two", OLA, status_category="on_hold", due_at=None)
    gives("Three", OLA, created_at=now() - timedelta(days=8))
    away(app, OLA, MAREK)
    with statements(db_of(app)) as ran:
        page = marek.get("/agent/board").text
    assert len(ran) <= 12, [each[:90] for each in ran]
    number = re.compile(r'<td class="num"[^>]*>(?:<a href="([^"]+)">|<span[^>]*>)(\d+)')
    rows = re.findall(r'<tr><th scope="row">(.*?)</th>(.*?)</tr>', page, re.DOTALL)
    lines = {re.sub(r"<[^>]+>", "", head).strip(): number.findall(cells) for head, cells in rows}
    ola = next(cells for head, cells in lines.items() if "Ola Mazur" in head)
    nobody = next(cells for head, cells in lines.items() if "Nobody has them" in head)
    assert [count for _url, count in ola] == ["3", "1", "1", "1"]
    assert nobody[0][1] == "1"
    assert "Marek Nowak stands in." in page
    for url, count in (*ola, *nobody):
        if url:
            assert len(listed(marek.get(unescape(url)).text)) == int(count), url
    for desk in ("hr", "nowhere"):
        assert marek.client.get(f"/agent/board?desk={desk}").status_code == 404
    assert browser("anna.kowalska").client.get("/agent/board").status_code == 403


def test_giving_a_ticket_to_somebody_who_is_away_asks_first_and_says_it(
    app: Flask, browser: Any, gives: Any, opens: Any
) -> None:
    away(app, OLA, MAREK)
    jan = "jan.wojcik@meridian.example"
    with app.app_context(), acting_as(SYSTEM):
        person = find_person(jan)
        assert person is not None
        grant(person, "it")
    agent, number, other = browser("jan.wojcik"), opens("Printer"), opens("Mouse")
    assert "away until" in agent.get(f"/agent/tickets/{number}").text
    asked = agent.post(f"/agent/tickets/{number}/assign", assignee=OLA).text
    assert "Ola Mazur is away until" in asked
    assert "Marek Nowak stands in." in asked
    assert "In the mountains" in asked
    assert has(app, number) is None
    done = agent.post(f"/agent/tickets/{number}/assign", assignee=OLA, anyway="deputy").text
    assert has(app, number) == MAREK
    assert "assigned it to Marek Nowak, who stands in for Ola Mazur" in done
    said = agent.post(f"/agent/tickets/{other}/assign", assignee=OLA, anyway="1").text
    assert has(app, other) == OLA
    assert "Assigned. Ola Mazur is away until" in said
    # In bulk the page with the preview asks.
    third, fourth = opens("Screen"), opens("Cable")
    page = agent.send("/agent/tickets/bulk", {"assignee": OLA, "number": [third, fourth]}).text
    assert "Ola Mazur is away until" in page
    assert has(app, third) is None
    found = re.search(r'href="([^"]+)">Give them to whoever stands in', page)
    assert found is not None
    page = agent.get(unescape(found[1])).text
    assert page.count("<strong>Marek Nowak</strong>") == 2
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page))
    agent.send("/agent/tickets/bulk", {name: unescape(value) for name, value in fields.items() if name != "number"})
    assert [has(app, third), has(app, fourth)] == [MAREK, MAREK]


def has(app: Flask, number: str) -> str | None:
    with app.app_context(), acting_as(SYSTEM):
        assignee = find_ticket(number).assignee
        return assignee.email if assignee else None


def test_an_absence_is_planned_on_the_profile_and_by_who_leads_the_desk(
    app: Flask, marek: Any, ola: Any, browser: Any
) -> None:
    with app.app_context():
        person = find_person(MAREK)
        assert person is not None
        today = today_of(person)
    days = {"first": today.isoformat(), "last": (today + timedelta(days=2)).isoformat(), "deputy": OLA}
    page = marek.post("/profile/absences", **days | {"last": "2020-01-01", "text": "Kept words"})
    assert page.status_code == 422
    assert "Choose a last day that does not come before the first one" in page.text
    assert "Kept words" in page.text
    page = marek.post("/profile/absences", **days)
    assert "Ola Mazur stands in." in page.text
    token = re.search(r'\?absence=([^#"]+)#', page.text)
    assert token is not None
    form = marek.get(f"/profile?absence={token[1]}").text
    seen = re.search(r'name="seen" value="([^"]+)"', form.partition('id="out-form"')[2])
    assert seen is not None
    change = days | {"token": token[1], "seen": seen[1], "text": "Mountains"}
    assert "Mountains" in marek.post("/profile/absences", **change).text
    stale = marek.post("/profile/absences", **change | {"text": "Sea"})
    assert stale.status_code == 409
    assert "Sea" in stale.text  # what was typed
    assert "Mountains" in stale.text  # what is stored
    ola.get(f"/agent/people/{MAREK}")
    assert "Away until" in ola.page.text
    assert "Nothing planned" not in ola.post(f"/agent/people/{MAREK}/absences", end=token[1], begun="1").text
    with app.app_context():
        assert desks_and_absences(person)[1] == []
    assert browser("admin").post(f"/admin/people/{MAREK}/absences", **days).status_code == 200
    assert marek.post(f"/agent/people/{OLA}/absences", **days).status_code == 403
    assert browser("anna.kowalska").post("/profile/absences", **days).status_code == 404


def test_ticked_tickets_are_merged_into_one_and_taken_apart_by_undo(app: Flask, marek: Any, opens: Any) -> None:
    first, second, third = (opens(f"No network {place}") for place in range(3))
    merged = opens("Gone before")
    with app.app_context(), acting_as(find_in(app, MAREK)):
        services.merge(merged, third)
    given = {"step": "choose", "number": [second, first, merged, "IT-9999"]}
    page = marek.send("/agent/tickets/bulk", given).text
    offered = re.search(r'href="([^"]+)">(?:<svg.*?</svg>)?Merge them into one…', page)
    assert offered is not None
    page = marek.get(unescape(offered[1])).text
    assert f"Merge 1 ticket into {first}" in page  # the oldest goes on
    assert f"This ticket was merged into {third} already." in page
    assert "There is no such ticket." in page
    page = marek.get(f"/agent/tickets/merge?number={first}&number={second}&number={third}&into={second}").text
    assert f"Merge 2 tickets into {second}" in page
    fields = {name: unescape(marek.hidden(name)) for name in ("into", "seen", "back")}
    page = marek.send("/agent/tickets/merge", fields | {"follow": "yes"}).text
    assert "2 tickets were merged into this one." in page
    assert f"This ticket was merged into {second}." in marek.get(f"/agent/tickets/{first}").text
    for gone in ("/assign", "/status", "/priority", "/escalate", "/snooze"):
        assert f'action="/agent/tickets/{first}{gone}' not in marek.page.text, gone
    marek.get("/agent/tickets?queue=open")
    offer = re.search(r'action="(/agent/undo/[^"]+)"', page)
    assert offer is not None
    assert "Undone: 2 tickets are as they were." in marek.post(unescape(offer[1])).text
    assert "was merged into" not in marek.get(f"/agent/tickets/{first}").text
    assert "Tick at least two tickets" in marek.get(f"/agent/tickets/merge?number={first}").text

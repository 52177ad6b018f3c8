"""Reports of plugins: drawn by the core, for those who may read them, isolated, and sent as files."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from flask import Flask

from deskcore import clock
from deskcore.clock import now
from deskcore.extensions import db
from deskcore.hooks.contributions import Text
from deskcore.hooks.errors import BadContribution
from deskcore.hooks.failures import read_failures
from deskcore.hooks.installation_parts import Permission
from deskcore.hooks.report_checks import check_report
from deskcore.hooks.reporting import Asked, Cell, Figure, Made, Report, Row, Table
from deskcore.testing.sql import Statements
from deskcore.tickets.snapshots import ViewerView

CARS = Table(
    "cars",
    "By car",
    ("Car", "In time", "Late"),
    (
        Row("Yaris", (Cell("90%", number=0.9), Cell("3", "/agent/tickets?q=car")), share=0.9, count=30),
        Row("=cmd()", (Cell("50%", number=0.5), Cell("2", "/x/fleet")), share=0.5, count=4, url="/agent/tickets?q=b"),
    ),
    note="Counted once.",
    goal=0.8,
)
MADE = Made((CARS,), (Figure("Driven", "120 km", "9 fewer", "/agent/tickets?q=k", 3),))
TRIPS = Report("trips", Text("Trips", "Przejazdy"), Text("How far.", "Jak daleko."), lambda asked, viewer: MADE)


@pytest.fixture
def asked() -> list[tuple[Asked, ViewerView]]:
    """Collect what the report was asked."""
    return []


@pytest.fixture
def shown(marek: Any, adds: Any, asked: list[tuple[Asked, ViewerView]]) -> Callable[..., Any]:
    """Give ``shown(query)``: Marek's answer from a report."""

    def make(given: Asked, viewer: ViewerView) -> Made:
        asked.append((given, viewer))
        return MADE

    adds("register_reports", replace(TRIPS, make=make))
    return lambda query="": marek.get(f"/reports/trips{query}")


def test_a_report_has_figures_bars_and_links_and_marks_what_comes_out_of_few_tickets(shown: Any, marek: Any) -> None:
    assert 'href="/reports/trips?desk=&amp;period=month"' in marek.get("/reports").text
    page = shown().text
    assert "<h1>Trips</h1>" in page
    assert 'class="kpi" href="/agent/tickets?q=k"' in page
    assert 'width="90.00"' in page
    assert '<a href="/agent/tickets?q=car">3</a>' in page
    assert page.count("too few to say much") == 2, "the figure out of 3 and the car out of 4, not the one out of 30"
    assert "style=" not in page


def test_a_report_is_asked_for_the_desk_and_the_period_that_were_chosen(shown: Any, asked: Any, marek: Any) -> None:
    shown()
    shown("?desk=it&period=week")
    shown("?period=nonsense")
    (usual, viewer), (narrow, _same), (nonsense, _again) = asked
    assert (usual.desk, narrow.desk, viewer.email) == ("", "it", "marek.nowak@meridian.example")
    assert timedelta(days=27) < usual.until - usual.since <= timedelta(days=28, hours=1)
    assert timedelta(days=6) < narrow.until - narrow.since <= timedelta(days=7, hours=1)
    assert nonsense.since == usual.since
    assert abs(now() - usual.until) < timedelta(minutes=5)
    assert shown("?desk=hr").status_code == 404, "a desk on which Marek does not work"
    assert len(asked) == 3


def test_a_table_is_a_file_in_which_no_cell_is_a_formula(shown: Any, marek: Any) -> None:
    assert "/reports/trips.csv?table=cars&amp;desk=it&amp;period=week" in shown("?desk=it&period=week").text
    sent = marek.get("/reports/trips.csv?table=cars&desk=it")
    assert sent.mimetype == "text/csv"
    assert f'filename="trips-cars-it-{now():%Y-%m}' in sent.headers["Content-Disposition"]
    assert sent.text.splitlines()[1:] == ['"Yaris","0.9","3","30"', '"\'=cmd()","0.5","2","4"']
    assert marek.get("/reports/trips.csv?table=none").status_code == 404
    assert marek.get("/reports/none.csv").status_code == 404


def test_reports_are_for_those_who_work_on_desks_and_hold_their_right(
    marek: Any, browser: Any, adds: Any, opens: Any
) -> None:
    assert browser("anna.kowalska").get("/reports").status_code == 403
    plugin = adds("register_reports", TRIPS)
    assert 'href="/reports"' in marek.get("/agent/tickets").text
    assert browser("anna.kowalska").get("/reports/trips").status_code == 403
    lead = Permission(f"{plugin}.lead", Text("Read reports", "Czytanie raportów"), "lead")
    adds("register_permissions", lead)
    adds("register_reports", replace(TRIPS, key="kept", permission=lead.key))
    assert "/reports/kept" not in marek.get("/reports").text
    assert marek.get("/reports/kept").status_code == 403
    assert marek.get("/reports/kept.csv").status_code == 403
    assert browser("ola.mazur").get("/reports/kept").status_code == 200


def _writes(asked: Asked, viewer: ViewerView) -> Made:
    db.session.connection().exec_driver_sql("DELETE FROM organisation")
    return MADE


def _badly(**changed: Any) -> Made:
    return replace(MADE, tables=(replace(CARS, **changed),))


@pytest.mark.parametrize(
    "made",
    [
        lambda asked, viewer: {}[asked],
        lambda asked, viewer: [CARS],
        lambda asked, viewer: _badly(rows=(Row("Yaris", (Cell("1"),)),)),
        lambda asked, viewer: _badly(rows=(Row("Yaris", (Cell("1", "javascript:alert(1)"), Cell("2"))),)),
        lambda asked, viewer: _badly(rows=CARS.rows * 300),
        lambda asked, viewer: _badly(rows=(replace(CARS.rows[0], share=1.5),)),
        lambda asked, viewer: _badly(key="no key"),
        lambda asked, viewer: replace(MADE, tables=(CARS, CARS)),
        _writes,
    ],
)
def test_a_report_that_fails_costs_one_line_and_is_counted(app: Flask, marek: Any, adds: Any, made: Any) -> None:
    plugin = adds("register_reports", replace(TRIPS, make=made))
    page = marek.get("/reports/trips")
    assert page.status_code == 200
    assert f"The plugin {plugin} could not show this." in page.text
    assert marek.get("/reports/trips.csv").status_code == 422
    with app.app_context():
        assert {failure["slot"] for failure in read_failures(db.session, plugin)} == {"report trips"}


def test_a_period_without_tickets_offers_a_longer_one(marek: Any, adds: Any) -> None:
    adds("register_reports", replace(TRIPS, make=lambda asked, viewer: _badly(rows=())))
    page = marek.get("/reports/trips?period=week").text
    assert "There is nothing to count in this period." in page
    assert 'href="/reports/trips?desk=&amp;period=month"' in page
    assert "Choose a longer period" not in marek.get("/reports/trips?period=year").text


LINE = re.compile(r'scope="row">([^<]*)<.*?<td class="num"[^>]*><a href="([^"]*)">(\d+)<', re.DOTALL)
FIGURE = re.compile(r'class="kpi" href="([^"]*)"><span class="l">([^<]*)</span><span class="v row">(\d+)')


def numbers_on(page: str) -> dict[str, tuple[str, str]]:
    """Return the linked numbers of a page by the label of their line or figure: what each says, and where it leads."""
    lines = [LINE.search(row) for row in page.split("<tr>")[1:]]
    found = {unescape(line[1]): (line[3], unescape(line[2])) for line in lines if line}
    return found | {label: (value, unescape(url)) for url, label, value in FIGURE.findall(page)}


def test_every_number_of_the_overview_leads_to_the_list_that_has_as_many(marek: Any, opens: Any, app: Flask) -> None:
    for days in (40, 20, 9, 4, 4, 1, 0):
        with clock.at(now() - timedelta(days=days)):
            opened = opens(f"{days} days ago")
    marek.post(f"/agent/tickets/{opened}/assign", assignee="me")
    numbers = numbers_on(marek.get("/reports?desk=it").text)
    assert {label: count for label, (count, _url) in numbers.items()} == {
        "Open now": "7", "Came in": "6", "today": "1", "1–2 days": "1", "3–7 days": "2", "8–14 days": "1",
        "over 14 days": "2", "Marek Nowak": "1", "Something doesn't work": "6",
    }  # fmt: skip
    for label, (count, url) in numbers.items():
        listed = marek.get(url).text
        assert re.search(rf">{count} tickets?<|<tbody>(<tr.*?){{{count}}}</tbody>", listed, re.DOTALL), (label, url)
        assert listed.count('name="number"') == int(count), (label, url)


def test_the_overview_draws_what_came_in_and_says_it_in_words_and_in_a_table(marek: Any, opens: Any) -> None:
    assert "Nothing came in and nothing was solved in this period." in marek.get("/reports").text
    with clock.at(now() - timedelta(days=3)):
        opens("Three days ago")
    page = marek.get("/reports?period=week").text
    assert "Came in: 1 in total, between 0 and 1." in page
    assert page.count("<polyline") == 2
    assert "style=" not in page
    sent = marek.get("/reports/overview.csv?table=per-day&period=week").text.splitlines()
    assert len(sent) == 8
    assert sum(int(line.split(",")[1].strip('"')) for line in sent[1:]) == 1
    assert "<h1>Overview</h1>" in marek.get("/reports/overview?period=week").text


def test_a_report_has_a_place_on_the_overview_and_costs_one_line_of_it_when_it_fails(marek: Any, adds: Any) -> None:
    figure = Figure("Driven", "120 km", "9 fewer", trend="down", good=True)
    plugin = adds("register_reports", replace(TRIPS, summary=lambda asked, viewer: Made((CARS,), (figure,))))
    adds("register_reports", replace(TRIPS, key="crash", summary=lambda asked, viewer: {}[asked]))
    page = marek.get("/reports").text
    assert "120 km" in page
    assert 'class="d good"' in page
    assert 'href="/reports/trips?desk=&amp;period=month"' in page
    assert f"The plugin {plugin} could not show this." in page
    assert "Came in" in page


def test_no_plugin_takes_the_place_of_the_overview() -> None:
    with pytest.raises(BadContribution, match="that no other report has"):
        check_report(replace(TRIPS, key="overview"))


def test_the_overview_asks_the_database_little(
    marek: Any, opens: Any, query_budget: Callable[..., AbstractContextManager[Statements]]
) -> None:
    opens()
    marek.get("/reports")
    with query_budget(12):
        assert marek.get("/reports?period=year").status_code == 200

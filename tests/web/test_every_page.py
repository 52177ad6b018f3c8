"""Lines of the checklist that hold for all pages at once: words beside colours, passwords, dragging, help."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from deskcore.hooks.contributions import PRIORITIES, STATUS_CATEGORIES
from deskcore.testing.people import signed_in
from deskcore.web.vocabulary import Look, priority_look, sla_look, status_look

PACKAGE = Path(__file__).parents[2] / "deskcore"
TEMPLATES = {path.name: path.read_text(encoding="utf-8") for path in (PACKAGE / "templates").rglob("*.html")}
PAGES = ("/", "/services", "/services/it-incident", "/requests", "/profile", "/help", "/accessibility", "/privacy")
#: Lists without anything in them, or with a search that finds nothing, by who looks at them.
EMPTY = {
    "anna.kowalska": (
        "/requests", "/requests?state=waiting", "/requests?state=finished", "/requests?state=followed",
        "/requests?q=zzz", "/search?q=zzz",
    ),
    "marek.nowak": (
        "/agent/", "/agent/tickets?queue=mine", "/agent/tickets?queue=unassigned", "/agent/tickets?queue=due",
        "/agent/tickets?queue=waiting", "/agent/tickets?queue=open", "/agent/tickets?queue=all",
        "/agent/tickets?q=tag:zzz", "/agent/people?q=zzz", "/agent/people/anna.kowalska@meridian.example",
        "/agent/macros?q=zzz", "/agent/views", "/agent/search?q=zzz",
    ),
    "admin": ("/admin/?q=zzz", "/admin/audit?who=zzz", "/admin/deliveries", "/admin/people?q=zzz",
              "/admin/plugins?show=attention"),
}  # fmt: skip


@pytest.fixture
def database() -> str:
    """Pages are the same on both databases."""
    return "sqlite"


@pytest.fixture
def anna(app: Flask) -> FlaskClient:
    """Anna, signed in."""
    return signed_in(app, "anna.kowalska@meridian.example")


def test_every_status_priority_and_time_left_has_a_word_and_an_icon_of_its_own(app: Flask) -> None:
    kinds: list[list[Look]] = [
        [status_look(name) for name in STATUS_CATEGORIES],
        [status_look(name, "requester") for name in STATUS_CATEGORIES if name != "on_hold"],
        [priority_look(name) for name in PRIORITIES],
        [sla_look(name) for name in ("ok", "soon", "over", "paused", "met")],
    ]
    sprite = (PACKAGE / "static/icons.svg").read_text(encoding="utf-8")
    with app.test_request_context():
        for looks in kinds:
            assert len({str(look.word) for look in looks}) == len({look.icon for look in looks}) == len(looks)
            assert all(f'id="{look.icon}"' in sprite for look in looks)


def test_each_list_without_anything_in_it_says_so_with_an_icon_and_a_sentence(app: Flask) -> None:
    without = []
    for name, addresses in EMPTY.items():
        client = signed_in(app, f"{name}@meridian.example")
        for address in addresses:
            answer = client.get(address)
            said = re.search(
                r'<div class="empty[^"]*"><span class="glyph"><svg.*?</span><p class="strong">.+?</p>', answer.text
            )
            without += [f"{address}: {answer.status_code}"] if said is None else []
    assert without == []


def test_a_password_is_filled_in_by_a_manager_and_pasted(app: Flask) -> None:
    page = app.test_client().get("/login").text
    assert re.search(r'<input[^>]*name="email"[^>]*autocomplete="username"', page)
    assert re.search(r'<input[^>]*type="password"[^>]*autocomplete="current-password"', page)
    pasting = [path.name for path in (PACKAGE / "static").glob("*.js") if re.search(r"onpaste", path.read_text())]
    assert pasting == []


def test_what_can_be_dropped_can_be_chosen() -> None:
    places = [name for name, text in TEMPLATES.items() if "data-drop" in text]
    assert places
    assert [name for name in places if 'type="file"' not in TEMPLATES[name]] == []
    assert [name for name, text in TEMPLATES.items() if "draggable" in text] == []


def test_help_stands_at_the_same_place_of_every_portal_page(anna: FlaskClient) -> None:
    feet = {re.sub(r"\s+", " ", anna.get(path).text.partition('<footer class="foot">')[2]) for path in PAGES}
    assert len({foot.partition("</footer>")[0] for foot in feet}) == 1
    assert "/help" in feet.pop()


def test_no_picture_stands_for_numbers_without_a_table() -> None:
    assert [name for name, text in TEMPLATES.items() if "<canvas" in text] == []
    drawn = {name: text.split('class="chart"')[1:] for name, text in TEMPLATES.items() if 'class="chart"' in text}
    assert drawn, "the overview of reports has a line"
    for name, charts in drawn.items():
        for chart in charts:
            assert re.match(r'[^>]* role="img" aria-label=', chart), name
            assert '{{ _("Show as a table") }}' in chart.partition("{%- endmacro %}")[0], name

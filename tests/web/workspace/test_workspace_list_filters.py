"""Filters that plugins add to lists: a term, a chip and a menu like the core's, and never able to break a list."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from deskcore.extensions import db
from deskcore.hooks.contributions import Option, Text
from deskcore.hooks.page_parts import ListFilter
from deskcore.runtime import runtime
from deskcore.testing import statements
from tests.web.workspace.test_workspace_query import asked, box, chips, text_of
from tests.web.workspace.test_workspace_queue import numbers
from tests.web.workspace.test_workspace_views import save

SITE = "x.it_desk.impact:site"


@pytest.fixture
def switched(browser: Callable[[str], Any]) -> Iterator[Callable[[str], None]]:
    """Give ``switched("0")``: the administrator switches the IT desk's plugin off; afterwards it is on again."""
    admin = browser("admin")
    yield lambda on: admin.post("/admin/plugins/it_desk", on=on)
    admin.post("/admin/plugins/it_desk", on="1")


def offered(page: str) -> dict[str, str]:
    """Return the filters that can be added, by their word: the term of each."""
    found = re.findall(r'<button[^>]* name="add" value="([^"]*impact[^"]*)"[^>]*>(.*?)</button>', page)
    return {html.unescape(re.sub("<.*?>", "", word)).strip(): html.unescape(term) for term, word in found}


def test_a_filter_of_a_plugin_is_a_term_a_chip_and_an_entry_of_the_menu(marek: Any, opens: Any) -> None:
    hit, other = opens("Network is down", affected="site"), opens("Printer jams", affected="me")
    page = marek.get("/agent/tickets?queue=open").text
    assert set(offered(page)) == {"The whole company", "A whole site", "A team", "One person"}
    chosen = marek.get(asked("is:unsolved", add=offered(page)["A whole site"]))
    assert text_of(chosen.request.full_path) == f"is:unsolved {SITE}"
    page = chosen.text
    assert [label for label, _url in chips(page)] == ["Not solved", "Impact: A whole site"]
    assert hit in numbers(page)
    assert other not in numbers(page)
    page = marek.get(asked(f"-{SITE}")).text
    assert [label for label, _url in chips(page)] == ["not – Impact: A whole site"]
    assert other in numbers(page)
    assert hit not in numbers(page)


def test_a_filter_speaks_the_language_of_its_reader(marek: Any) -> None:
    with marek.client.session_transaction() as session:
        session["language"] = "pl"
    page = marek.get(asked(SITE)).text
    assert [label for label, _url in chips(page)] == ["Wpływ: Cały oddział"]


def test_a_value_that_the_filter_does_not_know_narrows_nothing_and_is_marked(marek: Any, opens: Any) -> None:
    number = opens()
    page = marek.get(asked("x.it_desk.impact:planet")).text
    assert number in numbers(page)
    assert "Nothing here is called “planet”." in page


def test_a_filter_costs_no_statement_more_than_one_of_the_core(app: Flask, marek: Any, opens: Any) -> None:
    opens("Network is down", affected="site")
    with app.app_context():
        engine = db.engine
    counts = []
    for text in ("priority:normal,high,urgent,low", SITE):
        marek.get(asked(text))
        with statements(engine) as ran:
            marek.get(asked(text))
        counts.append(len(ran))
    assert counts[0] == counts[1]


def test_a_view_whose_plugin_is_off_opens_and_says_which_filter_it_left_out(
    marek: Any, opens: Any, switched: Callable[[str], None]
) -> None:
    hit, other = opens("Network is down", affected="site"), opens("Printer jams", affected="me")
    key = save(marek, "Outages", q=f"is:unsolved {SITE}")
    assert other not in numbers(marek.get(f"/agent/tickets?view={key}").text)
    switched("0")
    page = marek.get(f"/agent/tickets?view={key}")
    assert page.status_code == 200
    assert {hit, other} <= set(numbers(page.text))
    assert "The filter of the plugin “it_desk” is not here now." in page.text
    assert box(page.text) == f"is:unsolved {SITE}"
    assert offered(marek.get("/agent/tickets?queue=open").text) == {}
    preview = marek.get(f"/agent/tickets/bulk?scope=all&q={SITE}&priority=high")
    assert "A part of the filter is not understood." in preview.text
    switched("1")
    assert other not in numbers(marek.get(f"/agent/tickets?view={key}").text)


@pytest.mark.parametrize(("field", "request_type"), [("gone", "incident"), ("affected", "gone"), ("service", "leaver")])
def test_a_filter_whose_field_a_form_has_no_more_is_not_there(
    marek: Any,
    opens: Any,
    adds: Any,
    field: str,
    request_type: str,
) -> None:
    number = opens()
    choices = (Option("site", Text("A place", "Miejsce")),)
    plugin = adds("register_list_filters", ListFilter("extra", Text("Extra", "Inny"), choices, field, (request_type,)))
    page = marek.get(asked(f"x.{plugin}.extra:site"))
    assert page.status_code == 200
    assert number in numbers(page.text)
    assert f"The filter of the plugin “{plugin}” is not here now." in page.text


def test_a_filter_finds_no_answer_that_has_become_sensitive(app: Flask, marek: Any, opens: Any) -> None:
    hit, other = opens("Network is down", affected="site"), opens("Printer jams", affected="me")
    parts = app.extensions["deskcore"]
    with app.app_context():
        catalogue = runtime().catalogue
    entry = catalogue.types["it", "incident"]
    fields = tuple(replace(each, sensitive=True) if each.key == "affected" else each for each in entry.type.fields)
    hidden = replace(entry, type=replace(entry.type, fields=fields))
    parts.catalogue = replace(catalogue, types={**catalogue.types, ("it", "incident"): hidden})
    page = marek.get(asked(SITE)).text
    assert {hit, other} <= set(numbers(page))
    assert "is not here now" in page

"""Every route × method × role × state of a ticket against the reviewed expectations, and what is invisible."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from deskcore.extensions import db
from deskcore.testing import statements
from tests.access import matrix
from tests.access.world import OF_A_NOTE, World, address


@pytest.fixture(scope="module")
def world(everything_on: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Build the world once; every request leaves it as it was."""
    found = matrix.measured_world(tmp_path_factory.mktemp("matrix"), everything_on)
    yield found
    with found.app.app_context():
        db.engine.dispose()


@pytest.fixture
def expected() -> matrix.Table:
    return matrix.read(matrix.FILE.read_text(encoding="utf-8"))


#: Every role is asked with ``make test-access``; otherwise some, other ones at each route and about each ticket.
SHARE = 1 if os.environ.get("ACCESS_TEST") == "whole" else 8
_PAGE_OF_A_TICKET = "GET /agent/tickets/<number>"
_TICKET_IN_THE_API = "GET /api/v1/tickets/<number>"
_MERGE = "POST /api/v1/tickets/<number>/merge"
_ACTION = "POST /agent/tickets/<number>/actions/"
#: Who tries to tell what is hidden, from different sides.
_TELLING = ("stranger", "agent", "admin", "hr", "accused", "t:agent", "t:accused")


def test_everybody_gets_from_every_route_what_was_reviewed(world: World, expected: matrix.Table) -> None:
    measured = matrix.measure(world, SHARE)
    different = [
        f"{block}: {route} answers {role} {outcome}, not {expected[block][route].get(role)}"
        for block in measured.keys() & expected.keys()
        for route in measured[block].keys() & expected[block].keys()
        for role, outcome in measured[block][route].items()
        if expected[block][route].get(role) != outcome
    ]
    assert not different, "\n".join(different)
    assert measured.keys() == expected.keys()
    for block, rows in measured.items():
        assert rows.keys() == expected[block].keys(), "a route came or went: write the matrix anew and review it"


def test_nobody_who_is_refused_changes_anything(expected: matrix.Table) -> None:
    rows = [(route, *cell) for block in expected.values() for route, row in block.items() for cell in row.items()]
    signed_out = ("POST /logout", "POST /sign-out-everywhere")
    assert [row for row in rows if row[-1].endswith("!") and row[0] not in signed_out] == []
    assert len(rows) > 5000


@pytest.mark.parametrize("state", ["named", "leave", "complaint"])
def test_what_is_invisible_cannot_be_told_from_what_does_not_exist(
    world: World, expected: matrix.Table, state: str
) -> None:
    compared = 0
    for route, cells in (expected[f"{state}, pages"] | expected[f"{state}, API"]).items():
        places = world.places(route, state)
        # Who sees the ticket learns nothing from a 404 for something that is not on it.
        known = expected[f"{state}, pages"][_PAGE_OF_A_TICKET] if route.startswith(_ACTION) else {}
        # What the other ticket of a merge is, nobody sees from one that he may read.
        known = expected[f"{state}, API"][_TICKET_IN_THE_API] if route.startswith(_MERGE) else known
        for role in (role for role in _TELLING if cells.get(role) == "404" and known.get(role) != "ok"):
            hidden = _seen(world, role, route, places)
            assert hidden == _seen(world, role, route, _of_nobody(route, places)), (
                f"{role} can tell on {route} ({state}) that there is something"
            )
            compared += 1
    assert compared > 80


def _of_nobody(route: str, places: dict[str, str]) -> dict[str, str]:
    """Return places at which there is nothing; for a file of a note, on the same ticket, which one may see."""
    nothing = {name: "0" * len(value) for name, value in places.items() if name in ("token", "key", "signed")}
    prefix = places["number"].partition("-")[0]
    number = {} if route.endswith(OF_A_NOTE) else {"number": f"{prefix}-99999"}
    return places | nothing | number


def _seen(world: World, role: str, route: str, places: dict[str, str]) -> tuple[object, ...]:
    """Return all that somebody learns from an answer, and how much the server did for it."""
    with world.app.app_context(), statements(db.engine) as ran:
        answer = world.ask(role, route, places)
    return answer.status_code, _masked(answer.text, places), _headers(answer), len(ran)


def _masked(text: str, places: dict[str, str]) -> str:
    for place, value in places.items():
        text = text.replace(value, f"<{place}>")
    # Made anew for each page: form tokens, idempotency keys and ids of requests.
    return re.sub(r"[0-9A-Za-z_.-]{20,}", "…", text)


def _headers(answer: TestResponse) -> list[tuple[str, str]]:
    return sorted((name, value) for name, value in answer.headers if name not in ("Content-Length", "Set-Cookie"))


def test_a_route_of_no_class_keeps_the_application_from_starting(world: World) -> None:
    from deskcore.web.route_classes import check_routes_are_classified

    stray = Flask("stray")
    stray.add_url_rule("/stray", "stray.page", lambda: "")
    with pytest.raises(RuntimeError, match="/stray"):
        check_routes_are_classified(stray)


def test_a_method_that_a_route_does_not_know_answers_everybody_alike(world: World) -> None:
    addresses = world.app.url_map.bind("localhost")
    for rule in {rule.rule for rule in world.app.url_map.iter_rules()}:
        places = world.places(rule, "normal")
        for method in {"GET", "POST", "PUT", "PATCH", "DELETE"} - set(addresses.allowed_methods(address(rule, places))):
            answers = {world.ask(role, f"{method} {rule}", places).status_code for role in ("anonymous", "admin")}
            assert answers == {405}, f"{method} {rule}"

"""What pages ask the database with every bundled plugin switched on: twenty statements at most."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from conftest import BUNDLED, PLUGINS
from deskcore.extensions import db
from deskcore.testing.people import viewer_of
from deskcore.testing.sql import query_budget
from deskcore.tickets import services
from deskcore.tickets.opening import NewTicket, open_ticket
from deskcore.work import acting_as
from deskcore.worker import Worker

#: Whoever looks, and at what; {} is the number of a ticket.
PAGES = (
    ("anna.kowalska", "/"),
    ("anna.kowalska", "/services/it-incident"),
    ("anna.kowalska", "/requests"),
    ("anna.kowalska", "/requests/{}"),
    ("marek.nowak", "/agent"),
    ("marek.nowak", "/agent/tickets?queue=open"),
    ("marek.nowak", "/agent/tickets/{}"),
    ("marek.nowak", "/agent/tickets/{}/peek"),
    ("marek.nowak", "/agent/board?desk=it"),
    ("marek.nowak", "/agent/people/anna.kowalska@meridian.example"),
    ("marek.nowak", "/reports"),
)


@pytest.fixture(scope="module")
def bundled() -> tuple[str, ...]:
    """Switch everything on that is delivered with Deskcore."""
    return tuple(sorted(name for name in PLUGINS if name not in BUNDLED))


@pytest.fixture
def database() -> str:
    """Both databases are asked the same."""
    return "sqlite"


def test_no_page_takes_more_than_twenty_statements_with_all_plugins_on(
    app: Flask, sign_in: Callable[[str], FlaskClient]
) -> None:
    with app.app_context():
        engine, numbers = db.engine, [_answered(f"Printer {place}") for place in range(6)]
    Worker(app).run_once()
    browsers = {name: sign_in(name) for name in ("anna.kowalska", "marek.nowak")}
    dear = []
    for name, path in PAGES:
        address = path.format(numbers[1])
        assert browsers[name].get(address, follow_redirects=True).status_code == 200, address
        with query_budget(engine, 10_000) as asked:
            browsers[name].get(address)
        if len(asked) > 20:
            dear.append(f"{address}: {len(asked)}")
    assert dear == []


def _answered(subject: str) -> str:
    """Open a ticket and ask its requester something."""
    anna = viewer_of("anna.kowalska@meridian.example", "portal")
    with acting_as(anna):
        answers = {"service": "printer"}
        number = open_ticket(NewTicket("it", "incident", subject, "It jams", anna.person_id, "portal", answers))
    with acting_as(viewer_of("marek.nowak@meridian.example", "workspace")):
        services.assign(number, "marek.nowak@meridian.example")
        services.reply(number, "Which one?", then="waiting_requester")
    return number

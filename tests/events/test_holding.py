"""A restored installation records what happens and tells nobody, until an administrator releases it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from deskcore.events import holding
from deskcore.events.jobs import queue_job
from deskcore.events.models import Delivery, JobRow
from deskcore.extensions import db
from deskcore.runtime import CoreJob, runtime
from deskcore.tickets.models import TicketEvent
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as, unit_of_work

from .conftest import Listener, Open, column, later, work

pytestmark = pytest.mark.parametrize("database", ["sqlite"])
SENTENCE = "Nothing is delivered since a backup was restored"


@pytest.fixture
def held(listener: Listener) -> Listener:
    """Hold everything back from the listener."""
    with acting_as(SYSTEM), unit_of_work() as session:
        holding.hold(session)
    return listener


def release() -> bool:
    with acting_as(SYSTEM), unit_of_work() as session:
        return holding.release(session)


def test_events_are_fanned_out_and_nothing_is_delivered_until_the_release(
    app: Flask, held: Listener, opened: Open
) -> None:
    opened()
    work(app)
    assert held.heard == []
    assert column(Delivery.state) == ["waiting"]
    with acting_as(SYSTEM) as session:
        assert session.scalars(sa.select(TicketEvent.pending)).all() == [False]
    assert release()
    work(app)
    work(app)
    assert held.kinds == ["opened"]


def test_jobs_wait_and_a_schedule_makes_up_for_what_it_missed_once(app: Flask, app_context: Flask) -> None:
    runs: list[Any] = []
    runtime().core_jobs = {"core.daily": CoreJob(runs.append, "0 6 * * *"), "core.asked": CoreJob(runs.append, "")}
    work(app)
    with acting_as(SYSTEM), unit_of_work() as session:
        holding.hold(session)
    queue_job("core.asked", {"by": "hand"})
    for days in (1, 2, 3):
        with later(days=days):
            work(app)
    assert (runs, column(JobRow.kind)) == ([], ["core.asked"])
    release()
    with later(days=3):
        work(app)
        assert sorted(column(JobRow.kind)) == ["core.asked", "core.daily"]
        assert len(runs) == 2


def test_a_second_release_changes_nothing(held: Listener) -> None:
    assert [release(), release()] == [True, False]


def test_the_administrator_is_told_and_releases_it(
    app: Flask, held: Listener, opened: Open, visitor: Callable[[str], FlaskClient]
) -> None:
    admin = visitor("admin")
    for path in ("/admin/plugins", "/admin/deliveries"):
        page = admin.get(path).text
        assert SENTENCE in page
        assert 'action="/admin/deliveries/release"' in page
    page = admin.post("/admin/deliveries/release", follow_redirects=True).text
    assert "Deliveries go on." in page
    assert SENTENCE not in page
    assert "Background work released" in admin.get("/admin/audit").text
    assert "Nothing was held back." in admin.post("/admin/deliveries/release", follow_redirects=True).text


def test_nobody_else_releases_it(held: Listener, visitor: Callable[[str], FlaskClient]) -> None:
    assert visitor("ola.mazur").post("/admin/deliveries/release").status_code == 403
    with acting_as(SYSTEM):
        assert holding.held_since(db.session) is not None

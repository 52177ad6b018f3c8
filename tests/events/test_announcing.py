"""What a plugin announces to others: told after the commit, at least once, and said on the timeline."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from conftest import AUDIT_KEYS, _settings
from deskcore import clock
from deskcore.app import create_app
from deskcore.events.jobs import queue_job
from deskcore.extensions import db, engine_options
from deskcore.hooks import state
from deskcore.hooks.contributions import Text
from deskcore.hooks.sources import find_plugins
from deskcore.people.services import find_person
from deskcore.plugin import tickets
from deskcore.tickets.models import Ticket
from deskcore.tickets.opening import NewTicket, open_ticket
from deskcore.viewer import SYSTEM, Viewer
from deskcore.work import acting_as
from deskcore.worker import Worker

PLUGINS = Path(__file__).parent / "plugins"
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def bundled() -> tuple[str, ...]:
    """Let the plugin be on that announces something."""
    return ("sla_policies",)


@pytest.fixture
def listening(tmp_path: Path, database_url: str) -> Iterator[Flask]:
    """An application with a plugin that hears what another one announces."""
    dummies = find_plugins([PLUGINS]).declarations
    engine = sa.create_engine(database_url, **engine_options(database_url, AUDIT_KEYS))
    with state.own_transaction(engine) as connection:
        state.first_sight(connection, dummies, ("dummy_listens",))
    engine.dispose()
    app = create_app(_settings(tmp_path, database_url) | {"plugin_folders": (str(PLUGINS),)})
    dummy().heard.clear()
    yield app
    with app.app_context():
        db.engine.dispose()


def dummy() -> Any:
    return sys.modules["deskcore_dummy_listens"]


def opened(app: Flask) -> str:
    with clock.at(MONDAY), app.app_context():
        anna = find_person("anna.kowalska@meridian.example")
        assert anna is not None
        with acting_as(Viewer(anna.id, "portal")):
            answers = {"service": "network", "what_happened": "It drops."}
            number = open_ticket(NewTicket("it", "incident", "VPN", "It drops.", anna.id, "portal", answers))
    work(app, MONDAY)
    return number


def work(app: Flask, at: datetime) -> None:
    with clock.at(at):
        Worker(app).run_once()


def watch(app: Flask, at: datetime) -> None:
    with clock.at(at), app.app_context(), acting_as(SYSTEM):
        queue_job("sla_policies.sla_watch", slot=at.isoformat())
    work(app, at)
    work(app, at)


def test_what_one_plugin_announces_another_one_hears_until_it_has_managed_to(listening: Flask) -> None:
    number = opened(listening)  # of low priority: a first reply is promised in a working day of eight hours
    watch(listening, MONDAY + timedelta(hours=23))
    assert [each[:2] for each in dummy().heard] == [("sla_warning", number), ("sla_warning", number)]
    dummy().failures.append("not now")
    watch(listening, MONDAY + timedelta(hours=24, minutes=1))
    assert "sla_breached" not in [each[0] for each in dummy().heard]
    watch(listening, MONDAY + timedelta(hours=25))
    hook, about, data = dummy().heard[-1]
    assert (len(dummy().heard), hook, about) == (3, "sla_breached", number)
    assert (data["measure"], data["percent"], data["policy"]) == ("first_reply", 100, "it_incidents")
    assert (data["due_at"], list(data["notify"])) == ("2026-11-24T09:00:00+00:00", ["lead"])


def test_nobody_announces_through_a_hook_that_nobody_publishes(listening: Flask) -> None:
    number = opened(listening)
    with listening.app_context(), acting_as(SYSTEM), pytest.raises(LookupError, match="trip_ended"):
        tickets.announce(number, "trip_ended", Text("It ended", "Koniec"), {})


def test_what_a_plugin_says_raises_no_version(listening: Flask) -> None:
    number = opened(listening)
    wanted = sa.select(Ticket.version, Ticket.updated_at, Ticket.last_seq).where(Ticket.number == number)
    with listening.app_context(), acting_as(SYSTEM) as session:
        before = session.execute(wanted).one()
        tickets.say(number, Text("It rains", "Pada"))
        after = session.execute(wanted).one()
    assert (after.version, after.updated_at, after.last_seq) == (before.version, before.updated_at, before.last_seq + 1)

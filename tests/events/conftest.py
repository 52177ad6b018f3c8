"""A plugin that listens, and what the tests ask of deliveries and jobs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask, g
from flask.testing import FlaskClient

from deskcore.clock import now
from deskcore.desks.models import DeskRow
from deskcore.events import leases
from deskcore.events.jobs import queue_job
from deskcore.events.models import Delivery, JobRow
from deskcore.hooks.contributed import Contributed
from deskcore.hooks.installation_parts import Job
from deskcore.hooks.markers import hookimpl
from deskcore.hooks.models import PluginState
from deskcore.hooks.state import StateRow
from deskcore.runtime import CoreJob, runtime
from deskcore.tickets import deliveries, services
from deskcore.tickets.opening import NewTicket, open_ticket
from deskcore.viewer import SYSTEM, current_viewer
from deskcore.work import acting_as, unit_of_work
from deskcore.worker import Worker

Act = Callable[..., AbstractContextManager[Any]]
Open = Callable[..., str]

#: For tests of what is the same on both databases.
on_sqlite = pytest.mark.parametrize("database", ["sqlite"])


class Listener:
    """A plugin that writes down what it is told, and fails as often as it is asked to."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, str]] = []
        self.events: list[Any] = []
        self.failures = 0
        self.error: BaseException = ValueError("not now")
        self.seen_as: Any = None
        #: Called with the event before it is written down.
        self.meanwhile: Callable[[Any], object] = lambda event: None

    def _hear(self, event: Any) -> None:
        self.seen_as = current_viewer()
        if self.failures:
            self.failures -= 1
            raise self.error
        self.meanwhile(event)
        self.heard.append((event.kind, event.id))
        self.events.append(event)

    @property
    def kinds(self) -> list[str]:
        """The kinds of the events that were heard."""
        return [kind for kind, _ in self.heard]

    @hookimpl
    def ticket_opened(self, event: Any, ticket: Any) -> None:
        """Hear of a new ticket."""
        self._hear(event)

    @hookimpl
    def ticket_changed(self, event: Any, ticket: Any) -> None:
        """Hear of a change."""
        self._hear(event)

    @hookimpl
    def message_added(self, event: Any, ticket: Any) -> None:
        """Hear of a message."""
        self._hear(event)


def plug_in(name: str, plugin: object) -> None:
    """Put a plugin beside the loaded ones, switched on."""
    plugins = runtime().plugins
    plugins.manager.register(plugin, name)
    states = dict(plugins.states) | {name: StateRow(name, True, "enabled")}
    runtime().plugins = replace(plugins, states=states, loaded=plugins.loaded | {name})
    row = {"name": name, "wanted": True, "state": "enabled", "trace": "", "version": "1", "updated_at": now()}
    with unit_of_work() as session:
        session.execute(sa.insert(PluginState), row)


def set_state(name: str, state: str, *, wanted: bool = True) -> None:
    """Let a plugin be in another state, here and on record."""
    plugins = runtime().plugins
    row = replace(plugins.states[name], state=state, wanted=wanted)  # type: ignore[arg-type]
    runtime().plugins = replace(plugins, states=dict(plugins.states) | {name: row})
    with unit_of_work() as session:
        session.execute(sa.update(PluginState).where(PluginState.name == name).values(state=state, wanted=wanted))


def add_job(plugin: str, job: Job) -> None:
    """Let a plugin contribute a job."""
    plugins = runtime().plugins
    jobs = (*plugins.contributed.get("register_jobs", ()), Contributed(plugin, job))
    runtime().plugins = replace(plugins, contributed=dict(plugins.contributed) | {"register_jobs": jobs})


@pytest.fixture
def listener(app_context: Flask, monkeypatch: pytest.MonkeyPatch) -> Listener:
    """Give a listening plugin that is never paused, however often it fails."""
    heard = Listener()
    plug_in("listener", heard)
    monkeypatch.setattr(runtime().callers, "failed", lambda *_: None)
    return heard


@pytest.fixture
def opened(act: Act, person_named: Any) -> Open:
    """Give a function that opens a ticket and returns its number."""

    def open_one(subject: str = "It jams") -> str:
        anna = person_named("anna.kowalska").id
        with act("anna.kowalska"):
            return open_ticket(NewTicket("it", "incident", subject, "x", anna, "portal", {"service": "printer"}))

    return open_one


@pytest.fixture
def number(listener: Listener, opened: Open) -> str:
    """Give the number of a ticket that was just opened."""
    return opened()


@pytest.fixture
def note(act: Act) -> Callable[[str], None]:
    """Give a function that adds an internal note to a ticket."""

    def write(number: str) -> None:
        with act("marek.nowak", "workspace"):
            services.note(number, "Looked at it")

    return write


@pytest.fixture
def dead(app: Flask, listener: Listener, opened: Open) -> str:
    """Give the number of a ticket of whose opening a plugin could not be told."""
    number = opened("My payslip is wrong")
    bury(app, listener)
    return number


@pytest.fixture
def dead_job(app: Flask, app_context: Flask) -> None:
    """Let a job of the core be dead."""

    def run(payload: Any) -> None:
        raise OSError("the disk is full")

    runtime().core_jobs = {"core.tidy": CoreJob(run, "")}
    queue_job("core.tidy")
    set_all(JobRow, attempts=leases.MAX_ATTEMPTS - 1)
    work(app)
    assert column(JobRow.state) == ["dead"]


def make_confidential() -> None:
    with unit_of_work() as session:
        session.execute(sa.update(DeskRow).values(confidential=True))


@pytest.fixture
def visitor(app_context: Flask, sign_in: Callable[[str], FlaskClient]) -> Callable[[str], FlaskClient]:
    """Give a function that signs somebody in, although the test is inside the application's context all the time."""

    def signed_in(name: str) -> FlaskClient:
        browser = sign_in(name)
        # A request would take whoever is remembered here for the one who asks.
        g.pop("_login_user", None)
        return browser

    return signed_in


def work(app: Flask) -> None:
    """Let a worker do everything that is due."""
    Worker(app).run_once()


@contextmanager
def later(**by: float) -> Iterator[None]:
    """Let it be later."""
    with time_machine.travel(now() + timedelta(**by)):
        yield


def column(of: Any) -> list[Any]:
    """Return one column of all deliveries, or of all jobs, in the order in which they were made."""
    with acting_as(SYSTEM) as session:
        return list(session.scalars(sa.select(of).order_by(of.class_.id)))


def states() -> list[str]:
    """Return the state of every delivery."""
    return column(Delivery.state)


def bury(app: Flask, listener: Listener) -> None:
    """Let the last attempt at the oldest waiting delivery fail."""
    deliveries.subscribe()
    deliveries.fan_out()
    set_all(Delivery, attempts=leases.MAX_ATTEMPTS - 1)
    listener.failures = 1
    work(app)


def set_all(model: type[Delivery | JobRow], **values: Any) -> None:
    """Change all deliveries or jobs, as nobody but a test does."""
    with acting_as(SYSTEM), unit_of_work() as session:
        session.execute(sa.update(model).values(**values), execution_options={"synchronize_session": False})

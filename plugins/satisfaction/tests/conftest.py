"""A desk whose requesters are asked how it went; whatever follows from a step is done at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from deskcore_satisfaction.models import Survey
from sqlalchemy import delete, select

from deskcore import clock
from deskcore.desks.administration import read_desk
from deskcore.desks.models import PluginDesk
from deskcore.desks.services import refresh
from deskcore.testing import House
from deskcore.testing.outbox import delivered, run_job
from deskcore.testing.people import PEOPLE, viewer_of
from deskcore.testing.switches import set_setting
from deskcore.testing.tickets import opened_ticket
from deskcore.tickets import services
from deskcore.tickets.models import Ticket, TicketEvent
from deskcore.viewer import SYSTEM, Area
from deskcore.work import acting_as, unit_of_work

#: A Monday at ten in Warsaw.
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def later(**time: float) -> datetime:
    return MONDAY + timedelta(**time)


def address(role: str) -> str:
    return PEOPLE[role][0] if role in PEOPLE else role


@dataclass
class Asking:
    """The plain desk of the tests, and what its requesters are asked."""

    house: House

    def open(
        self,
        about: str = "A noise",
        at: datetime = MONDAY,
        by: str = "requester",
        desk: str = "plain",
        request_type: str = "concern",
    ) -> str:
        with clock.at(at):
            number = opened_ticket(self.house, request_type, {"about": about}, desk=desk, by=by).number
            delivered(self.house)
        return number

    def do(
        self, role: str, act: Callable[..., Any], *arguments: Any, at: datetime = MONDAY, area: Area = "workspace"
    ) -> None:
        """Let somebody do something, and let plugins hear of it."""
        with clock.at(at):
            with self.as_(role, area):
                act(*arguments)
            delivered(self.house)

    def solve(self, number: str, by: str = "agent", at: datetime = MONDAY, status: str = "resolved") -> None:
        self.do(by, services.set_status, number, status, at=at)

    def finished(
        self, about: str = "A noise", at: datetime = MONDAY, by: str = "requester", agent: str = "agent"
    ) -> str:
        """Open a ticket, give it to an agent who solves it, and return its number."""
        number = self.open(about, at, by)
        self.do(agent, services.assign, number, address(agent), at=at)
        self.solve(number, agent, at)
        return number

    def ask(self, at: datetime | None = None) -> None:
        """Let the worker ask whoever is due, some hours later."""
        with clock.at(at or later(hours=3)):
            run_job(self.house, "satisfaction_ask", {})

    def asked(self, **more: Any) -> str:
        """Finish a ticket, let its requester be asked, and return its number."""
        number = self.finished(**more)
        self.ask(more.get("at", MONDAY) + timedelta(hours=3))
        assert self.last(number).state == "asked"
        return number

    def work(self, at: datetime) -> None:
        with clock.at(at):
            delivered(self.house)

    @contextmanager
    def as_(self, role: str, area: Area) -> Iterator[None]:
        with self.house.app.test_request_context(), acting_as(viewer_of(role, area)):
            yield

    def surveys(self, number: str = "") -> list[Survey]:
        with self.house.app.app_context(), acting_as(SYSTEM) as session:
            wanted = select(Survey).join(Ticket, Ticket.id == Survey.ticket_id).order_by(Survey.id)
            return list(session.scalars(wanted.where(Ticket.number == number) if number else wanted))

    def last(self, number: str) -> Survey:
        return self.surveys(number)[-1]

    def said(self, number: str) -> list[tuple[str, bool]]:
        """Return what the plugin said on a timeline, in English, and whether the requester reads it."""
        with self.house.app.app_context(), acting_as(SYSTEM) as session:
            wanted = select(TicketEvent.data, TicketEvent.public).join(Ticket, Ticket.id == TicketEvent.ticket_id)
            wanted = wanted.where(Ticket.number == number, TicketEvent.kind == "plugin_said").order_by(TicketEvent.seq)
            return [(row.data["text"]["en"], row.public) for row in session.execute(wanted)]

    def give(self, key: str, value: Any) -> None:
        set_setting(self.house, key, value)

    def give_desk(self, key: str, plugin: str = "satisfaction", *, given: bool = True) -> None:
        """Give a plugin a confidential desk, or take it away, as the lead of the desk does."""
        with self.house.app.app_context(), acting_as(SYSTEM):
            with unit_of_work() as session:
                row = read_desk(key)
                session.execute(delete(PluginDesk).where(PluginDesk.desk_id == row.id, PluginDesk.plugin == plugin))
                if given:
                    session.add(PluginDesk(plugin=plugin, desk_id=row.id))
            refresh()


@pytest.fixture
def asking(house: House) -> Asking:
    return Asking(house)

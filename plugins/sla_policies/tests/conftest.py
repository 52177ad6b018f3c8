"""A desk with promises to keep, and people who ask and answer at given moments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from deskcore_sla_policies import rules, watching
from deskcore_sla_policies.models import ClockRow, Followed, Mark
from deskcore_sla_policies.policies import PRIORITIES, Policy
from sqlalchemy import select

from deskcore import clock
from deskcore.testing import House
from deskcore.testing.outbox import delivered, run_job
from deskcore.testing.people import viewer_of
from deskcore.testing.tickets import opened_ticket
from deskcore.tickets import services
from deskcore.tickets.due import Due
from deskcore.tickets.models import Ticket, TicketEvent
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as

#: A Monday at ten in Warsaw, in a week without a holiday.
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def later(**time: float) -> datetime:
    return MONDAY + timedelta(**time)


def policy(key: str = "plain", goals: Mapping[str, int] | None = None, **more: Any) -> Policy:
    """Return a policy that promises the same to every priority: minutes by measure."""
    promised = {priority: dict(goals or {"first_reply": 60, "resolution": 240}) for priority in PRIORITIES}
    return Policy(key, {"en": key.title(), "pl": key.title()}, goals=promised, **more)


@dataclass
class Desk:
    """The plain desk of the tests; every step happens at a moment, and whatever follows is done at once."""

    house: House

    def promise(self, *policies: Policy, at: datetime = MONDAY - timedelta(days=1)) -> None:
        """Let these policies hold from a moment on."""
        with clock.at(at), self.as_("admin", "portal"):
            rules.change(rules.ruleset().revision, lambda _: policies)

    def open(self, at: datetime = MONDAY, **more: Any) -> str:
        with clock.at(at):
            number = opened_ticket(self.house, "concern", {"about": "A noise"}, desk="plain", **more).number
            delivered(self.house)
        return number

    def reply(self, number: str, at: datetime, by: str = "agent") -> None:
        with clock.at(at):
            with self.as_(by, "portal" if by == "requester" else "workspace"):
                services.reply(number, "I am looking at it.")
            delivered(self.house)

    def status(self, number: str, category: str, at: datetime) -> None:
        with clock.at(at):
            with self.as_("agent", "workspace"):
                services.set_status(number, category)
            delivered(self.house)

    def do(self, act: Any, *arguments: Any, at: datetime) -> None:
        """Let an agent do something."""
        with clock.at(at):
            with self.as_("agent", "workspace"):
                act(*arguments)
            delivered(self.house)

    def watch(self, at: datetime) -> None:
        """Let the plugin look what time has done."""
        with clock.at(at):
            run_job(self.house, "sla_watch", {})
            delivered(self.house)

    def run(self, reason: str, at: datetime) -> None:
        """Go through all open tickets again."""
        with clock.at(at):
            with self.as_("admin", "portal"):
                watching.begin_run(reason)
            delivered(self.house)

    @contextmanager
    def as_(self, role: str, area: Any) -> Iterator[None]:
        with self.house.app.test_request_context(), acting_as(viewer_of(role, area)):
            yield

    def due(self, number: str) -> Due:
        with self.house.app.app_context(), acting_as(SYSTEM) as session:
            row = session.scalars(select(Ticket).where(Ticket.number == number)).one()
            return Due(row.due_state, row.due_at, row.due_soon_at)  # type: ignore[arg-type]

    def version(self, number: str) -> int:
        with self.house.app.app_context(), acting_as(SYSTEM) as session:
            return session.scalars(select(Ticket.version).where(Ticket.number == number)).one()

    def clocks(self, number: str) -> dict[tuple[str, int], ClockRow]:
        with self.house.app.app_context(), acting_as(SYSTEM) as session:
            mine = ClockRow.ticket_id.in_(select(Ticket.id).where(Ticket.number == number))
            return {(row.measure, row.cycle): row for row in session.scalars(select(ClockRow).where(mine))}

    def marks(self, number: str) -> set[tuple[str, int, bool]]:
        """Return what was done: measure, percent, and whether anybody was told."""
        with self.house.app.app_context(), acting_as(SYSTEM) as session:
            mine = Mark.ticket_id.in_(select(Ticket.id).where(Ticket.number == number))
            return {(row.measure, row.percent, row.acted) for row in session.scalars(select(Mark).where(mine))}

    def wake_at(self, number: str) -> datetime | None:
        with self.house.app.app_context(), acting_as(SYSTEM) as session:
            mine = Followed.ticket_id.in_(select(Ticket.id).where(Ticket.number == number))
            return session.scalars(select(Followed.wake_at).where(mine)).one()

    def said(self, number: str) -> list[str]:
        """Return what plugins said on the timeline, in English."""
        with self.house.app.app_context(), acting_as(SYSTEM) as session:
            wanted = select(TicketEvent.data).join(Ticket, Ticket.id == TicketEvent.ticket_id)
            wanted = wanted.where(Ticket.number == number, TicketEvent.kind == "plugin_said")
            return [data["text"]["en"] for data in session.scalars(wanted.order_by(TicketEvent.seq))]


@pytest.fixture
def plain(house: House) -> Desk:
    """Give the plain desk, which promises a reply in an hour and a solution in four."""
    desk = Desk(house)
    desk.promise(policy())
    return desk

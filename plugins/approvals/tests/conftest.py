"""A small organisation with a purchase that needs approvals, beside the fixtures of Deskcore."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from deskcore_approvals.models import Decision, Round
from sqlalchemy import select

from deskcore import clock
from deskcore.desks.editing import create
from deskcore.desks.services import refresh
from deskcore.extensions import db
from deskcore.people.services import create_person, deactivate, find_person
from deskcore.plugin import Field, RequestType, Text
from deskcore.testing import House
from deskcore.testing.outbox import delivered
from deskcore.testing.tickets import opened_ticket
from deskcore.tickets.loading import find_ticket, ticket_view
from deskcore.tickets.snapshots import TicketView
from deskcore.viewer import SYSTEM, Viewer
from deskcore.work import acting_as, unit_of_work

#: Address of whoever is called so in the tests.
RITA, LEON = "rita@organisation.example", "leon@organisation.example"
#: Each is the manager of the one before; Rita asks.
LINE = ("maria", "dorota", "cezary")
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def mail(name: str) -> str:
    return name if "@" in name else f"{name}@organisation.example"


def step(key: str, *approvers: str, **more: Any) -> dict[str, Any]:
    return {"key": key, "title": {"en": key.title(), "pl": f"Krok {key}"}, "approvers": list(approvers)} | more


FIELDS = (
    Field("what", "text", Text("What?", "Co?"), required=True),
    Field("total", "money", Text("Cost", "Koszt")),
    Field("budgeted", "bool", Text("In the budget", "W budżecie"), default=True),
    Field("owner", "user", Text("Owner", "Właściciel")),
    Field("terms", "longtext", Text("Terms", "Warunki"), sensitive=True),
    Field("centre", "text", Text("Cost centre", "Centrum kosztów")),
    Field(
        "lines",
        "lines",
        Text("Things", "Rzeczy"),
        columns=(
            Field("item", "text", Text("Thing", "Rzecz"), required=True),
            Field("quantity", "int", Text("Number", "Liczba"), required=True),
            Field("price", "money", Text("Price", "Cena"), required=True),
        ),
    ),
)


@dataclass
class Company:
    """An installation in which people approve; names stand for addresses."""

    house: House

    def offer(self, *steps: Mapping[str, Any], key: str = "purchase", **section: Any) -> None:
        """Let people ask for a purchase that needs these steps."""
        sections = {"approvals": {"steps": list(steps)} | section}
        texts = Text(key.title(), key.title()), Text("Buy it.", "Kup to.")
        wanted = RequestType(key, "plain", *texts, fields=FIELDS, subject=Text("{what}", "{what}"), sections=sections)
        with self.house.app.app_context():
            create(wanted, "adam@organisation.example")
            refresh()

    def ask(self, key: str = "purchase", by: str = "requester", **answers: Any) -> str:
        """Ask for a purchase, let the worker begin, and return its number."""
        with clock.at(MONDAY):
            number = opened_ticket(self.house, key, {"what": "A desk"} | answers, desk="plain", by=by).number
            delivered(self.house)
        return number

    def ticket(self, number: str) -> TicketView:
        with self.house.app.app_context(), acting_as(SYSTEM):
            return ticket_view(find_ticket(number))

    def decisions(self, number: str) -> list[Decision]:
        """Return what is asked or was decided about a ticket, in order."""
        with self.house.app.app_context(), acting_as(SYSTEM) as session:
            wanted = select(Decision).join(Round, Round.id == Decision.round_id).where(Round.number == number)
            return list(session.scalars(wanted.order_by(Decision.id)))

    def pending(self, number: str) -> list[str]:
        """Return the names of those who are asked now."""
        return sorted(one.decider.partition("@")[0] for one in self.decisions(number) if one.state == "pending")

    def case(self, number: str, name: str) -> Decision:
        """Return what somebody is asked now."""
        mine = (
            one
            for one in self.decisions(number)
            if one.state == "pending" and mail(name) in (one.approver, one.decider)
        )
        return next(mine)

    @contextmanager
    def as_(self, name: str) -> Iterator[None]:
        """Act as somebody in the portal."""
        with self.house.app.test_request_context():
            person = find_person(mail(name))
            assert person is not None
            with acting_as(Viewer(person.id, "portal")):
                yield

    def decide(self, name: str, number: str, act: Callable[..., None], *more: Any) -> None:
        """Let somebody do something with what that person is asked."""
        case = self.case(number, name)
        with self.as_(name):
            act(case.token, case.version, *more)

    def timeline(self, number: str) -> list[str]:
        """Return what plugins said on a ticket's timeline, in English."""
        from deskcore.tickets.models import Ticket, TicketEvent

        with self.house.app.app_context(), acting_as(SYSTEM) as session:
            wanted = select(TicketEvent.data).join(Ticket, Ticket.id == TicketEvent.ticket_id)
            rows = session.scalars(
                wanted.where(Ticket.number == number, TicketEvent.kind == "plugin_said").order_by(TicketEvent.seq)
            )
            return [row["text"]["en"] for row in rows]

    def participants(self, number: str) -> list[str]:
        """Return the names of those who take part as approvers."""
        from deskcore.tickets.pages import participants

        with self.house.app.app_context(), acting_as(SYSTEM):
            return [
                person.email.partition("@")[0]
                for role, person in participants(find_ticket(number))
                if role == "approver"
            ]

    def leave(self, name: str) -> None:
        with self.house.app.app_context(), acting_as(SYSTEM):
            person = find_person(mail(name))
            assert person is not None
            deactivate(person)

    def work(self) -> None:
        """Do what is due."""
        delivered(self.house)

    def watch(self, at: datetime | None = None) -> None:
        """Let the plugin look at all approvals, at a moment."""
        from deskcore.testing.outbox import run_job

        with clock.at(at or MONDAY):
            run_job(self.house, "approvals_watch", {})


@pytest.fixture
def company(house: House) -> Company:
    with house.app.app_context(), acting_as(SYSTEM):
        for name in LINE:
            create_person(mail(name), name.title())
        above: Sequence[str] = (*LINE[1:], "")
        with unit_of_work():
            for name, manager in zip(("rita", *LINE), (LINE[0], *above), strict=True):
                person, leader = find_person(mail(name)), find_person(mail(manager)) if manager else None
                assert person is not None
                person.manager_id = leader.id if leader else None
        db.session.remove()
    return Company(house)


def later(**time: int) -> datetime:
    return MONDAY + timedelta(**time)

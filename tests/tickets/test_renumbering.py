"""A ticket that goes to a confidential desk gets another number, and repeats lead to it whoever may know it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from deskcore.desks.models import DeskRow, NumberSeries
from deskcore.fsck import check_all
from deskcore.people.models import Person
from deskcore.runtime import runtime
from deskcore.tickets import services
from deskcore.tickets.opening import NewTicket, open_ticket
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as, unit_of_work

Act = Callable[..., Any]
Named = Callable[[str], Person]


@pytest.fixture
def secret(app_context: Flask) -> str:
    """Add a confidential desk and return its key."""
    catalogue = runtime().catalogue
    values = {"key": "hr", "prefix": "HR", "confidential": True}
    with acting_as(SYSTEM), unit_of_work() as session:
        columns = {column.key for column in DeskRow.__table__.columns} - {*values, "id"}
        it = session.scalars(sa.select(DeskRow).where(DeskRow.key == "it")).one()
        row = DeskRow(**{column: getattr(it, column) for column in columns}, **values)
        session.add_all([row, NumberSeries(prefix="HR")])
        session.flush()
        entry = replace(catalogue.desks["it"], id=row.id, teams=(), **values)
    runtime().catalogue = replace(catalogue, desks={**catalogue.desks, "hr": entry})
    return "hr"


def test_repeats_of_the_requester_lead_to_the_new_number_and_those_of_others_do_not(
    act: Act, person_named: Named, secret: str
) -> None:
    new = NewTicket("it", "incident", "About my boss", "", person_named("anna.kowalska").id, "portal", key="same")
    with act("marek.nowak", "workspace"):
        noted = replace(new, channel="phone")
        first, by_agent = open_ticket(replace(noted, key="other")), open_ticket(noted)
        assert services.escalate(by_agent, secret, "").number.startswith("HR-")
        assert open_ticket(noted) == by_agent
    with act("anna.kowalska"):
        sent = open_ticket(new)
    with act("marek.nowak", "workspace"):
        moved = services.escalate(sent, secret, "").number
    with act("anna.kowalska"):
        assert open_ticket(new) == moved != sent
    with acting_as(SYSTEM) as session:
        assert first
        assert check_all(session).findings == []

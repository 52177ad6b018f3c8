"""What a query finds, on each database, and for each who asks; and what is kept of it as a view."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from deskcore.clock import now
from deskcore.errors import NotAllowed, NotFound
from deskcore.people.models import Person
from deskcore.runtime import runtime
from deskcore.tickets import bulk
from deskcore.tickets.models import Ticket
from deskcore.tickets.opening import NewTicket, open_ticket
from deskcore.tickets.queries import TicketQuery, count_tickets, list_tickets, neighbours
from deskcore.tickets.query_language import Known, parse, understand
from deskcore.tickets.views import NewView, change_view, delete_view, save_view, visible_views
from deskcore.viewer import SYSTEM, current_viewer
from deskcore.work import acting_as, unit_of_work

Act = Callable[..., AbstractContextManager[Any]]


@pytest.fixture
def tickets(act: Act, person_named: Callable[[str], Person]) -> dict[str, str]:
    """Give three tickets by what they are about."""
    found = {}
    for about, who in (("vpn", "anna.kowalska"), ("printer", "anna.kowalska"), ("mouse", "jan.wojcik")):
        person = person_named(who).id
        answers = {"service": "network", "what_happened": about}
        with act(who):
            found[about] = open_ticket(NewTicket("it", "incident", f"The {about}", about, person, "portal", answers))
    values = {
        "vpn": {"priority": 4, "due_at": now().replace(year=2020), "tags": ["vpn"]},
        "printer": {"priority": 1, "due_at": now().replace(year=2090), "tags": []},
        "mouse": {"priority": 2, "tags": []},
    }
    with acting_as(SYSTEM), unit_of_work() as session:
        for about, changed in values.items():
            session.execute(sa.update(Ticket).where(Ticket.number == found[about]).values(changed))
    return found


def asked(text: str, **more: Any) -> TicketQuery:
    catalogue = runtime().catalogue
    desk = catalogue.desk("it")
    known = Known(
        {"it": desk.id},
        frozenset(status.key for status in desk.statuses),
        {"it-incident": (catalogue.request_type("it", "incident").id,)},
        {team.key: (team.id,) for team in desk.teams},
    )
    wanted = understand(parse(text), known).wanted
    return TicketQuery(queue="all", wanted=wanted, zone="Europe/Warsaw", **more)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", "vpn printer mouse"),
        ("desk:it", "vpn printer mouse"),
        ("desk:hr", ""),
        ("-desk:it", ""),
        ("status:new,closed", "vpn printer mouse"),
        ("-status:new", ""),
        ("priority:>=normal", "vpn mouse"),
        ("priority:>normal", "vpn"),
        ("priority:<normal", "printer"),
        ("-priority:urgent,low", "mouse"),
        ("assignee:me", ""),
        ("assignee:none", "vpn printer mouse"),
        ("-assignee:me", "vpn printer mouse"),
        ("-assignee:none", ""),
        ('requester:"Wójcik"', "mouse"),
        ("requester:ANNA.KOWALSKA@meridian.example", "vpn printer"),
        ("service:it-incident", "vpn printer mouse"),
        ("team:none,l1,l2,l3", "vpn printer mouse"),
        ("tag:none", "printer mouse"),
        ("-tag:none", "vpn"),
        ("due:overdue", "vpn"),
        ("due:soon", "vpn"),
        ("due:none", "mouse"),
        ("-due:none", "vpn printer"),
        ("-due:overdue", "printer mouse"),
        ("due:<2w", "vpn"),
        ("due:>2w", "printer"),
        ("due:<today", "vpn"),
        ("due:>=tomorrow", "printer"),
        ("due:>01.01.2050", "printer"),
        ("updated:1h", "vpn printer mouse"),
        ("updated:>1h", ""),
        ("created:today", "vpn printer mouse"),
        ("created:<=yesterday", ""),
        ("is:unsolved", "vpn printer mouse"),
        ("is:solved", ""),
        ("-is:solved PRINTER", "printer"),
        ("-printer", "vpn mouse"),
        ("the mouse", "mouse"),
        ('"the vpn"', "vpn"),
        ("100%", ""),
        ("_", ""),
        ("\\", ""),
    ],
)
def test_a_query_finds_what_it_says(
    act: Act, person_named: Any, tickets: dict[str, str], text: str, found: str
) -> None:
    marek = person_named("marek.nowak").id
    with act("marek.nowak", "workspace"):
        rows = list_tickets(asked(text), marek).rows
        assert {row.number for row in rows} == {tickets[about] for about in found.split()}
        assert count_tickets({"it": asked(text)}, marek) == {"it": len(rows)}


def test_nobody_finds_more_than_they_may_see(act: Act, person_named: Any, tickets: dict[str, str]) -> None:
    for text in ("", "desk:it", "-desk:hr", "-tag:none", f"{tickets['vpn']}", "-assignee:me"):
        with act("kasia.dabrowska", "workspace"):
            assert list_tickets(asked(text), person_named("kasia.dabrowska").id).rows == []


def test_neighbours_stand_in_the_order_of_the_query(act: Act, person_named: Any, tickets: dict[str, str]) -> None:
    marek = person_named("marek.nowak").id
    with act("marek.nowak", "workspace") as session:
        middle = session.scalars(sa.select(Ticket).where(Ticket.number == tickets["mouse"])).one()
        found = neighbours(asked("is:unsolved", sort="-priority"), marek, middle.priority, middle.id)
        assert found == (tickets["vpn"], tickets["printer"])
        assert neighbours(asked("tag:none", sort="-priority"), marek, middle.priority, middle.id) == (
            "",
            tickets["printer"],
        )


def test_a_plan_is_carried_out_once_and_then_finds_nothing_to_do(
    act: Act, person_named: Any, tickets: dict[str, str]
) -> None:
    marek = person_named("marek.nowak").id
    wish = bulk.wish(None, "", "high", "", "")
    with act("marek.nowak", "workspace"):
        plan = bulk.plan_all(wish, asked("is:unsolved"), marek)
        assert [each.number for each in plan.changed] == list(tickets.values())
        outcome = bulk.carry_out(wish, {each.number: each.version for each in plan.changed})
        assert (outcome.done, outcome.skipped, outcome.already) == (list(tickets.values()), [], 0)
        again = bulk.plan_all(wish, asked("is:unsolved"), marek)
        assert (len(again.changed), {each.already for each in again.skipped}) == (0, {True})
        stale = bulk.carry_out(bulk.wish(None, "", "low", "", ""), {tickets["vpn"]: 1})
        assert [number for number, _reason in stale.skipped] == [tickets["vpn"]]


def test_a_view_is_found_by_those_it_is_shared_with(app: Flask, act: Act, person_named: Any) -> None:
    desk = runtime().catalogue.desk("it").id
    with act("ola.mazur", "workspace"):
        key = save_view(NewView("Ours", "dział:it  etykieta:vpn", "-updated", sharing="desk", desk_id=desk))
        (view,) = visible_views(person_named("ola.mazur").id, [desk])
        assert (view.key, view.query, view.mine) == (key, "desk:it tag:vpn", True)
    with act("marek.nowak", "workspace"):
        assert [one.name for one in visible_views(person_named("marek.nowak").id, [desk])] == ["Ours"]
        with pytest.raises(NotAllowed):
            delete_view(key)
        with pytest.raises(NotAllowed):
            save_view(NewView("Ours", "", "-updated", sharing="desk", desk_id=desk))
    with act("kasia.dabrowska", "workspace"):
        assert visible_views(person_named("kasia.dabrowska").id, current_viewer().desk_roles) == []
        with pytest.raises(NotFound):
            change_view(key, NewView("Mine now", "", "-updated"), 1)

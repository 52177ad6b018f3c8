"""What a query finds, on each database, and for each who asks; and what is kept of it as a view."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from deskcore.clock import now
from deskcore.errors import NotAllowed, NotFound
from deskcore.people.models import Person
from deskcore.people.services import create_person
from deskcore.runtime import runtime
from deskcore.tickets import bulk
from deskcore.tickets.answered import count_answered
from deskcore.tickets.lists import count_tickets, list_tickets, neighbours
from deskcore.tickets.models import NO_DUE, Ticket
from deskcore.tickets.opening import NewTicket, open_ticket
from deskcore.tickets.queries import TicketQuery
from deskcore.tickets.query_language import AnswerFilter, Known, parse, understand
from deskcore.tickets.views import NewView, change_view, delete_view, save_view, visible_views
from deskcore.viewer import SYSTEM, current_viewer
from deskcore.work import acting_as, unit_of_work

Act = Callable[..., AbstractContextManager[Any]]

IMPACT = "x.it_desk.impact:site"
IMPACTS = ("me", "team", "site", "company")


@pytest.fixture
def tickets(act: Act, person_named: Callable[[str], Person]) -> dict[str, str]:
    """Give three tickets by what they are about."""
    found = {}
    for about, who in (("vpn", "anna.kowalska"), ("printer", "anna.kowalska"), ("mouse", "jan.wojcik")):
        person = person_named(who).id
        impact = {"affected": "site"} if about == "vpn" else {"affected": "team"} if about == "printer" else {}
        answers = {"service": "network", "what_happened": about, **impact}
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
        {"x.it_desk.impact": AnswerFilter("affected", (catalogue.request_type("it", "incident").id,), IMPACTS)},
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
        ("x.it_desk.impact:site", "vpn"),
        ("X.IT_Desk.Impact:SITE,team", "vpn printer"),
        ("-x.it_desk.impact:site", "printer mouse"),
        ("x.it_desk.impact:company", ""),
        ("x.it_desk.impact:planet", "vpn printer mouse"),
        ("x.it_desk.impact:planet,team", "printer"),
        ("x.gone.impact:site", "vpn printer mouse"),
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
    for text in ("", "desk:it", "-desk:hr", "-tag:none", f"{tickets['vpn']}", "-assignee:me", IMPACT, f"-{IMPACT}"):
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


def test_a_moment_in_an_address_and_one_in_words_do_not_take_each_others_value(
    act: Act, tickets: dict[str, str]
) -> None:
    """They make the same statement, which is kept and run again with the values of either."""
    since = TicketQuery(queue="all", updated_since=now() - timedelta(days=1))
    with act("marek.nowak", "workspace"):
        for query in (since, asked("updated:>=2020-01-01"), since):
            assert len(list_tickets(query, current_viewer().person_id).rows) == len(tickets)


@pytest.mark.parametrize("database", ["sqlite"])
def test_polish_capitals_are_found_by_small_letters(act: Act, person_named: Callable[[str], Person]) -> None:
    """On PostgreSQL the database's locale decides."""
    person = create_person("lukasz.zak@meridian.example", "Łukasz Żak", None)
    with act("marek.nowak", "workspace"):
        number = open_ticket(NewTicket("it", "question", "ŻÓŁTA lampka", "x", person.id, "phone", {}))
        for text in ("requester:łukasz", "żółta", "requester:ŻAK"):
            assert [row.number for row in list_tickets(asked(text), None).rows] == [number], text
        assert list_tickets(asked("-requester:łukasz"), None).rows == []


def test_only_tickets_with_an_answer_count_as_answering_a_field(tickets: dict[str, str]) -> None:
    incident = runtime().catalogue.request_type("it", "incident").id
    assert (count_answered(incident, "affected"), count_answered(incident, "service")) == (2, 3)
    assert count_answered(incident, "since") == 0


def test_tickets_without_a_due_time_stand_at_the_same_place_in_every_process() -> None:
    assert datetime(9999, 1, 1, tzinfo=UTC) == NO_DUE

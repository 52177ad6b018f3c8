"""What happens while the plugin is off is made good when it is back: nobody waits, or is asked, for ever."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from deskcore_approvals import deciding
from deskcore_approvals.models import Round
from sqlalchemy import select

from deskcore.testing.switches import plugin_enabled
from deskcore.tickets import services
from deskcore.tickets.loading import find_ticket
from deskcore.tickets.models import Ticket
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as, unit_of_work

from .conftest import Company, mail, step


@pytest.fixture
def number(company: Company) -> str:
    company.offer(step("manager", "manager"))
    return company.ask()


@contextmanager
def off(company: Company) -> Iterator[None]:
    """Switch the plugin off; what happens in the block, it is never told."""
    with plugin_enabled(company.house.app, "approvals", False):
        yield
        company.work()


def let_go(company: Company, number: str) -> None:
    lead = company.house.as_user("lead")
    assert lead.post(f"/agent/tickets/{number}/release", data={"reason": "Maria agreed."}).status_code == 302


def rounds(company: Company) -> list[str]:
    with company.house.app.app_context(), acting_as(SYSTEM) as session:
        return list(session.scalars(select(Round.state).order_by(Round.id)))


def test_an_approval_ends_with_a_ticket_that_the_lead_let_go(company: Company, number: str) -> None:
    with off(company):
        let_go(company, number)
    assert rounds(company) == ["running"]
    agent = company.house.as_user("agent")
    assert "Maria decides" not in agent.get(f"/agent/tickets/{number}").text
    company.watch()
    assert (rounds(company), company.pending(number)) == (["cancelled"], [])
    assert company.ticket(number).status_category == "open"


def test_whoever_was_asked_about_a_withdrawn_request_takes_no_part_any_more(company: Company, number: str) -> None:
    with off(company), company.as_("rita"):
        services.withdraw(number)
    assert company.participants(number) == ["maria"]
    company.watch()
    assert (rounds(company), company.participants(number)) == (["cancelled"], [])


def test_what_was_opened_again_is_asked_about_again(company: Company, number: str) -> None:
    company.decide("maria", number, deciding.reject, "No.")
    with off(company), company.as_("rita"):
        services.reopen(number)
    company.watch()
    assert (rounds(company), company.pending(number)) == (["rejected", "running"], ["maria"])


def test_a_number_that_changed_is_followed(company: Company, number: str) -> None:
    with company.house.app.app_context(), acting_as(SYSTEM), unit_of_work() as session:
        ticket = session.get(Ticket, find_ticket(number).id)
        assert ticket is not None
        ticket.number = "PLAIN-K3QF"
    company.watch()
    company.decide("maria", "PLAIN-K3QF", deciding.approve)
    assert company.ticket("PLAIN-K3QF").status_category == "open"


def test_a_watch_leaves_what_waits_as_it_is(company: Company, number: str) -> None:
    before, said = [vars(one) for one in company.decisions(number)], company.timeline(number)
    company.watch()
    after = [vars(one) for one in company.decisions(number)]
    assert [{key: each[key] for key in each if key[0] != "_"} for each in after] == [
        {key: each[key] for key in each if key[0] != "_"} for each in before
    ]
    assert company.timeline(number) == said
    assert mail("maria") == after[0]["decider"]

"""What pages cost: each asks the database little, and as much for many policies, calendars and tickets as for few."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from deskcore_sla_policies import rules, what_if

from deskcore import clock
from deskcore.testing.sql import Statements
from plugins.sla_policies.tests.conftest import Desk, later, policy

Budget = Callable[[int], AbstractContextManager[Statements]]
#: Statements that each page may take, sign-in, rights and the menu included.
PAGES = {
    "/x/sla_policies/policies": 13,
    "/x/sla_policies/policies/new": 16,
    "/x/sla_policies/policies/plain": 16,
    "/x/sla_policies/calendars": 8,
    "/x/sla_policies/calendars/new": 8,
    "/x/sla_policies/calendars/office": 8,
    "/x/sla_policies/simulator": 16,
    "/x/sla_policies/what-if": 10,
    "/x/sla_policies/what-if/TOKEN": 8,
}


@pytest.fixture
def token(plain: Desk) -> str:
    """Give a trial that has been counted."""
    number = plain.open()
    plain.reply(number, later(hours=2))
    with plain.as_("admin", "portal"):
        found = what_if.begin("", 50, [("One", rules.ruleset())])
    plain.watch(later(hours=3))
    return found


@pytest.mark.parametrize("page", PAGES)
def test_a_page_of_the_administration_asks_little(plain: Desk, token: str, query_budget: Budget, page: str) -> None:
    admin, address = plain.house.as_user("admin"), page.replace("TOKEN", token)
    admin.get(address)
    with query_budget(PAGES[page]) as few:
        assert admin.get(address).status_code == 200
    plain.promise(*(policy(f"policy-{number}") for number in range(6)), policy())
    admin.get(address)
    with query_budget(PAGES[page]) as many:
        assert admin.get(address).status_code == 200
    assert len(many) == len(few)


@pytest.mark.parametrize(
    "address", ["/agent/tickets/{}", "/agent/tickets/{}/sla", "/agent/tickets?queue=open", "/reports"]
)
def test_a_page_of_the_workspace_keeps_to_twenty_statements_with_clocks_on_it(
    plain: Desk, token: str, query_budget: Budget, address: str
) -> None:
    number = plain.open(later(hours=1))
    for hours in range(2, 8):
        plain.reply(number, later(hours=hours), by=("agent", "requester")[hours % 2])
    agent = plain.house.as_user("agent")
    with clock.at(later(hours=9)):
        agent.get(address.format(number))
        with query_budget(20):
            assert agent.get(address.format(number)).status_code == 200

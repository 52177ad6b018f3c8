"""Beside the form stands who will be asked, as far as it can be told before it is filled."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date

from deskcore_approvals import delegations, watching

from deskcore import clock
from deskcore.testing.switches import plugin_enabled

from .conftest import MONDAY, Company, mail, step

Budget = Callable[[int], AbstractContextManager[None]]


def beside(company: Company, who: str = "requester", language: str = "en") -> list[str]:
    """Return what stands beside the form, a line for each step of what happens next."""
    client = company.house.as_user(who)
    with clock.at(MONDAY):
        page = client.get("/services/plain-purchase", headers={"Accept-Language": language}).text
    part = page.partition('class="vsteps')[2].partition("</ol>")[0]
    lines = [re.sub(r"<[^>]+>", "", each.replace("<br>", ": ")) for each in part.split("<li")[1:]]
    return [html.unescape(each.partition(">")[2]) for each in lines]


def test_everybody_who_can_be_told_is_named_with_the_condition(company: Company, query_budget: Budget) -> None:
    company.offer(
        step("manager", "manager"),
        step("budget", "cost_centre:centre", above={"PLN": "2000", "EUR": "450.50"}),
        step("board", f"person:{mail('cezary')}", above={"PLN": "20000"}),
        step("owner", "field:owner", when={"field": "owner", "answered": True}),
        step("team", "desk:plain:agent", when={"field": "budgeted", "values": [False]}),
        step("nobody", "setting:nothing.there", when={"field": "what", "values": ["Software", "A desk"]}),
        amount="total",
    )
    beside(company)
    with query_budget(20):
        lines = beside(company)
    assert lines[1:-3] == [
        "Manager approves: Maria",
        "Budget approves: depends on “Cost centre” · above 2,000\u00a0PLN, 450.50\u00a0EUR",
        "Board approves: Cezary · above 20,000\u00a0PLN",
        "Owner approves: if “Owner” is filled in",
        "Team approves: Agata Agent · if “In the budget” is: no",
        "Nobody approves: Leon Lead · if “What?” is: Software, A desk",
    ]


def test_it_is_said_in_polish_too(company: Company) -> None:
    company.offer(step("manager", "manager", above={"PLN": "2000"}), amount="total")
    assert "Akceptuje: Krok manager: Maria · powyżej 2\u00a0000\u00a0PLN" in beside(company, language="pl")


def test_nobody_is_named_who_would_not_be_asked(company: Company) -> None:
    company.offer(step("manager", "manager"), step("board", f"person:{mail('rita')}"))
    with clock.at(MONDAY), company.as_("maria"):
        delegations.delegate(mail("maria"), mail("dorota"), date(2026, 11, 23), date(2026, 11, 23))
        watching.cover(mail("maria"))
    assert beside(company)[1:3] == ["Manager approves: Dorota", "Board approves: Dorota"]
    assert beside(company, "other_requester")[1:3] == ["Manager approves: Leon Lead", "Board approves: Rita Requester"]


def test_with_the_plugin_off_nobody_is_promised(company: Company) -> None:
    company.offer(step("manager", "manager"), required=False)
    with plugin_enabled(company.house.app, "approvals", False):
        assert not [line for line in beside(company) if "approves" in line]

"""So many people are so many people: a number is never met by fewer, whoever is missing, away, or standing in."""

from __future__ import annotations

from datetime import date

import pytest
from deskcore_approvals import deciding, delegations, watching

from deskcore import clock
from deskcore.people.services import find_person, grant, revoke
from deskcore.plugin import NotAllowed
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as

from .conftest import MONDAY, Company, mail, step

BOARD = tuple(f"person:{mail(name)}" for name in ("maria", "dorota"))


def lead(company: Company, name: str, *, leads: bool) -> None:
    with company.house.app.app_context(), acting_as(SYSTEM):
        person = find_person(mail(name))
        assert person is not None
        if leads:
            grant(person, "plain", "lead")
        else:
            revoke(person, "plain")


def approve(company: Company, name: str, number: str) -> None:
    with clock.at(MONDAY):
        company.decide(name, number, deciding.approve)


def test_where_one_of_two_is_found_the_lead_is_the_other(company: Company) -> None:
    company.offer(step("board", BOARD[0], "field:owner", need=2))
    number = company.ask()
    assert company.pending(number) == ["leon", "maria"]
    assert "Too few people were found for the step “Board”, so the lead of the desk or a manager is asked, too" in (
        company.timeline(number)
    )
    approve(company, "maria", number)
    assert company.ticket(number).status_category == "waiting_approval"
    approve(company, "leon", number)
    assert company.ticket(number).status_category == "open"


def test_without_a_lead_those_above_are_asked(company: Company) -> None:
    lead(company, "leon", leads=False)
    company.offer(step("board", BOARD[0], need=3))
    assert company.pending(company.ask()) == ["cezary", "dorota", "maria"]


def test_where_there_are_not_enough_people_it_waits_and_says_so_until_there_are(company: Company) -> None:
    lead(company, "leon", leads=False)
    for name in ("maria", "dorota"):
        company.leave(name)
    company.offer(step("board", f"person:{mail('cezary')}", need=2))
    number = company.ask()
    assert "The step “Board” waits: people needed 2, people who can be asked 1" in company.timeline(number)
    page = company.house.as_user("agent").get(f"/agent/tickets/{number}").text
    assert "give the desk another lead" in page
    assert "give the desk another lead" not in company.house.as_user("requester").get(f"/requests/{number}").text
    approve(company, "cezary", number)
    company.watch()
    assert (company.ticket(number).status_category, company.pending(number)) == ("waiting_approval", [])
    lead(company, "leon", leads=True)
    company.watch()
    company.watch()
    assert company.pending(number) == ["leon"]
    assert len([said for said in company.timeline(number) if "people needed" in said]) == 1
    approve(company, "leon", number)
    assert company.ticket(number).status_category == "open"


def test_a_no_of_the_only_one_who_is_there_is_a_no(company: Company) -> None:
    lead(company, "leon", leads=False)
    for name in ("maria", "dorota"):
        company.leave(name)
    company.offer(step("board", f"person:{mail('cezary')}", need=2))
    number = company.ask()
    company.decide("cezary", number, deciding.reject, "No.")
    assert company.ticket(number).status_category == "resolved"


def test_whoever_stands_in_for_another_member_counts_once(company: Company) -> None:
    company.offer(step("board", *BOARD, need=2))
    number = company.ask()
    with clock.at(MONDAY), company.as_("maria"):
        delegations.delegate(mail("maria"), mail("dorota"), date(2026, 11, 23), date(2026, 11, 23))
        watching.cover(mail("maria"))
    assert company.pending(number) == ["dorota", "dorota"]
    marias = next(one for one in company.decisions(number) if one.approver == mail("maria"))
    with company.as_("dorota"), clock.at(MONDAY):
        deciding.approve(marias.token, marias.version)
    assert company.ticket(number).status_category == "waiting_approval"
    assert company.pending(number) == ["cezary"]
    rest = company.case(number, "cezary")
    with company.as_("dorota"), pytest.raises(NotAllowed):
        deciding.approve(rest.token, rest.version)
    approve(company, "cezary", number)
    assert company.ticket(number).status_category == "open"


def test_where_all_are_needed_an_entry_that_means_nobody_means_the_lead(company: Company) -> None:
    company.offer(step("owners", "cost_centre:centre", "field:owner", need="all"))
    number = company.ask(owner=mail("dorota"), centre="unknown")
    assert company.pending(number) == ["dorota", "leon"]

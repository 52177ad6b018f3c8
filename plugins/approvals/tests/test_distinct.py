"""What two people have to be sure of: nobody decides twice, and nobody who is shut out of a ticket decides at all."""

from __future__ import annotations

from datetime import date

import pytest
from deskcore_approvals import deciding, delegations, watching

from deskcore import clock
from deskcore.people.services import find_person
from deskcore.plugin import NotAllowed, Refused
from deskcore.testing.outbox import delivered
from deskcore.testing.tickets import opened_ticket
from deskcore.tickets.loading import find_ticket
from deskcore.tickets.models import TicketExclusion
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as, unit_of_work

from .conftest import MONDAY, Company, later, mail, step

TODAY = date(2026, 11, 23)
CALL, SECOND = step("call", "desk:plain:agent", need="any"), step("second", "desk:plain:lead", need="any")


def away(company: Company, name: str, to: str) -> None:
    with clock.at(MONDAY), company.as_(name):
        delegations.delegate(mail(name), mail(to), TODAY, TODAY)
        watching.cover(mail(name))


def approve(company: Company, name: str, number: str) -> None:
    with clock.at(MONDAY):
        company.decide(name, number, deciding.approve)


def test_a_decision_is_not_handed_over_to_somebody_who_has_decided(company: Company) -> None:
    company.offer(CALL, SECOND, distinct=True)
    number = company.ask()
    approve(company, "agata", number)
    with pytest.raises(Refused) as refused:
        company.decide("leon", number, deciding.hand_over, mail("agata"))
    assert [problem.field for problem in refused.value.problems] == ["delegate"]
    assert company.pending(number) == ["leon"]
    approve(company, "leon", number)
    assert company.ticket(number).status_category == "open"


@pytest.mark.parametrize("first", [True, False])
def test_nobody_stands_in_who_has_decided(company: Company, first: bool) -> None:
    company.offer(CALL, SECOND, distinct=True)
    if first:
        away(company, "leon", "agata")
    number = company.ask()
    approve(company, "agata", number)
    if not first:
        away(company, "leon", "agata")
    assert company.pending(number) == ["leon"]


def test_the_lead_who_was_asked_for_want_of_others_is_not_asked_again(company: Company) -> None:
    company.offer(step("call", "field:owner"), SECOND, distinct=True)
    number = company.ask()
    approve(company, "leon", number)
    assert company.pending(number) == ["maria"]


def test_time_does_not_bring_it_back(company: Company) -> None:
    company.offer(step("first", f"person:{mail('dorota')}"), step("second", "manager"), distinct=True)
    number = company.ask()
    approve(company, "dorota", number)
    company.watch(later(hours=17))
    assert company.pending(number) == ["cezary"]


def test_of_what_runs_side_by_side_one_person_decides_one(company: Company) -> None:
    steps = [step(f"s{place}", f"person:{mail('maria')}", group="a") for place in range(2)]
    company.offer(*steps, distinct=True)
    number = company.ask()
    second = company.decisions(number)[1]
    approve(company, "maria", number)
    assert company.pending(number) == ["dorota"]
    with company.as_("maria"), pytest.raises(NotAllowed):
        deciding.approve(second.token, second.version + 1)
    approve(company, "dorota", number)
    assert company.ticket(number).status_category == "open"


def test_where_nobody_else_is_left_it_waits(company: Company) -> None:
    steps = [step(f"s{place}", f"person:{mail('maria')}", group="a") for place in range(2)]
    company.offer(*steps, distinct=True)
    number = company.ask()
    for name in ("dorota", "cezary", "leon"):
        company.leave(name)
    approve(company, "maria", number)
    with pytest.raises(NotAllowed):
        company.decide("maria", number, deciding.approve)
    token = company.case(number, "maria").token
    assert "Reject" not in company.house.as_user(mail("maria")).get(f"/approvals/{token}").text
    assert company.ticket(number).status_category == "waiting_approval"


def test_without_the_word_one_person_may_decide_in_two_steps(company: Company) -> None:
    company.offer(step("first", "manager"), step("second", f"person:{mail('maria')}"))
    number = company.ask()
    approve(company, "maria", number)
    approve(company, "maria", number)
    assert company.ticket(number).status_category == "open"


def test_somebody_who_is_shut_out_is_never_asked(company: Company) -> None:
    company.offer(step("only", "manager"))
    number = opened_ticket(company.house, "purchase", {"what": "A desk"}, desk="plain").number
    with company.house.app.app_context(), acting_as(SYSTEM), unit_of_work() as session:
        maria = find_person(mail("maria"))
        assert maria is not None
        session.add(TicketExclusion(ticket_id=find_ticket(number).id, person_id=maria.id))
    delivered(company.house)
    assert (company.pending(number), company.participants(number)) == (["dorota"], ["dorota"])
    with pytest.raises(Refused):
        company.decide("dorota", number, deciding.hand_over, mail("maria"))
    away(company, "dorota", "maria")
    assert (company.pending(number), company.participants(number)) == (["leon"], ["dorota", "leon"])

"""Who is asked: never the requester, never somebody who left, and whoever stands in for somebody who is away."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from deskcore_approvals import cost_centres, deciding, delegations, watching
from deskcore_approvals.links import decision_link

from deskcore import clock
from deskcore.desks.administration import add_desk
from deskcore.desks.services import refresh
from deskcore.people.services import find_person, grant, join_team, revoke
from deskcore.plugin import NotAllowed, NotFound, Refused
from deskcore.tickets.desk_removal import remove_desk
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as, unit_of_work

from .conftest import MONDAY, Company, later, mail, step

TODAY = date(2026, 11, 23)


def away(company: Company, name: str, to: str, first: date = TODAY, last: date = TODAY) -> None:
    with clock.at(MONDAY), company.as_(name):
        delegations.delegate(mail(name), mail(to), first, last)
        watching.cover(mail(name))


def lives_in(company: Company, name: str, zone: str) -> None:
    with company.house.app.app_context(), acting_as(SYSTEM), unit_of_work():
        person = find_person(mail(name))
        assert person is not None
        person.time_zone = zone


def asked(company: Company, *approvers: str, **answers: object) -> list[str]:
    company.offer(step("only", *approvers))
    return company.pending(company.ask(**answers))


FOUND = {
    "manager": ["maria"],
    "managers_manager": ["dorota"],
    f"person:{mail('cezary')}": ["cezary"],
    "desk:plain:lead": ["leon"],
    "desk:plain:agent": ["agata"],
    "team:plain/l1": ["agata", "leon"],
    "field:owner": ["dorota"],
    "field:owner:manager": ["cezary"],
    "cost_centre:centre": ["dorota"],
}


def test_everybody_is_found(company: Company) -> None:
    with company.house.app.app_context(), acting_as(SYSTEM):
        cost_centres.save("cc-7", "Sales", mail("dorota"))
    steps = [step(f"s{place}", approver, group="all") for place, approver in enumerate(FOUND)]
    company.offer(*steps)
    decisions = company.decisions(company.ask(owner=mail("dorota"), centre="CC-7"))
    for place, names in enumerate(FOUND.values()):
        assert sorted(one.decider for one in decisions if one.step == f"s{place}") == [mail(name) for name in names]


@pytest.mark.parametrize("approver", ["field:owner", f"person:{mail('rita')}"])
def test_where_only_the_requester_is_meant_the_manager_is_asked(company: Company, approver: str) -> None:
    assert asked(company, approver, owner=mail("rita")) == ["maria"]


def test_among_several_the_requester_is_left_out(company: Company) -> None:
    with company.house.app.app_context(), acting_as(SYSTEM):
        rita = find_person(mail("rita"))
        assert rita
        join_team(rita, "plain", "l1")
    assert asked(company, "team:plain/l1") == ["agata", "leon"]


def test_where_nobody_is_found_the_lead_of_the_desk_is_asked(company: Company) -> None:
    nobody = ("field:owner", "cost_centre:centre", "setting:nothing.there", "team:plain/none")
    company.offer(*(step(f"s{place}", approver, group="all") for place, approver in enumerate(nobody)))
    number = company.ask()
    assert company.pending(number) == ["leon"] * 4
    assert "Nobody was found for the step “S0”, so it waits for the lead of the desk" in company.timeline(number)


def test_a_desk_without_a_lead_gets_one_and_goes_on(company: Company) -> None:
    with company.house.app.app_context(), acting_as(SYSTEM):
        leon = find_person(mail("leon"))
        assert leon
        revoke(leon, "plain")
    for name in ("maria", "dorota", "cezary"):
        company.leave(name)
    company.offer(step("only", "manager"))
    number = company.ask()
    assert (company.pending(number), company.ticket(number).status_category) == ([], "waiting_approval")
    with company.house.app.app_context(), acting_as(SYSTEM):
        leon = find_person(mail("leon"))
        assert leon
        grant(leon, "plain", "lead")
    company.watch()
    assert company.pending(number) == ["leon"]


def test_somebody_who_left_is_followed_by_the_one_above(company: Company) -> None:
    company.offer(step("manager", "manager"))
    number = company.ask()
    company.leave("maria")
    company.watch()
    assert (company.pending(number), company.participants(number)) == (["dorota"], ["dorota"])
    assert company.pending(company.ask()) == ["dorota"]


def test_a_delegation_holds_for_what_waits_already(company: Company) -> None:
    company.offer(step("manager", "manager"))
    number = company.ask()
    away(company, "maria", "cezary")
    assert company.pending(number) == ["cezary"]
    assert company.participants(number) == ["cezary", "maria"]
    with clock.at(MONDAY):
        company.decide("cezary", number, deciding.approve)
    assert "Cezary approved in place of Maria (Manager)" in company.timeline(number)


def test_a_delegation_that_begins_tomorrow_begins_tomorrow_and_ends(company: Company) -> None:
    company.offer(step("manager", "manager", timeout_hours=500))
    number = company.ask()
    away(company, "maria", "cezary", TODAY + timedelta(1), TODAY + timedelta(2))
    assert company.pending(number) == ["maria"]
    company.watch(later(days=1))
    assert company.pending(number) == ["cezary"]
    company.watch(later(days=3))
    assert (company.pending(number), company.participants(number)) == (["maria"], ["maria"])


def test_a_day_begins_and_ends_where_whoever_is_away_lives(company: Company) -> None:
    company.offer(step("manager", "manager", timeout_hours=500))
    number = company.ask()
    away(company, "maria", "cezary", TODAY + timedelta(1), TODAY + timedelta(1))
    midnight = MONDAY.replace(hour=23, minute=0)  # in Warsaw, where the organisation is
    company.watch(midnight - timedelta(minutes=1))
    assert company.pending(number) == ["maria"]
    company.watch(midnight)
    assert company.pending(number) == ["cezary"]
    lives_in(company, "maria", "America/New_York")
    company.watch(midnight)
    assert company.pending(number) == ["maria"]
    company.watch(midnight + timedelta(hours=6))
    assert company.pending(number) == ["cezary"]
    company.watch(midnight + timedelta(hours=29))
    assert company.pending(number) == ["cezary"]
    company.watch(midnight + timedelta(hours=30))
    assert company.pending(number) == ["maria"]


def test_a_last_day_is_compared_with_the_day_where_whoever_is_away_lives(company: Company) -> None:
    yesterday = TODAY - timedelta(1)
    lives_in(company, "maria", "Pacific/Honolulu")
    with clock.at(MONDAY), company.as_("maria"):
        delegations.delegate(mail("maria"), mail("dorota"), yesterday, yesterday)
        assert [row.delegate for row in delegations.delegations_of(mail("maria"))] == [mail("dorota")]
    with clock.at(later(hours=2)), company.as_("maria"):
        assert delegations.delegations_of(mail("maria")) == []


def test_a_delegation_goes_on_from_one_to_the_next(company: Company) -> None:
    company.offer(step("manager", "manager"))
    number = company.ask()
    away(company, "dorota", "cezary")
    away(company, "maria", "dorota")
    assert company.pending(number) == ["cezary"]


@pytest.mark.parametrize("circle", [("maria", "dorota", "maria"), ("maria", "rita"), ("maria", "dorota", "rita")])
def test_delegations_in_a_circle_or_to_the_requester_end_with_the_lead(
    company: Company, circle: tuple[str, ...]
) -> None:
    company.offer(step("manager", "manager"))
    number = company.ask()
    for one, other in pairwise(circle):
        away(company, one, other)
    assert company.pending(number) == ["leon"]


NONSENSE: tuple[tuple[str, date, date | None, str], ...] = (
    ("maria", TODAY, TODAY, "delegate"),
    ("nobody", TODAY, TODAY, "delegate"),
    ("dorota", TODAY, None, "until"),
    ("dorota", TODAY, TODAY - timedelta(1), "until"),
    ("dorota", TODAY - timedelta(9), TODAY - timedelta(8), "until"),
)


def test_a_delegation_that_makes_no_sense_is_refused(company: Company) -> None:
    for to, first, last, field in NONSENSE:
        with clock.at(MONDAY), company.as_("maria"), pytest.raises(Refused) as refused:
            delegations.delegate(mail("maria"), mail(to), first, last)
        assert [problem.field for problem in refused.value.problems] == [field]


def test_when_the_time_runs_out_the_deputy_is_asked_and_then_the_next_level(company: Company) -> None:
    company.offer(step("manager", "manager", timeout_hours=16))
    with company.as_("maria"):
        delegations.delegate(mail("maria"), mail("cezary"), None, None)
    number = company.ask()
    company.watch(later(hours=15))
    assert company.pending(number) == ["maria"]
    company.watch(later(hours=17))
    assert company.pending(number) == ["cezary"]
    company.watch(later(hours=34))
    assert company.pending(number) == ["leon"]
    with clock.at(later(hours=35)):
        company.decide("maria", number, deciding.approve)
    assert company.ticket(number).status_category == "open"


def test_without_a_deputy_the_next_level_is_asked(company: Company) -> None:
    company.offer(step("manager", "manager"))
    number = company.ask()
    company.watch(later(hours=17))
    assert company.pending(number) == ["dorota"]
    assert "The time for the step “Manager” ran out; Dorota decides now" in company.timeline(number)


def test_somebody_hands_a_decision_over_for_good(company: Company) -> None:
    company.offer(step("manager", "manager"))
    number = company.ask()
    token = company.case(number, "maria").token
    with pytest.raises(Refused):
        company.decide("maria", number, deciding.hand_over, mail("rita"))
    company.decide("maria", number, deciding.hand_over, mail("cezary"))
    assert company.participants(number) == ["cezary"]
    with company.as_("maria"), pytest.raises((NotFound, NotAllowed)):
        deciding.approve(token, 2)
    company.decide("cezary", number, deciding.approve)
    assert company.ticket(number).status_category == "open"


def test_a_step_of_a_group_that_nobody_can_decide_is_said_once_and_asked_again(company: Company) -> None:
    with company.house.app.app_context(), acting_as(SYSTEM):
        leon = find_person(mail("leon"))
        assert leon
        revoke(leon, "plain")
    company.offer(step("one", f"person:{mail('cezary')}", group="a"), step("two", "field:owner", group="a"))
    for name in ("maria", "dorota"):
        company.leave(name)
    number = company.ask()
    company.leave("cezary")
    company.watch()
    company.watch()
    assert company.ticket(number).status_category == "waiting_approval"
    said = "Nobody was found for the step “Two”, so it waits for the lead of the desk"
    assert company.timeline(number).count(said) == 1
    with company.house.app.app_context(), acting_as(SYSTEM):
        leon = find_person(mail("leon"))
        assert leon
        grant(leon, "plain", "lead")
    company.watch()
    assert company.pending(number) == ["leon", "leon"]


def test_whoever_loses_the_role_decides_no_more_and_the_next_who_has_it_is_asked(company: Company) -> None:
    company.offer(step("lead", "desk:plain:lead", need="any"))
    number = company.ask()
    old = company.case(number, "leon")
    with company.house.app.app_context(), acting_as(SYSTEM):
        leon, dorota = find_person(mail("leon")), find_person(mail("dorota"))
        assert leon
        assert dorota
        revoke(leon, "plain")
    with company.as_("leon"), pytest.raises(NotAllowed):
        deciding.approve(old.token, old.version)
    with company.house.app.test_request_context():
        signed = decision_link(old.token, mail("leon"), "approve")
    answer = company.house.as_user("lead").get(signed)
    assert (answer.status_code, "Somebody else decides about this now" in answer.text) == (403, True)
    with company.house.app.app_context(), acting_as(SYSTEM):
        grant(dorota, "plain", "lead")
    company.watch()
    assert (company.pending(number), company.participants(number)) == (["dorota"], ["dorota"])
    company.decide("dorota", number, deciding.approve)
    assert company.ticket(number).status_category == "open"


def test_somebody_who_was_asked_in_person_stays_asked_without_a_role(company: Company) -> None:
    company.offer(step("lead", "desk:plain:lead", f"person:{mail('leon')}"))
    number = company.ask()
    with company.house.app.app_context(), acting_as(SYSTEM):
        leon = find_person(mail("leon"))
        assert leon
        revoke(leon, "plain")
    company.watch()
    company.decide("leon", number, deciding.approve)
    assert company.ticket(number).status_category == "open"


def test_where_the_desk_that_was_asked_is_deleted_the_lead_of_the_own_desk_decides(company: Company) -> None:
    with company.house.app.app_context(), acting_as(SYSTEM):
        key = add_desk("LAW", {"en": "Lawyers", "pl": "Prawnicy"}, confidential=False)
        refresh()
        cezary = find_person(mail("cezary"))
        assert cezary
        grant(cezary, key, "lead")
    company.offer(step("law", f"desk:{key}:lead"))
    number = company.ask()
    assert company.pending(number) == ["cezary"]
    with company.house.app.app_context(), acting_as(SYSTEM):
        remove_desk(key, "Lawyers")
        refresh()
    company.watch()
    assert (company.pending(number), company.participants(number)) == (["leon"], ["leon"])
    assert company.pending(company.ask()) == ["leon"]

"""A request waits until everybody who is needed has approved, in order, and then goes on."""

from __future__ import annotations

import pytest
from deskcore_approvals import deciding

from deskcore.plugin import Conflict, NotAllowed, NotFound, Refused
from deskcore.tickets import services
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as

from .conftest import Company, mail, step

PEOPLE = tuple(f"person:{mail(name)}" for name in ("maria", "dorota", "cezary"))


def money(amount: str, currency: str = "PLN") -> dict[str, str]:
    return {"amount": amount, "currency": currency}


def test_the_manager_approves_and_the_work_begins(company: Company) -> None:
    company.offer(step("manager", "manager"))
    number = company.ask()
    assert company.ticket(number).status_category == "waiting_approval"
    assert (company.pending(number), company.participants(number)) == (["maria"], ["maria"])
    company.decide("maria", number, deciding.approve)
    assert company.ticket(number).status_category == "open"
    assert company.participants(number) == []
    assert company.timeline(number) == [
        "Approval asked for (Manager): Maria",
        "Maria approved (Manager)",
        "Everything is approved, and the work goes on",
    ]


def test_steps_come_one_after_the_other(company: Company) -> None:
    company.offer(step("first", "manager"), step("second", "managers_manager"))
    number = company.ask()
    assert company.pending(number) == ["maria"]
    company.decide("maria", number, deciding.approve)
    assert company.pending(number) == ["dorota"]
    assert company.ticket(number).status_category == "waiting_approval"
    company.decide("dorota", number, deciding.approve)
    assert company.ticket(number).status_category == "open"


def test_steps_of_a_group_run_side_by_side(company: Company) -> None:
    company.offer(step("one", PEOPLE[0], group="a"), step("two", PEOPLE[1], group="a"), step("last", PEOPLE[2]))
    number = company.ask()
    assert company.pending(number) == ["dorota", "maria"]
    company.decide("dorota", number, deciding.approve)
    assert company.pending(number) == ["maria"]
    company.decide("maria", number, deciding.approve)
    assert company.pending(number) == ["cezary"]


def test_two_of_three_are_enough(company: Company) -> None:
    company.offer(step("board", *PEOPLE, need=2))
    number = company.ask()
    company.decide("maria", number, deciding.approve)
    company.decide("cezary", number, deciding.reject, "Not now.")
    assert company.ticket(number).status_category == "waiting_approval"
    company.decide("dorota", number, deciding.approve)
    assert company.ticket(number).status_category == "open"


def test_a_quorum_that_can_no_longer_be_reached_is_a_no(company: Company) -> None:
    company.offer(step("board", *PEOPLE, need=2))
    number = company.ask()
    company.decide("maria", number, deciding.reject, "Too much.")
    company.decide("cezary", number, deciding.reject, "Not now.")
    assert company.ticket(number).status_category == "resolved"
    assert company.pending(number) == []


def test_any_of_several_is_enough_and_the_others_are_left_alone(company: Company) -> None:
    company.offer(step("any", *PEOPLE, need="any"))
    number = company.ask()
    company.decide("dorota", number, deciding.approve)
    assert (company.ticket(number).status_category, company.pending(number)) == ("open", [])


AMOUNTS: list[tuple[dict[str, object], list[str]]] = [
    ({"total": money("2000.00")}, ["maria"]),
    ({"total": money("2000.01")}, ["dorota", "maria"]),
    ({"total": money("20000.01")}, ["cezary", "dorota", "maria"]),
    ({"total": money("450.00", "EUR")}, ["cezary", "maria"]),
    ({"total": money("451.00", "EUR")}, ["cezary", "dorota", "maria"]),
    ({"total": money("100.00", "USD")}, ["cezary", "dorota", "maria"]),
    ({"total": money("100.00"), "budgeted": False}, ["dorota", "maria"]),
    ({"total": money("2000.01"), "budgeted": False}, ["cezary", "dorota", "maria"]),
    ({}, ["cezary", "dorota", "maria"]),
]


def test_the_amount_and_its_currency_decide_who_is_asked(company: Company) -> None:
    company.offer(
        step("manager", PEOPLE[0], group="g"),
        step("budget", PEOPLE[1], group="g", above={"PLN": "2000", "EUR": "450"}),
        step("board", PEOPLE[2], group="g", above={"PLN": "20000"}),
        amount="total",
        raise_one_band_when={"field": "budgeted", "values": [False]},
    )
    assert [company.pending(company.ask(**answers)) for answers, _asked in AMOUNTS] == [asked for _, asked in AMOUNTS]


def test_the_rows_of_a_table_are_summed(company: Company) -> None:
    lines = [{"item": f"Thing {place}", "quantity": 10, "price": money("3.00")} for place in range(100)]
    company.offer(step("big", PEOPLE[0], above={"PLN": "2999.99"}), amount="lines.quantity*price")
    assert company.pending(company.ask(lines=lines)) == ["maria"]
    small = company.ask(lines=lines[:50])
    assert company.ticket(small).status_category == "new"
    assert company.timeline(small) == ["No approval is needed"]


def test_amounts_in_two_currencies_are_asked_about_at_every_level(company: Company) -> None:
    company.offer(step("big", PEOPLE[0], above={"PLN": "99999"}), amount="lines.quantity*price")
    lines = [
        {"item": "A", "quantity": 1, "price": money("1.00")},
        {"item": "B", "quantity": 1, "price": money("1", "EUR")},
    ]
    assert company.pending(company.ask(lines=lines)) == ["maria"]


def test_a_step_is_asked_only_for_certain_answers(company: Company) -> None:
    company.offer(step("it", PEOPLE[0], when={"field": "what", "values": ["Software"]}), step("boss", PEOPLE[1]))
    assert company.pending(company.ask(what="Software")) == ["maria"]
    assert company.pending(company.ask(what="A chair")) == ["dorota"]


def test_a_no_ends_it_and_tells_the_requester_why(company: Company) -> None:
    company.offer(step("manager", "manager"), step("next", PEOPLE[2]))
    number = company.ask()
    with pytest.raises(Refused) as refused:
        company.decide("maria", number, deciding.reject, "  ")
    assert [problem.field for problem in refused.value.problems] == ["comment"]
    company.decide("maria", number, deciding.reject, "We have three in the cellar.")
    assert company.ticket(number).status_category == "resolved"
    assert company.pending(number) == []
    page = company.house.as_user("requester").get(f"/requests/{number}").text
    assert "We have three in the cellar." in page
    assert "Maria rejected (Manager)" in page


def test_what_was_rejected_is_asked_for_again_when_it_is_opened_again(company: Company) -> None:
    company.offer(step("manager", "manager"))
    number = company.ask()
    company.decide("maria", number, deciding.reject, "No.")
    with company.as_("rita"):
        services.reopen(number)
    company.work()
    assert company.ticket(number).status_category == "waiting_approval"
    assert company.pending(number) == ["maria"]
    company.decide("maria", number, deciding.approve)
    assert company.ticket(number).status_category == "open"


def test_nobody_works_on_what_is_not_approved(company: Company) -> None:
    company.offer(step("manager", "manager"))
    number = company.ask()
    for status in ("open", "new", "waiting_requester", "on_hold"):
        with company.house.app.app_context(), acting_as(SYSTEM), pytest.raises(Refused):
            services.set_status(number, status)
    page = company.house.as_user("agent").post(f"/agent/tickets/{number}/status", data={"status": "open"})
    assert page.status_code == 422
    assert "waits for approval" in page.text


def test_a_withdrawn_request_waits_for_nobody(company: Company) -> None:
    company.offer(step("manager", "manager"))
    number = company.ask()
    with company.as_("rita"):
        services.withdraw(number)
    company.work()
    assert (company.pending(number), company.participants(number)) == ([], [])
    assert company.ticket(number).status_category == "resolved"


def test_some_rows_can_be_turned_down(company: Company) -> None:
    lines = [{"item": name, "quantity": 1, "price": money("5.00")} for name in ("A desk", "A throne", "A lamp")]
    company.offer(step("manager", "manager"), step("next", PEOPLE[1]), lines="lines")
    number = company.ask(lines=lines)
    with pytest.raises(Refused):
        company.decide("maria", number, deciding.approve, "", [1])
    company.decide("maria", number, deciding.approve, "No throne.", [1])
    with pytest.raises(Refused):
        company.decide("dorota", number, deciding.approve, "Nothing.", [0, 2])
    company.decide("dorota", number, deciding.approve, "", [])
    assert company.ticket(number).status_category == "open"
    assert company.timeline(number)[-2:] == ["Not approved: rows 2", "Everything is approved, and the work goes on"]


def test_deciding_twice_in_the_same_way_changes_nothing(company: Company) -> None:
    company.offer(step("manager", "manager"), step("next", PEOPLE[1]))
    number = company.ask()
    case = company.case(number, "maria")
    for _again in range(2):
        with company.as_("maria"):
            deciding.approve(case.token, case.version)
    assert company.timeline(number).count("Maria approved (Manager)") == 1
    assert company.pending(number) == ["dorota"]


def test_two_browsers_that_decide_differently_conflict(company: Company) -> None:
    company.offer(step("manager", "manager"), step("next", PEOPLE[1]))
    number = company.ask()
    case = company.case(number, "maria")
    with company.as_("maria"):
        deciding.approve(case.token, case.version)
    with company.as_("maria"), pytest.raises(Conflict, match="Maria has decided it meanwhile"):
        deciding.reject(case.token, case.version, "Second thoughts.")
    assert company.pending(number) == ["dorota"]


def test_what_changed_while_one_was_reading_is_looked_at_again(company: Company) -> None:
    company.offer(step("manager", "manager"))
    number = company.ask()
    case = company.case(number, "maria")
    company.decide("maria", number, deciding.ask, "Which desk?")
    with company.as_("maria"), pytest.raises(Conflict):
        deciding.approve(case.token, case.version)


def test_a_question_stops_the_time_until_the_answer(company: Company) -> None:
    company.offer(step("manager", "manager"))
    number = company.ask()
    company.decide("maria", number, deciding.ask, "Which desk?")
    assert company.case(number, "maria").due_at is None
    assert "Which desk?" in company.house.as_user("requester").get("/").text
    with company.as_("rita"):
        services.reply(number, "The oak one.")
    company.work()
    assert company.case(number, "maria").due_at is not None
    assert company.ticket(number).status_category == "waiting_approval"


def test_others_neither_see_nor_decide_it(company: Company) -> None:
    company.offer(step("manager", "manager"))
    number = company.ask()
    case = company.case(number, "maria")
    with company.as_("dorota"), pytest.raises(NotFound):
        deciding.approve(case.token, case.version)
    with company.as_("rita"), pytest.raises(NotAllowed):
        deciding.approve(case.token, case.version)
    assert company.pending(number) == ["maria"]

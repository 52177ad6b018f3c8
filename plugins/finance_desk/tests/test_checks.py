"""Answers that contradict each other or the calendar are sent back with a way to correct them."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from deskcore_finance_desk.amounts import Money, totals
from deskcore_finance_desk.checks import problems

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
LIMIT = Money(Decimal(10_000), "PLN")


def pln(amount: str, currency: str = "PLN") -> dict[str, str]:
    return {"amount": amount, "currency": currency}


def items(*prices: dict[str, str], quantity: int = 1) -> list[dict[str, Any]]:
    return [{"item": "Thing", "quantity": quantity, "price": price} for price in prices]


def wrong(request_type: str, **answers: Any) -> list[str]:
    return [problem.field.removeprefix("answers.") for problem in problems(request_type, answers, NOW, LIMIT)]


def invoice(**changes: Any) -> dict[str, Any]:
    return {
        "issue_date": "2026-11-20", "due_date": "2026-12-04", "net": pln("100.00"), "vat": pln("23.00"),
        "gross": pln("123.00"), **changes,
    }  # fmt: skip


def test_an_invoice_that_adds_up_passes() -> None:
    assert not wrong("invoice_payment", **invoice())


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"gross": pln("132.00")}, "gross"),
        ({"vat": pln("23.00", "EUR")}, "gross"),
        ({"due_date": "2026-11-19"}, "due_date"),
        ({"issue_date": "2026-11-26"}, "issue_date"),
        ({"issue_date": "2016-11-20"}, "issue_date"),
    ],
)
def test_an_invoice_that_does_not_is_sent_back(changes: dict[str, Any], field: str) -> None:
    assert wrong("invoice_payment", **invoice(**changes)) == [field]


def test_prices_of_a_purchase_are_in_one_currency() -> None:
    assert wrong("purchase_request", lines=items(pln("10.00"), pln("10.00", "EUR"))) == ["lines"]
    assert not wrong("purchase_request", lines=items(pln("10.00"), pln("20.00")))


def test_a_purchase_of_nothing_is_sent_back() -> None:
    assert wrong("purchase_request", lines=items(pln("0.00"))) == ["lines"]


def test_a_total_beyond_reason_is_a_slip() -> None:
    huge = items(pln("999999999.00"), quantity=100_000)
    assert "lines" in wrong("purchase_request", lines=huge, quotes=["a", "b", "c"])
    assert wrong("urgent_payment", amount=pln("1000000000.00")) == ["amount"]


def test_a_hundred_lines_are_summed_to_the_cent() -> None:
    [total] = totals("purchase_request", {"lines": items(*[pln("0.07")] * 100, quantity=3)})
    assert total == Money(Decimal("21.00"), "PLN")


@pytest.mark.parametrize(
    ("price", "quotes", "fine"), [("10000.00", 0, True), ("10000.01", 2, False), ("10000.01", 3, True)]
)
def test_above_the_limit_a_purchase_needs_three_quotes(price: str, quotes: int, fine: bool) -> None:
    answers = {"lines": items(pln(price)), "quotes": [f"file{number}" for number in range(quotes)]}
    assert wrong("purchase_request", **answers) == ([] if fine else ["quotes"])


def expense(**row: Any) -> dict[str, Any]:
    given = {"date": "2026-11-20", "amount": pln("50.00"), **row}
    return {"period": {"from": "2026-11-19", "until": "2026-11-21"}, "lines": [given]}


@pytest.mark.parametrize(
    ("row", "fields"),
    [
        ({}, []),
        ({"date": "2026-11-22"}, ["lines.0.date"]),
        ({"date": "2026-11-27"}, ["lines.0.date"]),
        ({"vat": pln("51.00")}, ["lines.0.vat"]),
        ({"vat": pln("5.00", "EUR")}, ["lines.0.vat"]),
        ({"amount": pln("0.00")}, ["lines"]),
    ],
)
def test_each_expense_fits_its_period_and_its_vat(row: dict[str, Any], fields: list[str]) -> None:
    assert wrong("expense", **expense(**row)) == fields


def test_expenses_of_a_trip_may_be_in_several_currencies() -> None:
    answers = expense()
    answers["lines"].append({"date": "2026-11-21", "amount": pln("12.00", "EUR")})
    assert not wrong("expense", **answers)


def test_money_moves_between_two_different_budgets() -> None:
    assert wrong("budget", from_center="CC-1", to_center=" cc-1") == ["to_center"]
    assert not wrong("budget", from_center="CC-1", to_center="CC-2")


def test_what_is_over_is_not_asked_for_in_advance() -> None:
    assert wrong("travel_advance", trip={"from": "2026-11-20", "until": "2026-11-22"}) == ["trip"]
    assert wrong("audit_report", deadline="2026-11-22") == ["deadline"]
    assert wrong("vendor_bank_change", verified_on="2026-11-27") == ["verified_on"]


@pytest.mark.parametrize("value", [None, "", "soon", 7, [], {}, {"amount": "x", "currency": "PLN"}, {"amount": "NaN"}])
def test_what_is_no_answer_is_left_to_the_form(value: object) -> None:
    assert not wrong("invoice_payment", issue_date=value, due_date=value, net=value, vat=value, gross=value)
    assert not wrong("purchase_request", lines=value, needed_by=value)
    assert not wrong("expense", lines=[{"amount": value, "date": value}], period=value)

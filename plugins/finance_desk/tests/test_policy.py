"""What is urgent, what can wait for the month-end, and what is above a limit."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from deskcore_finance_desk.amounts import Money
from deskcore_finance_desk.identity import party_key, reference_key
from deskcore_finance_desk.policy import Rules, month_end_until, over_limit, priority_of, settle_by, tags_of

HOUSE = Rules(before=2, after=3, limits={"meal": 150, "hotel": 0})
QUIET, CLOSING = date(2026, 11, 12), date(2026, 11, 30)


def tags(request_type: str, answers: dict[str, Any], day: date = QUIET) -> set[str]:
    return set(tags_of(request_type, answers, day, HOUSE))


@pytest.mark.parametrize(
    ("day", "until"),
    [
        (date(2026, 11, 28), None),
        (date(2026, 11, 29), date(2026, 12, 3)),
        (date(2026, 12, 1), date(2026, 12, 3)),
        (date(2026, 12, 3), date(2026, 12, 3)),
        (date(2026, 12, 4), None),
        (date(2026, 12, 31), date(2027, 1, 3)),
        (date(2027, 2, 27), date(2027, 3, 3)),
    ],
)
def test_the_month_end_is_some_days_before_and_after(day: date, until: date | None) -> None:
    assert month_end_until(day, HOUSE) == until


def test_without_days_there_is_no_month_end() -> None:
    assert month_end_until(CLOSING, Rules()) is None


def test_only_what_can_wait_waits_for_the_month_end() -> None:
    assert priority_of("payment_status", {}, CLOSING, HOUSE) == "low"
    assert priority_of("payment_status", {}, QUIET, HOUSE) is None
    assert priority_of("urgent_payment", {}, CLOSING, HOUSE) is None
    assert tags("payment_status", {}, CLOSING) == {"month-end"}


def test_a_card_is_blocked_before_anything_else() -> None:
    assert priority_of("corporate_card", {"kind": "block"}, CLOSING, HOUSE) == "urgent"
    assert priority_of("corporate_card", {"kind": "new"}, QUIET, HOUSE) is None


def test_an_invoice_that_is_nearly_due_comes_first() -> None:
    assert priority_of("invoice_payment", {"due_date": "2026-11-16"}, QUIET, HOUSE) == "high"
    assert priority_of("invoice_payment", {"due_date": "2026-12-16"}, QUIET, HOUSE) is None


def test_an_expense_above_its_limit_is_marked_and_not_refused() -> None:
    lines = [
        {"category": "meal", "amount": {"amount": "150.00", "currency": "PLN"}},
        {"category": "meal", "amount": {"amount": "150.01", "currency": "PLN"}},
        {"category": "meal", "amount": {"amount": "900.00", "currency": "EUR"}},
        {"category": "hotel", "amount": {"amount": "900.00", "currency": "PLN"}},
    ]
    assert [number for number, _amount, _limit in over_limit({"lines": lines}, HOUSE)] == [2]
    assert tags("expense", {"lines": lines}) == {"over-limit"}


def test_tags_say_what_to_look_at() -> None:
    assert tags("vendor_bank_change", {}) == {"call-back"}
    assert tags("purchase_request", {"budgeted": False}) == {"unbudgeted"}
    assert tags("invoice_payment", {"again": True}) == {"submitted-again"}
    assert tags("invoice_query", {}) == set()


def test_an_advance_is_settled_two_weeks_after_the_trip() -> None:
    assert settle_by({"trip": {"from": "2026-11-10", "until": "2026-11-12"}}) == date(2026, 11, 26)


def test_amounts_are_written_so_that_nobody_miscounts_the_zeros() -> None:
    assert str(Money(Decimal(1234567), "PLN")) == "1\u00a0234\u00a0567.00\u00a0PLN"


@pytest.mark.parametrize(
    "name", ["Łódzkie Zakłady S.A.", "ŁÓDZKIE ZAKŁADY", "lodzkie zaklady sa", "Łódzkie  Zakłady, Spółka Akcyjna"]
)
def test_a_supplier_is_the_same_in_every_spelling(name: str) -> None:
    assert party_key(name) == "lodzkiezaklady"


@pytest.mark.parametrize("number", ["FV/0012/2026", "fv 12 2026", "FV-12-2026", "Fv.012/2026"])
def test_a_document_is_the_same_in_every_spelling(number: str) -> None:
    assert reference_key(number) == "FV-12-2026"


def test_different_documents_stay_different() -> None:
    numbers = ("FV/1/20", "FV/12/0", "FV/120", "F/V120", "Ф/120", "Б/120")
    assert len({reference_key(number) for number in numbers}) == len(numbers)
    assert party_key("Фирма") != party_key("")

"""Requests whose answers fit one another, for tests that are about something else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from deskcore.plugin import TicketView
from deskcore.testing import House
from deskcore.testing.tickets import opened_ticket

Ask = Callable[..., TicketView]


def pln(amount: str) -> dict[str, str]:
    """Return an amount as a form sends it."""
    return {"amount": amount, "currency": "PLN"}


def items(*prices: str) -> list[dict[str, Any]]:
    """Return the rows of a purchase, one of each."""
    return [{"item": "Thing", "quantity": 1, "price": pln(price)} for price in prices]


FITTING: Mapping[str, Mapping[str, Any]] = {
    "invoice_payment": {
        "net": pln("100.00"), "vat": pln("23.00"), "gross": pln("123.00"), "issue_date": "2026-11-02",
        "due_date": "2199-12-01",
    },
    "purchase_request": {"lines": items("100.00"), "budgeted": True, "recurring": False},
    "vendor_bank_change": {"vendor": "Printers", "verified_by_phone": False},
    "budget": {"kind": "question"},
}  # fmt: skip


@pytest.fixture
def submit(house: House) -> Ask:
    """Give ``submit("invoice_payment", by="…", invoice_no="1")``: somebody opens a ticket, and it is returned."""

    def submitted(request_type: str, /, *, by: str = "requester", **answers: Any) -> TicketView:
        return opened_ticket(house, request_type, {**FITTING.get(request_type, {}), **answers}, by=by)

    return submitted


@pytest.fixture
def ask(submit: Ask) -> Ask:
    """Give ``ask("invoice_payment", invoice_no="1")``: the requester opens a ticket, and it is returned."""
    return submit

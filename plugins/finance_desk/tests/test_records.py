"""Invoices that came already, and purchases that were split, are noticed; nobody learns more than that."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from deskcore_finance_desk.records import write_down
from flask import Flask
from flask.testing import FlaskClient

from deskcore.plugin import Refused, TicketView, now
from deskcore.testing import Delivered
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as

from .conftest import items, pln

Ask = Callable[..., TicketView]
SignIn = Callable[[str], FlaskClient]
Outbox = Callable[[], list[Delivered]]
INVOICE = {"vendor": "Biuro-Max sp. z o.o.", "invoice_no": "FV/0012/2026"}
SPELLED_OTHERWISE = {"vendor": "BIURO MAX", "invoice_no": "fv 12-2026"}


def sentence(refused: pytest.ExceptionInfo[Refused]) -> str:
    [problem] = refused.value.problems
    assert problem.field == "answers.invoice_no"
    return problem.message


def test_the_same_invoice_is_refused_and_its_ticket_is_named_to_who_sent_it(ask: Ask, outbox: Outbox) -> None:
    first = ask("invoice_payment", **INVOICE)
    outbox()
    with pytest.raises(Refused) as refused:
        ask("invoice_payment", **SPELLED_OTHERWISE)
    assert first.number in sentence(refused)


def test_somebody_else_learns_that_there_is_one_and_not_which(
    ask: Ask, outbox: Outbox, submit: Callable[..., TicketView]
) -> None:
    first = ask("invoice_payment", **INVOICE)
    outbox()
    with pytest.raises(Refused) as refused:
        submit("invoice_payment", by="other@organisation.example", **SPELLED_OTHERWISE)
    assert first.number not in sentence(refused)
    assert "Somebody submitted" in sentence(refused)


def test_another_number_or_another_supplier_is_another_invoice(ask: Ask, outbox: Outbox) -> None:
    ask("invoice_payment", **INVOICE)
    outbox()
    assert ask("invoice_payment", **{**INVOICE, "invoice_no": "FV/13/2026"}).number
    assert ask("invoice_payment", **{**INVOICE, "vendor": "Elektro Hurt"}).number


def test_an_invoice_that_came_back_is_submitted_again_and_agents_are_warned(
    ask: Ask, outbox: Outbox, as_user: SignIn
) -> None:
    first = ask("invoice_payment", **INVOICE)
    outbox()
    again = ask("invoice_payment", **SPELLED_OTHERWISE, again=True)
    assert again.tags == ("submitted-again",)
    page = as_user("agent").get(f"/agent/tickets/{again.number}").text
    assert "Same invoice" in page
    assert first.number in page


def buys(ask: Ask, price: str, **answers: Any) -> TicketView:
    return ask("purchase_request", **{"vendor": "Meble sp. z o.o.", "lines": items(price), **answers})


def counted(ticket: TicketView) -> str:
    amount: str = ticket.extra["finance_desk"]["approval_amount"]["amount"]
    return amount


def test_a_purchase_counts_with_those_of_the_last_30_days_before_any_worker_ran(ask: Ask, as_user: SignIn) -> None:
    first = buys(ask, "1500.00")
    second = buys(ask, "1400.00", vendor="MEBLE")
    assert (counted(first), first.tags) == ("1500.00", ())
    assert (counted(second), second.tags) == ("2900.00", ("split-purchase",))
    page = as_user("agent").get(f"/agent/tickets/{second.number}").text
    assert "2\u00a0900.00" in page
    assert first.number in page


def test_a_month_later_it_is_another_purchase(ask: Ask) -> None:
    start = now()
    with time_machine.travel(start - timedelta(days=31), tick=False):
        buys(ask, "1500.00")
    with time_machine.travel(start - timedelta(days=29), tick=False):
        buys(ask, "100.00")
    assert counted(buys(ask, "10.00")) == "110.00"


def test_what_somebody_else_buys_or_elsewhere_or_in_another_currency_does_not_count(
    ask: Ask, submit: Callable[..., TicketView]
) -> None:
    buys(ask, "1500.00")
    assert counted(buys(ask, "10.00", vendor="Papier")) == "10.00"
    assert (
        counted(buys(ask, "10.00", lines=[{"item": "x", "quantity": 1, "price": pln("10.00") | {"currency": "EUR"}}]))
        == "10.00"
    )
    other = submit("purchase_request", by="other@organisation.example", vendor="Meble", lines=items("10.00"))
    assert counted(other) == "10.00"


def test_purchases_that_name_no_supplier_count_together(ask: Ask) -> None:
    buys(ask, "1500.00", vendor=None)
    assert counted(buys(ask, "600.00", vendor=None)) == "2100.00"


def test_an_invoice_is_written_down_once_however_often_the_plugin_is_told(
    app: Flask, ask: Ask, outbox: Outbox, as_user: SignIn
) -> None:
    first = ask("invoice_payment", **INVOICE)
    outbox()
    with app.app_context(), acting_as(SYSTEM):
        write_down(first.number, first.request_type, first.answers, first.requester.email, "", first.created_at)
    again = ask("invoice_payment", **INVOICE, again=True)
    assert as_user("agent").get(f"/agent/tickets/{again.number}").text.count("Same invoice") == 1

"""The desk as people use it: asked in the portal, worked on by its agents, and closed to everybody else."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from deskcore_finance_desk import DESK, register_request_types
from flask.testing import FlaskClient

from deskcore.plugin import Desk, Refused, TicketView
from deskcore.testing import Canary, Catalogue, House, Pages
from deskcore.testing.people import viewer_of
from deskcore.tickets.attachments import store_upload
from deskcore.tickets.read_ticket import read_ticket
from deskcore.work import acting_as

from .conftest import FITTING, items, pln

Ask = Callable[..., TicketView]
SignIn = Callable[[str], FlaskClient]
IBAN = "PL61 1090 1014 0000 0712 1981 2874"


def test_everything_in_the_catalogue_can_be_asked_for(desk: Desk, catalogue: Catalogue) -> None:
    assert desk == DESK
    own = [each.key for each in register_request_types() if each.desk == "finance"]
    assert [found.request_type for found in catalogue.ask(**FITTING)] == own


def problems(ask: Ask, request_type: str, **answers: Any) -> dict[str, str]:
    with pytest.raises(Refused) as refused:
        ask(request_type, **answers)
    return {problem.field.removeprefix("answers."): problem.message for problem in refused.value.problems}


def test_account_and_tax_number_with_a_wrong_digit_come_back_each_at_its_field(ask: Ask) -> None:
    found = problems(ask, "vendor_onboarding", iban=IBAN.replace("0712", "0713"), taxid="526-000-12-47")
    assert "not a valid account number" in found["iban"]
    assert "not a valid NIP" in found["taxid"]


def test_amounts_that_cannot_be_come_back(ask: Ask) -> None:
    assert "1 or more" in problems(ask, "urgent_payment", amount=pln("-5.00"))["amount"]
    assert "999999999 or less" in problems(ask, "urgent_payment", amount=pln("1000000000.00"))["amount"]
    assert "three letters" in problems(ask, "urgent_payment", amount={"amount": "5.00", "currency": "ZLX"})["amount"]
    assert "at most 100" in problems(ask, "purchase_request", lines=items(*["1.00"] * 101))["lines"]


def test_a_hundred_rows_are_no_trouble(ask: Ask) -> None:
    ticket = ask("purchase_request", lines=items(*["1.00"] * 100))
    assert ticket.extra["finance_desk"]["approval_amount"] == pln("100.00")


def test_a_receipt_is_called_by_its_name_on_the_request(house: House, ask: Ask, as_user: SignIn) -> None:
    with house.app.app_context(), acting_as(viewer_of("requester", "portal")):
        token = store_upload(BytesIO(b"12.00"), "receipt-17.txt")
    row = {"date": "2026-11-20", "category": "travel", "description": "Tram", "amount": pln("12.00")}
    period = {"from": "2026-11-19", "until": "2026-11-21"}
    number = ask("expense", period=period, lines=[{**row, "receipt": [token]}]).number
    page = as_user("requester").get(f"/requests/{number}").text
    assert "12.00 PLN · receipt-17.txt" in page.replace("\u00a0", " ")
    with house.app.test_request_context(), acting_as(viewer_of("requester", "portal")):
        rows = next(each.rows for each in read_ticket(number).answers if each.key == "lines")
    assert "receipt-17.txt" in rows[0]


def test_a_form_that_comes_back_keeps_everything(as_user: SignIn) -> None:
    form = {"vendor": "Biuro-Max", "iban": "PL00 1090", "who_asked": "A mail of Monday", "verified_by_phone": "no"}
    answer = as_user("requester").post("/services/finance-vendor-bank-change", data=form)
    assert answer.status_code == 422
    assert "not a valid account number" in answer.text
    assert "A mail of Monday" in answer.text


def test_an_account_is_nowhere_on_the_ticket_until_it_is_asked_for(ask: Ask, as_user: SignIn) -> None:
    ticket = ask("vendor_bank_change", iban=IBAN)
    assert "1090 1014" not in as_user("agent").get(f"/agent/tickets/{ticket.number}").text


def test_nothing_of_another_desk_shows(canary: Canary) -> None:
    canary.check()


def test_forms_panels_and_settings_are_accessible_and_translated(
    pages: Pages, ask: Ask, outbox: Callable[[], Any]
) -> None:
    number = ask("vendor_bank_change").number
    outbox()
    pages.check(number=number)

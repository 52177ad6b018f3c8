"""What two people send at the very same moment is noticed as if one had waited for the other."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from typing import Any

import pytest
from flask import Flask

from deskcore.errors import Refused
from deskcore.people.models import Person
from deskcore.tickets import opening
from deskcore.tickets.claims import Taken, taken
from deskcore.tickets.for_plugins import taken as taken_for_plugins
from deskcore.tickets.loading import find_ticket
from deskcore.tickets.opening import NewTicket, open_ticket
from deskcore.viewer import SYSTEM, Viewer
from deskcore.work import acting_as

Named = Callable[[str], Person]
AT_ONCE = 3


def pln(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "PLN"}


INVOICE = {
    "vendor": "Papier", "invoice_no": "FV 1/2026", "issue_date": "2026-11-02", "due_date": "2199-12-01",
    "net": pln("100.00"), "vat": pln("23.00"), "gross": pln("123.00"), "cost_center": "100",
}  # fmt: skip
PURCHASE = {
    "what": "Chairs", "vendor": "Meble", "category": "office", "cost_center": "100", "budgeted": True,
    "recurring": False, "lines": [{"item": "Chair", "quantity": 1, "price": pln("100.00")}],
}  # fmt: skip


@pytest.fixture(scope="module")
def bundled() -> tuple[str, ...]:
    """Name the plugins that compare requests with one another."""
    return ("approvals", "finance_desk")


@pytest.fixture
def together(app: Flask, person_named: Named) -> Callable[[str, dict[str, Any]], list[Any]]:
    """Give ``together("invoice_payment", answers)``: three send it at once; returns numbers and refusals."""
    anna = person_named("anna.kowalska").id

    def sent(request_type: str, answers: dict[str, Any]) -> list[Any]:
        start = Barrier(AT_ONCE)

        def one(_place: int) -> Any:
            with app.app_context(), acting_as(Viewer(anna, "portal")):
                start.wait(30)
                try:
                    return open_ticket(NewTicket("finance", request_type, "", "", anna, "portal", answers))
                except Refused as refused:
                    return refused

        with ThreadPoolExecutor(AT_ONCE) as pool:
            return list(pool.map(one, range(AT_ONCE)))

    return sent


def test_of_the_same_invoices_sent_at_once_one_is_taken(together: Callable[[str, dict[str, Any]], list[Any]]) -> None:
    answers = together("invoice_payment", INVOICE)
    numbers = [answer for answer in answers if isinstance(answer, str)]
    assert len(numbers) == 1
    said = [refused.message for refused in answers if isinstance(refused, Refused)]
    assert all(f"as {numbers[0]}" in message for message in said), said


def test_purchases_sent_at_once_count_together(together: Callable[[str, dict[str, Any]], list[Any]]) -> None:
    numbers = together("purchase_request", PURCHASE)
    with acting_as(SYSTEM):
        counted = {find_ticket(number).extra["finance_desk"]["approval_amount"]["amount"] for number in numbers}
    assert counted == {"100.00", "200.00", "300.00"}


def test_a_purchase_that_comes_in_while_another_is_summed_counts_for_it(
    app: Flask, app_context: Flask, person_named: Named, monkeypatch: pytest.MonkeyPatch
) -> None:
    from deskcore_finance_desk import purchases

    anna, sent, came = person_named("anna.kowalska").id, list[str](), list[bool]()

    new = NewTicket("finance", "purchase_request", "", "", anna, "portal", PURCHASE)

    def send() -> None:
        with app.app_context(), acting_as(Viewer(anna, "portal")):
            sent.append(open_ticket(new))

    def found(*asked: Any) -> Any:
        others = alike(*asked)
        if not came:
            came.append(True)
            with ThreadPoolExecutor(1) as other:
                other.submit(send).result()
        return others

    alike = purchases.alike
    monkeypatch.setattr(purchases, "alike", found)
    send()
    with acting_as(SYSTEM):
        counted = [find_ticket(number).extra["finance_desk"]["approval_amount"]["amount"] for number in sent]
    assert counted == ["100.00", "200.00"]


def test_what_was_agreed_before_another_came_first_is_not_stored(app_context: Flask, person_named: Named) -> None:
    anna = person_named("anna.kowalska").id
    new = NewTicket("finance", "invoice_payment", "", "", anna, "portal", INVOICE)
    with acting_as(Viewer(anna, "portal")):
        entry = opening._offered(new, Viewer(anna, "portal"))
        early, late = (opening._ask_plugins(new, entry) for _time in range(2))
        first = opening._stored(new, entry, early, "", opening.nullcontext)
        with pytest.raises(Taken):
            opening._stored(new, entry, late, "", opening.nullcontext)
        with pytest.raises(Refused, match=f"as {first}"):
            open_ticket(new)
        again = open_ticket(replace(new, answers={**INVOICE, "again": True}))
        assert again != first


def test_a_name_is_told_to_be_taken_and_its_ticket_only_to_those_who_see_it(
    app_context: Flask, person_named: Named
) -> None:
    anna, jan = (person_named(name).id for name in ("anna.kowalska", "jan.wojcik"))
    with acting_as(Viewer(anna, "portal")):
        number = open_ticket(NewTicket("finance", "invoice_payment", "", "", anna, "portal", INVOICE))
        from deskcore_finance_desk.records import mark_of

        mark = mark_of(INVOICE)
        assert (taken("finance_desk", mark), taken("it_desk", mark)) == (number, None)
    with acting_as(Viewer(jan, "portal")):
        assert taken_for_plugins("finance_desk", mark) == ""

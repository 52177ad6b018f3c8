"""A purchase is decided by as many people as its amount calls for, and splitting it changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from deskcore_approvals import approval_of
from deskcore_approvals.models import Round
from sqlalchemy import select

from deskcore.plugin import TicketView
from deskcore.testing import Delivered, House
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as

from .conftest import items, pln

Ask = Callable[..., TicketView]
Outbox = Callable[[], list[Delivered]]
Steps = Callable[..., list[list[str]]]


@pytest.fixture
def steps(house: House, ask: Ask, outbox: Outbox) -> Steps:
    """Give ``steps("purchase_request", …)``: it opens a ticket and returns who is to approve it, stage by stage."""

    def found(request_type: str, **answers: Any) -> list[list[str]]:
        number = ask(request_type, **answers).number
        outbox()
        with house.app.app_context(), acting_as(SYSTEM) as session:
            stages = session.scalars(select(Round.stages).where(Round.number == number)).first()
            return [[step["key"] for step in stage] for stage in stages or []]

    return found


BANDS = ["manager"], ["budget_owner"], ["controller"], ["cfo"]


def test_four_bands_ask_one_to_four_people(steps: Steps, setting: Callable[..., None]) -> None:
    setting("quotes_above", 0)
    limits = {"2000.00": 1, "2000.01": 2, "20000.00": 2, "20000.01": 3, "100000.00": 3, "100000.01": 4}
    for number, (price, stages) in enumerate(limits.items()):
        assert steps("purchase_request", vendor=f"Supplier {number}", lines=items(price)) == list(BANDS[:stages]), price


def test_beside_the_form_stand_the_bands_with_those_who_decide_and_little_is_asked_for_it(
    house: House, setting: Callable[..., None], query_budget: Callable[[int], AbstractContextManager[None]]
) -> None:
    for key in ("controller", "cfo", "security_reviewer", "legal_reviewer"):
        setting(key, "leon@organisation.example")
    client, url = house.as_user("requester"), "/services/finance-purchase-request"
    client.get(url)
    with query_budget(20):
        page = client.get(url).text
    for said in ("Leon Lead · above 20,000\u00a0PLN", "depends on “Cost centre” · above 2,000\u00a0PLN"):
        assert said in page


def test_each_currency_has_bands_of_its_own(steps: Steps) -> None:
    euros = [{"item": "Stand", "quantity": 2, "price": pln("250.00") | {"currency": "EUR"}}]
    assert steps("purchase_request", lines=euros) == list(BANDS[:2])
    crowns = [{"item": "Stand", "quantity": 1, "price": pln("1.00") | {"currency": "CZK"}}]
    assert steps("purchase_request", lines=crowns) == list(BANDS)


def test_what_is_not_in_the_budget_is_one_band_higher(steps: Steps) -> None:
    assert steps("purchase_request", lines=items("100.00"), budgeted=False) == list(BANDS[:2])


def test_software_and_long_contracts_are_looked_at_by_those_who_know(steps: Steps) -> None:
    found = steps("purchase_request", category="software", recurring=True, contract_term="over_12")
    assert found == [["manager"], ["it", "security", "legal"]]


def test_a_purchase_that_was_split_is_decided_as_a_whole(steps: Steps) -> None:
    vendor = {"vendor": "Meble sp. z o.o."}
    assert steps("purchase_request", lines=items("1500.00"), **vendor) == list(BANDS[:1])
    assert steps("purchase_request", lines=items("1400.00"), **vendor) == list(BANDS[:2])


def test_only_a_transfer_of_budget_asks_both_owners(steps: Steps) -> None:
    transfer = {"kind": "transfer", "from_center": "CC-1", "to_center": "CC-2", "amount": pln("100.00")}
    assert steps("budget", **transfer) == [["from_owner", "to_owner"], ["controller"]]
    assert steps("budget", kind="question") == []


def test_a_card_is_blocked_without_asking_anybody(steps: Steps) -> None:
    assert steps("corporate_card", kind="block") == []
    assert steps("corporate_card", kind="new", limit=pln("500.00")) == [["manager"], ["cfo"]]


def test_the_controller_of_the_settings_is_asked(
    house: House, ask: Ask, outbox: Outbox, setting: Callable[..., None]
) -> None:
    setting("controller", "leon@organisation.example")
    number = ask("cost_center").number
    outbox()
    with house.app.app_context(), acting_as(SYSTEM):
        assert [asked.email for asked in approval_of(number)] == ["leon@organisation.example"]

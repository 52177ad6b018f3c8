"""The catalogue is complete, keeps secret what is secret, and says who approves."""

from __future__ import annotations

import pytest
from deskcore_finance_desk import register_request_types

from deskcore.plugin import RequestType
from deskcore.testing import Catalogue
from deskcore.testing.declared import fields

TYPES = {each.key: each for each in register_request_types()}
EACH_TYPE = pytest.mark.parametrize("request_type", TYPES.values(), ids=TYPES)
#: Types of plugins that may be absent.
BORROWED = {"vendor", "cost_center", "iban", "taxid"}


def test_every_request_type_of_the_catalogue_is_there() -> None:
    assert set(TYPES) == {
        "invoice_query", "invoice_payment", "payment_status", "urgent_payment", "expense", "travel_advance",
        "purchase_request", "vendor_onboarding", "vendor_bank_change", "customer_invoice", "corporate_card", "budget",
        "cost_center", "audit_report", "tax_payslip",
    }  # fmt: skip


def test_pay_is_asked_of_the_hr_desk() -> None:
    assert [key for key, each in TYPES.items() if each.desk == "hr"] == ["tax_payslip"]
    assert all(each.desk == "finance" for key, each in TYPES.items() if key != "tax_payslip")


def test_something_stands_behind_each_door() -> None:
    assert {each.door for each in TYPES.values()} == {"broken", "need", "process"}


def test_bank_accounts_and_their_proofs_are_sensitive() -> None:
    sensitive = {(key, field.key) for key, each in TYPES.items() for field in fields(each) if field.sensitive}
    assert sensitive == {
        ("expense", "iban"), ("vendor_onboarding", "iban"), ("vendor_onboarding", "bank_document"),
        ("vendor_bank_change", "iban"), ("vendor_bank_change", "proof"), ("tax_payslip", "question"),
    }  # fmt: skip


@EACH_TYPE
def test_a_type_of_an_absent_plugin_falls_back_to_text(request_type: RequestType) -> None:
    borrowed = [field for field in fields(request_type) if field.type in BORROWED]
    assert all(field.fallback == "text" for field in borrowed)


def test_what_needs_a_yes_says_who_gives_it() -> None:
    approved = {key for key, each in TYPES.items() if "approvals" in each.sections}
    assert approved == {
        "invoice_payment", "urgent_payment", "expense", "travel_advance", "purchase_request", "vendor_onboarding",
        "customer_invoice", "corporate_card", "budget", "cost_center", "audit_report",
    }  # fmt: skip


def test_a_purchase_has_four_bands_in_each_currency() -> None:
    steps = TYPES["purchase_request"].sections["approvals"]["steps"]
    bands = [step["above"] for step in steps if "above" in step]
    assert [band["PLN"] for band in bands] == ["2000", "20000", "100000"]
    assert all(set(band) == {"PLN", "EUR", "USD", "GBP"} for band in bands)
    assert steps[0]["approvers"] == ["manager"]


def test_nothing_is_missing_and_both_languages_read_well(catalogue: Catalogue) -> None:
    catalogue.check()

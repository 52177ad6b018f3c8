"""The catalogue is complete, short to fill in, and as good in Polish as in English."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import deskcore_finance_desk
import pytest
from babel.messages.extract import extract_from_dir
from deskcore_finance_desk import DESK, register_request_types, register_settings, register_ticket_panels

from deskcore.plugin import RequestType, Text
from deskcore.testing.declared import fields, messages, other_texts, texts, translations

PACKAGE = Path(deskcore_finance_desk.__file__).parent
TYPES = {each.key: each for each in register_request_types()}
EACH_TYPE = pytest.mark.parametrize("request_type", TYPES.values(), ids=TYPES)
NBSP = "\u00a0"
#: Types of plugins that may be absent.
BORROWED = {"vendor", "cost_center", "iban", "taxid"}
#: Words that show that a text was left in English.
ENGLISH = re.compile(r"\b(the|you|your|what|which|when|and|or|with|for|access|select|enter|invoice)\b", re.IGNORECASE)
#: „Wysłałeś” tells a man from a woman, and the reader may be either.
GENDERED = re.compile(r"\w+(?:łeś|łaś|łem|łam)\b", re.IGNORECASE)


def other() -> list[Text]:
    return list(other_texts(DESK, register_ticket_panels(), register_settings()))


def to_fill_in(request_type: RequestType) -> list[str]:
    """Return the fields that everybody has to touch."""
    return [f.key for f in request_type.fields if f.required and f.default is None and f.show_if is None]


def polish() -> Iterator[str]:
    for request_type in TYPES.values():
        yield from (text.pl for text in texts(request_type))
    yield from (text.pl for text in other())
    yield from translations(messages(PACKAGE))


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


def test_the_five_most_popular_forms_ask_for_at_most_seven_things() -> None:
    popular = sorted(TYPES.values(), key=lambda each: -each.popularity)[:5]
    for request_type in popular:
        assert len(to_fill_in(request_type)) <= 7, request_type.key


def test_bank_accounts_and_their_proofs_are_sensitive() -> None:
    sensitive = {(key, field.key) for key, each in TYPES.items() for field in fields(each) if field.sensitive}
    assert sensitive == {
        ("expense", "iban"), ("vendor_onboarding", "iban"), ("vendor_onboarding", "bank_document"),
        ("vendor_bank_change", "iban"), ("vendor_bank_change", "proof"), ("tax_payslip", "question"),
    }  # fmt: skip


@EACH_TYPE
def test_it_names_a_team_an_order_a_group_and_a_usual_time(request_type: RequestType) -> None:
    assert request_type.team in {team.key for team in DESK.teams} or request_type.desk == "hr"
    assert request_type.group is not None
    assert request_type.typical_minutes
    assert sum(other.order == request_type.order for other in TYPES.values()) == 1


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


def test_no_english_is_left_in_the_polish() -> None:
    assert not [text for text in polish() if ENGLISH.search(re.sub(r"\{\w+\}", "", text))]


def test_no_polish_is_left_in_the_english() -> None:
    english = [text.en for each in TYPES.values() for text in texts(each)] + [text.en for text in other()]
    assert not [text for text in english if re.search("[ąćęłńóśźż]", text, re.IGNORECASE)]


def test_polish_keeps_one_letter_words_with_the_next_one() -> None:
    assert not [text for text in polish() if re.search(r"(?<!\w)[wziouaWZIOUA] ", text)]
    assert any(NBSP in text for text in polish())


def test_polish_addresses_everybody_politely() -> None:
    assert not [text for text in polish() if GENDERED.search(text)]
    assert not [text for text in polish() if re.search(r"\b(ciebie|ty|twój|twoje|twojego|twoim)\b", text)]
    assert not [text for text in polish() if re.search(r"[\"“‟]", text) or text.endswith("!")]


def test_a_polish_label_is_not_much_longer_than_the_english_one() -> None:
    labels = [field.label for each in TYPES.values() for field in fields(each)]
    assert sum(len(text.pl) for text in labels) <= 1.35 * sum(len(text.en) for text in labels)


def test_every_text_of_the_code_is_translated_and_no_other() -> None:
    places, words = [("**.py", "python"), ("**/templates/**.html", "jinja2")], {"_": None, "ngettext": (1, 2)}
    extracted = {found[2] for found in extract_from_dir(PACKAGE, method_map=places, keywords=words)}
    assert {message.id for message in messages(PACKAGE)} == extracted
    assert all(all(message.string) and not list(message.check()) for message in messages(PACKAGE))

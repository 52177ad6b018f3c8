"""The catalogue is complete, short to fill in, and as good in Polish as in English."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import deskcore_it_desk
import pytest
from babel.messages.extract import extract_from_dir
from deskcore_it_desk import DESK, register_request_types, register_settings, register_ticket_panels

from deskcore.plugin import RequestType, Text
from deskcore.testing.declared import fields, messages, other_texts, texts, translations

PACKAGE = Path(deskcore_it_desk.__file__).parent
TYPES = {each.key: each for each in register_request_types()}
EACH_TYPE = pytest.mark.parametrize("request_type", TYPES.values(), ids=TYPES)
NBSP = "\u00a0"
#: Types of plugins that may be absent.
BORROWED = {"asset", "software", "cost_center"}
#: Words that show that a text was left in English.
ENGLISH = re.compile(r"\b(the|you|your|what|which|when|and|or|with|for|access|select|enter|device)\b", re.IGNORECASE)
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


def test_the_fifteen_request_types_are_there() -> None:
    assert set(TYPES) == {
        "incident", "password_reset", "access_request", "access_removal", "hardware_request", "hardware_fault",
        "lost_device", "software_install", "suspicious_email", "shared_mailbox", "new_starter", "mover", "leaver",
        "change_request", "question",
    }  # fmt: skip


def test_something_stands_behind_each_door() -> None:
    assert {each.door for each in TYPES.values()} == {"broken", "need", "process"}


def test_reporting_a_fault_takes_two_answers() -> None:
    assert to_fill_in(TYPES["incident"]) == ["service", "what_happened"]


def test_the_five_most_popular_forms_ask_for_at_most_seven_things() -> None:
    popular = sorted(TYPES.values(), key=lambda each: -each.popularity)[:5]
    for request_type in popular:
        shown_by_one_answer = max(
            (sum(f.required and f.show_if is not None and value in f.show_if.values for f in request_type.fields)
             for each in request_type.fields for value in [option.value for option in each.options] or [True]),
            default=0,
        )  # fmt: skip
        assert len(to_fill_in(request_type)) + shown_by_one_answer <= 7, request_type.key


@EACH_TYPE
def test_it_names_a_team_an_order_a_group_and_a_usual_time(request_type: RequestType) -> None:
    assert request_type.team in {team.key for team in DESK.teams}
    assert request_type.group is not None
    assert request_type.typical_minutes
    assert sum(other.order == request_type.order for other in TYPES.values()) == 1


@EACH_TYPE
def test_a_type_of_an_absent_plugin_falls_back_to_text(request_type: RequestType) -> None:
    borrowed = [field for field in fields(request_type) if field.type in BORROWED]
    assert all(field.fallback == "text" for field in borrowed)


@EACH_TYPE
def test_approvals_do_not_close_the_form_while_their_plugin_is_off(request_type: RequestType) -> None:
    assert request_type.sections.get("approvals", {"required": False})["required"] is False


def test_what_needs_a_yes_says_who_gives_it() -> None:
    approved = {key for key, each in TYPES.items() if each.sections.get("approvals", {}).get("steps")}
    assert approved == {
        "access_request", "hardware_request", "software_install", "shared_mailbox", "mover", "change_request",
    }  # fmt: skip


def test_no_english_is_left_in_the_polish() -> None:
    assert not [text for text in polish() if ENGLISH.search(text)]


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
    extracted = {found[2] for found in extract_from_dir(PACKAGE, method_map=[("*.py", "python")], keywords={"_": None})}
    assert {message.id for message in messages(PACKAGE)} == extracted
    assert all(message.string and not list(message.check()) for message in messages(PACKAGE))

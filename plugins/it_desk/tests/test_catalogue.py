"""The catalogue is complete, short to fill in, and says who approves."""

from __future__ import annotations

import pytest
from deskcore_it_desk import register_request_types

from deskcore.plugin import RequestType
from deskcore.testing import Catalogue
from deskcore.testing.declared import fields

TYPES = {each.key: each for each in register_request_types()}
EACH_TYPE = pytest.mark.parametrize("request_type", TYPES.values(), ids=TYPES)
#: Types of plugins that may be absent.
BORROWED = {"asset", "software", "cost_center"}


def to_fill_in(request_type: RequestType) -> list[str]:
    """Return the fields that everybody has to touch."""
    return [f.key for f in request_type.fields if f.required and f.default is None and f.show_if is None]


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


def test_nothing_is_missing_and_both_languages_read_well(catalogue: Catalogue) -> None:
    catalogue.check()

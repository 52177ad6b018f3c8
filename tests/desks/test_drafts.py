"""Answers of a draft find their places on a form that has changed, or are shown to be copied; never lost unseen."""

from __future__ import annotations

from typing import Any

from deskcore.desks.drafts import ReadableAnswer, carried_over, readable_answers, touched
from deskcore.desks.fields import FieldContext
from deskcore.hooks.contributions import Field, Option, Text

CONTEXT = FieldContext()


def text(words: str) -> Text:
    return Text(words, words)


def field(key: str, kind: str = "text", **more: Any) -> Field:
    return Field(key, kind, text(key.capitalize()), **more)


def choice(key: str, *values: str, kind: str = "select") -> Field:
    return field(key, kind, options=tuple(Option(value, text(value.upper())) for value in values))


def moved(old: list[Field], new: list[Field], raw: dict[str, Any]) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    carried, left = carried_over(old, new, raw, CONTEXT)
    return carried, [(answer.label.en, answer.text) for answer in left]


def test_an_unchanged_form_takes_everything() -> None:
    form = [field("subject"), choice("kind", "a", "b"), field("files", "file")]
    raw = {"subject": "Words", "kind": "a", "files": ["token"]}
    assert moved(form, form, raw) == (raw, [])


def test_an_answer_without_a_field_is_shown_with_its_label() -> None:
    assert moved([field("subject"), field("floor")], [field("subject")], {"subject": "Words", "floor": "Third"}) == (
        {"subject": "Words"},
        [("Floor", "Third")],
    )


def test_a_field_of_another_type_is_another_field() -> None:
    carried, left = moved([field("when", "text")], [field("when", "date")], {"when": "after Easter"})
    assert (carried, left) == ({}, [("When", "after Easter")])


def test_an_option_that_is_gone_is_shown_in_words() -> None:
    old, new = choice("kind", "a", "b"), choice("kind", "b", "c")
    assert moved([old], [new], {"kind": "a"}) == ({}, [("Kind", "A")])
    assert moved([old], [new], {"kind": "b"}) == ({"kind": "b"}, [])
    many_old, many_new = choice("kinds", "a", "b", kind="multiselect"), choice("kinds", "b", kind="multiselect")
    assert moved([many_old], [many_new], {"kinds": ["a", "b"]}) == ({}, [("Kinds", "A, B")])


def test_a_table_fits_while_its_answered_columns_do() -> None:
    old = field("items", "lines", columns=(field("name"), field("size")))
    new = field("items", "lines", columns=(field("name"), field("colour")))
    assert moved([old], [new], {"items": [{"name": "Chair"}]}) == ({"items": [{"name": "Chair"}]}, [])
    assert moved([old], [new], {"items": [{"name": "Chair", "size": "L"}]}) == ({}, [("Items", "Chair · L")])


def test_what_says_nothing_is_not_shown() -> None:
    form = [field("subject"), field("floor"), choice("kinds", "a", kind="multiselect"), field("price", "money")]
    raw = {"subject": " ", "floor": None, "kinds": [], "price": {"amount": "", "currency": "PLN"}}
    assert moved(form, [], raw) == ({}, [])


def test_a_sensitive_answer_is_named_and_not_shown() -> None:
    table = field("people", "lines", columns=(field("name"), field("number", sensitive=True)))
    raw = {"passport": "AB1234567", "people": [{"name": "Ewa", "number": "AB1234567"}]}
    assert moved([field("passport", sensitive=True), table], [], raw) == ({}, [("Passport", ""), ("People", "")])


def test_an_answer_is_read_as_it_was_meant_or_else_as_it_was_typed() -> None:
    form = [field("day", "date"), field("period", "daterange"), field("sure", "bool"), field("price", "money")]
    raw = {
        "day": "24.11.2026",
        "period": {"from": "one day", "until": ""},
        "sure": True,
        "price": {"amount": "a dozen", "currency": "PLN"},
    }
    shown = {answer.label.en: answer.text for answer in readable_answers(form, raw, CONTEXT)}
    assert shown == {"Day": "24 Nov 2026", "Period": "one day", "Sure": "Yes", "Price": "a dozen PLN"}


def test_what_a_form_opens_with_is_no_answer_and_what_was_changed_is() -> None:
    form = [
        field("person", "user", default="me"),
        choice("kind", "a", "b"),
        field("sure", "bool", default=True),
        field("price", "money"),
        field("note", default="none"),
    ]
    opened = {"person": "me", "kind": None, "sure": True, "price": {"amount": "", "currency": "PLN"}, "note": "none"}
    assert touched(form, opened, CONTEXT) == {}
    changed = {"person": "Jan", "kind": "b", "sure": False, "price": {"amount": "1", "currency": "PLN"}, "note": ""}
    assert touched(form, changed, CONTEXT) == changed


def test_it_comes_back_from_storage_as_it_went() -> None:
    answer = ReadableAnswer(Text("Floor", "Piętro"), "Third")
    assert ReadableAnswer.from_json(answer.as_json()) == answer

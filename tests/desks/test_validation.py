"""Answers of a whole form: defaults, conditions, what is missing, what is unknown."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from deskcore.desks.fields import FIELD_TYPES, type_of
from deskcore.desks.forms import read_form
from deskcore.desks.schemas import NAMED, compile_schema, json_schema, validate
from deskcore.errors import Problem
from deskcore.hooks.contributions import RequestType, ShowIf, Text


@pytest.fixture(scope="session")
def outage(field_of, text):
    """Who is affected decides whether the team is asked for; a ticked box decides about the reason."""
    return (
        field_of(
            "select", "service", required=True, missing=Text("Select what does not work", "Wybierz, co nie działa")
        ),
        field_of("multiselect", "affected", default=["mail"]),
        field_of("text", "team", required=True, label=text("Team"), show_if=ShowIf("affected", ("network",))),
        field_of("bool", "urgent"),
        field_of("text", "reason", required=True, label=text("Why is it urgent?"), show_if=ShowIf("urgent", (True,))),
        field_of("text", "proof", required=True, label=text("VAT number"), show_if=ShowIf("urgent", (True,))),
    )


def test_a_default_stands_in_for_what_was_not_sent_but_not_for_what_was_emptied(outage, anna):
    assert validate(outage, {"service": "mail"}, anna) == ({"service": "mail", "affected": ["mail"]}, ())
    assert validate(outage, {"service": "mail", "affected": []}, anna) == ({"service": "mail"}, ())


def test_a_missing_answer_is_asked_for_in_the_words_of_the_form(outage, anna, ania):
    assert validate(outage, {}, anna)[1] == (Problem("Select what does not work", "answers.service"),)
    assert validate(outage, {}, ania)[1] == (Problem("Wybierz, co nie działa", "answers.service"),)


def test_a_missing_answer_without_own_words_is_asked_for_by_its_label(outage, anna):
    raw = {"service": "mail", "affected": ["network"], "urgent": True}
    assert [problem.message for problem in validate(outage, raw, anna)[1]] == [
        "Enter team",
        "Answer the question: Why is it urgent?",
        "Enter VAT number",
    ]


def test_a_hidden_field_is_neither_required_nor_kept_nor_wrong(outage, anna):
    raw = {"service": "mail", "team": "Sales", "reason": ["not even text"], "urgent": False}
    assert validate(outage, raw, anna) == ({"service": "mail", "affected": ["mail"], "urgent": False}, ())


def test_one_is_not_true_where_a_condition_asks_for_true(field_of, anna):
    fields = (field_of("int", "count"), field_of("text", "more", show_if=ShowIf("count", (True,))))
    assert validate(fields, {"count": 1, "more": "x"}, anna) == ({"count": 1}, ())


def test_a_field_behind_a_hidden_field_is_hidden_too(field_of, anna):
    fields = (
        field_of("bool", "a"),
        field_of("bool", "b", show_if=ShowIf("a", (True,)), default=True),
        field_of("text", "c", show_if=ShowIf("b", (True,)), required=True),
    )
    assert validate(fields, {"b": True, "c": "x"}, anna) == ({}, ())
    assert validate(fields, {"a": True, "c": "x"}, anna) == ({"a": True, "b": True, "c": "x"}, ())


def test_conditions_in_a_circle_show_their_fields(field_of, anna):
    fields = (
        field_of("bool", "a", show_if=ShowIf("b", (True,))),
        field_of("bool", "b", show_if=ShowIf("a", (True,))),
    )
    assert validate(fields, {"a": True, "b": True}, anna) == ({"a": True, "b": True}, ())


def test_an_unknown_field_is_named(outage, anna):
    answers, problems = validate(outage, {"service": "mail", "priority": "-1"}, anna)
    assert answers["service"] == "mail"
    assert problems == (Problem("This form has no field called “priority”. Leave it out.", "answers.priority"),)


def test_unknown_fields_are_named_up_to_a_limit(outage, anna):
    raw = {"service": "mail", **{f"f{number}": 1 for number in range(200)}}
    assert len(validate(outage, raw, anna)[1]) == NAMED


@pytest.mark.parametrize("raw", [None, [], "service=mail", 3, float("nan")])
def test_answers_that_are_no_object_are_refused(outage, anna, raw):
    assert [problem.field for problem in validate(outage, raw, anna)[1]] == ["answers"]


def test_a_cell_is_named_by_its_row_and_column(field_of, anna):
    raw = {"answer": [{"item": "Chair", "qty": 1}, {"item": "Desk", "qty": 0}, {"qty": 2}, {"item": "x", "colour": 1}]}
    assert [problem.field for problem in validate((field_of("lines"),), raw, anna)[1]] == [
        "answers.answer.1.qty",
        "answers.answer.2.item",
        "answers.answer.3.colour",
        "answers.answer.3.qty",
    ]


def test_a_required_table_with_empty_rows_is_missing(field_of, anna):
    assert validate((field_of("lines", required=True),), {"answer": [{}, {"item": " "}]}, anna)[1] == (
        Problem("Add your answer", "answers.answer"),
    )


def test_the_schema_of_a_form_version_is_compiled_once(outage):
    assert compile_schema(outage) is compile_schema(outage)
    assert compile_schema(list(outage)) is not compile_schema(outage)


def test_the_json_schema_says_what_is_required_and_what_depends(outage, text):
    request_type = RequestType("outage", "it", text("Outage"), text("Something is down"), fields=outage)
    schema = json_schema(request_type, "pl")
    assert schema["required"] == ["service"]
    assert schema["additionalProperties"] is False
    assert schema["properties"]["service"]["oneOf"][0] == {"const": "mail", "title": "Mail (pl)"}
    assert schema["properties"]["reason"]["x-show-if"] == {"field": "urgent", "values": [True]}
    assert schema["properties"]["affected"]["default"] == ["mail"]


# Any input --------------------------------------------------------------------------------------------------------

_words = st.text(max_size=40)
_likely = st.sampled_from(
    ["mail", "me", "today", "24.11.2026", "12,50", "0001-01-01", "9999-12-31T23:59:59-14:00", "\ud800"]
)
_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | _words | _likely,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["amount", "currency", "from", "until", "item", "qty", "price"]) | _words, inner, max_size=4
        )
    ),
    max_leaves=12,
)


@settings(deadline=None)
@given(data=st.data())
def test_no_json_ever_raises(field_of, anna, data):
    fields = tuple(field_of(name, key=name) for name in sorted(FIELD_TYPES))
    raw = data.draw(st.dictionaries(st.sampled_from(sorted(FIELD_TYPES)) | _words, _json, max_size=6))
    answers, problems = validate(fields, raw, anna)
    assert validate(fields, answers, anna) == (answers, ())
    assert all(problem.field.startswith("answers.") and problem.message for problem in problems)


@settings(deadline=None)
@given(data=st.data())
def test_no_posted_form_ever_raises(field_of, anna, data):
    fields = tuple(field_of(name, key=name) for name in sorted(FIELD_TYPES))
    names = st.sampled_from([*sorted(FIELD_TYPES), "money.amount", "daterange.from", "lines-0-item", "lines-1-qty"])
    form = MultiDict(data.draw(st.lists(st.tuples(names | _words, _words | _likely), max_size=12)))
    raw = read_form(fields, form, anna)
    assert set(raw) == {field.key for field in fields}
    answers, _problems = validate(fields, raw, anna)
    assert validate(fields, answers, anna) == (answers, ())


# There and back ---------------------------------------------------------------------------------------------------

_days = st.dates(date(1900, 1, 1), date(2199, 12, 31)).map(date.isoformat)
_moments = st.datetimes(datetime(1901, 1, 1), datetime(2199, 12, 30)).map(lambda at: at.strftime("%Y-%m-%dT%H:%M:%SZ"))
_money = st.fixed_dictionaries(
    {
        "amount": st.decimals(0, 10**9, places=2, allow_nan=False).map(str),
        "currency": st.sampled_from(["PLN", "EUR", "SEK"]),
    }
)
STORED = {
    "text": _words,
    "longtext": _words,
    "int": st.integers(-(2**53) + 1, 2**53 - 1),
    "money": _money,
    "date": _days,
    "daterange": st.tuples(_days, _days).map(sorted).map(lambda days: {"from": days[0], "until": days[1]}),
    "datetime": _moments,
    "bool": st.booleans(),
    "select": st.sampled_from(["mail", "network"]),
    "multiselect": st.lists(st.sampled_from(["mail", "network", "printer"]), unique=True),
    "user": st.sampled_from(["anna.nowak@meridian.example", "piotr.zielinski@meridian.example"]),
    "department": st.sampled_from(["it", "sales"]),
    "location": st.sampled_from(["krakow", "warsaw"]),
    "url": st.sampled_from(["http://a.example", "https://b.example/ą?q=1"]),
    "email": st.sampled_from(["a@b.example", "zażółć@b.example"]),
    "phone": st.sampled_from(["112", "+48 22 555 01 23"]),
    "file": st.lists(st.sampled_from(["token-1", "token-2"]), unique=True),
    "lines": st.lists(
        st.fixed_dictionaries(
            {"item": st.sampled_from(["Chair", "Desk"]), "qty": st.integers(1, 99)}, optional={"price": _money}
        ),
        max_size=4,
    ),
}


@pytest.mark.parametrize("type_name", sorted(FIELD_TYPES))
@pytest.mark.parametrize("language", ["en", "pl"])
@settings(deadline=None)
@given(data=st.data())
def test_a_stored_answer_survives_being_shown_in_a_form_and_sent_again(field_of, anna, ania, type_name, language, data):
    context = anna if language == "en" else ania
    field = field_of(type_name, required=type_name == "bool")
    stored, problems = validate((field,), {"answer": data.draw(STORED[type_name])}, context)
    assert problems == () or type_name in ("text", "longtext")
    form = MultiDict(type_of(field).to_form("answer", stored.get("answer"), field, context))
    again, _problems = validate((field,), read_form((field,), form, context), context)
    assert again == stored

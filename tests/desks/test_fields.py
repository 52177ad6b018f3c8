"""Each field type: what it accepts, what it refuses and with which words, how it displays."""

from __future__ import annotations

import pytest
import time_machine
from werkzeug.datastructures import MultiDict

from deskcore.desks.fields import FIELD_TYPES, EmptyLookup, FieldContext, type_of
from deskcore.desks.fields.base import resolve
from deskcore.desks.schemas import validate

pytestmark = pytest.mark.usefixtures("on_a_tuesday")


@pytest.fixture
def on_a_tuesday():
    with time_machine.travel("2026-11-24T10:00:00+00:00", tick=False):
        yield


GOOD = [
    ("text", "  Hello  ", "Hello"),
    ("text", "two\r\nlines", "two lines"),
    ("text", "e\u0301", "é"),
    ("text", "a\x00b\x07\x1b", "ab"),
    ("text", "half \ud83d pair", "half  pair"),
    ("text", "<script>alert(1)</script>", "<script>alert(1)</script>"),
    ("longtext", "one\r\ntwo\tthree\u2028four", "one\ntwo\tthree\nfour"),
    ("int", 3, 3),
    ("int", -7, -7),
    ("money", {"amount": "1 234,5", "currency": "pln"}, {"amount": "1234.50", "currency": "PLN"}),
    ("money", {"amount": "1,234.50", "currency": "EUR"}, {"amount": "1234.50", "currency": "EUR"}),
    ("money", {"amount": 12}, {"amount": "12.00", "currency": "PLN"}),
    ("money", {"amount": "-0", "currency": "JPY"}, {"amount": "0", "currency": "JPY"}),
    ("date", "2026-11-24", "2026-11-24"),
    ("date", "24.11.2026", "2026-11-24"),
    ("date", "4. 1. 2027", "2027-01-04"),
    ("date", "24/11/2026", "2026-11-24"),
    ("date", "24 listopada 2026", "2026-11-24"),
    ("date", "24 Nov 2026", "2026-11-24"),
    ("date", "Tomorrow", "2026-11-25"),
    ("date", "jutro", "2026-11-25"),
    ("date", "dziś", "2026-11-24"),
    ("daterange", {"from": "today", "until": "28.11.2026"}, {"from": "2026-11-24", "until": "2026-11-28"}),
    ("datetime", "24.11.2026 14:30", "2026-11-24T13:30:00Z"),
    ("datetime", "2026-11-24T14:30", "2026-11-24T13:30:00Z"),
    ("datetime", "2026-11-24T14:30:00+05:30", "2026-11-24T09:00:00Z"),
    ("datetime", "tomorrow 9:00", "2026-11-25T08:00:00Z"),
    ("datetime", "now", "2026-11-24T10:00:00Z"),
    ("datetime", "25.10.2026 02:30", "2026-10-25T00:30:00Z"),
    ("datetime", "25.10.2026 02:30 +01:00", "2026-10-25T01:30:00Z"),
    ("bool", False, False),
    ("select", "mail", "mail"),
    ("multiselect", ["printer", "mail", "mail"], ["mail", "printer"]),
    ("user", "piotr", "piotr.zielinski@meridian.example"),
    ("user", "ANNA.NOWAK@meridian.example", "anna.nowak@meridian.example"),
    ("user", "Anna Nowak <anna.nowak@meridian.example>", "anna.nowak@meridian.example"),
    ("user", "Anna Kowalska (me)", "anna.kowalska@meridian.example"),
    ("user", "me", "anna.kowalska@meridian.example"),
    ("department", "sales", "sales"),
    ("location", "Warszawa", "warsaw"),
    ("url", "https://example.com/a?b=c#d", "https://example.com/a?b=c#d"),
    ("email", "anna@example.com", "anna@example.com"),
    ("phone", "+48 22  555 01 23", "+48 22 555 01 23"),
    ("file", ["token-1", "token-1"], ["token-1"]),
    ("lines", [{"item": "Chair", "qty": 2}, {}, None], [{"item": "Chair", "qty": 2}]),
]


@pytest.mark.parametrize(("type_name", "sent", "stored"), GOOD)
def test_a_good_answer_is_stored_in_one_form(field_of, anna, type_name, sent, stored):
    assert validate((field_of(type_name),), {"answer": sent}, anna) == ({"answer": stored}, ())


@pytest.mark.parametrize(("type_name", "sent", "stored"), GOOD)
def test_a_stored_answer_is_accepted_as_it_is(field_of, anna, type_name, sent, stored):
    assert validate((field_of(type_name),), {"answer": stored}, anna) == ({"answer": stored}, ())


BAD = [
    ("text", ["x"], "as text"),
    ("text", {"a": 1}, "as text"),
    ("text", True, "as text"),
    ("text", 5, "as text"),
    ("text", "S" * 10_000, "500 characters; it has 10000"),
    ("longtext", "x" * 50_001, "50000 characters"),
    ("int", "3", "whole number"),
    ("int", True, "whole number"),
    ("int", 1.0, "whole number"),
    ("int", float("nan"), "whole number"),
    ("int", 2**60, "or less"),
    ("money", {"amount": float("inf"), "currency": "PLN"}, "in digits"),
    ("money", {"amount": 1e308, "currency": "PLN"}, "in digits"),
    ("money", {"amount": True, "currency": "PLN"}, "in digits"),
    ("money", {"amount": "NaN", "currency": "PLN"}, "in digits"),
    ("money", {"amount": "1,234", "currency": "PLN"}, "decimal places"),
    ("money", {"amount": "-5", "currency": "PLN"}, "0 or more"),
    ("money", {"amount": "5", "currency": "XYZ"}, "three letters"),
    ("money", {"amount": "5", "currency": ["PLN"]}, "three letters"),
    ("money", {"amount": "5", "tax": "1"}, "amount and a currency"),
    ("money", "12.50 PLN", "amount and a currency"),
    ("date", "01/02/03", "several days"),
    ("date", "01/02/2026", "several days"),
    ("date", "24.11.26", "several days"),
    ("date", "31.02.2026", "does not exist"),
    ("date", "0001-01-01", "Check the year"),
    ("date", "soon", "like 24.11.2026"),
    ("date", "2026-11-24" + " " * 200, "like 24.11.2026"),
    ("date", 20261124, "as text"),
    ("daterange", {"from": "2026-11-24"}, "last day too"),
    ("daterange", {"until": "2026-11-24"}, "first day too"),
    ("daterange", {"from": "2026-11-24", "until": "2026-11-23"}, "not before the first"),
    ("daterange", {"from": ["x"], "until": "2026-11-23"}, "as text"),
    ("daterange", "2026-11-24", "first and the last"),
    ("datetime", "24.11.2026", "Add the time"),
    ("datetime", "24.11.2026 25:00", "time does not exist"),
    ("datetime", "29.03.2026 02:30", "Clocks go forward that day and 02:30 is skipped. Write 29.03.2026 03:30"),
    ("datetime", "2026-11-24T14:30:00+99:00", "time zone does not exist"),
    ("datetime", "0001-01-01T00:00:00+14:00", "Check the year"),
    ("bool", "yes", "yes or no"),
    ("bool", 1, "yes or no"),
    ("select", "finance-confidential", "one of the options"),
    ("select", ["1", "2"], "one of the options"),
    ("select", {"$gt": ""}, "one of the options"),
    ("multiselect", ["mail", "fax"], "only from the options"),
    ("multiselect", "mail", "only from the options"),
    ("multiselect", [["mail"]], "only from the options"),
    ("user", "Anna", "several"),
    ("user", "Nobody", "found nobody"),
    ("user", "x" * 300, "found nobody"),
    ("user", 7, "as text"),
    ("department", "hr", "don't know"),
    ("url", "javascript:alert(1)//http://ok.example", "whole web address"),
    ("url", "https://", "whole web address"),
    ("url", "http://[", "whole web address"),
    ("url", "http://example.com:99999", "whole web address"),
    ("url", "https://bank.example@evil.example", "whole web address"),
    ("email", "anna@", "e-mail address"),
    ("email", 'Anna", <victim@victim.test>, "x', "e-mail address"),
    ("phone", "call me", "digits"),
    ("phone", "12", "digits"),
    ("file", ["token-of-somebody-else"], "Add it again"),
    ("file", "token-1", "list of uploaded files"),
    ("file", [f"token-{number}" for number in range(21)], "at most 20 files"),
    ("lines", {"item": "Chair"}, "list of rows"),
    ("lines", [["Chair"]], "each row"),
    ("lines", [{"item": "x", "qty": 1}] * 201, "at most 200 rows"),
]


@pytest.mark.parametrize(("type_name", "sent", "words"), BAD)
def test_a_bad_answer_is_refused_with_a_sentence_that_helps(field_of, anna, type_name, sent, words):
    answers, problems = validate((field_of(type_name),), {"answer": sent}, anna)
    assert answers == {}
    assert len(problems) == 1
    assert words in problems[0].message
    assert problems[0].field.startswith("answers.answer")


@pytest.mark.parametrize("type_name", ["text", "longtext", "date", "select", "user", "money"])
@pytest.mark.parametrize("nothing", ["", None, "\u200b \u00a0\t\n", "\u3164\u2800\x00"])
def test_what_nobody_can_see_counts_as_empty(field_of, anna, type_name, nothing):
    answers, problems = validate((field_of(type_name, required=True),), {"answer": nothing}, anna)
    assert answers == {}
    assert [problem.field for problem in problems] == ["answers.answer"]


FORMS = [
    ("text", [("answer", "Hi")], "Hi"),
    ("int", [("answer", "1 200")], 1200),
    ("int", [("answer", "12 apples")], "12 apples"),
    ("int", [("answer", "9" * 100_000)], "9" * 100_000),
    ("money", [("answer.amount", "12,50"), ("answer.currency", "EUR")], {"amount": "12,50", "currency": "EUR"}),
    ("money", [("answer", "12,50 zł")], {"amount": "12,50", "currency": "PLN"}),
    ("daterange", [("answer.from", "today"), ("answer.until", "")], {"from": "today", "until": ""}),
    ("bool", [("answer", "tak")], True),
    ("bool", [("answer", "no")], False),
    ("select", [("answer", "1"), ("answer", "2")], ["1", "2"]),
    ("multiselect", [("answer", ""), ("answer", "mail"), ("answer", "network")], ["mail", "network"]),
    ("file", [("answer", "token-1"), ("answer", "token-2"), ("answer.remove", "token-1")], ["token-2"]),
    (
        "lines",
        [("answer-7-item", "Desk"), ("answer-7-qty", "1"), ("answer-2-item", "Chair"), ("answer-3-item", " ")],
        [{"item": "Chair"}, {"item": "Desk", "qty": 1}],
    ),
]


@pytest.mark.parametrize(("type_name", "pairs", "raw"), FORMS)
def test_a_form_is_read_without_losing_what_was_written(field_of, anna, type_name, pairs, raw):
    field = field_of(type_name)
    read = type_of(field).from_form(MultiDict(pairs), "answer", field, anna)
    assert [row for row in read if row] == raw if type_name == "lines" else read == raw


CELLS = [
    ("text", "Hi", "Hi"),
    ("int", "1 200", 1200),
    ("bool", "Tak", True),
    ("bool", "maybe", "maybe"),
    ("money", "12.50 eur", {"amount": "12.50", "currency": "EUR"}),
    ("money", "12,50", {"amount": "12,50", "currency": "PLN"}),
    ("daterange", "24.11.2026 – 28.11.2026", {"from": "24.11.2026", "until": "28.11.2026"}),
    ("daterange", "2026-11-24/2026-11-28", {"from": "2026-11-24", "until": "2026-11-28"}),
    ("daterange", "24/11/2026", {"from": "24/11/2026", "until": "24/11/2026"}),
    ("multiselect", "mail; printer,", ["mail", "printer"]),
    ("file", "token-1 token-2", ["token-1", "token-2"]),
]


@pytest.mark.parametrize(("type_name", "cell", "raw"), CELLS)
def test_a_cell_of_an_imported_file_is_read_as_a_form_control_is(field_of, anna, type_name, cell, raw):
    field = field_of(type_name)
    assert type_of(field).from_text(cell, field, anna) == raw


ODD = [
    None,
    True,
    7,
    1.5,
    "words",
    "2026-99-99",
    "2026-11-24T99:00:00Z",
    [],
    [3],
    ["x"],
    {},
    {"amount": 1},
    {"from": 1},
]


@pytest.mark.parametrize("type_name", sorted(FIELD_TYPES))
@pytest.mark.parametrize("value", ODD, ids=repr)
def test_what_an_older_form_or_a_draft_left_behind_can_still_be_shown(field_of, anna, type_name, value):
    field = field_of(type_name)
    assert isinstance(type_of(field).display(field, value, anna), str)
    assert all(isinstance(part, str) for pair in type_of(field).to_form("x", value, field, anna) for part in pair)


def test_a_table_of_any_length_is_read_in_bounded_size(field_of, anna):
    field = field_of("lines")
    form = MultiDict([(f"answer-{number}-item", "x") for number in range(5_000)])
    assert len(type_of(field).from_form(form, "answer", field, anna)) == 201


DISPLAYED = [
    ("bool", True, "Yes", "Tak"),
    ("money", {"amount": "1234.50", "currency": "PLN"}, "1,234.50 PLN", "1 234,50 zł"),
    ("date", "2026-11-24", "24 Nov 2026", "24 lis 2026"),
    ("daterange", {"from": "2026-11-24", "until": "2026-11-28"}, "24 Nov 2026 – 28 Nov 2026", None),
    ("datetime", "2026-11-24T13:30:00Z", "24 Nov 2026, 14:30", "24 lis 2026, 14:30"),
    ("select", "mail", "Mail", "Mail (pl)"),
    ("select", "an option of last year", "an option of last year", None),
    ("multiselect", ["mail", "printer"], "Mail, Printer", None),
    ("user", "anna.nowak@meridian.example", "Anna Nowak", None),
    ("user", "gone@meridian.example", "gone@meridian.example", None),
    ("location", "krakow", "Kraków", None),
    ("file", ["token-1"], "screenshot.png", None),
    ("lines", [{"item": "Chair", "qty": 2}, {"item": "Desk", "qty": 1}], "Chair · 2\nDesk · 1", None),
]


@pytest.mark.parametrize(("type_name", "value", "english", "polish"), DISPLAYED)
def test_an_answer_is_displayed_in_the_readers_language(field_of, anna, ania, type_name, value, english, polish):
    field = field_of(type_name)
    for context, expected in ((anna, english), (ania, polish)):
        if expected is not None:
            assert type_of(field).display(field, value, context).replace("\u00a0", " ") == expected


def test_the_hour_that_happens_twice_is_shown_with_its_offset(field_of, anna):
    field = field_of("datetime")
    shown = [type_of(field).to_form("x", f"2026-10-25T{hour}:30:00Z", field, anna) for hour in ("00", "01")]
    assert shown == [[("x", "25.10.2026 02:30")], [("x", "25.10.2026 02:30 +01:00")]]


@pytest.mark.parametrize("type_name", sorted(FIELD_TYPES))
def test_every_type_describes_itself(field_of, type_name):
    field = field_of(type_name)
    assert FIELD_TYPES[type_name].json_schema(field, "pl")["type"]
    assert FIELD_TYPES[type_name].control_for(field)
    assert FIELD_TYPES[type_name].marshmallow_field(field).required is False


def test_a_type_whose_plugin_is_off_is_asked_as_its_fallback_and_keeps_its_value(field_of, anna):
    field = field_of("asset", fallback="text")
    assert validate((field,), {"answer": "LT-0231"}, anna) == ({"answer": "LT-0231"}, ())
    assert resolve(field_of("asset", fallback="gone"), FIELD_TYPES, {}) is FIELD_TYPES["text"]


def test_a_type_of_a_plugin_wins_over_its_fallback(field_of):
    field = field_of("asset", fallback="text")
    context = FieldContext(plugin_types={"asset": FIELD_TYPES["int"]})
    assert validate((field,), {"answer": 7}, context) == ({"answer": 7}, ())


def test_a_lookup_that_knows_nothing_finds_and_labels_nothing():
    lookup = EmptyLookup()
    assert (lookup.find("user", "a"), lookup.label("user", "a"), lookup.choices("user")) == ((), None, ())

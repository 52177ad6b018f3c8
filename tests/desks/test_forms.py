"""Forms without JavaScript: what the macro gets, what was posted, and when there is another step."""

from __future__ import annotations

import pytest
from werkzeug.datastructures import MultiDict

from deskcore.desks.forms import build_form, needs_another_step, read_form, shown_fields
from deskcore.desks.schemas import validate
from deskcore.hooks.contributions import ShowIf


@pytest.fixture(scope="session")
def outage(field_of, text):
    return (
        field_of("select", "service", required=True),
        field_of("bool", "urgent"),
        field_of("text", "reason", required=True, show_if=ShowIf("urgent", (True,)), hint=text("In a word")),
        field_of("user", "person", default="me"),
        field_of("lines", "items"),
        field_of("money", "price"),
    )


def test_a_first_form_shows_defaults_and_no_errors(outage, anna):
    form = build_form(outage, {}, anna)
    service, urgent, reason, person, items, price = form.fields
    assert form.errors == ()
    assert (service.control, service.id, service.optional) == ("radio", "f-service", False)
    assert [option.label for option in service.options] == ["Mail", "Network", "Printer"]
    assert (urgent.control, urgent.checked) == ("checkbox", False)
    assert (reason.visible, reason.show_if_field, reason.show_if_values) == (False, "urgent", '["yes"]')
    assert reason.described_by == "f-reason-hint"
    assert person.value == "Anna Kowalska <anna.kowalska@meridian.example>"
    assert [column.label for column in items.columns] == ["Item", "Quantity", "Unit price"]
    assert [row[1].name for row in items.rows] == ["items-0-qty", "items-1-qty", "items-2-qty"]
    assert [(part.name, part.id) for part in price.parts] == [("price.amount", "f-price"),
                                                              ("price.currency", "f-price-currency")]  # fmt: skip
    assert [option.value for option in price.parts[1].options if option.selected] == ["PLN"]


def test_a_form_with_errors_keeps_what_was_written_and_links_each_error(outage, anna):
    posted = MultiDict(
        [
            ("service", "fax"),
            ("person", "Anna"),
            ("items-0-item", "Chair"),
            ("items-0-qty", "two"),
            ("price.amount", "x"),
        ]
    )
    raw = read_form(outage, posted, anna)
    form = build_form(outage, raw, anna, validate(outage, raw, anna)[1])
    service, _urgent, _reason, person, items, price = form.fields
    assert [error.id for error in form.errors] == ["f-service", "f-person", "f-items-0-qty", "f-price"]
    assert service.error == form.errors[0].message
    assert (person.value, [each.label for each in person.candidates]) == ("Anna", ["Anna Kowalska", "Anna Nowak"])
    assert [(cell.value, bool(cell.error)) for cell in items.rows[0]] == [("Chair", False), ("two", True), ("", False)]
    assert items.rows[0][1].described_by == "f-items-0-qty-error"
    assert len(items.rows) == 2
    assert price.parts[0].value == "x"


def test_an_error_of_no_field_is_in_the_summary_without_a_link(outage, anna):
    raw = {"service": "mail", "desk": "hr"}
    form = build_form(outage, raw, anna, validate(outage, raw, anna)[1])
    assert [error.id for error in form.errors] == [""]


def test_more_rows_are_added_up_to_the_maximum(field_of, anna):
    fields = (field_of("lines", "items", maximum=4),)
    raw = {"items": [{"item": "Chair", "qty": 1}] * 2}
    assert len(build_form(fields, raw, anna).fields[0].rows) == 3
    assert len(build_form(fields, raw, anna, more_rows=["items"]).fields[0].rows) == 4


def test_an_answer_that_reveals_fields_asks_for_another_step(outage, anna):
    posted = MultiDict([("service", "mail"), ("urgent", "yes")] + [("_shown", key) for key in ("service", "urgent")])
    raw = read_form(outage, posted, anna)
    revealed = needs_another_step(outage, raw, shown_fields(posted), anna)
    assert [field.key for field in revealed] == ["reason", "person", "items", "price"]
    assert build_form(outage, raw, anna).fields[2].visible
    assert build_form(outage, raw, anna).fields[3].value.startswith("Anna Kowalska"), "the default still stands"

    for key in ("reason", "person", "items", "price"):
        posted.add("_shown", key)
    raw = read_form(outage, posted, anna)
    assert needs_another_step(outage, raw, shown_fields(posted), anna) == ()
    assert [problem.field for problem in validate(outage, raw, anna)[1]] == ["answers.reason"]


def test_a_form_that_does_not_say_what_it_showed_has_one_step(outage, anna):
    posted = MultiDict([("service", "mail"), ("urgent", "yes")])
    assert needs_another_step(outage, read_form(outage, posted, anna), shown_fields(posted), anna) == ()


def test_an_unticked_box_means_no_and_an_emptied_field_stays_empty(outage, anna):
    raw = read_form(outage, MultiDict([("service", "mail"), ("person", "")]), anna)
    assert raw["urgent"] is False
    assert validate(outage, raw, anna)[0] == {"service": "mail", "urgent": False}


def test_a_required_yes_or_no_is_a_question_that_silence_does_not_answer(field_of, anna):
    fields = (field_of("bool", "stopped", required=True),)
    view = build_form(fields, {"stopped": False}, anna).fields[0]
    assert (view.control, [option.selected for option in view.options]) == ("yesno", [False, True])
    assert validate(fields, read_form(fields, MultiDict(), anna), anna)[1][0].field == "answers.stopped"


def test_new_uploads_join_those_of_an_earlier_step(field_of, anna):
    fields = (field_of("file", "shot"),)
    posted = MultiDict([("shot", "token-1")])
    raw = read_form(fields, posted, anna, uploads={"shot": ["token-2"]})
    assert validate(fields, raw, anna) == ({"shot": ["token-1", "token-2"]}, ())
    assert [option.label for option in build_form(fields, raw, anna).fields[0].options] == ["screenshot.png", "log.txt"]
    assert posted.getlist("shot") == ["token-1"]


def test_departments_are_offered_by_name(field_of, anna):
    view = build_form((field_of("department"),), {"answer": "it"}, anna).fields[0]
    assert [(option.label, option.selected) for option in view.options] == [("Sales", False), ("IT", True)]

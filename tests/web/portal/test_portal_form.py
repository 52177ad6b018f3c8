"""Filling in the form of a service: corrected, continued, sent once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask
from sqlalchemy import select

from deskcore.desks.models import RequestTypeOverride, RequestTypeRow
from deskcore.desks.services import refresh
from deskcore.extensions import db
from deskcore.tickets.conversation_models import Attachment
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as, unit_of_work

FAULT = "/services/it-incident"
WORDS = {"service": "printer", "what_happened": "Paper jams on floor 3", "affected": "team"}


def test_a_fault_is_reported_in_three_clicks(anna: Any, tickets: Callable[[], list[Any]]) -> None:
    anna.open("/")
    anna.click("Report a fault")
    anna.click("Tell us what happens")
    page = anna.send(FAULT, **WORDS)
    assert anna.path.endswith("/sent")
    (ticket,) = tickets()
    assert ticket.number in page.title
    assert (ticket.subject, ticket.description) == ("Paper jams on floor 3", "Paper jams on floor 3")
    assert (ticket.channel, ticket.answers["affected"]) == ("portal", "team")


def test_the_sent_page_says_who_reads_it_and_how_long_it_usually_takes(anna: Any) -> None:
    anna.open(FAULT)
    page = anna.send(FAULT, **WORDS)
    assert "IT support" in page.text
    assert "4\u00a0hours" in page.text
    assert anna.open(anna.path).headings == page.headings  # a reload is safe


def test_what_is_missing_is_said_above_and_beside_in_the_same_words(
    anna: Any, tickets: Callable[[], list[Any]]
) -> None:
    anna.open(FAULT)
    page = anna.send(FAULT, affected="site")
    assert anna.status == 422
    assert page.title.startswith("Error: ")
    assert page.summary == ["Select what doesn't work", "Describe what happens"]
    assert page.inline_errors == page.summary
    assert page.form(FAULT).values("affected") == ["site"]
    assert tickets() == []


def test_an_error_keeps_every_character(anna: Any) -> None:
    for text in ("<script>alert(1)</script>", "first\nsecond", "Zażółć gęślą jaźń", " =1+1"):
        anna.open(FAULT)
        page = anna.send(FAULT, what_happened=text)
        assert anna.status == 422
        assert page.form(FAULT).values("what_happened") == [text]
        assert "<script>alert" not in page.source


def test_text_that_nobody_can_see_counts_as_missing(anna: Any) -> None:
    anna.open(FAULT)
    page = anna.send(FAULT, **(WORDS | {"what_happened": "\u200b \u00a0\t\n"}))
    assert (anna.status, page.summary) == (422, ["Describe what happens"])


def test_an_error_keeps_the_files(app: Flask, anna: Any, file_of: Callable[..., Any]) -> None:
    anna.open(FAULT)
    page = anna.send(FAULT, service="mail", screenshot=file_of("błąd.png"))
    assert anna.status == 422
    assert "błąd.png" in page.text
    anna.send(FAULT, what_happened="It says 0x80")
    assert anna.path.endswith("/sent")
    with app.app_context(), acting_as(SYSTEM) as session:
        assert session.scalars(select(Attachment.name)).all() == ["błąd.png"]


def test_a_kept_file_can_be_taken_away(app: Flask, anna: Any, file_of: Callable[..., Any]) -> None:
    anna.open(FAULT)
    page = anna.send(FAULT, service="mail", screenshot=file_of())
    token = page.form(FAULT).values("screenshot")[0]
    anna.send(FAULT, what_happened="It says 0x80", **{"screenshot.remove": token})
    with app.app_context(), acting_as(SYSTEM) as session:
        assert session.scalars(select(Attachment)).all() == []


def test_a_file_of_somebody_else_cannot_be_attached(anna: Any, jan: Any, file_of: Callable[..., Any]) -> None:
    anna.open(FAULT)
    token = anna.send(FAULT, service="mail", screenshot=file_of()).form(FAULT).values("screenshot")[0]
    jan.open(FAULT)
    page = jan.send(FAULT, **WORDS, screenshot=token)
    assert jan.status == 422
    assert page.summary == ["One of the files is not here any more. Add it again."]


def test_a_file_over_the_limit_is_named_and_the_text_stays(anna: Any, file_of: Callable[..., Any]) -> None:
    anna.open(FAULT)
    page = anna.send(FAULT, **WORDS, screenshot=file_of("big.bin", bytes(25 * 1024 * 1024 + 1)))
    assert (anna.status, page.summary) == (413, ["A file may have at most 25 MB."])
    assert page.form(FAULT).values("what_happened") == [WORDS["what_happened"]]


def test_without_javascript_answers_reveal_further_questions(
    anna: Any, offices: None, tickets: Callable[[], list[Any]]
) -> None:
    address = "/services/it-hardware-request"
    page = anna.open(address)
    assert page.form(address).values("laptop_model") == []
    common = {"kind": "laptop", "reason": "new", "cost_center": "S-12", "location": "Kraków"}
    page = anna.send(address, **common)
    assert anna.status == 200
    assert "a few more questions" in page.text
    assert tickets() == []
    assert page.form(address).values("cost_center") == ["S-12"]
    anna.send(address, laptop_model="light13")
    assert anna.path.endswith("/sent")
    assert tickets()[0].answers["laptop_model"] == "light13"
    assert tickets()[0].answers["for_user"] == "anna.kowalska@meridian.example"


def test_a_field_that_is_not_asked_for_is_not_stored(
    anna: Any, offices: None, tickets: Callable[[], list[Any]]
) -> None:
    address = "/services/it-hardware-request"
    anna.open(address)
    common = {"kind": "laptop", "reason": "new", "cost_center": "S-12", "location": "Kraków"}
    anna.send(address, **common)
    anna.send(address, kind="other", laptop_model="light13")
    anna.send(address, other_item="A whiteboard")
    assert tickets()[0].answers["kind"] == "other"
    assert "laptop_model" not in tickets()[0].answers


def test_sending_a_form_twice_opens_one_request(anna: Any, tickets: Callable[[], list[Any]]) -> None:
    anna.open(FAULT)
    data = anna.filled(FAULT, **WORDS)
    anna.post(FAULT, data)
    first = anna.path
    anna.post(FAULT, data)
    assert (anna.path, len(tickets())) == (first, 1)


def test_sending_a_form_with_a_file_twice_opens_one_request(
    app: Flask, anna: Any, file_of: Callable[..., Any], tickets: Callable[[], list[Any]]
) -> None:
    anna.open(FAULT)
    data = anna.filled(FAULT, **WORDS)
    anna.post(FAULT, data | {"screenshot": file_of()})
    first = anna.path
    anna.post(FAULT, data | {"screenshot": file_of()})
    assert (anna.path, len(tickets())) == (first, 1)
    with app.app_context(), acting_as(SYSTEM) as session:
        assert len(session.scalars(select(Attachment)).all()) == 1


def test_a_form_changed_after_sending_becomes_a_new_request_on_purpose(
    anna: Any, tickets: Callable[[], list[Any]]
) -> None:
    anna.open(FAULT)
    data = anna.filled(FAULT, **WORDS)
    anna.post(FAULT, data)
    page = anna.post(FAULT, data | {"what_happened": "Now the scanner too"})
    assert anna.status == 422
    assert page.summary[0].startswith("You have already sent this form.")
    assert page.form(FAULT).values("what_happened") == ["Now the scanner too"]
    anna.send(FAULT)
    assert [ticket.subject for ticket in tickets()] == ["Paper jams on floor 3", "Now the scanner too"]


FORGED: tuple[dict[str, Any], ...] = (
    {"desk": "finance-confidential", "priority": "-1"},
    {"category_id": ["1", "2"], "priority": "{'$gt': ''}"},
    {"requester": "jan.wojcik@meridian.example"},
    {"request_type": "question", "team": "l3"},
)


def test_nobody_picks_desk_priority_or_requester(anna: Any, tickets: Callable[[], list[Any]]) -> None:
    for forged in FORGED:
        anna.open(FAULT)
        page = anna.send(FAULT, **WORDS, **forged)
        assert anna.status == 422, forged
        assert len(page.summary) == len(forged)
    assert tickets() == []


def test_a_choice_outside_its_list_is_refused(anna: Any, tickets: Callable[[], list[Any]]) -> None:
    for value in ("castle", "", ["mail", "printer"], "mail' OR 1=1"):
        anna.open(FAULT)
        anna.send(FAULT, **(WORDS | {"service": value}))
        assert anna.status == 422, value
    assert tickets() == []


def test_too_long_a_subject_names_its_limit(anna: Any) -> None:
    address = "/services/it-question"
    anna.open(address)
    page = anna.send(address, subject="S" * 10_000, description="more")
    assert anna.status == 422
    assert "200" in page.summary[0]


def test_a_form_without_its_token_changes_nothing(app: Flask, anna: Any, tickets: Callable[[], list[Any]]) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    anna.open(FAULT)
    data = anna.filled(FAULT, **WORDS)
    for token in ("", "forged"):
        anna.post(FAULT, data | {"csrf_token": token})
        assert anna.status == 403
    assert tickets() == []
    anna.post(FAULT, data)
    assert len(tickets()) == 1


def test_the_words_of_a_search_begin_the_form(anna: Any) -> None:
    anna.open("/search?q=the+printer+is+not+working")
    page = anna.click("Tell us what happens")
    assert page.form(FAULT).values("what_happened") == ["the printer is not working"]


def test_what_fits_nowhere_leads_to_the_general_form(anna: Any) -> None:
    anna.open("/services/other?words=parking")
    assert anna.path.startswith("/services/it-question")
    assert anna.page.form("/services/it-question").values("description") == ["parking"]


def test_a_closed_service_says_so_and_takes_nothing(app: Flask, anna: Any, tickets: Callable[[], list[Any]]) -> None:
    anna.open(FAULT)
    data = anna.filled(FAULT, **WORDS)
    with app.app_context():
        with unit_of_work() as session:
            row = session.scalars(select(RequestTypeRow).where(RequestTypeRow.key == "incident")).one()
            session.add(RequestTypeOverride(request_type_id=row.id, key="offered", value=False))
        refresh()
        db.session.remove()
    assert "takes no new requests at the moment" in anna.open(FAULT).text
    page = anna.post(FAULT, data)
    assert (anna.status, tickets()) == (422, [])
    assert page.form(FAULT).values("what_happened") == [WORDS["what_happened"]]
    assert "Tell us what happens" not in anna.open("/services").text


def test_an_unknown_service_is_not_found(anna: Any) -> None:
    anna.open("/services/it-castle")
    assert anna.status == 404


def test_the_form_speaks_polish(anna: Any) -> None:
    anna.open(FAULT, headers={"Accept-Language": "pl"})
    data = anna.filled(FAULT)
    response = anna.client.post(FAULT, data=data, headers={"Accept-Language": "pl"})
    assert "Wybierz, co nie działa" in response.text
    assert "Select what" not in response.text

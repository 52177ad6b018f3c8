"""A ticket for somebody who phoned or came by."""

from __future__ import annotations

import re
from typing import Any

from flask import Flask

from deskcore.people.services import create_person

ANNA = "anna.kowalska@meridian.example"
START = f"/agent/tickets/new?requester={ANNA}&service=it-incident"


def posted(agent: Any, **fields: Any) -> Any:
    """Send the form of the page that came last."""
    return agent.post(START, idempotency_key=agent.hidden("idempotency_key"), **fields)


def test_the_requester_is_found_by_name_and_the_address_then_says_who_it_is(marek: Any) -> None:
    page = marek.get("/agent/tickets/new?requester=Anna+Kowalska")
    assert page.request.args["requester"] == ANNA


def test_a_name_that_several_people_have_is_chosen_from_a_list(app: Flask, marek: Any) -> None:
    with app.app_context():
        create_person("anna.kowal@meridian.example", "Anna Kowal")
    page = marek.get("/agent/tickets/new?requester=Kowal").text
    choices = re.findall(r'type="radio" name="requester" value="([^"]+)" required>', page)
    assert {ANNA, "anna.kowal@meridian.example"} <= set(choices)


def test_a_name_that_nobody_has_says_what_to_write(marek: Any) -> None:
    page = marek.get("/agent/tickets/new?requester=Zebediah").text
    assert "We found nobody called “Zebediah”." in page
    assert 'value="Zebediah"' in page


def test_recent_tickets_of_the_requester_stand_beside_the_form(marek: Any, opens: Any) -> None:
    number = opens("Mouse is broken")
    page = marek.get(START).text
    assert number in page
    assert "Mouse is broken" in page


def test_an_agent_opens_a_ticket_for_somebody(marek: Any) -> None:
    marek.get(START)
    fields = required_answers(marek.page.text)
    page = posted(marek, **fields, _channel="walk_in", _priority="high", _go="open")
    assert page.status_code == 200, page.text
    assert re.fullmatch(r"/agent/tickets/IT-\d+", page.request.path)
    assert "in person, noted by Marek Nowak" in page.text
    assert "Anna Kowalska" in page.text
    assert "High" in page.text


def test_the_same_form_opens_one_ticket_only(marek: Any) -> None:
    marek.get(START)
    fields, key = required_answers(marek.page.text), marek.hidden("idempotency_key")
    first = marek.post(START, idempotency_key=key, _go="open", **fields).request.path
    second = marek.post(START, idempotency_key=key, _go="open", **fields).request.path
    assert first == second


def test_one_can_go_on_to_the_next_caller(marek: Any) -> None:
    marek.get(START)
    page = posted(marek, **required_answers(marek.page.text), _go="next")
    assert page.request.path == "/agent/tickets/new"
    assert "was opened." in page.text


def test_what_is_missing_is_named_and_what_was_written_is_kept(marek: Any) -> None:
    marek.get(START)
    fields = required_answers(marek.page.text)
    fields["what_happened"] = ""
    page = posted(marek, **fields, _channel="walk_in", _priority="urgent")
    assert page.status_code == 422
    assert 'id="error-summary"' in page.text
    assert 'name="_channel" value="walk_in" checked' in page.text
    assert 'value="urgent" selected' in page.text


def required_answers(html: str) -> dict[str, Any]:
    """Answer the fields of the form as a browser would post them when only what is required was filled."""
    form = html.partition('enctype="multipart/form-data"')[2].partition("</form>")[0]
    fields: dict[str, Any] = {"_shown": re.findall(r'name="_shown" value="([^"]+)"', form)}
    selects = re.findall(r'<select class="select" id="[^"]+" name="([^_"][^"]*)"[^>]*>(.*?)</select>', form, re.DOTALL)
    for name, options in selects:
        fields[name] = next(value for value in re.findall(r'value="([^"]*)"', options) if value)
    fields |= dict(re.findall(r'type="radio" name="([^_"][^"]*)"[^>]*value="([^"]+)" checked', form))
    for name in re.findall(r'<textarea[^>]* name="([^"]+)"', form):
        fields[name] = "The printer on floor 3 jams."
    return fields

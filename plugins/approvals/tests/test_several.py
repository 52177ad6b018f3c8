"""Several requests are decided at once: first exactly what would happen is shown, then it happens, and no more."""

from __future__ import annotations

import html
import re

import pytest
from deskcore_approvals import deciding
from flask.testing import FlaskClient

from .conftest import Company, mail, step

URL = "/approvals/several"


@pytest.fixture
def numbers(company: Company) -> list[str]:
    """Give four requests that wait for Maria, and nobody after her."""
    company.offer(step("manager", "manager"))
    return [company.ask(what=f"Desk {place}") for place in range(4)]


def picks(company: Company, *numbers: str) -> list[str]:
    cases = [company.case(number, "maria") for number in numbers]
    return [f"{case.token}:{case.version}" for case in cases]


def states(company: Company, numbers: list[str]) -> list[str]:
    return [company.ticket(number).status_category for number in numbers]


def hidden(page: str) -> list[str]:
    return re.findall(r'type="hidden" name="pick" value="([^"]+)"', page)


def read(client: FlaskClient) -> str:
    """Return what the page after a change says."""
    return html.unescape(client.get("/approvals").text)


def test_what_is_ticked_is_shown_first_and_then_approved_without_what_changed(
    company: Company, numbers: list[str]
) -> None:
    maria = company.house.as_user(mail("maria"))
    inbox = maria.get("/approvals").text
    ticked = re.findall(r'name="pick" value="([^"]+)"', inbox)
    assert ticked == picks(company, *numbers)
    assert "checked" not in inbox
    assert maria.get("/approvals?tick=all").text.count(" checked") == 4
    company.decide("maria", numbers[0], deciding.ask, "Which one?")

    page = maria.get(URL, query_string={"action": "approve", "pick": ticked[:3]}).text
    assert "Approve 2 requests" in page
    assert "Desk 0</span> – This changed while you were reading." in page
    assert hidden(page) == ticked[1:3]
    assert states(company, numbers) == ["waiting_approval"] * 4

    sent = maria.post(URL, data={"action": "approve", "pick": hidden(page), "comment": "All of them."})
    assert sent.status_code == 303
    assert "2 requests approved." in read(maria)
    assert states(company, numbers) == ["waiting_approval", "open", "open", "waiting_approval"]
    assert company.decisions(numbers[1])[0].comment == "All of them."


def test_rejecting_several_asks_why_and_tells_everybody(company: Company, numbers: list[str]) -> None:
    maria, ticked = company.house.as_user(mail("maria")), picks(company, *numbers[:2])
    refused = maria.post(URL, data={"action": "reject", "pick": ticked, "comment": " "})
    assert (refused.status_code, "Say why" in refused.text) == (422, True)
    assert hidden(refused.text) == ticked
    kept = maria.post(URL, data={"action": "reject", "pick": ticked, "comment": "x" * 5000})
    assert (kept.status_code, "x" * 5000 in kept.text) == (422, True)
    assert states(company, numbers) == ["waiting_approval"] * 4

    assert maria.post(URL, data={"action": "reject", "pick": ticked, "comment": "No room."}).status_code == 303
    assert states(company, numbers) == ["resolved", "resolved", "waiting_approval", "waiting_approval"]
    for number in numbers[:2]:
        assert "No room." in company.house.as_user("requester").get(f"/requests/{number}").text


def test_what_was_decided_between_preview_and_button_is_left_and_said(company: Company, numbers: list[str]) -> None:
    maria, ticked = company.house.as_user(mail("maria")), picks(company, *numbers[:3])
    company.decide("maria", numbers[0], deciding.reject, "No.")
    company.decide("maria", numbers[1], deciding.hand_over, mail("cezary"))
    maria.post(URL, data={"action": "approve", "pick": [*ticked, ticked[2]]})
    said = read(maria)
    assert "1 request approved." in said
    assert "Left as it is – You are not asked about this any more." in said
    assert states(company, numbers[:3]) == ["resolved", "waiting_approval", "open"]
    assert maria.post(URL, data={"action": "approve", "pick": ticked}).status_code == 303  # the same button again
    assert states(company, numbers[:3]) == ["resolved", "waiting_approval", "open"]


def test_nobody_decides_what_others_are_asked(company: Company, numbers: list[str]) -> None:
    ticked = picks(company, *numbers)
    for name in (mail("dorota"), "agent", "admin", "requester"):
        client = company.house.as_user(name)
        page = client.get(URL, query_string={"action": "approve", "pick": ticked}).text
        assert (hidden(page), "Nothing to decide" in page) == ([], True)
        assert ("Desk 0" in page) is (name == "requester")
        client.post(URL, data={"action": "approve", "pick": ticked})
    assert states(company, numbers) == ["waiting_approval"] * 4


def test_without_a_tick_or_with_an_address_that_was_edited_nothing_happens(
    company: Company, numbers: list[str]
) -> None:
    maria = company.house.as_user(mail("maria"))
    edited = [{}, {"action": "approve"}, {"action": "burn", "pick": picks(company, *numbers)}]
    for query in [*edited, {"action": "approve", "pick": ["", ":", "x", "x:y", f"x:{'9' * 99}"]}]:
        assert "Tick the requests first." in maria.get(URL, query_string=query).text
    assert maria.post(URL, data={"action": "burn", "pick": picks(company, *numbers)}).status_code == 422
    assert states(company, numbers) == ["waiting_approval"] * 4


def test_the_preview_asks_the_database_little(company: Company, query_budget) -> None:  # type: ignore[no-untyped-def]
    company.offer(step("manager", "manager"))
    ticked = picks(company, *(company.ask(what=f"Desk {place}") for place in range(8)))
    maria = company.house.as_user(mail("maria"))
    maria.get("/approvals")
    with query_budget(12):
        assert "Desk 7" in maria.get(URL, query_string={"action": "approve", "pick": ticked}).text

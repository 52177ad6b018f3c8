"""Nobody pays to a new bank account before two people were sure of it, and whoever asked is none of them."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from deskcore_finance_desk import register_permissions
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from deskcore.plugin import TicketView
from deskcore.testing import Delivered

Ask = Callable[..., TicketView]
SignIn = Callable[[str], FlaskClient]
Api = Callable[[str], FlaskClient]
Outbox = Callable[[], list[Delivered]]
CALL = {"phone": "+48 22 555 01 23", "spoke_with": "Jan Lis, accounting", "note": "Number from the contract of 2024."}


@pytest.fixture
def number(ask: Ask, outbox: Outbox) -> str:
    """Open a ticket about a new bank account, and give its number."""
    found = ask("vendor_bank_change").number
    outbox()
    return found


def act(client: FlaskClient, number: str, what: str, **form: str) -> TestResponse:
    return client.post(f"/x/finance_desk/accounts/{number}/{what}", data=form)


def solve(api: Api, number: str, by: str = "agent") -> TestResponse:
    return api(by).post(f"/api/v1/tickets/{number}/transitions", json={"status": "resolved"})


def test_it_is_solved_after_one_called_and_another_confirmed(number: str, as_user: SignIn, api: Api) -> None:
    assert solve(api, number).status_code == 422
    assert act(as_user("agent"), number, "call", **CALL).status_code == 303
    assert solve(api, number).status_code == 422
    assert act(as_user("lead"), number, "confirm").status_code == 303
    assert solve(api, number).status_code == 200


def test_the_same_person_cannot_be_both(number: str, as_user: SignIn, api: Api) -> None:
    agent = as_user("agent")
    act(agent, number, "call", **CALL)
    refused = act(agent, number, "confirm")
    assert refused.status_code == 422
    assert "Somebody else has to call" in refused.text
    assert solve(api, number).status_code == 422


def test_a_call_written_down_twice_is_one(number: str, as_user: SignIn, api: Api) -> None:
    agent = as_user("agent")
    assert [act(agent, number, "call", **CALL).status_code for _ in range(2)] == [303, 303]
    assert agent.get(f"/x/finance_desk/accounts/{number}").text.count("Jan Lis, accounting") == 1
    assert solve(api, number).status_code == 422


def test_an_agent_who_asked_does_not_count(
    submit: Callable[..., TicketView], outbox: Outbox, as_user: SignIn, api: Api
) -> None:
    number = submit("vendor_bank_change", by="lead").number
    outbox()
    refused = act(as_user("lead"), number, "call", **CALL)
    assert refused.status_code == 403
    act(as_user("agent"), number, "call", **CALL)
    assert act(as_user("lead"), number, "confirm").status_code == 403
    assert solve(api, number).status_code == 422


def test_a_call_is_written_down_in_full_and_nothing_typed_is_lost(number: str, as_user: SignIn) -> None:
    agent = as_user("agent")
    mistakes = {
        "Enter the number that was called.": {"phone": ""},
        "Enter the whole number": {"phone": "12"},
        "Enter who confirmed": {"spoke_with": " "},
        "at most 2000": {"note": "x" * 2001},
        "at most 40": {"phone": "1" * 41},
    }
    for said, changes in mistakes.items():
        answer = act(agent, number, "call", **{**CALL, **changes})
        assert answer.status_code == 422, said
        assert said in answer.text
        assert changes.get("spoke_with", CALL["spoke_with"]) in answer.text


def test_an_account_that_is_not_used_lets_the_ticket_be_solved(number: str, as_user: SignIn, api: Api) -> None:
    agent = as_user("agent")
    assert act(agent, number, "reject", reason="").status_code == 422
    assert act(agent, number, "reject", reason="The supplier knows nothing of it.").status_code == 303
    assert act(as_user("lead"), number, "call", **CALL).status_code == 409
    assert solve(api, number).status_code == 200


def test_a_new_supplier_needs_the_call_alone(ask: Ask, outbox: Outbox, as_user: SignIn, api: Api) -> None:
    number = ask("vendor_onboarding", taxid="526-000-12-46").number
    outbox()
    assert "called the supplier back" in solve(api, number).text
    act(as_user("agent"), number, "call", **CALL)
    assert solve(api, number).status_code == 200


def test_agents_read_what_is_missing_and_are_led_there(number: str, as_user: SignIn) -> None:
    page = as_user("agent").get(f"/agent/tickets/{number}").text
    assert "Nobody has called the supplier back yet." in page
    assert f'href="/x/finance_desk/accounts/{number}"' in page


def test_checking_accounts_comes_with_working_on_the_desk() -> None:
    assert [(right.key, right.role) for right in register_permissions()] == [("finance_desk.verify", "agent")]


def without_tokens(page: str) -> str:
    """Leave out the tokens of forms, which say the second in which they were made."""
    return re.sub(r'name="csrf_token" value="[^"]+"', "", page)


def test_nobody_else_learns_that_there_is_such_a_page(number: str, as_user: SignIn) -> None:
    for role in ("requester", "other_agent", "admin"):
        client = as_user(role)
        there, nowhere = (client.get(f"/x/finance_desk/accounts/{each}") for each in (number, "FIN-999999"))
        assert there.status_code in (403, 404), role
        assert there.status_code == nowhere.status_code
        assert without_tokens(there.text.replace(number, "")) == without_tokens(nowhere.text.replace("FIN-999999", ""))
        assert act(client, number, "call", **CALL).status_code == there.status_code


def test_another_kind_of_ticket_has_no_such_page(ask: Ask, outbox: Outbox, as_user: SignIn) -> None:
    number = ask("payment_status").number
    outbox()
    assert as_user("agent").get(f"/x/finance_desk/accounts/{number}").status_code == 404

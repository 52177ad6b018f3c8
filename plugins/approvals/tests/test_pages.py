"""The inbox, the page of a decision, links from messages, and what others see."""

from __future__ import annotations

import re

import pytest
from deskcore_approvals import deciding, delegations
from deskcore_approvals.links import decision_link
from flask.testing import FlaskClient

from deskcore import audit, clock
from deskcore.extensions import db
from deskcore.testing import Canary, Pages

from .conftest import MONDAY, Company, mail, step

TABLE = [
    {"item": f"Thing {place}", "quantity": 1, "price": {"amount": "5.00", "currency": "PLN"}} for place in range(3)
]

#: What the forms of the tests ask, in Polish.
QUESTIONS = (
    *("Co?", "Warunki", "Koszt", "Rzeczy", "Rzecz", "Liczba", "Cena"),
    *("Czego dotyczy?", "Szczegóły", "Tylko dla działu"),
)


@pytest.fixture
def number(company: Company) -> str:
    """Give a request that Maria is asked about, and Dorota after her."""
    company.offer(step("manager", "manager"), step("next", "managers_manager"), amount="total", lines="lines")
    return company.ask(what="An oak desk", total={"amount": "1234.50", "currency": "PLN"}, lines=TABLE)


def address(company: Company, number: str, name: str = "maria") -> str:
    return f"/approvals/{company.case(number, name).token}"


def send(client: FlaskClient, url: str, action: str, version: int = 1, **more: object) -> tuple[int, str]:
    answer = client.post(url, data={"action": action, "version": version, **more})
    return answer.status_code, answer.text


def link(company: Company, number: str, name: str = "maria", verdict: str = "approve") -> str:
    with company.house.app.test_request_context():
        return decision_link(company.case(number, name).token, mail(name), verdict)


def test_the_inbox_shows_what_waits(company: Company, number: str) -> None:
    page = company.house.as_user(mail("maria")).get("/approvals").text
    assert "An oak desk" in page
    assert "1,234.50" in page
    assert "Rita Requester" in page
    assert "An oak desk" not in company.house.as_user(mail("dorota")).get("/approvals").text


def test_the_inbox_asks_the_database_little(company: Company, query_budget) -> None:  # type: ignore[no-untyped-def]
    company.offer(step("manager", "manager"))
    for place in range(8):
        company.ask(what=f"Desk {place}")
    maria = company.house.as_user(mail("maria"))
    maria.get("/approvals")
    with query_budget(12):
        assert "Desk 7" in maria.get("/approvals").text
    home = maria.get("/").text
    assert [f"Approve: Desk {place}" in home for place in range(8)] == [True] * 5 + [False] * 3
    assert re.search(r'More waits for your decision.*?href="/approvals"', home, re.DOTALL)


def test_it_takes_two_clicks_from_the_first_page(company: Company, number: str) -> None:
    maria = company.house.as_user(mail("maria"))
    home = maria.get("/").text
    assert "Approve: An oak desk" in home
    url = re.search(r'href="(/approvals/[^"]+)"', home.partition("Approve: An oak desk")[2])
    assert url is not None
    assert maria.post(url[1], data={"action": "approve", "version": "1"}).status_code == 303
    assert company.pending(number) == ["dorota"]


def test_the_page_says_what_is_asked_and_who_decides(company: Company, number: str) -> None:
    page = company.house.as_user(mail("maria")).get(address(company, number)).text
    for text in ("An oak desk", "Thing 2", "Rita Requester", "1,234.50", "Maria", "Reject"):
        assert text in page


def test_rows_are_turned_down_on_the_page(company: Company, number: str) -> None:
    maria, url = company.house.as_user(mail("maria")), address(company, number)
    status, page = send(maria, url, "approve", line=["1"])
    assert (status, "Say why" in page) == (422, True)
    assert re.search(r'name="line" value="1"[^>]* checked', page)
    assert send(maria, url, "approve", line=["1"], comment="Too many.")[0] == 303
    assert "Turned down" in company.house.as_user(mail("dorota")).get(address(company, number, "dorota")).text


@pytest.mark.parametrize("action", ["reject", "ask", "nonsense"])
def test_what_is_missing_is_said_and_nothing_is_lost(company: Company, number: str, action: str) -> None:
    maria, url = company.house.as_user(mail("maria")), address(company, number)
    assert send(maria, url, action)[0] == 422
    assert company.pending(number) == ["maria"]


def test_a_second_browser_is_told_and_keeps_its_text(company: Company, number: str) -> None:
    maria, url = company.house.as_user(mail("maria")), address(company, number)
    assert send(maria, url, "approve")[0] == 303
    status, page = send(maria, url, "reject", comment="On second thoughts, no.")
    assert status == 409
    assert "Maria has decided it meanwhile" in page
    assert "On second thoughts, no." in page


def revealed(company: Company) -> list[tuple[str, str, object]]:
    with company.house.app.app_context():
        entries = list(audit.walk(db.session, audit.Wanted(what="answer.revealed")))
    return [(entry.actor, entry.subject, entry.after["field"]) for entry in entries]


def test_who_decides_has_a_sensitive_answer_shown_and_the_log_says_so(company: Company) -> None:
    company.offer(step("manager", "manager"), step("next", "managers_manager"))
    number = company.ask(terms="9000 zloty a month")
    maria, url = company.house.as_user(mail("maria")), address(company, number)
    page = maria.get(url).text
    assert f'formaction="{url}/answers/terms' in page
    assert "9000 zloty" not in page
    shown = maria.post(f"{url}/answers/terms", data={"comment": "I am reading."})
    assert (shown.status_code, shown.headers["Cache-Control"]) == (200, "no-store")
    assert "9000 zloty a month" in shown.text
    assert "I am reading." in shown.text
    assert [(number, "terms")] == [(subject, key) for _who, subject, key in revealed(company)]
    assert "maria" in revealed(company)[0][0]
    for again in (f"{url}/answers/terms", url):
        assert "9000 zloty" not in maria.get(again).text
    assert maria.post(f"{url}/answers/nothing").status_code == 404


def test_nobody_else_has_it_shown_and_nobody_afterwards(company: Company) -> None:
    company.offer(step("manager", "manager"))
    number = company.ask(terms="9000 zloty a month")
    url = address(company, number)
    for person, status in ((mail("dorota"), 404), ("agent", 404), ("requester", 403)):
        answer = company.house.as_user(person).post(f"{url}/answers/terms")
        assert (answer.status_code, "9000 zloty" in answer.text) == (status, False)
    assert "answers/terms" not in company.house.as_user("requester").get(url).text
    maria = company.house.as_user(mail("maria"))
    assert send(maria, url, "approve")[0] == 303
    assert maria.post(f"{url}/answers/terms").status_code == 404
    assert revealed(company) == []


def test_others_learn_nothing(company: Company, number: str) -> None:
    url = address(company, number)
    for person in (mail("dorota"), "other_requester", "agent", "admin"):
        assert company.house.as_user(person).get(url).status_code == 404
        assert send(company.house.as_user(person), url, "approve")[0] == 404
    assert send(company.house.as_user("requester"), url, "approve")[0] == 403
    assert company.house.app.test_client().get(url).status_code == 302


def test_a_link_shows_what_it_would_do_and_does_it_on_confirmation_only(company: Company, number: str) -> None:
    maria = company.house.as_user(mail("maria"))
    page = maria.get(link(company, number))
    assert "Do you approve this?" in page.text
    assert company.pending(number) == ["maria"]
    form = re.search(r'action="([^"]+)"[^>]*novalidate', page.text)
    assert form is not None
    assert send(maria, form[1], "approve")[0] == 303
    assert company.pending(number) == ["dorota"]


def test_a_link_that_was_used_says_what_was_decided(company: Company, number: str) -> None:
    maria, used = company.house.as_user(mail("maria")), link(company, number)
    send(maria, address(company, number), "approve")
    answer = maria.get(used)
    assert answer.status_code == 409
    assert "by Maria" in answer.text


def test_a_link_of_somebody_else_opens_nothing(company: Company, number: str) -> None:
    answer = company.house.as_user(mail("dorota")).get(link(company, number))
    assert (answer.status_code, "made for somebody else" in answer.text) == (403, True)
    assert "An oak desk" not in answer.text


def test_a_link_bent_to_another_decision_is_no_link(company: Company, number: str) -> None:
    other = company.ask(what="A throne")
    mine, _dot, rest = link(company, number).rpartition("/")[2].partition(".")
    foreign = link(company, other).rpartition("/")[2].partition(".")[0]
    answer = company.house.as_user(mail("maria")).get(f"/approvals/link/{foreign}.{rest}")
    assert mine != foreign
    assert (answer.status_code, "not complete or was changed" in answer.text) == (404, True)


def test_a_link_no_longer_works_after_the_right_was_withdrawn(company: Company, number: str) -> None:
    old = link(company, number)
    company.decide("maria", number, deciding.hand_over, mail("cezary"))
    answer = company.house.as_user(mail("maria")).get(old)
    assert (answer.status_code, "not asked about this any more" in answer.text) == (404, True)


def test_a_link_grows_old(company: Company, number: str, setting) -> None:  # type: ignore[no-untyped-def]
    setting("link_days", -1)
    answer = company.house.as_user(mail("maria")).get(link(company, number))
    assert (answer.status_code, "too old" in answer.text) == (410, True)


def test_a_delegation_is_made_and_ended_on_its_page(company: Company, number: str) -> None:
    maria = company.house.as_user(mail("maria"))
    refused = maria.post("/approvals/delegation", data={"delegate": "nobody@x.example", "since": "soon"})
    assert refused.status_code == 422
    sent = maria.post("/approvals/delegation", data={"delegate": mail("cezary")})
    assert sent.status_code == 303
    page = maria.get("/approvals/delegation").text
    assert "Cezary" in page
    end = re.search(r'action="(/approvals/delegation/[^"]+/end)"', page)
    assert end is not None
    assert company.house.as_user(mail("dorota")).post(end[1]).status_code == 404
    assert maria.post(end[1]).status_code == 303
    assert "you decide yourself" in maria.get("/approvals/delegation").text


def test_only_administrators_keep_cost_centres(company: Company) -> None:
    admin, url = company.house.as_user("admin"), "/x/approvals/cost-centres"
    assert admin.post(url, data={"code": "cc 1", "name": "", "owner": "x"}).status_code == 422
    assert admin.post(url, data={"code": "cc-1", "name": "Sales", "owner": mail("dorota")}).status_code == 303
    assert "CC-1" in admin.get(url).text
    assert company.house.as_user("lead").get(url).status_code == 403
    assert admin.post(f"{url}/remove", data={"code": "CC-1"}).status_code == 303
    assert "no cost centres yet" in admin.get(url).text


def test_agents_see_how_it_stands(company: Company, number: str) -> None:
    assert "Maria decides" in company.house.as_user("agent").get(f"/agent/tickets/{number}").text


def test_with_the_plugin_off_requests_close_and_the_lead_releases_what_waits(company: Company, number: str) -> None:
    from deskcore.testing.switches import plugin_enabled

    lead, agent = company.house.as_user("lead"), company.house.as_user("agent")
    url = f"/agent/tickets/{number}/release"
    assert lead.post(url, data={"reason": "I want to."}).status_code == 403
    with plugin_enabled(company.house.app, "approvals", False):
        closed = company.house.as_user("requester").get("/services/plain-purchase").text
        assert "need the plugin “approvals”, which is off" in closed
        assert "Continue without the approval" in lead.get(f"/agent/tickets/{number}").text
        assert "Continue without the approval" not in agent.get(f"/agent/tickets/{number}").text
        assert agent.post(url, data={"reason": "I want to."}).status_code == 403
        assert lead.post(url, data={"reason": " "}).status_code == 422
        assert lead.post(url, data={"reason": "Maria agreed on the phone."}).status_code == 302
        assert company.ticket(number).status_category == "open"
        assert "Maria agreed on the phone." in lead.get(f"/agent/tickets/{number}").text
        assert "Ticket released without its approval" in company.house.as_user("auditor").get("/admin/audit").text
    company.watch()
    assert company.ticket(number).status_category == "open"
    assert "An oak desk" not in company.house.as_user(mail("maria")).get("/approvals").text


def test_nothing_of_another_desk_leaks(company: Company, canary: Canary) -> None:
    canary.check()


def test_its_pages_can_be_used_by_everybody_in_both_languages(company: Company, pages: Pages) -> None:
    company.offer(step("lead", "desk:plain:lead"), amount="total", lines="lines")
    number = company.ask(what="An oak desk", total={"amount": "1234.50", "currency": "PLN"}, lines=TABLE)
    company.decide("leon", number, deciding.ask, "Oak?")
    with clock.at(MONDAY), company.as_("rita"):
        delegations.delegate(mail("rita"), mail("maria"), None, None)
    signed = link(company, number, "leon").rpartition("/")[2]
    said = "Prośba o\u00a0akceptację (Krok lead): Leon Lead"
    typed = (
        said,
        said.replace("\u00a0", " "),
        "An oak desk",
        "Leon Lead",
        "Maria",
        "Krok lead",
        "Purchase",
        "Zgłoś sprawę",
        "Zwykły dział",
        "Thing 0",
        "W budżecie",
    )
    pages.check(token=company.case(number, "leon").token, signed=signed, typed=[*typed, *QUESTIONS])

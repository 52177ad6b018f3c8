"""Who publishes what, for whom it is, and what becomes of two people who correct the same notice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from deskcore_announcements import writing
from deskcore_announcements.rights import Publisher
from deskcore_announcements.writing import Wanted

from deskcore import clock
from deskcore.plugin import Refused, Text, TicketView, now

from .conftest import DESK, NOTICES, TITLES, Board

FORM = {**TITLES, "kind": "problem", "desk": DESK, "counted": "yes", "idempotency_key": "k-1"}
CONFIDENTIAL = "elsew"


def test_a_notice_goes_from_the_ticket_to_everybody_and_to_its_end(
    board: Board, ticket: Callable[..., TicketView]
) -> None:
    number, agent, reader = ticket().number, board.browser("agent"), board.browser("requester")
    address = f"{NOTICES}/new?ticket={number}"
    assert address in agent.get(f"/agent/tickets/{number}").text
    assert f'value="{number}"' in agent.get(address).text
    refused = agent.post(f"{NOTICES}/new", data={**FORM, "title_pl": "", "number": "NONE-1", "ends_at": "soon"})
    assert refused.status_code == 422
    assert "E-mail is slow" in refused.text
    assert "soon" in refused.text
    sent = {**FORM, "number": number.lower()}
    page = agent.post(f"{NOTICES}/new", data=sent).location
    assert agent.post(f"{NOTICES}/new", data=sent).location == page
    token = page.rpartition("/")[2]
    assert reader.get("/").text.count("E-mail is slow.") == 2  # the title, and the name of the button
    empty = agent.post(f"{page}/updates", data={"action": "update", "idempotency_key": "u-0"})
    assert empty.status_code == 422
    for _again in range(2):
        told = {"en": "We found the cause.", "pl": "", "action": "update", "idempotency_key": "u-1"}
        assert agent.post(f"{page}/updates", data=told).status_code == 303
    assert reader.get(f"/status/{token}").text.count("We found the cause.") == 1
    over = {"en": "It is fast again.", "pl": "Znowu szybko.", "action": "close", "idempotency_key": "u-2"}
    assert agent.post(f"{page}/updates", data=over).status_code == 303
    status = reader.get("/status").text
    assert "Everything works" in status
    assert "E-mail is slow" in status
    assert "E-mail is slow" not in reader.get("/").text
    again = agent.get(page).text.partition('name="version" value="')[2].partition('"')[0]
    assert agent.post(f"{page}/again", data={"version": "1"}).status_code == 409
    assert agent.post(f"{page}/again", data={"version": again}).status_code == 303
    assert "It is fast again." in reader.get("/").text


def test_two_people_who_correct_the_same_notice_lose_neither_text(board: Board) -> None:
    token, lead = board.publish().token, board.browser("lead")
    page = f"{NOTICES}/{token}/edit"
    mine = {**FORM, "title_en": "E-mail is very slow", "version": "1"}
    assert board.browser("agent").post(page, data={**mine, "title_en": "E-mail waits"}).status_code == 303
    crossed = lead.post(page, data=mine)
    assert crossed.status_code == 409
    assert "E-mail waits" in crossed.text
    assert 'value="E-mail is very slow"' in crossed.text
    assert 'name="version" value="2"' in crossed.text
    assert lead.post(page, data={**mine, "version": "2"}).status_code == 303
    assert "E-mail is very slow" in board.browser("requester").get("/").text


def test_a_confidential_desk_publishes_nothing_and_speaks_to_its_own_people_only(board: Board) -> None:
    ella, others = board.browser("other_agent"), ("requester", "agent", "lead", "admin")
    refused = ella.post(f"{NOTICES}/new", data={**FORM, "desk": CONFIDENTIAL, "title_en": "Secret matter"})
    assert refused.status_code == 422
    assert "This desk works in confidence" in refused.text
    answer = ella.post(
        f"{NOTICES}/new", data={**FORM, "kind": "team", "desk": CONFIDENTIAL, "title_en": "Secret matter"}
    )
    page = answer.location
    assert "Secret matter" in ella.get("/agent/").text
    for role in others:
        browser = board.browser(role)
        for path in ("/", "/status", f"/status/{page.rpartition('/')[2]}", NOTICES, page, f"{page}/edit", "/agent/"):
            assert "Secret matter" not in browser.get(path).text
        assert browser.post(f"{page}/read").status_code in (403, 404)
    assert ella.post(f"{page}/read").status_code == 303
    assert "Secret matter" not in ella.get("/agent/").text
    assert "Secret matter" in ella.get(NOTICES).text


def test_only_those_who_may_publish_do(board: Board, setting: Callable[[str, Any], None]) -> None:
    page = f"{NOTICES}/{board.publish().token}"
    assert board.browser("requester").get(NOTICES).status_code == 403
    assert board.browser("other_agent").get(page).status_code == 404
    assert board.browser("other_agent").post(f"{NOTICES}/new", data=FORM).status_code == 404
    setting("agents_publish", False)
    agent = board.browser("agent")
    assert agent.get(page).status_code == 200
    assert "Correct it" not in agent.get(page).text
    for path in (f"{NOTICES}/new", f"{page}/edit", f"{page}/updates", f"{page}/again"):
        sent = {**FORM, "idempotency_key": "k-9", "version": "1", "en": "x", "action": "update"}
        assert agent.post(path, data=sent).status_code == 403
    assert board.browser("lead").post(f"{NOTICES}/new", data={**FORM, "idempotency_key": "k-10"}).status_code == 303


def test_what_is_for_some_is_read_by_those(board: Board, setting: Callable[[str, Any], None], client: Any) -> None:
    from deskcore.people.services import department_named, find_person
    from deskcore.plugin import unit_of_work

    with board.open(), unit_of_work():
        person = find_person("rita@organisation.example")
        assert person is not None
        person.department_id = department_named("Sales").id
    token = board.publish(departments=("Sales",)).token
    board.publish(title_en="Lifts stand still")
    rita, oskar = board.browser("requester"), board.browser("other_requester")
    assert "E-mail is slow" in rita.get("/").text
    assert "Lifts stand still" in oskar.get("/").text
    assert "E-mail is slow" not in oskar.get("/").text + oskar.get("/status").text
    assert oskar.get(f"/status/{token}").status_code == board.press(token, "other_requester").status_code == 404
    items = board.house.api("other_requester").get("/api/v1/x/announcements/notices").json["items"]
    assert [each["title"]["en"] for each in items] == ["Lifts stand still"]
    assert "/login" in client.get("/status").location
    setting("public_status", True)
    assert "Lifts stand still" in client.get("/status").text
    assert "E-mail is slow" not in client.get("/status").text
    assert client.get(f"/status/{token}").status_code == 404


def test_whoever_has_the_public_page_already_gets_a_few_bytes(
    board: Board, setting: Callable[[str, Any], None], client: Any
) -> None:
    setting("public_status", True)
    token = board.publish().token
    with clock.at(now()):
        answer = client.get("/status")
        known = {"If-None-Match": answer.headers["ETag"]}
        again = client.get("/status", headers=known)
        assert (answer.status_code, again.status_code, again.data) == (200, 304, b"")
        assert answer.headers["Cache-Control"] == "private, no-cache"
        assert client.get("/status", headers=known | {"Accept-Language": "pl"}).status_code == 200
        board.press(token)
        assert client.get("/status", headers=known).status_code == 200
    signed_in = board.browser("requester").get("/status")
    assert (signed_in.headers.get("ETag"), signed_in.headers["Cache-Control"]) == (None, "no-store")


def test_programs_read_the_same_and_ask_again_for_nothing(board: Board) -> None:
    token = board.publish().token
    program = board.house.api("requester")
    answer = program.get("/api/v1/x/announcements/notices")
    assert [(each["key"], each["state"], each["affected"]) for each in answer.json["items"]] == [(token, "current", 0)]
    known = {"If-None-Match": answer.headers["ETag"]}
    assert program.get("/api/v1/x/announcements/notices", headers=known).status_code == 304
    board.press(token)
    assert program.get("/api/v1/x/announcements/notices", headers=known).json["items"][0]["affects_me"] is True


def test_the_form_of_a_service_says_what_is_known_of_it(board: Board) -> None:
    with board.open():
        from deskcore.plugin import people

        key = next(iter(people.services(DESK)))
    board.publish(services=(f"{DESK}/{key}",))
    board.publish(title_en="Lifts stand still")
    form = board.browser("requester").get(f"/services/{DESK}-{key}".replace("_", "-")).text
    assert "E-mail is slow" in form
    assert "This affects me too" in form
    assert "Lifts stand still" not in form


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"kind": "rumour"}, "kind"),
        ({"title_en": "x" * 121}, "title_en"),
        ({"text_en": "Only one"}, "text_pl"),
        ({"departments": ("Nowhere",)}, "departments"),
        ({"services": ("elsew/question",)}, "services"),
        ({"kind": "planned"}, "starts_at"),
        ({"ends_at": "before"}, "ends_at"),
        ({"number": "PLAIN-99"}, "number"),
    ],
)
def test_a_notice_that_cannot_be_is_sent_back(board: Board, changes: dict[str, Any], field: str) -> None:
    if "ends_at" in changes:
        changes = {"ends_at": now() - timedelta(hours=1)}
    wanted, who = Wanted(**{"desk": DESK, **TITLES, **changes}), Publisher("a@b.example", {DESK: "lead"})
    with board.open(), pytest.raises(Refused) as refused:
        writing.publish(wanted, who, "k")
    assert refused.value.problems[0].field == field


def test_an_update_may_be_in_one_language_and_names_a_moment_to_come(board: Board) -> None:
    token, who = board.publish().token, Publisher("agata@organisation.example", {DESK: "agent"})
    with board.open():
        past = now() - timedelta(minutes=1)
        with pytest.raises(Refused) as refused:
            writing.add_update(token, Text("Soon", ""), who, "k", past)
        assert [each.field for each in refused.value.problems] == ["next_update_at"]
        writing.add_update(token, Text("", "Już wiemy."), who, "k", now() + timedelta(hours=1))
    assert "Już wiemy." in board.browser("requester").get("/").text

"""Who sees what: what one may not see looks exactly like what does not exist."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Blueprint, Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from deskcore.web.route_classes import check_routes_are_classified
from tests.bad_inputs.callers import Program, address, asks, file_links, masked, upload
from tests.bad_inputs.cases import Case, cases
from tests.bad_inputs.conftest import dump
from tests.replies import let_replies_go_out

#: A number that no ticket has, as long as those that exist.
NOWHERE = "IT-99"
_NUMBERS = re.compile(r"<number>")


@pytest.fixture
def numbers(anna: FlaskClient) -> str:
    """A request of Anna's whose number has two digits, so that lengths tell nothing either."""
    number = asks(anna)
    while len(number) < len(NOWHERE):
        number = asks(anna)
    return number


def _looks(answer: TestResponse, number: str) -> tuple[Any, ...]:
    volatile = ("Date", "Set-Cookie")
    headers = sorted((name, masked(value, number)) for name, value in answer.headers if name not in volatile)
    return answer.status_code, headers, masked(answer.text, number)


def _routes(app: Flask, prefixes: tuple[str, ...]) -> list[tuple[str, str]]:
    found = []
    for rule in app.url_map.iter_rules():
        if "<number>" in rule.rule and rule.rule.startswith(prefixes):
            path = re.sub(r"<(?!number)[^>]*>", "x", rule.rule)
            found += [(method, path) for method in sorted((rule.methods or set()) - {"OPTIONS"})]
    return found


@cases("PF-040")
def test_a_request_of_others_looks_like_none_in_the_portal(
    case: Case, house: Flask, jan: FlaskClient, numbers: str
) -> None:
    routes = _routes(house, ("/requests",))
    assert len(routes) >= 8
    for method, path in routes:
        sent = {"data": {"body": "x", "person": address("jan.wojcik")}} if method == "POST" else {}
        there = jan.open(_NUMBERS.sub(numbers, path), method=method, **sent)
        nowhere = jan.open(_NUMBERS.sub(NOWHERE, path), method=method, **sent)
        assert there.status_code == 404, (method, path)
        assert _looks(there, numbers) == _looks(nowhere, NOWHERE), (method, path)


_SENT: dict[str, dict[str, Any]] = {
    "reply": {"body": "x"}, "note": {"body": "x"}, "assign": {"assignee": "me"}, "status": {"status": "open"},
    "priority": {"priority": "low"}, "tags": {"tags": "x"}, "escalate": {"to": "it/l2"},
    "follow": {"person": address("marek.nowak")}, "link": {"other": "IT-1"},
}  # fmt: skip


@cases("API-001")
def test_a_ticket_that_is_hidden_looks_like_none_to_an_agent(
    case: Case, house: Flask, marek: FlaskClient, numbers: str, hidden: Callable[..., str]
) -> None:
    number = hidden()
    before = dump(house)["ticket"]
    for method, path in _routes(house, ("/agent",)):
        sent = {"data": _SENT.get(path.rpartition("/")[2], {})} if method == "POST" else {}
        there = marek.open(_NUMBERS.sub(number, path), method=method, **sent)
        nowhere = marek.open(_NUMBERS.sub(NOWHERE, path), method=method, **sent)
        assert there.status_code == 404, (method, path)
        assert _looks(there, number) == _looks(nowhere, NOWHERE), (method, path)
    assert dump(house)["ticket"] == before


@cases("API-001")
def test_a_ticket_of_others_looks_like_none_to_programs(
    case: Case, house: Flask, numbers: str, hidden: Callable[..., str], program: Callable[..., Program]
) -> None:
    bodies = {"messages": {"body": "x"}, "transitions": {"status": "open"}, "merge": {"into": NOWHERE}}
    number = hidden()
    callers = [
        (program("jan.wojcik"), numbers),
        (program("kasia.dabrowska"), numbers),
        (program("marek.nowak"), number),
    ]
    callers += [(program("marek.nowak", area="portal"), numbers), (program("admin"), numbers)]
    for caller, one in callers:
        for method, path in _routes(house, ("/api",)):
            sent = (
                {"json": bodies.get(path.rpartition("/")[2], {"priority": "low"})}
                if method in ("POST", "PATCH")
                else {}
            )
            path = path.removeprefix("/api/v1")
            there = caller.call(method, _NUMBERS.sub(one, path), **sent)
            nowhere = caller.call(method, _NUMBERS.sub(NOWHERE, path), **sent)
            assert there.status_code in (403, 404), (method, path)
            assert _looks(there, one) == _looks(nowhere, NOWHERE), (method, path)


@cases("API-001")
def test_who_has_no_desk_has_no_workspace(case: Case, house: Flask, jan: FlaskClient, numbers: str) -> None:
    stranger = house.test_client()
    for rule in house.url_map.iter_rules():
        if not rule.rule.startswith(("/agent", "/admin")):
            continue
        path = re.sub(r"<[^>]*>", "x", _NUMBERS.sub(numbers, rule.rule.replace("<int:revision>", "1")))
        for method in sorted((rule.methods or set()) - {"OPTIONS"}):
            assert jan.open(path, method=method).status_code == 403, (method, path)
            answer = stranger.open(path, method=method)
            assert answer.status_code == 302, (method, path)
            assert answer.headers["Location"].startswith("/login")


@cases("API-002")
def test_a_file_is_seen_only_with_what_it_hangs_on(
    case: Case, house: Flask, anna: FlaskClient, jan: FlaskClient, marek: FlaskClient
) -> None:
    number = asks(anna)
    public = {"body": "see", "files": upload(b"public", "public.txt")}
    internal = {"body": "see", "files": upload(b"internal", "internal.txt")}
    assert marek.post(f"/agent/tickets/{number}/reply", data=public).status_code == 303
    let_replies_go_out(house)
    assert marek.post(f"/agent/tickets/{number}/note", data=internal).status_code == 303
    links = file_links(marek.get(f"/agent/tickets/{number}").text)
    shown = next(link for link in links if "public" in link)
    secret = next(link for link in links if "internal" in link)
    assert _status(anna, shown) == _status(marek, shown) == _status(marek, secret) == 200
    for reader, link in ((anna, secret), (jan, shown), (jan, secret)):
        token = link.split("/")[2]
        nowhere = link.replace(token, "x" * len(token))
        for method in ("GET", "HEAD"):
            there, missing = reader.open(link, method=method), reader.open(nowhere, method=method)
            assert there.status_code == 404
            assert _looks(there, link) == _looks(missing, nowhere)
    assert _status(house.test_client(), shown) == 302
    assert "internal.txt" not in anna.get(f"/requests/{number}").text


def _status(reader: FlaskClient, link: str) -> int:
    with reader.get(link) as answer:
        return answer.status_code


@cases("API-003")
def test_a_link_tells_nothing_of_its_other_end(
    case: Case, anna: FlaskClient, marek: FlaskClient, hidden: Callable[..., str]
) -> None:
    number, secret = asks(anna), hidden(subject="CANARY-5512")
    there = marek.post(f"/agent/tickets/{number}/link", data={"other": secret, "kind": "related"})
    nowhere = marek.post(f"/agent/tickets/{number}/link", data={"other": NOWHERE, "kind": "related"})
    assert (there.status_code, nowhere.status_code) == (422, 422)
    assert masked(there.text, secret) == masked(nowhere.text, NOWHERE)
    for other in (str(case.payload["link_to"]), "", number, "x" * 5000, "IT-1' OR 1=1", "١"):
        assert marek.post(f"/agent/tickets/{number}/link", data={"other": other, "kind": "related"}).status_code == 422
    assert marek.post(f"/agent/tickets/{number}/link", data={"other": number, "kind": "owner"}).status_code == 422
    assert "CANARY" not in marek.get(f"/agent/tickets/{number}").text


@cases("PF-045")
def test_a_requester_learns_an_agents_name_and_nothing_else(
    case: Case, house: Flask, anna: FlaskClient, marek: FlaskClient, program: Callable[..., Program]
) -> None:
    number = asks(anna)
    marek.post(f"/agent/tickets/{number}/assign", data={"assignee": "me"})
    marek.post(f"/agent/tickets/{number}/reply", data={"body": "Hello"})
    let_replies_go_out(house)
    api = program("anna.kowalska")
    pages = [anna.get(path).text for path in (f"/requests/{number}", "/requests", "/")]
    answers = [api.get(f"/tickets/{number}{path}").text for path in ("", "/timeline")] + [api.get("/tickets").text]
    assert "Marek Nowak" in pages[0]
    for told in (*pages, *answers):
        assert address("marek.nowak") not in told


@cases("PL-014")
def test_a_route_that_nobody_classified_stops_the_start(case: Case) -> None:
    app = Flask("x")
    blueprint = Blueprint("evil", "evil")
    blueprint.add_url_rule("/x", "x", lambda: "")
    app.register_blueprint(blueprint)
    with pytest.raises(RuntimeError, match="/x"):
        check_routes_are_classified(app)


def test_the_people_page_lists_no_tickets_of_other_desks(marek: FlaskClient, hidden: Callable[..., str]) -> None:
    hidden(subject="CANARY-3310")
    assert "CANARY" not in marek.get(f"/agent/people/{address('anna.kowalska')}").text

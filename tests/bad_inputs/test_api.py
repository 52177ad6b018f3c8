"""The API: bodies, headers and tokens that no well-meaning program sends."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from deskcore.api.limits import Allowance
from deskcore.clock import now
from deskcore.people.models import ApiToken, DeskGrant, Person
from deskcore.people.services import create_person, deactivate, find_person
from deskcore.people.tokens import revoke_tokens
from deskcore.work import unit_of_work
from tests.bad_inputs.callers import INCIDENT, QUESTION, QUESTION_FORM, Program, address, asks, number_of, program_of
from tests.bad_inputs.cases import Case, cases
from tests.bad_inputs.test_uploads import HARMLESS

Programs = Callable[..., Program]


@cases("API-006")
def test_nobody_acts_for_another_by_a_header(case: Case, program: Programs) -> None:
    sent = case.payload["headers"] | {"X-Remote-User": address("admin"), "X-Forwarded-User": address("admin")}
    assert program("marek.nowak").get("/me", headers=sent).get_json()["email"] == address("marek.nowak")


@cases("API-009")
def test_there_is_nothing_to_set_up(case: Case, house: Flask, program: Programs, browser: Any) -> None:
    for path in ("/setup", "/install", "/init", "/setup/admin", "/admin/setup", "/api/v1/setup", "/api/setup", "/.env"):
        assert house.test_client().get(path).status_code == 404, path
        assert browser("admin").get(path).status_code == 404, path
        assert browser("admin").post(path).status_code in (404, 405), path


@cases("API-010")
def test_other_methods_tell_and_change_nothing(case: Case, house: Flask, anna: FlaskClient, program: Programs) -> None:
    number = asks(anna)
    stranger = Program(house)
    for method in [*(method for method in case.payload if method.isalpha()), "CONNECT", "SEARCH", "LOCK", "X" * 500]:
        for path in (f"/tickets/{number}/timeline", "/me", "/openapi.json"):
            answer = stranger.call(method, path)
            assert answer.status_code == 405, (method, path)
            assert number not in answer.text
        for path in (f"/requests/{number}", "/agent/tickets"):
            answer = house.test_client().open(path, method=method)
            assert answer.status_code in (302, 405), (method, path)
            assert "Where is the manual" not in answer.text
    assert program("anna.kowalska").get(f"/tickets/{number}").get_json()["version"] == 1


def test_head_tells_what_get_tells_and_no_more(anna: FlaskClient, jan: FlaskClient, program: Programs) -> None:
    number = asks(anna)
    for path in (f"/requests/{number}", "/requests", "/profile"):
        seen = anna.head(path)
        assert (seen.status_code, seen.data) == (200, b"")
    assert jan.head(f"/requests/{number}").status_code == jan.head("/requests/IT-9999").status_code == 404
    other = program("jan.wojcik")
    assert (
        other.call("HEAD", f"/tickets/{number}").status_code
        == other.call("HEAD", "/tickets/IT-9999").status_code
        == 404
    )


@cases("API-011")
def test_a_method_is_what_it_is(case: Case, program: Programs, anna: FlaskClient) -> None:
    number = program("anna.kowalska").opens()
    answer = program("anna.kowalska").get(f"/tickets/{number}?{case.payload['query']}", headers=case.payload["headers"])
    assert answer.status_code in (200, 422)
    assert anna.post("/profile/settings?_method=DELETE", data={"_method": "DELETE"}, headers=case.payload["headers"])
    assert program("anna.kowalska").get(f"/tickets/{number}").status_code == 200


@cases("API-012")
def test_deep_json_is_malformed(case: Case, program: Programs) -> None:
    api = program("anna.kowalska")
    nested = '{"a":' * 50_000 + "1" + "}" * 50_000
    inside = '{"answers":' + "[" * 40 + "]" * 40 + "}"
    for body in (case.payload, nested, inside, "[" * 33, '["' + "\\" * 100_000, '"' * 100_001, "{" * 1_000_000):
        answer = api.post("/tickets", body)
        assert (answer.status_code, answer.content_type) == (400, "application/problem+json"), body[:20]


@cases("API-013")
def test_a_huge_number_is_refused(case: Case, program: Programs) -> None:
    api = program("anna.kowalska")
    assert api.post("/tickets", case.payload).status_code in (400, 422)
    for number in ("9" * 400, "-" + "9" * 4301, "1e400", "1e-400" + "0" * 100, "0." + "1" * 10_000, "1E+99999"):
        sent = f'{{"desk":"it","request_type":"incident","answers":{{"service":"mail","what_happened":{number}}}}}'
        assert api.post("/tickets", sent).status_code in (400, 422), number[:20]


@cases("API-014")
def test_a_key_that_comes_twice_is_refused(case: Case, program: Programs) -> None:
    api = program("anna.kowalska")
    assert api.post("/tickets", case.payload).status_code == 422
    inner = '{"desk":"it","request_type":"incident","answers":{"service":"mail","service":"erp","what_happened":"x"}}'
    assert api.post("/tickets", inner).status_code == 422


@cases("API-015")
def test_types_are_what_they_are_declared(case: Case, program: Programs) -> None:
    api = program("marek.nowak")
    more: list[dict[str, Any]] = [
        {"desk": 1}, {"desk": None}, {"desk": ["it"]}, {"request_type": {}}, {"answers": []}, {"answers": "x"},
        {"answers": None}, {"requester": 1}, {"requester": ["a"]}, {"description": 0}, {"__proto__": {"a": 1}},
        {"constructor": {}}, {"": ""}, {"answers": {"service": ["mail"], "what_happened": "x"}},
        {"answers": {"service": "mail", "what_happened": {"$ne": ""}}}, {"answers": {"service": True}},
        {"version": 1}, {"number": "IT-1"}, {"status": "closed"}, {"created_at": "2020-01-01"}, {"extra": {}},
        {"tags": "x"},
    ]  # fmt: skip
    for changed in [*case.payload, *more]:
        answer = api.post("/tickets", INCIDENT | changed)
        assert answer.status_code == 422, changed
        assert answer.get_json()["errors"] or answer.get_json()["detail"], changed


@cases("API-016")
def test_only_json_is_read(case: Case, program: Programs) -> None:
    api = program("anna.kowalska")
    kinds = [
        case.payload["headers"]["Content-Type"], "", "text/plain", "application/x-yaml",
        "multipart/form-data; boundary=x",
        "application/x-www-form-urlencoded", "application/jsonx", "json", "text/json\r\nX: y".replace("\r\n", ""),
    ]  # fmt: skip
    for kind in kinds:
        answer = api.call("POST", "/tickets", data=case.payload["body"], headers={"Content-Type": kind})
        assert answer.status_code == 415, kind
    for encoding in ("utf-16", "utf-32", "latin-1"):
        sent = '{"desk":"ż"}'.replace("ż", "é").encode(encoding)
        answer = api.call("POST", "/tickets", data=sent, content_type=f"application/json; charset={encoding}")
        assert answer.status_code == 415, encoding
        undeclared = api.call("POST", "/tickets", data=sent, content_type="application/json")
        assert undeclared.status_code == 400, encoding
    zipped = api.call(
        "POST", "/tickets", data=b"\x1f\x8b", content_type="application/json", headers={"Content-Encoding": "gzip"}
    )
    assert zipped.status_code == 415
    marked = api.post("/tickets", b"\xef\xbb\xbf{}")
    assert (marked.status_code, "byte order mark" in marked.get_json()["detail"]) == (400, True)


@cases("API-017")
def test_pages_have_bounds(case: Case, program: Programs) -> None:
    api = program("anna.kowalska")
    for query in [
        *case.payload,
        "limit=0",
        "limit=-1",
        "limit=x",
        "limit=1.5",
        "limit=%D9%A3",
        "limit=1&limit=2",
        "after=x",
    ]:
        assert api.get(f"/tickets?{query}").status_code == 422, query
    assert api.get("/tickets?limit=99999999999999999999").status_code in (200, 422)
    assert api.get(f"/tickets?limit={'9' * 5000}").status_code in (200, 422)


def test_a_cursor_serves_its_own_list_only(program: Programs) -> None:
    anna, marek = program("anna.kowalska"), program("marek.nowak")
    for _time in range(3):
        anna.opens()
    cursor = anna.get("/tickets?limit=1").get_json()["next"]
    assert anna.get(f"/tickets?limit=1&after={cursor}").status_code == 200
    for path in (f"/tickets?sort=created&after={cursor}", f"/tickets?queue=open&after={cursor}",
    f"/tickets?after={cursor}x",
                 f"/tickets?after={cursor[:-1]}", f"/tickets?after={cursor.swapcase()}",
                 "/tickets?after=" + "x" * 3000):  # fmt: skip
        assert anna.get(path).status_code == 422, path
    theirs = marek.get(f"/tickets?limit=1&after={cursor}")
    assert theirs.status_code in (200, 422), "a cursor gives no rights: the list is still the caller's own"


@cases("API-020")
def test_a_token_that_is_not_exactly_right_is_none(case: Case, house: Flask, program: Programs) -> None:
    good = program("marek.nowak")
    secret = good.token
    for header in (
        "Bearer", "Bearer ", f"Bearer {secret} ", f"Bearer  {secret}", f"Bearer\t{secret}", f"Bearer {secret[:-1]}",
        f"Bearer {secret}A", f"Bearer {secret.upper()}", f"Bearer {secret.swapcase()}", f"Basic {secret}", secret,
        f"Bearer {secret},{secret}", "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOjF9.", f"Bearer {'A' * 100_000}",
        "Bearer ' OR 1=1",
        f"Token {secret}", f"Bearer dc_{secret}", "Bearer null", "Bearer undefined",
    ):  # fmt: skip
        assert Program(house).get("/me", headers={"Authorization": header}).status_code == 401, header[:60]
    assert Program(house).get(f"/me?access_token={secret}&token={secret}").status_code == 401
    assert good.get("/me").status_code == 200


@cases("API-020")
def test_a_token_ends_with_its_time_its_right_and_its_person(case: Case, house: Flask) -> None:
    with house.app_context():
        for name in ("late", "void", "gone"):
            create_person(f"{name}@meridian.example", name, None)
    late, void, gone = (program_of(house, name) for name in ("late", "void", "gone"))
    assert [one.get("/me").status_code for one in (late, void, gone)] == [200, 200, 200]
    with house.app_context():
        people = {name: find_person(f"{name}@meridian.example") for name in ("late", "void", "gone")}
        assert all(people.values())
        with unit_of_work() as session:
            mine = update(ApiToken).where(ApiToken.person_id == people["late"].id)  # type: ignore[union-attr]
            session.execute(mine.values(expires_at=now() - timedelta(seconds=1)))
        revoke_tokens(people["void"])  # type: ignore[arg-type]
        deactivate(people["gone"])  # type: ignore[arg-type]
    answers = [one.get("/me") for one in (late, void, gone)]
    assert [answer.status_code for answer in answers] == [401, 401, 401]
    assert len({answer.text for answer in answers}) == 1


@cases("API-022")
def test_nobody_gives_himself_rights(case: Case, house: Flask, marek: FlaskClient, program: Programs) -> None:
    rights = {
        "administrator": "1",
        "auditor": "on",
        "role": "admin",
        "active": "1",
        "email": "x@x.pl",
        "desk_roles": "lead",
    }
    answer = marek.post("/profile/settings", data=rights | {"language": "en", "theme": "evil", "density": "x"})
    assert answer.status_code in (303, 422)
    for method in ("PATCH", "PUT", "POST", "DELETE"):
        assert program("marek.nowak").call(method, "/me", json=case.payload).status_code == 405
    number = program("marek.nowak").opens()
    assert program("marek.nowak").call("PATCH", f"/tickets/{number}", json=case.payload).status_code == 422
    for path in ("/admin/", "/admin/plugins"):
        assert marek.get(path).status_code == 403
    assert marek.post("/admin/plugins/it_desk", data={"state": "disabled"}).status_code == 403
    with house.app_context():
        person = find_person(address("marek.nowak"))
        assert person is not None
        assert (person.administrator, person.auditor, person.theme, person.density) == (False, False, "", "comfortable")
        from deskcore.extensions import db

        assert db.session.scalars(select(DeskGrant.role).where(DeskGrant.person_id == person.id)).all() == ["agent"]
    assert Person.administrator is not None


@cases("API-023")
def test_what_was_written_stays(case: Case, program: Programs) -> None:
    api = program("marek.nowak")
    number = api.opens()
    api.post(f"/tickets/{number}/messages", {"body": "first"})
    before = api.get(f"/tickets/{number}/timeline").get_json()
    for method in ("PUT", "PATCH", "DELETE", "POST"):
        for path in (f"/tickets/{number}/timeline", f"/tickets/{number}/messages/2", f"/tickets/{number}/timeline/1"):
            assert api.call(method, path, json=case.payload).status_code in (404, 405), (method, path)
    forged = {
        "body": "x",
        "created_by": 1,
        "created_at": "2020-01-01",
        "author": address("admin"),
        "seq": 1,
        "at": "2020",
    }
    for name in forged.keys() - {"body"}:
        assert api.post(f"/tickets/{number}/messages", {"body": "x", name: forged[name]}).status_code == 422, name
    assert api.get(f"/tickets/{number}/timeline").get_json() == before


@cases("API-024")
def test_a_token_that_reads_writes_nothing(case: Case, house: Flask, program: Programs) -> None:
    number = program("marek.nowak").opens()
    reader = program("marek.nowak", scopes=["tickets:read", "desks:read", "people:read"])
    writing = 0
    for rule in house.url_map.iter_rules():
        for method in (rule.methods or set()) - {"GET", "HEAD", "OPTIONS"} if rule.endpoint.startswith("api.") else ():
            path = rule.rule.removeprefix("/api/v1").replace("<number>", number)
            writing += 1
            assert reader.call(method, path, json={}).status_code == 403, (method, path)
    assert writing >= 4


@cases("API-026")
def test_a_new_password_needs_the_present_one(case: Case, anna: FlaskClient) -> None:
    for old in ("", "wrong password", "meridian-demo "):
        sent = {"old_password": old, "password": "another long password"}
        assert anna.post("/profile/password", data=sent).status_code == 422
    assert anna.post("/profile/password", data={"password": "another long password"}).status_code == 422


@cases("API-027")
def test_of_two_changes_at_once_one_wins(case: Case, program: Programs) -> None:
    api = program("marek.nowak")
    number = api.opens()
    version = api.get(f"/tickets/{number}").headers["ETag"]

    def change(priority: str) -> Any:
        sent = {"priority": priority}
        return program("ola.mazur").call("PATCH", f"/tickets/{number}", json=sent, headers={"If-Match": version})

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(change, ["high", "urgent", "high", "urgent"]))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
    lost = [answer for answer in answers if answer.status_code == 409]
    current = api.get(f"/tickets/{number}").get_json()["version"]
    assert {answer.get_json()["current_version"] for answer in lost} == {current}


def test_an_odd_if_match_never_overwrites(program: Programs) -> None:
    api = program("marek.nowak")
    number = api.opens()
    for header in (
        '"x"',
        "x",
        f'"{number}-v0"',
        f'"{number}-v99"',
        f'W/"{number}-v1"',
        '"' * 100,
        f'"{number}-v' + "9" * 5000,
        "\\",
    ):
        answer = api.call("PATCH", f"/tickets/{number}", json={"priority": "low"}, headers={"If-Match": header})
        assert answer.status_code in (200, 409, 412, 422), header[:40]
        if answer.status_code == 200:
            assert "v1" in header


@cases("API-028")
def test_many_at_once_get_numbers_of_their_own(case: Case, house: Flask, program: Programs, anna: FlaskClient) -> None:
    cookie = anna.get_cookie("deskcore")
    assert cookie is not None
    api = program("jan.wojcik")

    def create(place: int) -> str:
        if place % 2:
            return Program(house, api.token).opens()
        browser = house.test_client()
        browser.set_cookie("deskcore", cookie.value)
        return number_of(browser.post(QUESTION_FORM, data=QUESTION))

    with ThreadPoolExecutor(8) as pool:
        numbers = list(pool.map(create, range(32)))
    assert len(set(numbers)) == 32


@cases("API-029")
def test_a_repeat_returns_the_first_answer(case: Case, program: Programs) -> None:
    anna, jan = program("anna.kowalska"), program("jan.wojcik")
    key = {"Idempotency-Key": "order 66"}
    first = anna.post("/tickets", INCIDENT, headers=key).get_json()
    assert anna.post("/tickets", INCIDENT, headers=key).get_json() == first
    other = INCIDENT | {"subject": "Something else"}
    assert anna.post("/tickets", other, headers=key).status_code == 422
    assert jan.post("/tickets", INCIDENT, headers=key).get_json()["number"] != first["number"]
    message = anna.post(f"/tickets/{first['number']}/messages", {"body": "x"}, headers=key)
    assert message.status_code == 422, "the key stands for another request"
    for odd in ("x" * 101, "x" * 20_000, "é", "a,b", '"a"', " "):
        assert anna.post("/tickets", INCIDENT, headers={"Idempotency-Key": odd}).status_code in (201, 422), odd[:20]


@cases("API-030")
def test_a_flood_of_requests_is_slowed_down_and_others_are_not(
    case: Case, house: Flask, program: Programs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(house.extensions, "deskcore_api_allowance", Allowance(0.01, 40))
    greedy, other = program("anna.kowalska"), program("jan.wojcik")

    def call(place: int) -> Any:
        return Program(house, greedy.token).post("/tickets", {}) if place % 2 else greedy.get("/me")

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(call, range(200)))
    refused = [answer for answer in answers if answer.status_code == 429]
    assert len(refused) == 160
    assert {answer.content_type for answer in refused} == {"application/problem+json"}
    assert all(int(answer.headers["Retry-After"]) >= 1 for answer in refused)
    assert other.get("/me").status_code == 200
    assert Program(house).get("/me").status_code == 401, "whoever has no token is told so"


@cases("UP-001", "UP-002", "UP-003", "UP-004")
def test_a_file_of_a_program_is_only_downloaded(case: Case, program: Programs) -> None:
    api = program("anna.kowalska")
    number = api.opens()
    for name in ("x.svg", "x.html", "x"):
        assert_only_downloaded(api, sends_file(api, number, name, case.payload), case.payload)


@cases("UP-006", "UP-008")
def test_a_name_that_a_program_gives_is_never_a_path_a_header_or_markup(case: Case, program: Programs) -> None:
    api = program("anna.kowalska")
    number = api.opens()
    for name in case.payload:
        answer = sends_file(api, number, name, b"content")
        assert answer.status_code in (201, 422), name
        if answer.status_code == 201:
            shown = answer.get_json()["attachments"][0]["name"]
            assert 0 < len(shown.encode()) <= 255
            assert not set('/\\"<>|:*?\r\n\t\0') & set(shown)
            assert_only_downloaded(api, answer, b"content")


@cases("API-002")
def test_a_file_is_seen_by_a_program_only_with_what_it_hangs_on(case: Case, program: Programs) -> None:
    anna, jan, marek = program("anna.kowalska"), program("jan.wojcik"), program("marek.nowak")
    number, other = anna.opens(), anna.opens()
    shown = sends_file(anna, number, "shown.txt", b"x").get_json()["attachments"][0]["key"]
    secret = sends_file(marek, number, "hidden.txt", b"x", internal="true").get_json()["attachments"][0]["key"]
    as_requester = program("marek.nowak", area="portal")
    for reader, key in ((anna, secret), (jan, shown), (jan, secret), (as_requester, shown), (as_requester, secret)):
        nowhere = reader.get(f"/tickets/{number}/attachments/{'x' * len(key)}")
        for method in ("GET", "HEAD"):
            there = reader.call(method, f"/tickets/{number}/attachments/{key}")
            assert there.status_code == nowhere.status_code == 404
        assert reader.get(f"/tickets/{number}/attachments/{key}").text == nowhere.text
    assert anna.get(f"/tickets/{other}/attachments/{shown}").status_code == 404
    assert "hidden.txt" not in anna.get(f"/tickets/{number}/attachments").text


def sends_file(api: Program, number: str, name: str, content: bytes, **query: str) -> Any:
    """Send the bytes of one file under a name."""
    named = {"name": name.encode("utf-8", "surrogatepass").decode("utf-8", "replace")} | query
    path = f"/tickets/{number}/attachments?{urlencode(named)}"
    return api.call("POST", path, data=content, content_type="application/octet-stream")


def assert_only_downloaded(api: Program, answer: Any, content: bytes) -> None:
    assert answer.status_code == 201
    with api.get(answer.get_json()["attachments"][0]["url"].removeprefix("/api/v1")) as file:
        assert file.data == content
        assert file.headers["Content-Disposition"].startswith("attachment;")
        assert file.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert file.headers["X-Content-Type-Options"] == "nosniff"
        assert file.mimetype in HARMLESS
        assert {"X-Evil", "Set-Cookie"} & set(file.headers.keys()) == set()


@cases("API-035")
def test_what_is_hidden_is_not_suggested(
    case: Case, house: Flask, hidden: Callable[..., str], marek: FlaskClient, jan: FlaskClient, program: Programs
) -> None:
    word = case.payload.partition("=")[2]
    hidden(subject=f"{word} CANARY-7731", description=f"{word} CANARY-7731")
    for reader, path in (
        (marek, "/agent/tickets?queue=all&q={}"), (marek, "/agent/search?q={}"), (jan, "/search?q={}"), (jan,
        "/requests?q={}"),
    ):  # fmt: skip
        found = reader.get(path.format(word), follow_redirects=True).text
        nothing = reader.get(path.format("x" * len(word)), follow_redirects=True).text
        assert "CANARY" not in found
        assert re.sub(word, "?", found).count("IT-") == nothing.count("IT-")
    for name in ("marek.nowak", "jan.wojcik"):
        for path in (f"/tickets?q={word}", f"/search?q={word}&kind=ticket", f"/people?q={word}"):
            assert program(name).get(path).get_json()["items"] == [], path
        assert "CANARY" not in program(name).get(f"/search?q={word}").text


@cases("API-039")
def test_debugging_cannot_be_asked_for(case: Case, house: Flask, anna: FlaskClient) -> None:
    stranger = house.test_client()
    stranger.set_cookie("debug", "1")
    for path in ("/login", "/", "/api/v1/me", "/console", "/no-such-page", "/requests/IT-1"):
        answer = stranger.get(path + case.payload, headers={"X-Debug": "1", "Werkzeug-Debug": "1"})
        assert answer.status_code in (200, 302, 401, 404), path
        assert "Traceback" not in answer.text
        assert "werkzeug" not in (answer.text + str(answer.headers)).lower()
    assert not house.debug


#: Where nothing tells of anybody: files, and what a browser installs.
SAME_FOR_ALL = ("static", "plugin_static", "installing")


@cases("API-040")
def test_no_answer_is_kept_by_anything_between(case: Case, house: Flask, anna: FlaskClient, program: Programs) -> None:
    number = asks(anna)
    for rule in house.url_map.iter_rules():
        if "GET" not in (rule.methods or set()) or rule.endpoint.partition(".")[0] in SAME_FOR_ALL:
            continue
        path = re.sub(r"<[^>]*>", "x", rule.rule.replace("<number>", number))
        caller: Any = program("anna.kowalska") if path.startswith("/api/v1") else anna
        with caller.get(path.removeprefix("/api/v1")) as answer:
            assert "no-store" in answer.headers["Cache-Control"], path
            if caller is not anna:
                assert "Authorization" in answer.headers["Vary"], path


def test_host_names_that_are_not_ours_are_turned_away(house: Flask, program: Programs) -> None:
    for host in (
        "attacker.test",
        "localhost@attacker.test",
        "localhost:80@attacker.test",
        "127.0.0.1.attacker.test",
        "[::1",
        "a b",
        "localhost,attacker.test",
    ):
        for path in ("/login", "/forgot", "/", "/static/app.css", "/api/v1/me", "/no-such-page"):
            answer = house.test_client().get(path, headers={"Host": host})
            assert answer.status_code == 400, (host, path)
            assert "attacker" not in answer.text + answer.headers.get("Location", "")


def test_forwarded_headers_are_not_believed(house: Flask) -> None:
    spoofed = {"X-Forwarded-Host": "attacker.test", "Forwarded": "host=attacker.test", "X-Original-URL": "/admin/",
               "X-Rewrite-URL": "/admin/", "X-Forwarded-Prefix": "/evil", "X-Forwarded-Proto": "https"}  # fmt: skip
    answer = house.test_client().get("/requests", headers=spoofed)
    assert answer.headers["Location"] == "/login?next=/requests"
    assert "attacker" not in house.test_client().get("/login", headers=spoofed).text


@cases("SQ-004", "SQ-010", "SQ-011")
def test_whatever_is_searched_for_is_only_words(
    case: Case, anna: FlaskClient, marek: FlaskClient, program: Programs
) -> None:
    queries = case.payload if isinstance(case.payload, list) else [case.payload]
    for query in [
        *queries,
        "%",
        "_",
        "\\",
        "'",
        '"',
        "a" * 100_000,
        "(" * 5000,
        "IT-",
        "it-1 OR 1=1",
        "*",
        "NEAR(",
        "a AND",
    ]:
        sent = query.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
        for reader, path in (
            (anna, "/search"),
            (anna, "/requests"),
            (marek, "/agent/search"),
            (marek, "/agent/tickets"),
        ):
            answer = reader.get(path, query_string={"q": sent}, follow_redirects=True)
            assert answer.status_code == 200, (path, query[:20])
        assert program("marek.nowak").get("/tickets", query_string={"q": sent}).status_code in (200, 422)


@cases("SQ-007")
def test_the_number_of_a_hidden_ticket_finds_nothing(
    case: Case, hidden: Callable[..., str], marek: FlaskClient
) -> None:
    number = hidden(subject="CANARY-9901")
    there = marek.get(f"/agent/search?q={number}", follow_redirects=True).text
    nowhere = marek.get("/agent/search?q=IT-9999", follow_redirects=True).text
    assert "CANARY" not in there
    assert re.sub(re.escape(number), "?", there, flags=re.I).count("IT-") == re.sub(
        "IT-9999", "?", nowhere, flags=re.I
    ).count("IT-")


@pytest.mark.parametrize("name", ["marek.nowak", "anna.kowalska"])
def test_wildcards_of_the_database_mean_nothing(name: str, program: Programs) -> None:
    api = program(name)
    api.opens(subject="Plain words")
    for query in ("%", "_", "%25", "Pl_in", "Pl%n"):
        assert api.get("/tickets", query_string={"q": query}).get_json()["items"] == []

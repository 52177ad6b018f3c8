"""Signing in: guessed, flooded, fixed, poisoned."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import update

from deskcore.clock import now
from deskcore.extensions import db
from deskcore.people.models import OneTimeLink
from deskcore.people.services import create_person, deactivate, find_person
from deskcore.people.signing_in import make_reset_link
from deskcore.testing import statements
from deskcore.work import unit_of_work
from tests.bad_inputs.callers import PASSWORD, address, masked, signed_in
from tests.bad_inputs.cases import Case, cases

OUTSIDE = [
    "https://attacker.test", "//attacker.test", "///attacker.test", "/\\attacker.test", "\\\\attacker.test",
    "/\t/attacker.test",
    "/\n/attacker.test", "javascript:alert(1)", "data:text/html,x", "http:attacker.test", "https:/attacker.test",
    " //attacker.test", "\x00//attacker.test", "/%0d%0aSet-Cookie:a=b\r\nX: y", "attacker.test", "@attacker.test",
    "http://localhost@attacker.test", "ftp://attacker.test/", "\ufeff//attacker.test", "",
]  # fmt: skip


@cases("PF-032")
def test_every_failed_sign_in_looks_and_works_the_same(case: Case, house: Flask) -> None:
    with house.app_context():
        create_person("left@meridian.example", "Left", PASSWORD)
        create_person("none@meridian.example", "Without a password", None)
        deactivate(find_person("left@meridian.example"))  # type: ignore[arg-type]
        engine = db.engine
    looks, work = set(), set()
    for email, password in (
        (address("jan.wojcik"), "wrong password"),
        ("missing@meridian.example", "wrong password"),
        ("left@meridian.example", PASSWORD),
        ("none@meridian.example", ""),
        ("none@meridian.example", PASSWORD),
    ):
        with statements(engine) as seen:
            answer = house.test_client().post("/login", data={"email": email, "password": password})
        headers = tuple(sorted(set(answer.headers) - {("Date", answer.headers.get("Date", "")), *_cookies(answer)}))
        looks.add((answer.status_code, headers if len(email) == 0 else (), masked(answer.text, email)))
        work.add(len(seen))
    assert len(looks) == 1
    assert len(work) == 1


def _cookies(answer: Any) -> set[tuple[str, str]]:
    return {(name, value) for name, value in answer.headers if name in ("Set-Cookie", "Content-Length")}


@cases("PF-032")
def test_asking_for_a_new_password_tells_nothing(case: Case, house: Flask) -> None:
    asked = [address("jan.wojcik"), "missing@meridian.example", "' OR 1=1", "x" * 5000, "a@b\r\nBcc: v@v.test"]
    answers = [house.test_client().post("/forgot", data={"email": email}) for email in asked]
    assert {answer.status_code for answer in answers} == {200}
    assert len({masked(answer.text) for answer in answers}) == 1


@cases("PF-033")
def test_guesses_at_once_do_not_outrun_the_count(case: Case, app: Flask) -> None:
    def guess(number: int) -> tuple[int, str]:
        sent = {"email": address("anna.kowalska"), "password": f"wrong {number}"}
        answer = app.test_client().post("/login", data=sent)
        return answer.status_code, answer.headers.get("Retry-After", "")

    with ThreadPoolExecutor(25) as pool:
        answers = list(pool.map(guess, range(50)))
    assert sorted(status for status, _wait in answers) == [422] * 5 + [429] * 45
    assert all(wait.isdecimal() and 0 < int(wait) <= 900 for status, wait in answers if status == 429)
    right = {"email": address("anna.kowalska"), "password": PASSWORD}
    assert app.test_client().post("/login", data=right).status_code == 429
    elsewhere = {"REMOTE_ADDR": "192.0.2.7"}
    other = {"email": address("jan.wojcik"), "password": PASSWORD}
    assert app.test_client().post("/login", data=other, environ_overrides=elsewhere).status_code == 303


@cases("API-030")
def test_another_spelling_of_an_address_counts_as_the_same(case: Case, app: Flask) -> None:
    for spelling in (
        "anna.kowalska@meridian.example",
        " ANNA.kowalska@MERIDIAN.example ",
        "Anna.Kowalska@meridian.example",
    ):
        for _time in range(2):
            app.test_client().post("/login", data={"email": spelling, "password": "wrong password"})
    right = {"email": address("anna.kowalska"), "password": PASSWORD}
    refused = app.test_client().post("/login", data=right, headers={"X-Forwarded-For": "192.0.2.9"})
    assert refused.status_code == 429
    assert 0 < int(refused.headers["Retry-After"]) <= 900


@cases("PF-034")
def test_a_password_of_megabytes_is_never_hashed(case: Case, house: Flask) -> None:
    sent = {"email": address("jan.wojcik"), "password": case.payload}
    assert house.test_client().post("/login", data=sent).status_code == 413
    for length in (1025, 900_000):
        shorter = house.test_client().post("/login", data=sent | {"password": "p" * length})
        assert shorter.status_code == 422
    reset = house.test_client().post("/reset/x", data={"password": "p" * 1025})
    assert reset.status_code == 422


def test_after_signing_in_one_stays_on_this_site(house: Flask, jan: FlaskClient) -> None:
    for target in OUTSIDE:
        browser = house.test_client()
        page = browser.get("/login", query_string={"next": target})
        assert page.status_code == 404 or '<input type="hidden" name="next" value="/">' in page.text, target
        again = jan.get("/login", query_string={"next": target})
        assert again.headers.get("Location", "/") == "/", target
    for target in OUTSIDE[:5]:
        sent = {"email": address("jan.wojcik"), "password": PASSWORD, "next": target}
        assert house.test_client().post("/login", data=sent).headers["Location"] == "/", target
    assert house.test_client().get("//attacker.test/..").status_code in (302, 308, 400, 404)


def test_no_redirect_leaves_this_site(house: Flask, marek: FlaskClient, anna: FlaskClient) -> None:
    for target in OUTSIDE:
        for browser, path, field in (
            (anna, "/language/en", "next"), (marek, "/agent/display", "back"), (marek, "/agent/tickets/bulk", "back"),
        ):  # fmt: skip
            answer = browser.post(path, data={field: target, "assignee": "me", "number": "IT-9999"})
            assert answer.headers["Location"].startswith("/"), (path, target)
            assert "attacker" not in answer.headers["Location"], (path, target)
    for path in (
        "//attacker.test",
        "//attacker.test/%2e%2e",
        "/\\attacker.test",
        "/agent//attacker.test",
        "/https://attacker.test",
    ):
        answer = house.test_client().get(path)
        assert not answer.headers.get("Location", "/").startswith(("//", "http", "/\\")), path


def test_a_cookie_from_before_is_worth_nothing_after(house: Flask) -> None:
    browser = house.test_client()
    browser.get("/login")
    browser.set_cookie("deskcore", "fixed-by-somebody-else")
    browser.post("/login", data={"email": address("jan.wojcik"), "password": PASSWORD})
    first = browser.get_cookie("deskcore")
    assert first is not None
    assert first.value != "fixed-by-somebody-else"
    browser.post("/logout")
    attacker = house.test_client()
    attacker.set_cookie("deskcore", first.value)
    assert attacker.get("/profile").status_code == 302, "a cookie that was copied ends with its sign-in"
    assert signed_in(house, "jan.wojcik").get_cookie("deskcore") != first


@cases("SET-009")
def test_who_knows_the_key_still_needs_a_sign_in(case: Case, house: Flask) -> None:
    serializer = house.session_interface.get_signing_serializer(house)  # type: ignore[attr-defined]
    assert isinstance(serializer, URLSafeTimedSerializer)
    for content in ({"_user_id": "1"}, {"_user_id": "x" * 5000},
                    {"_flashes": [["toast", {"text": "<script>", "undo_url": "javascript:1"}]]},
                    {"language": {"a": 1}}):  # fmt: skip
        forged = house.test_client()
        forged.set_cookie("deskcore", serializer.dumps(content))
        assert forged.get("/profile").status_code == 302, content
        assert "<script>alert" not in forged.get("/login").text
    for cookie in ("gASVIAAAAAAAAACMBXBvc2l4", "{}", ".", "x" * 4000, "é", '"', "\\x00"):
        forged = house.test_client()
        assert forged.get("/profile", headers={"Cookie": f"deskcore={cookie}"}).status_code == 302, cookie[:20]


@cases("SET-017")
def test_a_link_for_a_new_password_works_once_and_for_a_while(case: Case, house: Flask) -> None:
    def link(name: str) -> str:
        with house.app_context():
            return make_reset_link(create_person(f"{name}@meridian.example", name, PASSWORD))

    def use(secret: str) -> int:
        return house.test_client().post(f"/reset/{secret}", data={"password": "a quite new password"}).status_code

    once, late, gone = link("once"), link("late"), link("gone")
    assert [use(once), use(once)] == [303, 422]
    with house.app_context():
        with unit_of_work() as session:
            session.execute(update(OneTimeLink).values(expires_at=now() - timedelta(seconds=1)))
        gone = make_reset_link(find_person("gone@meridian.example"))  # type: ignore[arg-type]
        deactivate(find_person("gone@meridian.example"))  # type: ignore[arg-type]
    assert [use(late), use(gone), use("x" * 5000), use("%00")] == [422, 422, 422, 404]


def test_header_values_cannot_be_smuggled_through_texts(house: Flask, browser: Callable[[str], FlaskClient]) -> None:
    anna = browser("anna.kowalska")
    for value in ("x\r\nSet-Cookie: evil=1", "x\nX-Evil: 1", "x%0d%0aX-Evil: 1", "\u560d\u560aX-Evil: 1"):
        for answer in (
            anna.get("/requests", query_string={"after": value, "q": value, "state": value}),
            anna.get("/search", query_string={"q": value}),
            house.test_client().get("/requests", query_string={"q": value}),
            browser("marek.nowak").get("/agent/search", query_string={"q": value}),
        ):
            assert "X-Evil" not in answer.headers
            assert "evil" not in str(answer.headers.getlist("Set-Cookie"))

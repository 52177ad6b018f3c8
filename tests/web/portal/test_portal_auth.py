"""Signing in and out, forgotten passwords, the language."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask

from deskcore.people.services import deactivate, find_person
from deskcore.people.signing_in import make_reset_link

ANNA = "anna.kowalska@meridian.example"


def _person(email: str = ANNA) -> Any:
    person = find_person(email)
    assert person is not None
    return person


def test_whatever_is_wrong_the_answer_is_the_same(app: Flask, browser: Callable[..., Any]) -> None:
    with app.app_context():
        deactivate(_person("jan.wojcik@meridian.example"))
    for email in (ANNA, "nobody@meridian.example", "jan.wojcik@meridian.example", "no address", ""):
        stranger = browser()
        stranger.open("/login")
        page = stranger.send("/login", email=email, password="wrong password")
        assert (stranger.status, page.summary) == (422, ["E-mail or password is not right."])
        assert page.form("/login").values("email") == [email]
        assert page.title == "Error: Sign in – Meridian"


def test_after_five_tries_the_page_says_how_long_to_wait(browser: Callable[..., Any]) -> None:
    stranger = browser()
    stranger.open("/login")
    for _ in range(5):
        stranger.send("/login", email=ANNA, password="wrong password")
        assert stranger.status == 422
    page = stranger.send("/login", email=ANNA, password="meridian-demo")
    assert stranger.status == 429
    assert 0 < int(stranger.headers["Retry-After"]) <= 900
    assert page.summary == ["Too many attempts. Try again in 15 min."]


def test_nobody_is_led_elsewhere_after_signing_in(browser: Callable[..., Any]) -> None:
    for target in ("https://attacker.test/", "//attacker.test", "/\\attacker.test", "javascript:alert(1)", "\t//x", ""):
        data = {"email": ANNA, "password": "meridian-demo", "next": target}
        assert browser().client.post("/login", data=data).headers["Location"] == "/", target


def test_a_cookie_from_before_the_sign_in_is_worth_nothing(app: Flask, browser: Callable[..., Any]) -> None:
    attacker, victim = browser(), browser()
    attacker.open("/login")
    planted = attacker.client.get_cookie("deskcore")
    if planted is not None:
        victim.client.set_cookie("deskcore", planted.value)
    victim.sign_in("anna.kowalska")
    fresh = victim.client.get_cookie("deskcore")
    assert fresh is not None
    assert planted is None or fresh.value != planted.value
    attacker.open("/profile")
    assert attacker.path.startswith("/login")


def test_signing_out_ends_the_session_on_the_server_too(app: Flask, anna: Any) -> None:
    cookie = anna.client.get_cookie("deskcore")
    anna.open("/")
    page = anna.send("/logout")
    assert "You are signed out." in page.text
    anna.client.set_cookie("deskcore", cookie.value)
    anna.open("/profile")
    assert anna.path.startswith("/login")
    assert anna.client.get("/logout").status_code == 405


def test_signing_out_everywhere_ends_every_browser(browser: Callable[..., Any]) -> None:
    office, home = browser("anna.kowalska"), browser("anna.kowalska")
    assert "You are signed in with 2 browsers." in office.open("/profile").text
    office.send("/sign-out-everywhere")
    for each in (office, home):
        each.open("/profile")
        assert each.path.startswith("/login")


def test_who_forgot_a_password_learns_whom_to_ask_and_nothing_else(app: Flask, browser: Callable[..., Any]) -> None:
    stranger = browser()
    shown = stranger.open("/forgot").source
    assert "An administrator of your organisation makes a link" in shown
    asked = {stranger.client.post("/forgot", data={"email": email}).text for email in (ANNA, "nobody@meridian.example")}
    assert len(asked) == 1
    for _ in range(25):
        last = stranger.client.post("/forgot", data={"email": ANNA})
    assert last.status_code == 429


def test_asking_does_not_void_the_link_that_an_administrator_made(app: Flask, browser: Callable[..., Any]) -> None:
    stranger = browser()
    with app.app_context():
        secret = make_reset_link(_person())
    stranger.client.post("/forgot", data={"email": ANNA})
    stranger.open(f"/reset/{secret}")
    page = stranger.send("/reset/", password="short")
    assert (stranger.status, page.summary) == (422, ["Use at least 10 characters"])
    page = stranger.send("/reset/", password="a fresh long password")
    assert "Your new password is set." in page.text
    stranger.sign_in("anna.kowalska", "a fresh long password")
    assert stranger.path == "/"


def test_a_link_for_a_new_password_works_once_and_ends_all_sessions(
    app: Flask, anna: Any, browser: Callable[..., Any]
) -> None:
    with app.app_context():
        secret = make_reset_link(_person())
    stranger = browser()
    stranger.open(f"/reset/{secret}")
    stranger.send("/reset/", password="a fresh long password")
    anna.open("/profile")
    assert anna.path.startswith("/login")
    stranger.open(f"/reset/{secret}")
    page = stranger.send("/reset/", password="another long password")
    assert (stranger.status, page.summary) == (422, ["This link no longer works. Ask for a new one."])


def test_the_language_is_switched_for_strangers_and_people(browser: Callable[..., Any]) -> None:
    stranger = browser()
    stranger.open("/login")
    assert stranger.send("/language/pl").language == "pl"
    stranger.sign_in("anna.kowalska")
    assert stranger.page.language == "pl"
    stranger.open("/requests")
    assert stranger.send("/language/en").language == "en"
    assert (stranger.path, browser("anna.kowalska").open("/").language) == ("/requests", "en")
    stranger.post("/language/de", {})
    assert stranger.status == 404

"""Signing in: what is counted, what is stored, and what ends when."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from deskcore.errors import Refused, TooMany
from deskcore.extensions import db
from deskcore.people.models import ApiToken, OneTimeLink, SignIn
from deskcore.people.services import create_person, deactivate, find_person, normalise_email
from deskcore.people.signing_in import (
    change_password,
    make_reset_link,
    reset_link,
    secret_hash,
    sign_in,
    use_reset_link,
)
from deskcore.people.tokens import make_token

ANNA = "anna.kowalska@meridian.example"
PASSWORD = "meridian-demo"


def attempt(email: str = ANNA, password: str = PASSWORD, address: str = "192.0.2.1") -> str:
    """Sign in and return the secret."""
    return sign_in(email, password, address).token


def test_the_right_password_signs_in_and_only_a_hash_is_stored(app_context: Flask) -> None:
    token = attempt()
    stored = db.session.scalars(sa.select(SignIn.token_hash)).all()
    assert token not in stored
    assert len(stored) == 1


@pytest.mark.parametrize("spelling", ["ANNA.KOWALSKA@MERIDIAN.EXAMPLE", " anna.kowalska@meridian.example "])
def test_letters_of_either_size_are_one_address(app_context: Flask, spelling: str) -> None:
    assert attempt(spelling)


@pytest.mark.parametrize(
    "spelling",
    [
        pytest.param("\u0430nna.kowalska@meridian.example", id="Cyrillic a"),
        pytest.param("anna.kowals\u212aa@meridian.example", id="Kelvin sign"),
        pytest.param("anna.kowalska@mer\u0131dian.example", id="dotless i"),
        pytest.param("anna.kowal\u017fka@meridian.example", id="long s"),
    ],
)
def test_look_alikes_are_other_people(app_context: Flask, spelling: str) -> None:
    assert find_person(spelling) is None


@pytest.mark.parametrize(
    "address", ["", "anna", "a b@c.pl", "a@b", 'x", <victim@v.test>', "a@b.c\r\nBcc: x@y.z", "@x.pl"]
)
def test_what_is_no_address_is_refused(app_context: Flask, address: str) -> None:
    with pytest.raises(Refused):
        normalise_email(address)


def test_one_address_is_one_account(app_context: Flask) -> None:
    with pytest.raises(Refused):
        create_person(ANNA.upper(), "Another Anna")


@pytest.mark.parametrize(
    ("email", "password"),
    [(ANNA, "wrong"), ("nobody@meridian.example", PASSWORD), ("no address", ""), (ANNA, "p" * 5_000_000)],
)
def test_whatever_is_wrong_the_words_are_the_same(app_context: Flask, email: str, password: str) -> None:
    with pytest.raises(Refused, match="E-mail or password is not right"):
        attempt(email, password)


def test_a_closed_account_gets_the_same_words(app_context: Flask, person_named: Callable[[str], Any]) -> None:
    deactivate(person_named("anna.kowalska"))
    with pytest.raises(Refused, match="E-mail or password is not right"):
        attempt()


def test_after_five_attempts_one_waits_and_is_told_how_long(app_context: Flask) -> None:
    for _ in range(5):
        with pytest.raises(Refused):
            attempt(password="wrong")
    with pytest.raises(TooMany) as refusal:
        attempt()
    assert 0 < refusal.value.retry_after <= 900


def test_the_wait_ends(app_context: Flask) -> None:
    with time_machine.travel("2026-11-21T10:00:00Z", tick=False) as clock:
        for _ in range(6):
            with pytest.raises((Refused, TooMany)):
                attempt(password="wrong")
        clock.shift(901)
        assert attempt()


def test_fifty_parallel_guesses_get_five_answers(app: Flask) -> None:
    answers: list[str] = []

    def guess() -> None:
        with app.app_context():
            try:
                attempt(password="wrong")
            except (Refused, TooMany) as error:
                answers.append(type(error).__name__)

    threads = [threading.Thread(target=guess) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == ["Refused"] * 5 + ["TooMany"] * 45


def test_a_new_password_ends_the_other_sessions(app_context: Flask, person_named: Callable[[str], Any]) -> None:
    other, mine = attempt(), attempt()
    fresh = change_password(person_named("anna.kowalska"), PASSWORD, "a-new-password", "192.0.2.1").token
    assert db.session.scalars(sa.select(SignIn.token_hash)).all() == [secret_hash(fresh)]
    assert len({other, mine, fresh}) == 3
    assert attempt(password="a-new-password")


def test_a_wrong_old_password_changes_nothing(app_context: Flask, person_named: Callable[[str], Any]) -> None:
    with pytest.raises(Refused):
        change_password(person_named("anna.kowalska"), "wrong", "a-new-password", "192.0.2.1")
    assert attempt()


def test_a_short_password_is_refused_with_the_limit(app_context: Flask) -> None:
    with pytest.raises(Refused, match="10"):
        create_person("new@meridian.example", "New", "short")


def test_a_reset_link_works_once_and_ends_every_session(app_context: Flask, person_named: Callable[[str], Any]) -> None:
    attempt()
    secret = make_reset_link(person_named("anna.kowalska"))
    assert secret not in db.session.scalars(sa.select(OneTimeLink.token_hash)).all()
    use_reset_link(secret, "a-new-password")
    assert db.session.scalars(sa.select(SignIn)).all() == []
    with pytest.raises(Refused):
        use_reset_link(secret, "another-password")
    assert attempt(password="a-new-password")


def test_a_wrong_address_takes_the_same_work_as_a_wrong_password() -> None:
    # In a process of its own: tests hash cheaply.
    asked = "from deskcore.people import services as s; print(s._hasher.check_needs_rehash(s._NOBODY))"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n", "the parameters of the two hashes differ"


def test_a_reset_link_expires(app_context: Flask, person_named: Callable[[str], Any]) -> None:
    with time_machine.travel("2026-11-21T10:00:00Z", tick=False) as clock:
        secret = make_reset_link(person_named("anna.kowalska"))
        clock.shift(61 * 60)
        with pytest.raises(Refused):
            use_reset_link(secret, "a-new-password")


def test_asking_for_a_link_makes_one_only_for_somebody_active(
    app_context: Flask, person_named: Callable[[str], Any]
) -> None:
    assert reset_link("nobody@meridian.example", "192.0.2.1") is None
    assert reset_link(ANNA, "192.0.2.1")
    deactivate(person_named("anna.kowalska"))
    assert reset_link(ANNA, "192.0.2.1") is None


def test_closing_an_account_voids_its_tokens(app_context: Flask, person_named: Callable[[str], Any]) -> None:
    person = person_named("marek.nowak")
    made = make_token(person)
    assert made.area == "workspace"
    deactivate(person)
    assert db.session.scalars(sa.select(ApiToken)).all() == []


def test_a_token_for_the_workspace_needs_a_desk(app_context: Flask, person_named: Callable[[str], Any]) -> None:
    assert make_token(person_named("anna.kowalska")).area == "portal"
    with pytest.raises(Refused):
        make_token(person_named("anna.kowalska"), area="workspace")
    with pytest.raises(Refused, match="Unknown scope"):
        make_token(person_named("anna.kowalska"), scopes=["everything"])


def test_a_sign_in_ends_after_three_days_without_use_and_lives_on_with_it(
    app: Flask, sign_in: Callable[[str], Any]
) -> None:
    with time_machine.travel("2026-11-21T10:00:00Z", tick=False) as clock:
        browser = sign_in("anna.kowalska")
        for _ in range(3):
            clock.shift(48 * 3600)
            assert browser.get("/").status_code == 200
        clock.shift(73 * 3600)
        assert browser.get("/").status_code == 302

"""Whether an address is known is told by no answer: not in words, not in headers, not in the work that was done."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from argon2 import PasswordHasher
from flask import Flask
from werkzeug.test import TestResponse

from conftest import PASSWORD
from deskcore.clock import now
from deskcore.errors import Refused
from deskcore.extensions import db
from deskcore.people import services, signing_in
from deskcore.people.models import Person, SignIn
from deskcore.people.services import create_person, deactivate, find_person, set_password
from deskcore.people.signing_in import make_reset_link
from deskcore.testing import statements

KNOWN, UNKNOWN, CLOSED, EMPTY = (f"{name}@meridian.example" for name in ("known", "absent", "closed", "empty"))
_VOLATILE = re.compile(r'(name="csrf_token" value=)"[^"]*"|(id="email"[^>]*value=)"[^"]*"')


@pytest.fixture
def people(app: Flask) -> Flask:
    """Somebody with a password, somebody who left, somebody without a password; and nobody else."""
    with app.app_context():
        for email in (KNOWN, CLOSED):
            create_person(email, "The same name", PASSWORD)
        create_person(EMPTY, "The same name", None)
        deactivate(_person(CLOSED))
    return app


def _person(email: str) -> Person:
    found = find_person(email)
    assert found is not None
    return found


@pytest.fixture
def hashing(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Count the hashes of passwords that are computed, which is nearly all the time that a sign-in takes."""
    done: list[str] = []

    def counted(name: str) -> Callable[..., Any]:
        original = getattr(PasswordHasher, name)

        def method(self: PasswordHasher, *arguments: Any, **more: Any) -> Any:
            done.append(name)
            return original(self, *arguments, **more)

        return method

    for name in ("verify", "hash"):
        monkeypatch.setattr(PasswordHasher, name, counted(name))
    return done


def _observed(app: Flask, hashing: list[str], path: str, fields: dict[str, str], caller: str = "192.0.2.1") -> Any:
    """Return all that an asker learns, and all that was done: statements and hashes."""
    hashing.clear()
    with app.app_context():
        engine = db.engine
    with statements(engine) as ran:
        answer = app.test_client().post(path, data=fields, environ_overrides={"REMOTE_ADDR": caller})
    return _seen(answer, fields.get("email", "")), tuple(ran), tuple(hashing)


def _seen(answer: TestResponse, typed: str) -> tuple[Any, ...]:
    cookies = sorted(re.sub(r"=[^;]+;", "=…;", cookie, count=1) for cookie in answer.headers.getlist("Set-Cookie"))
    headers = [(name, value) for name, value in answer.headers if name not in ("Set-Cookie", "Content-Length", "Date")]
    body = _VOLATILE.sub(r"\1\2", answer.text.replace(typed, "…") if typed else answer.text)
    return answer.status_code, tuple(sorted(headers)), tuple(cookies), body


@pytest.fixture
def frozen() -> Iterator[None]:
    """Stop the clock: seconds until the end of a wait are no difference."""
    with time_machine.travel(now(), tick=False):
        yield


@pytest.mark.usefixtures("frozen")
def test_a_sign_in_that_fails_is_the_same_for_every_address(people: Flask, hashing: list[str]) -> None:
    tried = ((KNOWN, "wrong"), (UNKNOWN, "wrong"), (CLOSED, PASSWORD), (CLOSED, "wrong"), (EMPTY, ""), (EMPTY, "wrong"))
    found = [_observed(people, hashing, "/login", {"email": email, "password": word}) for email, word in tried]
    assert all(one == found[0] for one in found)
    (status, *_rest), ran, hashes = found[0]
    assert (status, hashes) == (422, ("verify",))
    assert len(ran) > 0


@pytest.mark.usefixtures("frozen")
def test_a_lock_is_the_same_for_every_address_and_for_the_right_password(people: Flask, hashing: list[str]) -> None:
    for email in (KNOWN, UNKNOWN, CLOSED, EMPTY):
        for guess in range(7):
            _observed(
                people, hashing, "/login", {"email": email, "password": f"wrong {guess}"}, caller=f"198.51.{guess}.1"
            )
    tried = ((KNOWN, "wrong"), (KNOWN, PASSWORD), (UNKNOWN, "wrong"), (CLOSED, PASSWORD), (EMPTY, "wrong"))
    found = [_observed(people, hashing, "/login", {"email": email, "password": word}) for email, word in tried]
    assert all(one == found[0] for one in found)
    (status, *_rest), _ran, hashes = found[0]
    assert (status, hashes) == (429, ())


def test_a_lock_by_address_is_the_same_whoever_is_asked_for(people: Flask, hashing: list[str]) -> None:
    for guess in range(51):
        fields = {"email": f"somebody{guess}@meridian.example", "password": ""}
        people.test_client().post("/login", data=fields, environ_overrides={"REMOTE_ADDR": "192.0.2.1"})
    with time_machine.travel(now(), tick=False):
        tried = ((KNOWN, PASSWORD), (UNKNOWN, "wrong"), (CLOSED, PASSWORD))
        found = [_observed(people, hashing, "/login", {"email": email, "password": word}) for email, word in tried]
    assert all(one == found[0] for one in found)
    assert found[0][0][0] == 429
    elsewhere = _observed(people, hashing, "/login", {"email": KNOWN, "password": PASSWORD}, caller="192.0.2.99")
    assert elsewhere[0][0] == 303


def test_a_house_full_of_people_signs_in_from_one_address(people: Flask) -> None:
    for _ in range(60):
        answer = people.test_client().post("/login", data={"email": KNOWN, "password": PASSWORD})
        assert answer.status_code == 303


@pytest.mark.usefixtures("frozen")
def test_asking_for_a_new_password_is_the_same_for_every_address(people: Flask, hashing: list[str]) -> None:
    _observed(people, hashing, "/forgot", {"email": "first@meridian.example"})
    found = [
        _observed(people, hashing, "/forgot", {"email": email})
        for email in (KNOWN, UNKNOWN, CLOSED, EMPTY, "no address")
    ]
    assert all(one == found[0] for one in found)
    assert found[0][0][0] == 200
    assert not any("person" in sql for sql in found[0][1]), "no address is even looked up"


@pytest.mark.parametrize("password", ["a quite new password", "short", "p" * 2000])
def test_a_link_that_does_not_work_tells_not_why(people: Flask, hashing: list[str], password: str) -> None:
    with people.app_context():
        with time_machine.travel(now() - timedelta(hours=2)):
            late = make_reset_link(create_person("late@x.example", "Late", PASSWORD))
        used, closed = (
            make_reset_link(create_person(f"{name}@x.example", name, PASSWORD)) for name in ("used", "gone")
        )
        assert people.test_client().post(f"/reset/{used}", data={"password": "the first new one"}).status_code == 303
        deactivate(_person("gone@x.example"))
    with time_machine.travel(now(), tick=False):
        links = ("x" * 43, used, late, closed)
        found = [_observed(people, hashing, f"/reset/{link}", {"password": password}) for link in links]
        shown = [
            (status, headers, cookies, body.replace(link, "…"))
            for link, ((status, headers, cookies, body), *_w) in zip(links, found, strict=True)
        ]
    assert all(one == shown[0] for one in shown)
    assert len({hashes for _answer, _ran, hashes in found}) == 1
    assert len({ran for _answer, ran, _hashes in found}) == 1


@pytest.mark.parametrize("change", [lambda person: set_password(person, "a quite new password"), deactivate])
def test_a_password_that_was_changed_while_it_was_checked_opens_nothing(
    people: Flask, monkeypatch: pytest.MonkeyPatch, change: Callable[[Person], None]
) -> None:
    """Otherwise a sign-in under way would outlive the change that was to end it."""

    def slowly(stored: str | None, password: str) -> bool:
        right = services.password_matches(stored, password)
        change(_person(KNOWN))
        return right

    monkeypatch.setattr(signing_in, "password_matches", slowly)
    with people.app_context():
        with pytest.raises(Refused, match="E-mail or password is not right"):
            signing_in.sign_in(KNOWN, PASSWORD, "192.0.2.1")
        assert db.session.scalar(sa.select(sa.func.count()).select_from(SignIn)) == 0

"""A sign-in: fresh each time, over at once when it is to be over, and worth nothing outside its cookie."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer

from conftest import PASSWORD, _settings
from deskcore.app import create_app
from deskcore.extensions import db
from deskcore.people import services
from deskcore.people.models import Person
from deskcore.people.services import find_person
from deskcore.people.signing_in import end_all_sessions, make_reset_link
from deskcore.people.tokens import make_token, revoke_tokens
from tests.access.world import World
from tests.security.routes import CALLERS, bearer, browser, routes, url

NEW = "a quite new password"


def _person(name: str) -> Person:
    person = find_person(f"{name}@meridian.example")
    assert person is not None
    return person


def _sign_in(app: Flask, name: str, client: FlaskClient | None = None, password: str = PASSWORD) -> FlaskClient:
    client = client or app.test_client()
    answer = client.post("/login", data={"email": f"{name}@meridian.example", "password": password})
    assert answer.status_code == 303, answer.text
    return client


def _cookie(client: FlaskClient, name: str = "deskcore") -> str:
    cookie = client.get_cookie(name)
    assert cookie is not None
    return cookie.value


def _with(app: Flask, cookie: str) -> FlaskClient:
    client = app.test_client()
    client.set_cookie("deskcore", cookie)
    return client


def _is_signed_in(client: FlaskClient) -> bool:
    return client.get("/profile").status_code == 200


@pytest.fixture
def house(world: World) -> Iterator[Flask]:
    """The world's application with forms that need no token."""
    world.app.config["WTF_CSRF_ENABLED"] = False
    yield world.app
    world.app.config["WTF_CSRF_ENABLED"] = True


def test_every_sign_in_and_every_new_password_begins_under_a_fresh_cookie(house: Flask) -> None:
    planted = house.test_client()
    planted.get("/login")
    planted.post("/language/pl")
    early = _cookie(planted)
    _sign_in(house, "anna.kowalska", planted)
    first = _cookie(planted)
    _sign_in(house, "anna.kowalska", planted)
    second = _cookie(planted)
    changed = planted.post("/profile/password", data={"old_password": PASSWORD, "password": NEW})
    assert changed.status_code == 303
    third = _cookie(planted)
    assert len({early, first, second, third}) == 4
    assert [_is_signed_in(_with(house, cookie)) for cookie in (early, first, second, third)] == [False] * 3 + [True]


def test_signing_in_as_somebody_else_leaves_nothing_of_the_one_before(house: Flask) -> None:
    client = _sign_in(house, "anna.kowalska")
    before = _cookie(client)
    _sign_in(house, "marek.nowak", client)
    assert "Marek" in client.get("/profile").text
    assert not _is_signed_in(_with(house, before))


def _end_other_browsers(app: Flask, person: Person) -> None:
    elsewhere = _sign_in(app, person.email.partition("@")[0])
    assert elsewhere.post("/profile/sign-out-others").status_code == 303


#: Whatever takes a right away, and on whom; called inside the application's context.
ENDINGS: dict[str, Callable[[Flask, Person], Any]] = {
    "the account is closed": lambda app, person: services.deactivate(person),
    "the administrator sets a password": lambda app, person: services.set_password(person, NEW),
    "a link sets a password": lambda app, person: app.test_client().post(
        f"/reset/{make_reset_link(person)}", data={"password": NEW}
    ),
    "signed out everywhere": lambda app, person: end_all_sessions(person),
    "signed out from another browser": _end_other_browsers,
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_what_ends_a_sign_in_ends_it_with_the_next_request(house: Flask, ending: str) -> None:
    client = _sign_in(house, "marek.nowak")
    assert client.get("/agent/tickets").status_code == 200
    with house.app_context():
        ENDINGS[ending](house, _person("marek.nowak"))
    for method, path in (("GET", "/agent/tickets"), ("GET", "/profile"), ("POST", "/agent/display")):
        answer = client.open(path, method=method)
        assert (answer.status_code, answer.headers["Location"].partition("?")[0]) == (302, "/login")


def test_a_sign_in_that_ended_opens_no_route(world: World, house: Flask) -> None:
    client = _sign_in(house, "marek.nowak")
    with house.app_context():
        end_all_sessions(_person("marek.nowak"))
    for route in routes(house):
        if route.access in ("portal", "workspace", "admin", "audit") and route.method != "OPTIONS":
            answer = client.open(url(world, route.rule), method=route.method)
            assert (answer.status_code, answer.headers["Location"].partition("?")[0]) == (302, "/login"), route


def _tokens_answer(world: World, token: str) -> set[int]:
    found = set()
    for route in routes(world.app):
        if route.access == "token" and not route.rule.endswith("openapi.json"):
            client, headers = world.app.test_client(), {"Authorization": f"Bearer {token}"}
            with client.open(url(world, route.rule), method=route.method, headers=headers) as answer:
                found.add(answer.status_code)
    return found


def test_a_token_that_is_void_opens_no_route_of_the_api(world: World) -> None:
    for end in (revoke_tokens, services.deactivate):
        with world.app.app_context():
            person = _person("marek.nowak")
            token = make_token(person, area="workspace").token
        assert 200 in _tokens_answer(world, token)
        with world.app.app_context():
            end(person)
        assert _tokens_answer(world, token) == {401}
        world.restore()


def test_a_desk_that_is_taken_away_closes_its_workspace_with_the_next_request(world: World) -> None:
    client, headers = browser(world, "agent"), bearer(world, "t:agent")
    number = world.numbers["normal"]
    assert client.get(f"/agent/tickets/{number}").status_code == 200
    assert client.get(f"/api/v1/tickets/{number}", headers=headers).status_code == 200
    with world.app.app_context():
        services.revoke(_person("marek.nowak"), "it")
    for route in routes(world.app):
        if route.access == "workspace" and route.method == "GET":
            assert client.get(url(world, route.rule)).status_code == 403, route
    assert client.get(f"/api/v1/tickets/{number}", headers=headers).status_code in (403, 404)
    assert client.get("/api/v1/tickets", headers=headers).json["items"] == []  # type: ignore[index]


def test_an_administrator_who_is_none_any_more_administers_nothing_with_the_next_request(world: World) -> None:
    client = browser(world, "admin")
    assert client.get("/admin/plugins").status_code == 200
    with world.app.app_context():
        services.set_rights(_person("marek.nowak"), administrator=True)
        services.set_rights(_person("admin"), administrator=False)
    for route in routes(world.app):
        if route.access in ("admin", "audit") and route.method == "GET":
            assert client.get(url(world, route.rule)).status_code == 403, route


def test_a_sign_in_ends_when_it_was_not_used_and_in_the_end_even_if_it_was(house: Flask) -> None:
    hours = 3600
    with time_machine.travel("2026-11-21T10:00:00Z", tick=False) as clock:
        idle, used = _sign_in(house, "anna.kowalska"), _sign_in(house, "jan.wojcik")
        for _ in range(7):
            clock.shift(47 * hours)
            assert _is_signed_in(used)
        assert not _is_signed_in(idle)
        clock.shift(8 * hours)
        assert not _is_signed_in(used), "fourteen days after it began"
        listed = _sign_in(house, "jan.wojcik").get("/profile").text
        assert "You are signed in with 1 browser." in listed, "what has ended is not listed"


def test_signing_out_elsewhere_keeps_this_browser_and_tells_no_secret(house: Flask) -> None:
    here, there = house.test_client(), house.test_client()
    here.environ_base["HTTP_USER_AGENT"] = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    there.environ_base["HTTP_USER_AGENT"] = "<script>alert(1)</script> (Windows NT 10.0) Chrome/140.0 Safari/537.36"
    _sign_in(house, "anna.kowalska", here)
    _sign_in(house, "anna.kowalska", there)
    page = here.get("/profile").text
    assert "Firefox on Linux" in page
    assert "Chrome on Windows" in page
    assert "<script>alert" not in page
    for client in (here, there):
        with client.session_transaction() as session:
            assert session["_user_id"] not in page
    assert here.post("/profile/sign-out-others").status_code == 303
    assert (_is_signed_in(here), _is_signed_in(there)) == (True, False)
    assert "Chrome on Windows" not in here.get("/profile").text


def test_a_cookie_of_another_installation_or_one_that_was_changed_signs_nobody_in(
    house: Flask, sqlite_template: Path, database_url: str, tmp_path: Path
) -> None:
    own = _cookie(_sign_in(house, "anna.kowalska"))
    assert _is_signed_in(_with(house, own))
    twin = create_app(
        _settings(tmp_path, database_url) | {"secret_key": "another key, as long and as random: 7d1fx0Zq"}
    )
    twin.config["WTF_CSRF_ENABLED"] = False
    theirs = _cookie(_sign_in(twin, "anna.kowalska"))
    assert not _is_signed_in(_with(house, theirs))
    assert not _is_signed_in(_with(twin, own))
    payload, stamp, signature = own.rsplit(".", 2)
    for changed in (
        f"{payload}x.{stamp}.{signature}",
        f"{payload}.{stamp}x.{signature}",
        f"{payload}.{stamp}.{signature[:-2]}xx",
        f"{payload}.{stamp}.",
        f"{payload}.{stamp}",
        payload,
        f".{own}",
        own[::-1],
        own.upper(),
        own + own,
    ):
        assert not _is_signed_in(_with(house, changed)), changed
    with twin.app_context():
        db.engine.dispose()


def test_a_stolen_key_makes_no_sign_in_and_the_table_holds_no_cookie(house: Flask) -> None:
    """The cookie carries a secret of which the table has the hash: neither key nor copy of the database is enough."""
    client = _sign_in(house, "anna.kowalska")
    serializer = house.session_interface.get_signing_serializer(house)  # type: ignore[attr-defined]
    assert isinstance(serializer, URLSafeTimedSerializer)
    with house.app_context(), db.engine.connect() as connection:
        hashes = connection.exec_driver_sql("SELECT token_hash FROM sign_in").scalars().all()
        people = connection.exec_driver_sql("SELECT id FROM person").scalars().all()
    for guess in [*hashes, *people, *(str(person) for person in people), True, None, ["x"], {"a": 1}]:
        assert not _is_signed_in(_with(house, serializer.dumps({"_user_id": guess, "_fresh": True}))), guess
    assert _is_signed_in(client)


@pytest.mark.parametrize("base_url", ["http://127.0.0.1:8000", "https://help.meridian.example"])
def test_the_cookie_is_for_this_site_alone_and_for_no_script(
    sqlite_template: Path, database_url: str, tmp_path: Path, base_url: str
) -> None:
    app = create_app(_settings(tmp_path, database_url) | {"base_url": base_url})
    secure = base_url.startswith("https")
    client = app.test_client()
    page = client.get("/login", base_url=base_url)
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert token is not None
    sent = {"email": "anna.kowalska@meridian.example", "password": PASSWORD, "csrf_token": token[1]}
    answer = client.post("/login", data=sent, base_url=base_url, headers={"Origin": base_url})
    assert answer.status_code == 303
    for set_cookie in (*page.headers.getlist("Set-Cookie"), *answer.headers.getlist("Set-Cookie")):
        pair, *attributes = (part.strip() for part in set_cookie.split(";"))
        flags = {attribute.partition("=")[0].lower(): attribute.partition("=")[2] for attribute in attributes}
        assert pair.startswith("__Host-deskcore=" if secure else "deskcore="), set_cookie
        assert {"httponly", "samesite", "path"} <= flags.keys(), set_cookie
        assert (flags["samesite"], flags["path"]) == ("Lax", "/")
        assert "domain" not in flags
        assert ("secure" in flags) == secure
    with app.app_context():
        db.engine.dispose()


def test_no_answer_sets_another_cookie(world: World) -> None:
    for route in routes(world.app):
        client, headers = browser(world, CALLERS[route.access]), bearer(world, CALLERS[route.access])
        with client.open(url(world, route.rule), method=route.method, headers=headers) as answer:
            names = {cookie.partition("=")[0] for cookie in answer.headers.getlist("Set-Cookie")}
            assert names <= {"deskcore"}, route
            if route.access in ("token", "static"):
                assert names == set(), route

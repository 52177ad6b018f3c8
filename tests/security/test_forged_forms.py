"""No page of another site sends a form in somebody's name: not to any route, whatever it leaves out or makes up."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.datastructures import FileStorage
from werkzeug.test import EnvironBuilder, TestResponse

from conftest import BUNDLED, PASSWORD, app_with_dummy, switch_on
from deskcore.extensions import csrf, db
from tests.access.sent import DOCUMENTS, FORMS
from tests.access.world import World
from tests.security.routes import SAFE, Route, browser, changes, dump, routes, url

OWN = "http://localhost"
#: The public address of an installation with TLS.
SECURE = "https://help.meridian.example"
FOREIGN = (
    "https://attacker.test",
    "null",
    "",
    "http://localhost:81",
    "http://localhost.attacker.test",
    "http://[::1",
    "http://attacker.test/http://localhost",
    "localhost",
    "file://",
    "http://user@attacker.test",
)
Attack = tuple[str, TestResponse]
STALE = "This form is too old, or was sent from elsewhere."
#: Sent with every form: something for each that takes it.
_MORE = {"/login": {"email": "anna.kowalska@meridian.example", "password": PASSWORD}}


def _changing(world: World) -> list[Route]:
    return [route for route in routes(world.app) if route.method not in SAFE and route.access != "token"]


def _token(client: FlaskClient, base: str = OWN) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/help", base_url=base).text)
    assert found is not None
    return found[1]


def _send(client: FlaskClient, route: Route, path: str, fields: Mapping[str, Any], **more: Any) -> TestResponse:
    content = FORMS.get(route.rule, {}) | _MORE.get(route.rule, {}) | fields
    return client.open(path, method=route.method, data=content, **more)


def _attacks(client: FlaskClient, right: str, others: list[str], route: Route, path: str) -> Iterator[Attack]:
    """Send a form in every way in which it must not be accepted; yield what was done, and the answer.

    :param right: the token of this session; of ``others`` are those of other sessions.
    """
    wrong = [None, "", right[:-3] + "xyz", right + "x", *others]
    for token in wrong:
        name, fields = f"token {token}", {} if token is None else {"csrf_token": token}
        yield name, _send(client, route, path, fields)
        yield f"{name}, own origin", _send(client, route, path, fields, headers={"Origin": OWN})
    for origin in FOREIGN:
        yield f"origin {origin!r}", _send(client, route, path, {"csrf_token": right}, headers={"Origin": origin})
    yield (
        "a foreign referrer",
        _send(client, route, path, {"csrf_token": right}, headers={"Referer": "https://attacker.test/x"}),
    )
    text = "&".join(f"{name}={value}" for name, value in FORMS.get(route.rule, {}).items()) + f"&csrf_token={right}"
    yield "plain text", client.open(path, method=route.method, data=text, content_type="text/plain")
    yield "JSON", client.open(path, method=route.method, json=FORMS.get(route.rule, {}) | {"csrf_token": right})
    query = {"csrf_token": right} | FORMS.get(route.rule, {})
    yield "everything in the address", client.open(path, method=route.method, query_string=query)


def test_no_form_is_accepted_from_elsewhere_and_nothing_changes(world: World) -> None:
    before, tried = dump(world.app), 0
    clients = {role: browser(world, role) for role in ("requester", "agent", "admin")}
    tokens = {role: _token(client) for role, client in clients.items()}
    others = [_token(browser(world, "lead")), _token(browser(world, "anonymous"))]
    for route in _changing(world):
        role = _sender(route)
        for attack, answer in _attacks(clients[role], tokens[role], others, route, url(world, route.rule)):
            assert answer.status_code == 403, f"{route}: {attack}"
            assert STALE in answer.text, f"{route}: {attack}"
            tried += 1
        assert changes(before, dump(world.app)) == [], route
    assert tried > 500


def test_a_stranger_without_a_token_is_refused_on_every_route(world: World) -> None:
    for route in _changing(world):
        answer = _send(world.app.test_client(), route, url(world, route.rule), {})
        assert (answer.status_code, STALE in answer.text) == (403, True), route


def _sender(route: Route) -> str:
    return "requester" if route.caller == "anonymous" else route.caller


def test_the_same_forms_are_accepted_from_our_own_pages(world: World) -> None:
    """Prove that it is the token and the origin which the attacks were refused for."""
    for route in _changing(world):
        client = browser(world, _sender(route))
        fields = {"csrf_token": _token(client)}
        answer = _send(client, route, url(world, route.rule), fields, headers={"Origin": OWN})
        assert STALE not in answer.text, route
        taken = answer.status_code in (200, 204, 302, 303, 404, 409, 422)
        assert taken or str(route) in NOT_FOR_EVERYBODY, f"{route} {answer.status_code}"
        world.restore()


def test_without_tls_a_browser_may_leave_out_where_it_comes_from(world: World) -> None:
    for headers in ({}, {"Referer": f"{OWN}/help"}):
        client = browser(world, "requester")
        answer = client.post("/language/pl", data={"csrf_token": _token(client)}, headers=headers)
        assert answer.status_code == 303


def test_a_token_ends_with_the_sign_in_it_was_made_for(world: World) -> None:
    client = world.app.test_client()
    early = _token(client)
    account = {"email": "anna.kowalska@meridian.example", "password": PASSWORD}
    assert client.post("/login", data=account | {"csrf_token": early}).status_code == 303
    late = _token(client)
    assert client.post("/profile/settings", data={"csrf_token": early}).status_code == 403
    client.post("/logout", data={"csrf_token": late})
    assert client.post("/login", data=account | {"csrf_token": late}).status_code == 403


def test_nothing_but_the_api_is_exempt(world: World) -> None:
    assert csrf._exempt_views == set()
    # A plugin's resources are called with a token, as the core's. The process may hold those of other applications too.
    here = world.app.blueprints
    exempt = {each.name for each in csrf._exempt_blueprints if here.get(each.name) is each}
    assert exempt == {"api", "api-x-dummy_all"}
    for route in routes(world.app):
        assert (route.access == "token") == route.endpoint.startswith(("api.", "api-x-")), route


#: Refused to whoever asks for somebody else, or is not the desk's lead, whatever the form carries.
NOT_FOR_EVERYBODY = ("POST /admin/people/<email>/tokens", "POST /agent/tickets/<number>/release")


@pytest.fixture
def secure(sqlite_template: Path, database_url: str, tmp_path: Path) -> Iterator[Flask]:
    """An installation with TLS in front."""
    app = app_with_dummy(tmp_path, database_url, base_url=SECURE, trusted_proxies=1)
    yield app
    with app.app_context():
        db.engine.dispose()


def test_under_https_a_form_says_where_it_comes_from(secure: Flask) -> None:
    client = secure.test_client()
    more: dict[str, Any] = {"base_url": SECURE, "method": "POST"}
    fields = {"csrf_token": _token(client, SECURE)}
    silent = client.open("/language/pl", data=fields, **more)
    assert (silent.status_code, STALE in silent.text) == (403, True)
    for name in ("Origin", "Referer"):
        for said, status in ((SECURE, 303), (SECURE.replace("https", "http"), 403), ("https://attacker.test", 403)):
            answer = client.open("/language/pl", data=fields, headers={name: said}, **more)
            assert answer.status_code == status, (name, said)


@pytest.mark.parametrize("headers", [{}, {"Origin": "https://attacker.test"}])
def test_a_mail_program_says_under_https_neither_who_it_is_nor_where_from(
    sqlite_template: Path, database_url: str, tmp_path: Path, headers: dict[str, str]
) -> None:
    switch_on(database_url, "notifications")
    app = app_with_dummy(
        tmp_path, database_url, base_url=SECURE, trusted_proxies=1, enabled_plugins=(*BUNDLED, "notifications")
    )
    more: dict[str, Any] = {"base_url": SECURE, "data": {"List-Unsubscribe": "One-Click"}, "headers": headers}
    answer = app.test_client().post("/x/notifications/stop/forged", **more)
    assert (answer.status_code, STALE in answer.text) == (404, False)
    assert "This link is not complete" in answer.text
    for path in ("/notifications/settings", "/x/notifications/mail/now"):
        assert STALE in app.test_client().post(path, **more).text
    with app.app_context():
        db.engine.dispose()


def test_a_cookie_signs_nobody_in_at_the_api(world: World) -> None:
    before = dump(world.app)
    for route in (route for route in routes(world.app) if route.access == "token"):
        for role in ("agent", "admin"):
            client, path = browser(world, role), url(world, route.rule)
            sent = [{"json": DOCUMENTS.get(route.rule, {})}, {"data": {"file": _file()}}, {"data": {"body": "x"}}]
            for more in sent if route.method not in SAFE else [{}]:
                answer = client.open(path, method=route.method, headers={"Origin": OWN}, **more)
                assert answer.status_code == (200 if route.endpoint == "api.get_description" else 401), route
                assert "Access-Control-Allow-Origin" not in answer.headers
    assert changes(before, dump(world.app)) == []


def _file() -> FileStorage:
    return FileStorage(io.BytesIO(b"x"), "x.txt")


def test_no_answer_lets_another_site_read_it(world: World) -> None:
    asked = {"Origin": "https://attacker.test", "Access-Control-Request-Method": "POST"}
    for route in routes(world.app):
        if route.method in SAFE:
            role = route.caller
            environ = EnvironBuilder(url(world, route.rule), method=route.method, headers=asked).get_environ()
            with browser(world, role).open(environ) as answer:
                allowed = [name for name, _value in answer.headers if name.startswith("Access-Control-")]
                assert allowed == [], route

"""The host that a request names, and what proxies say about it, decide nothing and are repeated nowhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from conftest import app_with_dummy
from deskcore.extensions import db
from tests.access.world import World
from tests.bad_inputs.callers import exchange
from tests.bad_inputs.conftest import serving
from tests.security.test_leaving import leads_to

#: Spellings of a host that is not this installation's, or is it only for a careless reader.
HOSTS = (
    "attacker.test",
    "attacker.test:80",
    "localhost.attacker.test",
    "attacker.test#localhost",
    "localhost@attacker.test",
    "attacker.test/localhost",
    "localhost:80@attacker.test",
    "localhost attacker.test",
    "localhost,attacker.test",
    "127.0.0.1.attacker.test",
    "[::1].attacker.test",
    "localhost\tattacker.test",
    "xn--80ak6aa92e.test",
    "0.0.0.0",
    "",
    "localhost:80:81",
    "localhost:port",
    "LOCALHOST.attacker.test",
    "help.meridian.example.attacker.test",
    "help.meridian.example\\.attacker.test",
    "help.meridian.example.",
)
PATHS = (
    "/",
    "/login",
    "/admin",
    "/agent//tickets",
    "/no-such-page",
    "/api/v1/me",
    "/api/v1/openapi.json",
    "/static/app.css",
)


@pytest.fixture
def public(sqlite_template: Path, database_url: str, tmp_path: Path) -> Iterator[Flask]:
    """An installation under a public address, behind one proxy."""
    app = app_with_dummy(tmp_path, database_url, base_url="https://help.meridian.example", trusted_proxies=1)
    yield app
    with app.app_context():
        db.engine.dispose()


def test_a_host_that_is_not_ours_is_turned_away_and_named_nowhere(public: Flask) -> None:
    for host in HOSTS:
        for path in PATHS:
            with public.test_client().get(path, headers={"Host": host}) as answer:
                assert answer.status_code == 400, (host, path)
                assert "attacker" not in answer.text + str(answer.headers), (host, path)
                assert "Location" not in answer.headers, (host, path)
                assert "href=" not in answer.text, (host, path)


def test_whichever_of_our_names_is_used_no_answer_repeats_it(public: Flask) -> None:
    for host in ("help.meridian.example", "help.meridian.example:4444", "localhost:8123", "127.0.0.1:9"):
        for path in PATHS:
            with public.test_client().get(path, headers={"Host": host}) as answer:
                assert answer.status_code != 400, (host, path)
                assert answer.headers.get("Location", "/").startswith("/"), (host, path)
                shown = answer.text.replace("https://help.meridian.example", "")
                assert host.lower() not in shown.lower(), (host, path)


FORWARDED = {
    "X-Forwarded-Host": "attacker.test",
    "X-Forwarded-Server": "attacker.test",
    "X-Forwarded-Port": "4444",
    "X-Forwarded-Prefix": "//attacker.test",
    "X-Forwarded-Proto": "javascript",
    "X-Forwarded-Scheme": "attacker",
    "Forwarded": "host=attacker.test;proto=https",
    "X-Host": "attacker.test",
    "X-HTTP-Host-Override": "attacker.test",
    "X-Original-URL": "//attacker.test/",
    "X-Rewrite-URL": "//attacker.test/",
    "X-Original-Host": "attacker.test",
    "X-Script-Name": "//attacker.test",
    "Front-End-Https": "on",
    "Via": "1.1 attacker.test",
}


@pytest.mark.parametrize("proxies", [0, 1])
def test_what_a_proxy_header_says_about_the_host_is_heard_by_nobody(
    sqlite_template: Path, database_url: str, tmp_path: Path, proxies: int
) -> None:
    app = app_with_dummy(tmp_path, database_url, base_url="https://help.meridian.example", trusted_proxies=proxies)
    for path in PATHS:
        own = {"Host": "help.meridian.example"}
        with app.test_client().get(path, headers=own) as plain:
            for name, value in FORWARDED.items():
                with app.test_client().get(path, headers=own | {name: value}) as answer:
                    assert "attacker" not in answer.text + str(answer.headers), (path, name)
                    assert "4444" not in str(answer.headers), (path, name)
                    assert answer.status_code == plain.status_code, (path, name)
                    assert answer.headers.get("Location") == plain.headers.get("Location"), (path, name)
    with app.app_context():
        db.engine.dispose()


def test_a_request_that_names_a_whole_address_is_answered_for_its_path_or_not_at_all(world: World) -> None:
    with serving(world.app) as server:
        for line in (
            "GET http://attacker.test/admin HTTP/1.1",
            "GET https://attacker.test//admin HTTP/1.1",
            "GET //attacker.test/admin HTTP/1.1",
            "GET http://attacker.test HTTP/1.1",
            "HEAD http://user@attacker.test/admin HTTP/1.1",
            "GET attacker.test/ HTTP/1.1",
            "CONNECT attacker.test:443 HTTP/1.1",
            "GET http://127.0.0.1@attacker.test/ HTTP/1.1",
        ):
            sent = f"{line}\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode()
            head = exchange(server, sent, seconds=5).decode().partition("\r\n\r\n")[0]
            for place in re.findall(r"(?im)^location: (.*)$", head):
                assert place.startswith("/"), line
                assert leads_to(place.strip()) == "localhost", line
                assert "attacker" not in place.partition("?")[0], line

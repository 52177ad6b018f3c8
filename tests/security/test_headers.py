"""Every answer carries the headers that were reviewed, and no route goes without a review."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from conftest import app_with_dummy
from deskcore.extensions import db
from tests.access.world import World
from tests.security import headers
from tests.security.routes import bearer, browser, routes, url

SECURE = "https://help.meridian.example"
#: What every answer has, whatever it is.
ALWAYS = (
    "Cache-Control",
    "Content-Security-Policy",
    "Cross-Origin-Opener-Policy",
    "Cross-Origin-Resource-Policy",
    "Permissions-Policy",
    "Referrer-Policy",
    "X-Content-Type-Options",
    "X-Frame-Options",
)


def test_every_answer_has_the_headers_that_were_reviewed(world: World) -> None:
    expected = headers.read(headers.FILE.read_text(encoding="utf-8"))
    world.app.config["WTF_CSRF_ENABLED"] = False
    measured = headers.measure(world)
    world.app.config["WTF_CSRF_ENABLED"] = True
    assert measured.keys() == expected.keys(), "a route came or went: write headers.toml anew and review it"
    assert {answer: found for answer, found in measured.items() if found != expected[answer]} == {}


def test_a_head_and_a_question_for_methods_are_no_way_around(world: World) -> None:
    for route in routes(world.app):
        client, more = browser(world, route.caller), {"headers": bearer(world, route.caller)}
        if route.method == "HEAD":
            path = url(world, route.rule)
            with client.get(path, **more) as got, client.head(path, **more) as head:
                assert headers.kept(head) == headers.kept(got), route
        if route.method == "OPTIONS":
            with client.options(url(world, route.rule), **more) as answer:
                assert [name for name in ALWAYS if name not in answer.headers] == [], route


#: What tells of the organisation at most, and of nobody in it.
SAME_FOR_ALL = ("/static/", "GET /manifest.webmanifest", "GET /sw.js", "GET /icons/")


def test_no_answer_may_be_kept_by_a_cache_between_us_unless_it_is_the_same_for_all(world: World) -> None:
    for answer, found in headers.read(headers.FILE.read_text(encoding="utf-8")).items():
        assert [name for name in ALWAYS if name not in found] == [], answer
        same = any(place in answer for place in SAME_FOR_ALL) or answer.startswith("page, not changed")
        assert same or "no-store" in found["Cache-Control"], answer


@pytest.fixture
def secure(sqlite_template: Path, database_url: str, tmp_path: Path) -> Iterator[Flask]:
    """An installation with TLS in front."""
    app = app_with_dummy(tmp_path, database_url, base_url=SECURE, trusted_proxies=1)
    yield app
    with app.app_context():
        db.engine.dispose()


def test_under_https_every_answer_says_never_to_come_without(world: World, secure: Flask) -> None:
    for route in routes(secure):
        path = url(world, route.rule)
        with secure.test_client().open(path, method=route.method, base_url=SECURE) as answer:
            assert answer.headers["Strict-Transport-Security"] == "max-age=31536000", route
    with secure.test_client().get("/", headers={"Host": "attacker.test"}) as answer:
        assert answer.status_code == 400
        assert "Strict-Transport-Security" in answer.headers

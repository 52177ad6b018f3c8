"""Looking changes nothing: whoever follows every link leaves every table and every file as it was."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
import sqlalchemy as sa
import time_machine
from flask.testing import FlaskClient
from sqlalchemy.engine import Connection

from deskcore.clock import now
from deskcore.extensions import db
from tests.access.sent import DOCUMENTS, FORMS
from tests.access.world import World
from tests.security.routes import CALLERS, SAFE, bearer, browser, changes, dump, routes, url

_LINK = re.compile(r'(?:href|src|action|data-url|data-src)="(/[^"#]*)')
#: Variants of one page that a crawler opens: each filter of a list leads to every other.
VARIANTS = 5
_WRITES = re.compile(r"BEGIN IMMEDIATE|\s*(INSERT|UPDATE|DELETE|REPLACE|CREATE|ALTER|DROP)\b", re.IGNORECASE)


@pytest.fixture
def writes(world: World) -> Iterator[list[str]]:
    """Collect every statement that may write, even one that changes nothing."""
    seen: list[str] = []

    def collect(connection: Connection, cursor: object, sql: str, *rest: object) -> None:
        if _WRITES.match(sql):
            seen.append(sql)

    with world.app.app_context():
        engine = db.engine
    sa.event.listen(engine, "before_cursor_execute", collect)
    yield seen
    sa.event.remove(engine, "before_cursor_execute", collect)


def _files(world: World) -> dict[str, int]:
    folder: Path = world.app.extensions["deskcore"].config.instance
    found = (path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("deskcore.db"))
    return {str(path): path.stat().st_mtime_ns for path in found}


def test_no_route_changes_anything_when_it_is_only_read(world: World, writes: list[str]) -> None:
    before, files = dump(world.app), _files(world)
    # What forms send, where a route might take it from the address, and what might turn a GET into something else.
    tempting = {name: value for form in (*FORMS.values(), *DOCUMENTS.values()) for name, value in form.items()}
    tempting |= {"_method": "POST", "action": "delete", "confirm": "1"}
    disguised = {"X-HTTP-Method-Override": "DELETE", "X-HTTP-Method": "POST"}
    clients = {role: browser(world, role) for role in set(CALLERS.values())}
    for rule, role in {route.rule: route.caller for route in routes(world.app)}.items():
        for method in SAFE:
            path, headers = url(world, rule), bearer(world, role)
            clients[role].open(path, method=method, headers=headers).close()
            clients[role].open(path, method=method, headers=headers | disguised, query_string=tempting).close()
        assert writes == [], rule
    assert changes(before, dump(world.app)) == []
    assert _files(world) == files


@pytest.mark.parametrize("role", ["requester", "agent", "admin"])
def test_a_crawler_that_follows_every_link_changes_nothing(world: World, writes: list[str], role: str) -> None:
    before, files = dump(world.app), _files(world)
    seen = _crawl(browser(world, role))
    assert writes == []
    assert changes(before, dump(world.app)) == []
    assert _files(world) == files
    assert len(seen) > 20, seen


def _crawl(client: FlaskClient) -> list[str]:
    """Open pages and whatever they name, also addresses that forms are sent to; return what was opened."""
    waiting, seen = deque(["/", "/agent/", "/admin/", "/login"]), ["/", "/agent/", "/admin/", "/login"]
    while waiting:
        with client.get(waiting.popleft()) as answer:
            assert answer.status_code < 500, answer.request.path
            page = answer.text if answer.mimetype == "text/html" else ""
            found = [unescape(link) for link in _LINK.findall(page)] + [answer.headers.get("Location", "/")]
        for link in (link.partition("#")[0] for link in found):
            page = link.partition("?")[0]
            if link not in seen and sum(each.partition("?")[0] == page for each in seen) < VARIANTS:
                seen.append(link)
                waiting.append(link)
    return seen


def test_the_one_thing_that_looking_notes_is_when_a_sign_in_was_last_used(world: World, writes: list[str]) -> None:
    """The idle limit of a sign-in needs it; it is written once an hour and by nothing but a person's own page."""
    before = dump(world.app)
    with time_machine.travel(now().timestamp() + 2 * 3600, tick=False):
        for role in ("requester", "agent", "admin"):
            client = browser(world, role)
            for path in ("/profile", "/", "/profile"):
                client.get(path)
            client.head("/profile")
    assert changes(before, dump(world.app)) == ["sign_in"]
    assert [sql for sql in writes if not sql.startswith("BEGIN")] == 3 * [
        "UPDATE sign_in SET seen_at=? WHERE sign_in.token_hash = ?"
    ]

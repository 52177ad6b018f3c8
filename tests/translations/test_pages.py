"""Every page in a made-up language: a word that can still be read was never given to the translators.

The made-up language stands in for Polish: each text of the catalogues in letters that neither English nor Polish
has, and two fifths longer. What people type, what plugins declare in both languages, and names are left out.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from flask import Flask, render_template
from flask.testing import FlaskClient
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

from deskcore.testing.wording import Reader, Shown, in_strange_letters

pytestmark = pytest.mark.parametrize("database", ["sqlite"])

#: What the people of these tests type, and names that are the same in every language.
TYPED = ("Paper jams on floor three", "Somebody looks at it", "floor3", "nobody-here", "notes.txt")
PEOPLE = ("Anna Kowalska", "Jan Wójcik", "Marek Nowak", "Ola Mazur", "Kasia Dąbrowska", "Adam Administrator")
NAMES = (
    "Piotr Zieliński",
    *PEOPLE,
    "Anna",
    "Sales specialist",
    "Head of sales",
)


@pytest.fixture
def strange_app(app: Flask) -> Iterator[Flask]:
    """Give the application with the made-up language in the place of Polish."""
    with in_strange_letters(app):
        yield app


class Wanderer:
    """Somebody who reads every page and notes which words can still be read.

    :param pages: titles by address of every page that was opened.
    """

    def __init__(self, app: Flask, client: FlaskClient) -> None:
        self.app, self.client = app, client
        self.pages: dict[str, str] = {}
        self.readable: dict[str, set[str]] = defaultdict(set)
        self._reader = Reader(app, (*TYPED, *NAMES))
        client.post("/language/pl")

    def get(self, path: str) -> Shown:
        return self._read(path, self.client.get(path, follow_redirects=True))

    def post(self, path: str, **data: Any) -> Shown:
        return self._read(f"POST {path}", self.client.post(path, data=data, follow_redirects=True))

    def _read(self, path: str, answer: TestResponse) -> Shown:
        if answer.mimetype != "text/html":
            return Shown("<html lang=''>")
        return self.read(path, answer.get_data(as_text=True))

    def read(self, path: str, source: str) -> Shown:
        """Note the words of a page that can be read."""
        page = Shown(source)
        assert page.language == "pl", path
        self.pages[path] = page.title
        for text in self._reader.readable(page):
            self.readable[text].add(path)
        return page

    def wander(self, start: str) -> None:
        """Open every page that can be reached, and two of those that differ only in what they are about."""
        waiting, seen = [start], defaultdict(set)
        while waiting:
            path = waiting.pop()
            kind, limit = self._kind(path)
            if path in seen[kind] or len(seen[kind]) >= limit:
                continue
            seen[kind].add(path)
            links = (urlsplit(link) for link in self.get(path).links)
            waiting += [
                f"{link.path}?{link.query}".rstrip("?")
                for link in links
                if link.path.startswith("/") and not link.netloc
            ]

    def _kind(self, path: str) -> tuple[object, int]:
        parts = urlsplit(path)
        try:
            endpoint, values = self.app.url_map.bind("localhost").match(parts.path)
        except HTTPException:
            return parts.path, 1
        keys = tuple(sorted(key for key, _ in parse_qsl(parts.query)))
        return (endpoint, tuple(values), keys[:2]), 40 if endpoint == "portal.service_form" else 2

    def assert_nothing_readable(self) -> None:
        shown = [f"{text!r} on {', '.join(sorted(paths)[:3])}" for text, paths in sorted(self.readable.items())]
        assert not shown, f"{len(shown)} texts are not translated:\n" + "\n".join(shown)


@pytest.fixture
def reader(strange_app: Flask, sign_in: Callable[[str], FlaskClient]) -> Callable[[str], Wanderer]:
    """Give a function that signs somebody in as a reader; nobody for an empty name."""
    return lambda name: Wanderer(strange_app, sign_in(name) if name else strange_app.test_client())


FAULT = {"service": "network", "what_happened": "Paper jams on floor three", "affected": "me"}


def _report(anna: Wanderer) -> str:
    anna.post("/services/it-incident", **FAULT)
    page = anna.get("/requests")
    return next(link for link in page.links if re.fullmatch(r"/requests/IT-\d+", link)).rpartition("/")[2]


def test_the_portal_has_no_untranslated_text(reader: Callable[[str], Wanderer]) -> None:
    anna = reader("anna.kowalska")
    number = _report(anna)
    anna.post(f"/requests/{number}/reply", body="")
    anna.post(f"/requests/{number}/reply", body="Somebody looks at it")
    anna.post(f"/requests/{number}/people", person="nobody-here")
    anna.post(f"/requests/{number}/people", person="jan.wojcik@meridian.example")
    anna.post("/profile/settings", time_zone="nobody-here")
    anna.post("/profile/settings", language="pl")
    anna.post("/profile/password", present="nobody-here", password="x")
    anna.get("/search?q=nobody-here")
    anna.wander("/")
    for path in [path for path in anna.pages if path.startswith("/services/it-")]:
        anna.post(path)
    anna.post(f"/requests/{number}/withdraw")
    anna.post(f"/requests/{number}/reopen")
    assert len(anna.pages) > 50
    anna.assert_nothing_readable()


def test_the_workspace_has_no_untranslated_text(reader: Callable[[str], Wanderer]) -> None:
    anna, marek = reader("anna.kowalska"), reader("marek.nowak")
    first, second = _report(anna), _report(anna)
    ticket = f"/agent/tickets/{first}"
    actions: list[tuple[str, dict[str, str]]] = [
        ("assign", {"assignee": "me"}),
        ("assign", {"assignee": "ola.mazur@meridian.example"}),
        ("assign", {"assignee": ""}),
        ("priority", {"priority": "urgent"}),
        ("tags", {"tags": "floor3"}),
        ("tags", {"tags": ""}),
        ("follow", {"person": "jan.wojcik@meridian.example"}),
        ("follow", {"person": "nobody-here"}),
        ("follow", {"remove": "jan.wojcik@meridian.example"}),
        ("link", {"other": second, "kind": "duplicate"}),
        ("link", {"other": "nobody-here"}),
        ("note", {"body": "Somebody looks at it"}),
        ("note", {"body": ""}),
        ("reply", {"body": "Somebody looks at it", "status": "waiting_requester"}),
        ("reply", {"body": "Somebody looks at it", "version": "0-0"}),
        ("priority", {"priority": "low", "version": "0-0"}),
        ("escalate", {"to": "it/l2"}),
        ("escalate", {"to": "nobody-here"}),
        ("status", {"status": "resolved"}),
        ("status", {"status": "open"}),
    ]
    for action, data in actions:
        marek.post(f"{ticket}/{action}", **data)
    marek.post("/agent/tickets/bulk")
    marek.post("/agent/tickets/bulk", number=[first, second], priority="high")
    marek.get("/agent/tickets?queue=open&priority=low&q=nobody-here&sort=nobody-here")
    marek.get("/agent/tickets/new?requester=nobody-here")
    for slug in [path.rpartition("/")[2] for path in _services(anna)]:
        marek.post("/agent/tickets/new", requester="anna.kowalska@meridian.example", service=slug)
    marek.get("/agent/search?q=nobody-here")
    marek.get("/agent/search?q=>")
    marek.get("/agent/people?q=nobody-here&after=nobody-here")
    for key in ("i", "ctrl+i", "ą", "g g g", "g shift+n"):
        marek.post("/agent/shortcuts", **{"key.assign": key})
    marek.post("/agent/shortcuts", **{"key.views": "v v"})
    marek.post("/agent/shortcuts", **{"key.assign": ""})
    marek.post("/agent/shortcuts", usual="yes")
    marek.wander("/agent/")
    anna.get(f"/requests/{first}")
    anna.get("/")
    assert len(marek.pages) > 50
    marek.assert_nothing_readable()
    anna.assert_nothing_readable()


def _services(anna: Wanderer) -> list[str]:
    return sorted({link for link in anna.get("/services").links if link.startswith("/services/it-")})


def test_the_administration_has_no_untranslated_text(reader: Callable[[str], Wanderer]) -> None:
    admin = reader("admin")
    admin.wander("/admin/")
    admin.post("/admin/plugins/it_desk")
    admin.get("/admin/plugins")
    admin.get("/services")
    admin.post("/admin/plugins/it_desk", on="1")
    admin.post("/admin/plugins/it_desk/resume")
    admin.post("/admin/plugins/nobody-here")
    admin.post("/admin/deliveries/retry", plugin="it_desk")
    admin.post("/admin/deliveries/nobody-here/retry")
    admin.assert_nothing_readable()


def test_signing_in_and_errors_have_no_untranslated_text(strange_app: Flask, reader: Callable[[str], Wanderer]) -> None:
    stranger, anna = reader(""), reader("anna.kowalska")
    stranger.wander("/login")
    stranger.get("/reset/nobody-here")
    stranger.post("/reset/nobody-here", password="x")
    stranger.post("/reset/nobody-here", password="meridian-demo")
    for _ in range(7):
        stranger.post("/login", email="anna.kowalska@meridian.example", password="x")
    for path in (
        "/nobody-here",
        "/requests/IT-999",
        "/agent/",
        "/admin/",
        "/services/nobody-here",
        "/files/x/notes.txt",
    ):
        anna.get(path)
    anna.post("/services")
    anna.post("/sign-out-everywhere")
    errors = [{}, {"limit": 1000}, {"error_id": "7F3A"}, {"retry_after": 90}, {"granters": "Ola Mazur"}]
    for status in (403, 404, 409, 413, 422, 429, 500, 503):
        for context in errors:
            with strange_app.test_request_context("/", headers={"Accept-Language": "pl"}):
                stranger.read(f"error {status}", render_template(f"errors/{status}.html", **context))
    stranger.assert_nothing_readable()
    anna.assert_nothing_readable()


def test_each_page_says_its_language_and_has_a_title_of_its_own(
    app: Flask, sign_in: Callable[[str], FlaskClient]
) -> None:
    """The title tells pages apart: the same title may only be the same page."""
    for language in ("en", "pl"):
        titles: dict[str, str] = {}
        for name, paths in {
            "anna.kowalska": "/ /services /services/other /services/door/broken /services/door/need "
            "/services/it-incident /services/it-access-request /requests /search /profile /help "
            "/privacy /accessibility /nobody-here /agent/",
            "marek.nowak": "/agent/tickets?queue=mine /agent/tickets?queue=open /agent/tickets?queue=unassigned "
            "/agent/tickets/new /agent/people/anna.kowalska@meridian.example /agent/people /agent/shortcuts "
            "/agent/search",
            "admin": "/admin/plugins",
        }.items():
            client = sign_in(name)
            client.post(f"/language/{language}")
            for path in paths.split():
                page = Shown(client.get(path, follow_redirects=True).get_data(as_text=True))
                assert page.language == language
                assert page.title.endswith("Meridian")
                assert titles.setdefault(page.title, path) == path, f"{path} and {titles[page.title]}: {page.title}"

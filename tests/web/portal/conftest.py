"""A browser without JavaScript, and a small company that uses the portal."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import EnvironBuilder, TestResponse

from deskcore.people.services import find_person, location_named
from deskcore.runtime import runtime
from deskcore.tickets import services
from deskcore.tickets.models import Ticket
from deskcore.tickets.opening import NewTicket, open_ticket
from deskcore.viewer import SYSTEM, Viewer, current_viewer
from deskcore.work import acting_as, unit_of_work

PASSWORD = "meridian-demo"
As = Callable[..., AbstractContextManager[Any]]
FAULT = {
    "service": "printer",
    "what_happened": "Paper jams on floor 3\nEach time.",
    "affected": "me",
    "work_stopped": False,
}


@dataclass
class Form:
    """A form as a browser would send it untouched."""

    action: str
    controls: list[tuple[str, str]] = field(default_factory=list)

    def values(self, name: str) -> list[str]:
        return [value for key, value in self.controls if key == name]


class Page(HTMLParser):
    """What a reader gets from a page: title, text, links, forms; what waits in a template is not there."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.source = source
        self.title = self.text = ""
        self.headings: list[str] = []
        self.links: list[tuple[str, str]] = []
        self.forms: list[Form] = []
        self.language = ""
        self._inert = 0
        self._select: tuple[str, list[tuple[str, bool]]] | None = None
        self._textarea: list[str] | None = None
        self._open: list[str] = []
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {key: value or "" for key, value in attrs}
        if tag == "template":
            self._inert += 1
        if self._inert:
            return
        self._open.append(tag)
        if tag == "html":
            self.language = given.get("lang", "")
        elif tag == "h1":
            self.headings.append("")
        elif tag == "a":
            self.links.append((given.get("href", ""), ""))
        elif tag == "form":
            self.forms.append(Form(given.get("action", "")))
        elif tag == "select":
            self._select = (given.get("name", ""), [])
        elif tag == "option" and self._select:
            self._select[1].append((given.get("value", ""), "selected" in given))
        elif tag == "textarea":
            self._textarea = [given.get("name", "")]
        elif tag == "input" and self.forms and given.get("name"):
            self._input(given)

    def _input(self, given: dict[str, str]) -> None:
        kind = given.get("type", "text")
        if kind == "file" or (kind in ("checkbox", "radio") and "checked" not in given):
            return
        self.forms[-1].controls.append((given["name"], given.get("value", "")))

    def handle_endtag(self, tag: str) -> None:
        if tag == "template":
            self._inert -= 1
        if self._inert:
            return
        if tag == "select" and self._select and self.forms:
            name, options = self._select
            chosen = [value for value, selected in options if selected] or [value for value, _ in options[:1]]
            self.forms[-1].controls += [(name, value) for value in chosen]
            self._select = None
        if tag == "textarea" and self._textarea and self.forms:
            text = "".join(self._textarea[1:])
            self.forms[-1].controls.append((self._textarea[0], text.removeprefix("\n")))
            self._textarea = None
        if tag in self._open:
            del self._open[len(self._open) - 1 - self._open[::-1].index(tag) :]

    def handle_data(self, data: str) -> None:
        if self._inert:
            return
        if self._textarea is not None:
            self._textarea.append(data)
        if "title" in self._open:
            self.title += data
        if "h1" in self._open:
            self.headings[-1] += data
        if "a" in self._open and self.links:
            href, text = self.links[-1]
            self.links[-1] = (href, text + data)
        self.text += data

    def link(self, words: str) -> str:
        """Return where the first link with these words leads."""
        return next(href for href, text in self.links if words in text)

    def form(self, action: str) -> Form:
        """Return the form that is sent to an address beginning like this."""
        return next(form for form in self.forms if form.action.startswith(action))

    @property
    def summary(self) -> list[str]:
        """The lines of the error summary."""
        box = re.search(r'id="error-summary".*?</ul>', self.source, re.DOTALL)
        lines = re.findall(r"<li>(.*?)</li>", box[0], re.DOTALL) if box else []
        return [unescape(re.sub(r"<[^>]+>", "", line)) for line in lines]

    @property
    def inline_errors(self) -> list[str]:
        """The sentences beside the controls."""
        found = re.findall(r'class="err"[^>]*>.*?<span><span class="vh">[^<]*</span>(.*?)</span></p>', self.source)
        return [unescape(re.sub(r"<[^>]+>", "", line)) for line in found]


class Browser:
    """One browser; ``page`` is what it shows now."""

    def __init__(self, app: Flask) -> None:
        self.client = app.test_client()
        self.status = 0
        self.headers: Any = {}
        self.page = Page("")
        self.path = ""

    def open(self, path: str, **more: Any) -> Page:
        return self._show(path, self.client.get(path, **more))

    def _show(self, path: str, response: TestResponse) -> Page:
        self.path, self.status, self.headers = path, response.status_code, response.headers
        if response.status_code in (301, 302, 303):
            return self.open(response.headers["Location"].partition("#")[0])
        self.page = Page(response.get_data().decode(errors="replace"))
        response.close()
        return self.page

    def click(self, words: str) -> Page:
        return self.open(self.page.link(words).partition("#")[0])

    def filled(self, action: str, **values: Any) -> dict[str, Any]:
        """Return what a form of the present page sends with these values typed over its own."""
        data: dict[str, Any] = {}
        for name, value in self.page.form(action).controls:
            data.setdefault(name, []).append(value)
        return data | values

    def send(self, action: str, **values: Any) -> Page:
        """Fill in a form of the present page and press its button."""
        target = self.page.form(action).action
        return self.post(target, self.filled(action, **values))

    def post(self, path: str, data: dict[str, Any], **more: Any) -> Page:
        builder = EnvironBuilder(path, method="POST", data=data, content_type="multipart/form-data", **more)
        environ = builder.get_environ()
        builder.close()
        try:
            return self._show(path, self.client.open(environ))
        finally:
            environ["wsgi.input"].close()

    def sign_in(self, name: str, password: str = PASSWORD) -> Browser:
        self.open("/login")
        self.send("/login", email=f"{name}@meridian.example", password=password)
        return self


def picture(name: str = "screen.png", content: bytes = b"\x89PNG picture") -> tuple[BytesIO, str]:
    return BytesIO(content), name


@pytest.fixture
def browser(app: Flask) -> Callable[..., Browser]:
    """Make browsers: ``browser("anna.kowalska")`` signed in, ``browser()`` not."""

    def made(name: str = "") -> Browser:
        return Browser(app).sign_in(name) if name else Browser(app)

    return made


@pytest.fixture
def anna(browser: Callable[..., Browser]) -> Browser:
    """Anna asks for things."""
    return browser("anna.kowalska")


@pytest.fixture
def jan(browser: Callable[..., Browser]) -> Browser:
    """Jan works elsewhere and takes part in nothing of Anna's."""
    return browser("jan.wojcik")


@pytest.fixture
def file_of() -> Callable[..., tuple[BytesIO, str]]:
    """Make files to send."""
    return picture


@pytest.fixture
def acting(app: Flask) -> As:
    """Give ``acting("marek.nowak", "workspace")``: a block in which a service is called as that person.

    Each block has an application context of its own, so that nothing of it reaches the browsers' requests.
    """

    @contextmanager
    def as_person(name: str, area: Any = "portal") -> Iterator[Any]:
        with app.test_request_context():
            person = find_person(f"{name}@meridian.example")
            assert person is not None
            roles = {runtime().catalogue.desk("it").id: "agent"} if area == "workspace" else {}
            with acting_as(Viewer(person.id, area, roles)) as session:
                yield session

    return as_person


@pytest.fixture
def opened(acting: As) -> Callable[..., str]:
    """Open faults for somebody, as the portal would, and return the number."""

    def made(name: str = "anna.kowalska", subject: str = "Printer on floor 3 jams", **more: Any) -> str:
        with acting(name):
            who = current_viewer().person_id
            assert who is not None
            new = NewTicket("it", "incident", subject, "Paper jams each time.", who, "portal", answers=FAULT, **more)
            return open_ticket(new)

    return made


@pytest.fixture
def asked(acting: As, opened: Callable[..., str]) -> str:
    """Open a request of Anna's in which Marek left a note and asked a question."""
    number = opened()
    with acting("marek.nowak", "workspace"):
        services.assign(number, "marek.nowak@meridian.example")
        services.note(number, "CANARY-NOTE she asks every week")
        services.set_priority(number, "high")
        services.set_tags(number, ["canary-tag"])
        services.reply(
            number, "Hi Anna, thank you. Which tray jams, the upper one or the lower one?", then="waiting_requester"
        )
    return number


@pytest.fixture
def offices(app: Flask) -> None:
    """Know two places to which things can be brought."""
    with app.app_context(), unit_of_work():
        location_named("Kraków")
        location_named("Warszawa")


@pytest.fixture
def tickets(app: Flask) -> Callable[[], list[Ticket]]:
    """Read every ticket there is."""

    def read() -> list[Ticket]:
        with app.app_context(), acting_as(SYSTEM) as session:
            return list(session.scalars(select(Ticket).order_by(Ticket.id)))

    return read

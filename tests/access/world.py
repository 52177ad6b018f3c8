"""Everybody who may knock at a route, and tickets in every state: what the route matrix is measured on."""

from __future__ import annotations

import io
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from conftest import PASSWORD, app_with_dummy
from deskcore.clock import now
from deskcore.extensions import db
from deskcore.hooks import state
from deskcore.hooks.contributions import Field, Text
from deskcore.people.models import Person
from deskcore.people.services import create_person, find_person, grant
from deskcore.people.tokens import make_token, revoke_tokens
from deskcore.runtime import runtime
from deskcore.tickets import services
from deskcore.tickets.attachments import store_upload
from deskcore.tickets.models import Attachment, Ticket, TicketParticipant
from deskcore.tickets.opening import NewTicket, open_ticket
from deskcore.tickets.sensitive import stored
from deskcore.viewer import SYSTEM, Viewer
from deskcore.work import acting_as, unit_of_work

#: Roles in a browser, and the part of the address before the @ of whoever has it; nobody is anonymous.
BROWSERS = {
    "anonymous": "",
    "requester": "anna.kowalska",
    "reporter": "reporter",
    "follower": "follower",
    "approver": "approver",
    "manager": "manager",
    "former": "former",
    "stranger": "jan.wojcik",
    "agent": "marek.nowak",
    "lead": "ola.mazur",
    "elsewhere": "kasia.dabrowska",
    "admin": "admin",
    "auditor": "auditor",
}
#: API tokens: whose, in which area, with which scopes; no scopes are the usual ones.
TOKENS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "t:requester": ("anna.kowalska", "portal", ()),
    "t:req-read": ("anna.kowalska", "portal", ("tickets:read",)),
    "t:stranger": ("jan.wojcik", "portal", ()),
    "t:agent": ("marek.nowak", "workspace", ()),
    "t:ag-read": ("marek.nowak", "workspace", ("tickets:read",)),
    "t:ag-write": ("marek.nowak", "workspace", ("tickets:write",)),
    "t:ag-reveal": ("marek.nowak", "workspace", ("answers:reveal",)),
    "t:ag-people": ("marek.nowak", "workspace", ("people:read", "desks:read")),
    "t:ag-portal": ("marek.nowak", "portal", ()),
    "t:elsewhere": ("kasia.dabrowska", "workspace", ()),
    "t:admin": ("admin", "portal", ()),
    "t:void": ("manager", "portal", ()),
}
ROLES = (*BROWSERS, *TOKENS)
STATES = ("normal", "named", "closed", "desk off")
#: A number that no ticket has, of the same length as those that there are.
NOBODYS = "IT-99999"

#: Behind a route that leads to a file: the file of an internal note, not of a message.
OF_A_NOTE = " (of a note)"

#: What is sent so that whoever may do it does it.
FORMS: dict[str, dict[str, Any]] = {
    "/agent/macros": {"name": "Greeting", "body": "Hello"},
    "/agent/tickets/<number>/assign": {"assignee": "marek.nowak@meridian.example"},
    "/agent/tickets/<number>/escalate": {"to": "it/l3"},
    "/agent/tickets/<number>/follow": {"person": "jan.wojcik@meridian.example"},
    "/agent/tickets/<number>/link": {"other": "IT-1"},
    "/agent/tickets/<number>/move": {"to": "dummy/"},
    "/agent/tickets/<number>/named": {"for": "named"},
    "/agent/tickets/<number>/note": {"body": "A note"},
    "/agent/tickets/<number>/panels/<plugin>/<panel>": {"hidden": "1"},
    "/agent/tickets/<number>/priority": {"priority": "urgent"},
    "/agent/tickets/<number>/read": {"version": "1-1"},
    "/agent/tickets/<number>/reply": {"body": "A reply"},
    "/agent/tickets/<number>/status": {"status": "on_hold"},
    "/agent/tickets/<number>/tags": {"tags": "one two"},
    "/emergency-access": {"number": "IT-1", "reason": "Somebody needs it at once"},
    "/requests/<number>/people": {"person": "jan.wojcik@meridian.example"},
    "/requests/<number>/reply": {"body": "An answer", "idempotency_key": "matrix"},
}
#: The same for the API.
DOCUMENTS: dict[str, dict[str, Any]] = {
    "/api/v1/tickets": {
        "desk": "it",
        "request_type": "incident",
        "answers": {"service": "printer", "what_happened": "It jams", "affected": "me"},
    },
    "/api/v1/tickets/<number>": {"priority": "urgent"},
    "/api/v1/tickets/<number>/messages": {"body": "A message"},
    "/api/v1/tickets/<number>/transitions": {"status": "on_hold"},
    "/api/v1/x/dummy_all/visits/<badge>": {"guest": "Jan"},
}
PLACES = {
    "slug": "it-incident",
    "door": "broken",
    "code": "pl",
    "email": "jan.wojcik@meridian.example",
    "plugin": "dummy_all",
    "mode": "reply",
    "panel": "dummy_visit",
    "offer": "x" * 22,
    "reply": "x" * 22,
    "badge": "B-1",
    "secret": "x" * 43,
    "field": "affected",
    "filename": "app.css",
    "team": "l1",
    "handle": "x" * 16,
    "revision": "1",
    "run_token": "x" * 32,
    "status": "new",
}


#: What the form did not ask in confidence becomes sensitive, so that there is something to be shown on purpose.
_SENSITIVE = Field("affected", "text", Text("Who is affected?", "Kogo to dotyczy?"), sensitive=True)


@dataclass
class World:
    """An application whose database can be put back to what it was.

    :param numbers: of the ticket in each state.
    :param files: token and name of a file on a message and on a note, by state.
    :param secrets: API tokens by role.
    :param cookies: session cookies by role.
    """

    app: Flask
    database: Path
    numbers: dict[str, str] = field(default_factory=dict)
    files: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)

    def ask(self, role: str, route: str, places: Mapping[str, str]) -> TestResponse:
        """Send a request as somebody, and put the database back if it may have changed something.

        :param route: method and rule, as the matrix names them.
        """
        method, _space, rule = route.removesuffix(OF_A_NOTE).partition(" ")
        answer = self._client(role).open(
            address(rule, places), method=method, headers=self._headers(role), buffered=True, **_body(method, rule)
        )
        # A failed sign-in is counted.
        if method not in ("GET", "HEAD", "OPTIONS") and (answer.status_code < 400 or rule == "/login"):
            self.restore()
        return answer

    def look(self, role: str, place: str) -> TestResponse:
        """Ask for an address as somebody."""
        answer: TestResponse = self._client(role).get(place, headers=self._headers(role), buffered=True)
        return answer

    def places(self, route: str, state_: str) -> dict[str, str]:
        """Return what stands in the address of a route about the ticket in a state."""
        token, name = self.files[(state_, "note" if route.endswith(OF_A_NOTE) else "message")]
        return {"number": self.numbers[state_], "token": token, "name": name, "key": token}

    def keep(self) -> None:
        """Remember the database as it is."""
        self._close()
        shutil.copy(self.database, self.database.with_suffix(".kept"))

    def restore(self) -> None:
        """Put the database back to what :meth:`keep` remembered."""
        self._close()
        for path in self.database.parent.glob(f"{self.database.name}-*"):
            path.unlink()
        shutil.copy(self.database.with_suffix(".kept"), self.database)

    def _close(self) -> None:
        with self.app.app_context():
            db.session.remove()
            with db.engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            db.engine.dispose()

    def _client(self, role: str) -> Any:
        client = self.app.test_client()
        if role in self.cookies:
            client.set_cookie("deskcore", self.cookies[role])
        return client

    def _headers(self, role: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.secrets[role]}"} if role in self.secrets else {}


def _body(method: str, rule: str) -> dict[str, Any]:
    if method in ("GET", "HEAD", "OPTIONS"):
        return {}
    if rule.endswith("/attachments"):
        return {"data": {"file": (io.BytesIO(b"text"), "notes.txt")}}
    if rule.startswith("/api/"):
        return {"json": DOCUMENTS.get(rule, {})}
    return {"data": FORMS.get(rule, {})}


def address(rule: str, places: Mapping[str, str]) -> str:
    """Return an address that a rule matches."""
    return re.sub(r"<(?:[^<>]*:)?(\w+)>", lambda found: {**PLACES, **places}[found[1]], rule)


def is_about_a_ticket(rule: Rule) -> bool:
    """Tell whether a route has a ticket in its address, or a file that hangs on one."""
    return "number" in rule.arguments or "token" in rule.arguments


def build(folder: Path, template: Path) -> World:
    """Make the world in a folder, from the prepared database."""
    database = folder / "deskcore.db"
    shutil.copy(template, database)
    url = f"sqlite:///{database}"
    app = app_with_dummy(folder, url, api_rate=0.0)
    app.config["WTF_CSRF_ENABLED"] = False
    app.testing = True
    world = World(app, database)
    with app.app_context():
        _people(world)
        for place, name in enumerate(STATES):
            _ticket(world, name, place)
        db.session.remove()
    _sign_everybody_in(world)
    world.keep()
    return world


def switch_desk_off(world: World) -> None:
    """Switch the plugin off whose desk the tickets are on, as an administrator does."""
    with world.app.app_context(), state.own_transaction(db.engine) as connection:
        state.disable(connection, runtime().plugins.declarations, "it_desk")
    world.keep()


def _people(world: World) -> None:
    hashed = _named("anna.kowalska").password_hash
    for name in ("reporter", "follower", "approver", "manager", "former", "auditor"):
        create_person(f"{name}@meridian.example", name.title(), None, password_hash=hashed, auditor=name == "auditor")
    grant(_named("kasia.dabrowska"), "dummy")
    for role, (name, area, scopes) in TOKENS.items():
        world.secrets[role] = make_token(_named(name), area=area, scopes=scopes).token
    revoke_tokens(_named("manager"))


def _named(name: str) -> Person:
    person = find_person(f"{name}@meridian.example")
    assert person is not None
    return person


def _ticket(world: World, name: str, place: int) -> None:
    anna = _named("anna.kowalska").id
    desk = runtime().catalogue.desk("it").id
    answers = {"service": "printer", "what_happened": f"Fault {place}", "affected": "me"}
    with acting_as(Viewer(anna, "portal")):
        number = open_ticket(NewTicket("it", "incident", f"Fault {place}", "", anna, "portal", answers))
    world.numbers[name] = number
    with acting_as(Viewer(_named("marek.nowak").id, "workspace", {desk: "agent"})):
        services.reply(number, "See the file.", (_upload("message.txt"),), key=f"m{place}", channel="api")
        services.note(number, "Seen by agents.", (_upload("note.txt"),), key=f"n{place}", channel="api")
        if name == "closed":
            services.set_status(number, "closed")
    _take_part(number, "named" if name == "named" else "desk")
    with acting_as(SYSTEM) as session:
        wanted = sa.select(Attachment).join(Ticket, Ticket.id == Attachment.ticket_id).where(Ticket.number == number)
        for file in session.scalars(wanted):
            world.files[(name, "note" if file.note_id else "message")] = (file.token, file.name)


def _upload(name: str) -> str:
    return store_upload(io.BytesIO(name.encode()), name)


def _take_part(number: str, visibility: str) -> None:
    with acting_as(SYSTEM) as session, unit_of_work():
        ticket = session.scalars(sa.select(Ticket).where(Ticket.number == number)).one()
        ticket.visibility = visibility
        for name, value in stored((_SENSITIVE,), ticket.answers).items():
            setattr(ticket, name, value)
        for role in ("reporter", "follower", "approver", "manager"):
            session.add(TicketParticipant(ticket_id=ticket.id, person_id=_named(role).id, role=role))
        past = now() - timedelta(days=1)
        former = TicketParticipant(ticket_id=ticket.id, person_id=_named("former").id, role="follower", until=past)
        session.add(former)


def _sign_everybody_in(world: World) -> None:
    for role, name in BROWSERS.items():
        if name:
            client = world.app.test_client()
            answer = client.post("/login", data={"email": f"{name}@meridian.example", "password": PASSWORD})
            assert answer.status_code == 303, role
            cookie = client.get_cookie("deskcore")
            assert cookie is not None
            world.cookies[role] = cookie.value

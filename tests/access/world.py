"""Everybody who may knock at a route, and tickets in every state: what the route matrix is measured on."""

from __future__ import annotations

import io
import re
import shutil
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from conftest import app_with_dummy
from deskcore.clock import now
from deskcore.extensions import db
from deskcore.hooks import state
from deskcore.hooks.contributions import Field, Text
from deskcore.people.services import grant
from deskcore.people.tokens import revoke_tokens
from deskcore.runtime import runtime
from deskcore.tickets import services
from deskcore.tickets.models import Ticket, TicketParticipant
from deskcore.tickets.opening import NewTicket, open_ticket
from deskcore.tickets.sensitive import stored
from deskcore.viewer import SYSTEM, Viewer
from deskcore.work import acting_as, unit_of_work
from tests.access.people import add_person, files_of, give_tokens, named, sign_in, upload
from tests.access.sent import DOCUMENTS, FORMS, PLACES

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

#: What the form did not ask in confidence becomes sensitive, so that there is something to be shown on purpose.
_SENSITIVE = Field("affected", "text", Text("Who is affected?", "Kogo to dotyczy?"), sensitive=True)


@dataclass
class World:
    """An application whose database can be put back to what it was.

    :param numbers: of the ticket in each state.
    :param files: token and name of a file on a message and on a note, by state.
    :param others: what else stands in addresses, by state and the beginning of the rule.
    :param secrets: API tokens by role.
    :param cookies: session cookies by role.
    :param changed: whether the latest request did change the database.
    """

    app: Flask
    database: Path
    numbers: dict[str, str] = field(default_factory=dict)
    files: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    others: dict[str, dict[str, dict[str, str]]] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)
    changed: bool = False

    def ask(self, role: str, route: str, places: Mapping[str, str]) -> TestResponse:
        """Send a request as somebody, and put the database back if it has changed.

        :param route: method and rule, as the matrix names them.
        """
        method, _space, rule = route.removesuffix(OF_A_NOTE).partition(" ")
        before = self._changes()
        answer = self.client(role).open(
            address(rule, places), method=method, headers=self._headers(role), buffered=True, **_body(method, rule)
        )
        self.changed = self._changes() != before
        if self.changed:
            self.restore()
        return answer

    def look(self, role: str, place: str) -> TestResponse:
        """Ask for an address as somebody."""
        answer: TestResponse = self.client(role).get(place, headers=self._headers(role), buffered=True)
        return answer

    def places(self, route: str, state_: str) -> dict[str, str]:
        """Return what stands in the address of a route about the ticket in a state."""
        found = {"number": self.numbers[state_]}
        token, name = self.files.get((state_, "note" if route.endswith(OF_A_NOTE) else "message"), ("x" * 22, "x.txt"))
        found |= {"token": token, "name": name, "key": token}
        rule = route.partition(" ")[2] or route
        for beginning, places in self.others.get(state_, {}).items():
            found |= places if rule.startswith(beginning) else {}
        return found

    def keep(self) -> None:
        """Remember the database as it is."""
        with sqlite3.connect(self.database) as there:
            there.backup(self._kept)

    def restore(self) -> None:
        """Put the database back to what :meth:`keep` remembered."""
        with self.app.app_context():
            db.session.remove()
        with closing(sqlite3.connect(self.database)) as there:
            self._kept.backup(there)

    def settle(self) -> None:
        """Write everything into the one file of the database, so that it can be copied."""
        with closing(sqlite3.connect(self.database)) as there:
            there.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    @cached_property
    def _kept(self) -> sqlite3.Connection:
        return sqlite3.connect(":memory:")

    @cached_property
    def _watch(self) -> sqlite3.Connection:
        return sqlite3.connect(self.database)

    def _changes(self) -> object:
        """Return a number that is another one when anybody else has changed the database meanwhile."""
        return self._watch.execute("PRAGMA data_version").fetchone()[0]

    def client(self, role: str) -> Any:
        """Return a browser in which a role is signed in; nobody, for ``anonymous``."""
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
    given = {**PLACES, **places}
    return re.sub(r"<(\w+:)?(?:[^<>]*:)?(\w+)>", lambda found: "1" if found[1] == "int:" else given[found[2]], rule)


def is_about_a_ticket(rule: Rule) -> bool:
    """Tell whether a route has a ticket in its address, or a file or a decision that hangs on one."""
    return bool({"number", "token", "signed"} & rule.arguments) and not rule.rule.startswith("/approvals/delegation")


def build(folder: Path, template: Path, more: Callable[[World], None] = lambda world: None) -> World:
    """Make the world in a folder, from the prepared database.

    :param more: adds people and tickets, before everybody is signed in.
    """
    database = folder / "deskcore.db"
    shutil.copy(template, database)
    world = World(started(folder), database)
    with world.app.app_context():
        _people(world)
        for place, name in enumerate(STATES):
            _ticket(world, name, place)
        more(world)
        db.session.remove()
    sign_in(world, BROWSERS)
    world.keep()
    return world


def started(folder: Path) -> Flask:
    """Return an application on the database in a folder, with the dummy plugin and whatever else is on there."""
    app = app_with_dummy(folder, f"sqlite:///{folder / 'deskcore.db'}", api_rate=0.0)
    app.config["WTF_CSRF_ENABLED"] = False
    app.testing = True
    return app


def switch_desk(world: World, *, on: bool) -> None:
    """Switch the plugin off or on whose desk the tickets are on, as an administrator does."""
    with world.app.app_context(), state.own_transaction(db.engine) as connection:
        (state.enable if on else state.disable)(connection, runtime().plugins.declarations, "it_desk")
    world.look("admin", "/admin/plugins")  # the first page after it takes notice
    world.keep()


def _people(world: World) -> None:
    for name in ("reporter", "follower", "approver", "manager", "former", "auditor"):
        add_person(name, auditor=name == "auditor")
    grant(named("kasia.dabrowska"), "dummy")
    give_tokens(world, TOKENS)
    revoke_tokens(named("manager"))


def _ticket(world: World, name: str, place: int) -> None:
    anna = named("anna.kowalska").id
    desk = runtime().catalogue.desk("it").id
    answers = {"service": "printer", "what_happened": f"Fault {place}", "affected": "me"}
    with acting_as(Viewer(anna, "portal")):
        number = open_ticket(NewTicket("it", "incident", f"Fault {place}", "", anna, "portal", answers))
    world.numbers[name] = number
    with acting_as(Viewer(named("marek.nowak").id, "workspace", {desk: "agent"})):
        services.reply(number, "See the file.", (upload("message.txt"),), key=f"m{place}", channel="api")
        services.note(number, "Seen by agents.", (upload("note.txt"),), key=f"n{place}", channel="api")
        if name == "closed":
            services.set_status(number, "closed")
    _take_part(number, "named" if name == "named" else "desk")
    world.files |= files_of(name, number)


def _take_part(number: str, visibility: str) -> None:
    with acting_as(SYSTEM) as session, unit_of_work():
        ticket = session.scalars(sa.select(Ticket).where(Ticket.number == number)).one()
        ticket.visibility = visibility
        for name, value in stored((_SENSITIVE,), ticket.answers).items():
            setattr(ticket, name, value)
        for role in ("reporter", "follower", "approver", "manager"):
            session.add(TicketParticipant(ticket_id=ticket.id, person_id=named(role).id, role=role))
        past = now() - timedelta(days=1)
        former = TicketParticipant(ticket_id=ticket.id, person_id=named("former").id, role="follower", until=past)
        session.add(former)

"""One case of the matrix: a day in the life of a ticket, while a plugin misbehaves in one place in one way.

Run as a program it is that day in a process of its own, which the plugin may end:
``python -m tests.chaos.scenario FOLDER DATABASE PLACE [PROCESS:CODE]``.
"""

from __future__ import annotations

import os
import re
import sqlite3
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from threading import Event, Thread
from time import monotonic, perf_counter
from typing import Any
from unittest.mock import patch

import psycopg
from flask import Flask
from sqlalchemy.engine import make_url

import deskcore.app
from conftest import DUMMIES, PASSWORD, _settings
from deskcore.app import create_app
from deskcore.cli.plugin_commands import InApplication
from deskcore.demo.seeding import seed
from deskcore.desks.fields import FieldContext
from deskcore.desks.schemas import validate
from deskcore.desks.sections import faults
from deskcore.events.jobs import queue_job
from deskcore.extensions import db
from deskcore.fsck import check_plugins
from deskcore.hooks import state
from deskcore.hooks.breaker import HookLimits
from deskcore.hooks.checks import CONTRIBUTED
from deskcore.hooks.contributions import Field, Text
from deskcore.hooks.document import hooks
from deskcore.hooks.recorder import read_and_forget, recorder
from deskcore.hooks.setting_values import write_setting
from deskcore.people.absences import Days, end_absence, plan_absence, today_of
from deskcore.people.services import find_person
from deskcore.people.tokens import make_token
from deskcore.runtime import runtime
from deskcore.search.indexing import REBUILD_JOB
from deskcore.tickets.loading import find_ticket
from deskcore.tickets.receivers import told
from deskcore.tickets.snapshots import ViewerView
from deskcore.tickets.timeline import record
from deskcore.viewer import SYSTEM
from deskcore.web import slots
from deskcore.work import acting_as, unit_of_work
from deskcore.worker import Worker

BAD = "dummy_bad"
#: What the specification asks for, and how the dummy does it.
WAYS = {
    "raises": "raise",
    "hangs": "hang",
    "exits the process": "die",
    "segfaults": "segfault",
    "eats memory": "eat",
    "returns garbage": "garbage",
    "leaves a transaction open": "leave_open",
    "commits": "commit",
    "rolls back": "roll_back",
    "mutates its arguments": "mutate",
    "recurses": "recurse",
}
#: What no process survives.
DEADLY = ("exits the process", "segfaults")
#: The places in which something that a plugin contributed is called, by the hook that it is contributed through.
PLACES: dict[str, tuple[str, ...]] = {
    "register_settings": (),
    "register_permissions": (),
    "register_desks": (),
    "register_request_types": (),
    "register_field_types": ("field type",),
    "register_nav_items": ("bar",),
    "register_ticket_panels": ("panel",),
    "register_person_panels": ("person panel",),
    "register_request_panels": ("request panel",),
    "register_message_links": ("message links",),
    "register_ticket_pages": ("ticket page",),
    "register_ticket_actions": ("action", "action applies"),
    "register_ticket_badges": ("badges",),
    "register_bulk_actions": ("bulk choices", "bulk edits", "bulk done"),
    "register_palette_commands": ("palette commands",),
    "register_composer_tools": ("composer tool",),
    "register_list_columns": ("column",),
    "register_list_filters": (),
    "register_sections": ("section", "section ahead"),
    "register_waiting": ("waiting",),
    "register_notices": ("notices",),
    "register_reports": ("report", "summary"),
    "register_search_kinds": ("documents", "show", "popular"),
    "register_search_backends": ("engine",),
    "register_blueprints": ("page",),
    "register_jobs": ("job",),
    "register_commands": ("command",),
    "register_invariants": ("invariant",),
    "register_demo": ("demo",),
    "register_api_resources": ("api",),
}
#: Contributions that are called although none of their fields says so: views, and commands.
CALLED_OTHERWISE = frozenset({"register_blueprints", "register_commands"})
#: What is returned here is looked at by nobody, or shown as far as a schema finds something in it.
DEAF = frozenset(
    {"ticket_opened", "ticket_changed", "message_added", "absence_changed", "searched", "job", "command", "demo", "api"}
)
#: Where the plugin itself answers: only who asks for that waits for it, and it is recorded while it lasts.
ITS_OWN_ANSWER = frozenset({"page", "api"})
#: Where somebody waits at a terminal, and may press Ctrl+C.
AT_A_TERMINAL = frozenset({"command", "demo", "invariant"})
#: Where what the plugin is there for leaves something on the ticket.
LEFT_ON_TICKETS = frozenset({"message links", "bulk done"})
#: Where nobody waits for a page.
OUT_OF_SIGHT = frozenset(
    {"job", "field type", "section", "section ahead", "documents", "message links", "absence_changed"}
)
#: Short, because what is proved does not depend on how long one waits; long enough for those who behave.
LIMITS = partial(HookLimits, handler=0.4, start=3.0, job=0.2)
DEADLINE = 1.0
#: Seconds that an answer may take, and that somebody else may have to wait for the write lock.
LONGEST = 5.0


def all_places() -> list[str]:
    """Return every hook, and every place in which a contribution is called."""
    return [*hooks(), *(place for places in PLACES.values() for place in places)]


def called_fields(hook: str) -> list[str]:
    """Return the fields of a contribution that hold something to be called."""
    return [name for name, kind in CONTRIBUTED[hook].__annotations__.items() if "Callable" in kind]


def group_of(place: str) -> str:
    """Return the kind of place, as the table has it."""
    if place.startswith("register_"):
        return "at start"
    if place.startswith(("before_", "validate_")):
        return "before the commit"
    if place.startswith("choose_"):
        return "questions"
    return "after the commit" if place in hooks() else "what it contributes"


@dataclass
class Day:
    """What became of a ticket.

    :param ticket: its row and the number of its events, as another program reads them.
    :param slowest: seconds of the slowest answer.
    :param lock: longest wait of somebody else who wants to write.
    """

    ticket: Mapping[str, Any]
    slowest: float
    lock: float
    named: bool
    answers: list[tuple[str, int]] = field(default_factory=list)


class House:
    """An application with the misbehaving plugin, and people who use it."""

    def __init__(self, folder: Path, url: str) -> None:
        self.url, self.app = url, build(folder, url)
        self.answers: list[tuple[str, int]] = []
        self.slowest = 0.0
        self._browsers = {name: self.app.test_client() for name in ("marek.nowak", "admin", "anna.kowalska")}
        with self.app.app_context(), acting_as(SYSTEM):
            anna, marek = find_person("anna.kowalska@meridian.example"), find_person("marek.nowak@meridian.example")
            assert anna is not None
            assert marek is not None
            self._anna = make_token(anna, area="portal").token
            self._marek = make_token(marek, area="workspace").token
        for name, browser in self._browsers.items():
            browser.post("/login", data={"email": f"{name}@meridian.example", "password": PASSWORD})

    def live(self, subject: str, place: str) -> Day:
        """Let Anna ask, Marek work on it, and the worker tell plugins; return what became of the ticket."""
        self.answers, self.slowest = [], 0.0
        with waiting_for_the_lock(self.url) as waited:
            number = self._asks(subject)
            self._work()
            self._is_worked_on(number)
            self._uses(place, number)
            self._work()
        return Day(
            read_ticket(self.url, number), self.slowest, max(waited, default=0.0), self._is_named(), list(self.answers)
        )

    def forgive(self) -> None:
        """Let the plugin be called again, with a clean sheet."""
        with self.app.app_context(), acting_as(SYSTEM):
            parts = self.app.extensions["deskcore"]
            parts.plugins.breaker.close(BAD)
            with unit_of_work() as session:
                state.resume(session, BAD)
            parts.plugins = parts.plugins.refreshed(db.session)

    def close(self) -> None:
        with self.app.app_context():
            db.engine.dispose()

    def _asks(self, subject: str) -> str:
        body = {
            "desk": "it", "request_type": "incident", "subject": subject, "description": "It jams.",
            "answers": {"service": "network", "what_happened": "It jams."},
        }  # fmt: skip
        answer = self._call("POST", "/api/v1/tickets", self._anna, body, key=subject)
        assert answer.status_code in (200, 201), answer.text
        return str(answer.json["number"])

    def _is_worked_on(self, number: str) -> None:
        page = self._timed(lambda: self._browsers["marek.nowak"].get(f"/agent/tickets/{number}"))
        assert page.status_code == 200, page.text
        path = f"/api/v1/tickets/{number}"
        said = self._call("POST", f"{path}/messages", self._marek, {"body": "Looking."}, key=f"said {number}")
        assert said.status_code in (200, 201), said.text
        moved = self._call("POST", f"{path}/transitions", self._marek, {"status": "open"}, key=f"moved {number}")
        assert moved.status_code in (200, 201), moved.text

    def _uses(self, place: str, number: str) -> None:
        """Go to where the contribution is called; whether it fails there is its own business."""
        marek, ways = self._browsers["marek.nowak"], dict[str, Callable[[], Any]]()
        act = f"/agent/tickets/{number}/actions/{BAD}/dummy_bad_act"
        ways["panel"] = ways["action applies"] = lambda: marek.get(f"/agent/tickets/{number}")
        ways["person panel"] = lambda: marek.get("/agent/people/marek.nowak@meridian.example")
        ways["request panel"] = lambda: self._browsers["anna.kowalska"].get(f"/requests/{number}")
        ways["message links"] = lambda: self._is_told_of_news(number)
        ways["bar"] = lambda: marek.get("/agent/people")
        ways["ticket page"] = lambda: marek.get(f"/agent/tickets/{number}/trouble")
        ways["report"] = lambda: marek.get("/reports/trouble")
        ways["summary"] = lambda: marek.get("/reports")
        ways["action"] = lambda: marek.post(act)
        apply = f"/agent/tickets/{number}/apply/{BAD}.dummy_bad_do"
        ways["badges"] = lambda: marek.get(f"/agent/tickets/{number}")
        ways["bulk choices"] = lambda: marek.get(apply)
        ways["bulk edits"] = lambda: marek.get(f"{apply}?choice=one")
        ways["bulk done"] = lambda: self._applies(apply)
        ways["palette commands"] = lambda: marek.get("/agent/palette")
        ways["composer tool"] = lambda: marek.get(f"/agent/tickets/{number}/saved-replies")
        ways["validate_person_close"] = self._closes_an_account
        ways["column"] = lambda: marek.get("/agent/tickets?queue=open&limit=100")
        ways["page"] = lambda: marek.get(f"/x/{BAD}/page")
        token = {"Authorization": f"Bearer {self._marek}"}
        ways["api"] = lambda: self.app.test_client().get(f"/api/v1/x/{BAD}/say", headers=token)
        ways["waiting"] = ways["popular"] = ways["notices"] = lambda: marek.get("/")
        ways["engine"] = ways["show"] = ways["searched"] = lambda: marek.get("/search?q=dummy")
        ways["documents"] = self._has_it_indexed
        ways["section"] = self._reads_a_section
        ways["section ahead"] = self._looks_ahead
        ways["field type"] = self._answers_a_field
        ways["job"] = self._queues_a_job
        ways["absence_changed"] = self._goes_away_and_stays
        ways["command"] = self._calls_the_command
        ways["demo"] = self._seeds_the_demo
        ways["invariant"] = self._checks_what_it_keeps
        if place in ITS_OWN_ANSWER:
            _patiently(ways[place])
        elif place in AT_A_TERMINAL or place in OUT_OF_SIGHT:
            ways[place]()
        elif place in ways:
            answer = self._timed(ways[place])
            assert answer.status_code in (200, 302, 303, 404), answer.text

    def _applies(self, address: str) -> Any:
        """Look at what a bulk action would do to a ticket, and do it."""
        page = self._browsers["marek.nowak"].get(f"{address}?choice=one")
        hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.text))
        return self._browsers["marek.nowak"].post(address, data=hidden) if "of" in hidden else page

    def _closes_an_account(self) -> Any:
        """Close an account, and open it again for the next one who does."""
        access = "/admin/people/piotr.zielinski@meridian.example/access"
        answer = self._browsers["admin"].post(access, data={"on": "0"})
        self._browsers["admin"].post(access, data={"on": "1"})
        return answer

    def _answers_a_field(self) -> None:
        asked = (Field("code", f"{BAD}_code", Text("Code", "Kod")),)
        with self.app.app_context(), acting_as(SYSTEM):
            answers, problems = validate(asked, {"code": "KR 1"}, FieldContext())
        assert (answers, problems) == ({"code": "KR 1"}, ())

    def _reads_a_section(self) -> None:
        with self.app.app_context(), acting_as(SYSTEM):
            entry = next(iter(runtime().catalogue.types.values()))
            faults(replace(entry, type=replace(entry.type, sections={BAD: {}})))

    def _looks_ahead(self) -> None:
        with self.app.test_request_context(), acting_as(SYSTEM):
            entry = next(iter(runtime().catalogue.types.values()))
            slots.ahead(replace(entry.type, sections={BAD: {}}), ViewerView("anna@meridian.example", "Anna", "portal"))

    def _is_told_of_news(self, number: str) -> None:
        """Make a message to Anna about something that the plugin announced."""
        with self.app.app_context(), acting_as(SYSTEM):
            with unit_of_work() as session:
                event = record(session, find_ticket(number), SYSTEM, "plugin_said", "system", {"hook": f"{BAD}_news"})
                event.public, event.pending, seq = True, False, event.seq
            assert told(number, seq, "anna.kowalska@meridian.example", "portal") is not None

    def _has_it_indexed(self) -> None:
        with self.app.app_context(), acting_as(SYSTEM):
            queue_job(REBUILD_JOB, {"kind": BAD})

    def _goes_away_and_stays(self) -> None:
        with self.app.app_context(), acting_as(SYSTEM):
            marek = find_person("marek.nowak@meridian.example")
            assert marek is not None
            tomorrow = today_of(marek) + timedelta(days=1)
            end_absence(marek, plan_absence(marek, Days(tomorrow, tomorrow)))

    def _queues_a_job(self) -> None:
        with self.app.app_context(), acting_as(SYSTEM):
            queue_job(f"{BAD}.dummy_bad_job")

    def _calls_the_command(self) -> None:
        commands = [item.value.command for item in self.app.extensions["deskcore"].plugins.commands]
        group = InApplication(self.app, BAD, commands)
        try:
            _patiently(partial(group.main, ["try"], standalone_mode=False))
        except BaseException:  # it is shown to whoever called it
            return

    def _seeds_the_demo(self) -> None:
        def seeded() -> None:
            with self.app.app_context(), acting_as(SYSTEM):
                with unit_of_work() as session:
                    there = sorted(self.app.extensions["deskcore"].plugins.loaded - {BAD})
                    write_setting(session, "core", "demo_seeded", ["people", *there], secret=False)
                seed()

        _patiently(seeded)

    def _checks_what_it_keeps(self) -> None:
        def checked() -> None:
            with self.app.app_context(), acting_as(SYSTEM):
                list(check_plugins())

        self._work()  # it is asked about tickets of which it was told everything
        _patiently(checked)

    def _work(self) -> None:
        """Let a worker do what is due."""
        _patiently(Worker(self.app).run_once)

    def _is_named(self) -> bool:
        """Tell whether the administration says who it was, where, and what went wrong."""
        page = self._browsers["admin"].get(f"/admin/plugins/{BAD}")
        assert page.status_code == 200
        return 'class="fold"' in page.text or 'class="banner danger"' in page.text

    def _call(self, method: str, path: str, token: str, body: Any = None, key: str = "") -> Any:
        headers = {"Authorization": f"Bearer {token}"} | ({"Idempotency-Key": key} if key else {})
        return self._timed(lambda: self.app.test_client().open(path, method=method, json=body, headers=headers))

    def _timed(self, ask: Callable[[], Any]) -> Any:
        began = perf_counter()
        answer = ask()
        self.slowest = max(self.slowest, perf_counter() - began)
        self.answers.append((answer.request.path, answer.status_code))
        return answer


def _patiently(work: Callable[[], Any]) -> None:
    """Do what may hang; after a moment the dummy is let go, as nobody waits for it any more."""
    raised: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:
            raised.append(error)

    thread = Thread(target=run)
    thread.start()
    thread.join(3.0)
    if thread.is_alive():
        sys.modules[f"deskcore_{BAD}.behaviour"].release.set()
        thread.join(20)
        sys.modules[f"deskcore_{BAD}.behaviour"].release.clear()
    assert not thread.is_alive()
    if raised:
        raise raised[0]


def build(folder: Path, url: str) -> Flask:
    """Build an application in which the plugin is switched on; no start takes longer than it may."""
    more = {
        "plugin_folders": (str(DUMMIES),),
        "enabled_plugins": ("it_desk", BAD),
        "hook_deadline": DEADLINE,
        "piece_deadline": HookLimits.piece,
    }
    with patch.object(deskcore.app, "HookLimits", LIMITS):
        app = create_app(_settings(folder, url) | more)
    app.config["WTF_CSRF_ENABLED"] = False
    return app


@contextmanager
def waiting_for_the_lock(url: str) -> Iterator[list[float]]:
    """Write again and again beside everything else, and collect how long each time took."""
    over, waited = Event(), list[float]()
    thread = Thread(target=_write_again_and_again, args=(url, over, waited))
    thread.start()
    try:
        yield waited
    finally:
        over.set()
        thread.join(30)
        assert not thread.is_alive()


def _write_again_and_again(url: str, over: Event, waited: list[float]) -> None:
    while not over.wait(0.02):
        began = monotonic()
        with _another_program(url) as execute:
            execute("UPDATE ticket SET version = version")
        waited.append(monotonic() - began)


@contextmanager
def _another_program(url: str) -> Iterator[Callable[[str], Any]]:
    """Give a connection that Deskcore knows nothing of, in a transaction that is rolled back."""
    if url.startswith("sqlite"):
        connection: Any = sqlite3.connect(make_url(url).database or "", timeout=20, isolation_level=None)
        connection.execute("BEGIN IMMEDIATE")
    else:
        plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        connection = psycopg.connect(plain)
    try:
        yield connection.execute
        connection.rollback()
    finally:
        connection.close()


#: What a ticket is; what depends on who was first, and when, is left out.
_COLUMNS = "subject, description, status, status_category, priority, visibility, answers, extra, assignee_id, team_id"


def read_ticket(url: str, number: str) -> dict[str, Any]:
    """Return a ticket as another program reads it."""
    with _another_program(url) as execute:
        row = execute(f"SELECT {_COLUMNS}, id FROM ticket WHERE number = '{number}'").fetchone()
        assert row is not None, f"{number} is gone"
        asked = f"SELECT kind FROM ticket_event WHERE ticket_id = {row[-1]} ORDER BY seq"
        kinds = [kind for (kind,) in execute(asked).fetchall()]
    found = dict(zip(_COLUMNS.split(", "), row[:-1], strict=True))
    return found | {"events": kinds}


def numbers_of(url: str, subject: str) -> list[str]:
    """Return the numbers of the tickets with a subject, as another program reads them."""
    with _another_program(url) as execute:
        return [number for (number,) in execute(f"SELECT number FROM ticket WHERE subject = '{subject}'").fetchall()]


def _main(folder: str, url: str, place: str, subject: str, after: str = "") -> None:
    running = Path(folder) / "running"
    if after:
        process, _, code = after.partition(":")
        recorder.left = read_and_forget(running, int(process), int(code))
    recorder.open(running)
    house = House(Path(folder), url)
    day = house.live(subject, place)
    sys.stdout.write(f"{day.slowest:.3f} {day.lock:.3f} {day.named}\n")
    sys.stdout.flush()
    house.close()
    recorder.close()
    os._exit(0)


if __name__ == "__main__":
    _main(*sys.argv[1:])

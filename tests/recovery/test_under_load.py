"""A backup while people send: what was acknowledged before it began is in it, with its files, and is told once."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from hashlib import sha256
from http.client import HTTPException
from pathlib import Path
from threading import Event, Thread
from time import monotonic
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from conftest import SECRET_KEY
from deskcore.cli.installation import bare_app
from deskcore.config import load_config
from deskcore.events.models import Delivery
from deskcore.people.services import get_person
from deskcore.people.tokens import make_token
from deskcore.tickets.conversation_models import Attachment
from deskcore.tickets.models import Ticket, TicketEvent
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as
from tests.kills.clients import ByApi, ByForm, Client, Submission, Wrong
from tests.kills.site import PLUGINS
from tests.processes import Server, until

ANNA, PASSWORD = "anna.kowalska@meridian.example", "meridian-demo"
LEDGER = sa.table("ledger_entry", sa.column("what"), sa.column("calls"))
#: How much is acknowledged before the backup begins; ``make test-backup`` waits for more.
ENOUGH = int(os.environ.get("BACKUP_SUBMISSIONS", "20"))
#: How many send at a time, and how often each begins anew: ten of them are about fifty a second.
SENDERS, PACE = min(10, ENOUGH // 5), 0.2
#: One submission in so many is a form with a file; the others come by the API.
FORMS = 5


@dataclass
class Load:
    """People who go on sending until they are told to stop.

    :param browser: cookies of somebody who is signed in.
    """

    port: int
    token: str
    browser: dict[str, str]
    acknowledged: list[tuple[float, Submission]] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    enough: Event = field(default_factory=Event)

    def start(self) -> None:
        """Let everybody begin."""
        self._threads = [Thread(target=self._send, args=(place,)) for place in range(SENDERS)]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Wait until nobody sends any more."""
        self.enough.set()
        for thread in self._threads:
            thread.join()

    def _send(self, sender: int) -> None:
        place, begun = sender, monotonic()
        while not self.enough.is_set():
            with suppress(OSError, HTTPException):
                self._send_one(place)
            place += SENDERS
            begun += PACE
            self.enough.wait(max(0.0, begun - monotonic()))

    def _send_one(self, place: int) -> None:
        words, client = f"Submission {place} while a backup is made.", _Once(self.port, Event(), self.browser)
        by_form = place % FORMS == 0
        submission = ByForm(client, words) if by_form else ByApi(_Once(self.port, Event()), words, self.token)
        try:
            submission.send()
        except Wrong as error:
            self.wrong.append(str(error))
        else:
            self.acknowledged.append((monotonic(), submission))


class _Once(Client):
    """A client that does not try again: what is not answered was not acknowledged."""

    def insist(self, *request: Any, **more: Any) -> Any:
        return self.once(*request, **more)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> str:
    """Name the database: each of these tests has one of its own."""
    return str(request.param)


@pytest.fixture
def site(database: str, database_url: str, tmp_path: Path) -> Iterator[Server]:
    """Give a serving installation with the ledger, a plugin that writes down what it is told."""
    folder = tmp_path / "instance"
    folder.mkdir(mode=0o700)
    shutil.copytree(PLUGINS, folder / "plugins")
    (folder / "secret_key").write_text(SECRET_KEY)
    address = f'database_url = "{database_url}"\n' if database == "postgresql" else ""
    if database == "sqlite":
        Path(database_url.removeprefix("sqlite:///")).rename(folder / "deskcore.db")
    (folder / "config.toml").write_text(f"sign_in_attempts = 1000\napi_rate = 0\n{address}")
    run(folder, "plugin", "enable", "ledger")
    server = Server(folder, ["run", "--port", "0"])
    server.start()
    yield server
    server.stop()


def run(folder: Path, *arguments: str) -> str:
    """Run a command to its end, and return what it said."""
    command = [sys.executable, "-m", "deskcore.cli", *arguments]
    environment = os.environ | {"DESKCORE_INSTANCE": str(folder)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@contextmanager
def reading(folder: Path) -> Iterator[Session]:
    """Read the tables of an installation as its own system."""
    with bare_app(load_config({"instance": folder})), acting_as(SYSTEM) as session:
        yield session


def started(site: Server) -> Load:
    """Let people begin to send, by the form in one browser and by the API with one token."""
    with bare_app(load_config({"instance": site.folder})):
        token = make_token(get_person(ANNA)).token
    browser = Client(site.port, Event())
    browser.sign_in(ANNA, PASSWORD)
    browser.close()
    load = Load(site.port, token, browser.cookies)
    load.start()
    return load


def test_what_was_acknowledged_before_a_backup_is_in_it_and_is_told_once(
    database: str, site: Server, nowhere: list[str], restored: Path, tmp_path: Path, tell: Callable[[str], None]
) -> None:
    load, archive = started(site), tmp_path / "all.tar"
    until(lambda: len(load.acknowledged) >= ENOUGH, "the load", patience=600)
    begun = monotonic()
    run(site.folder, "backup", str(archive))
    ended = monotonic()
    site.stop()
    load.stop()
    assert load.wrong == []
    before = [submission for moment, submission in load.acknowledged if moment < begun]
    during = [submission for moment, submission in load.acknowledged if begun <= moment < ended]
    tell(f"{database}: {len(before)} acknowledged before, {len(during)} in the {ended - begun:.1f} s of the backup")
    assert during, "the backup stood in everybody's way"
    outcome = json.loads(run(site.folder, "restore", str(archive), *nowhere, "--json"))
    assert outcome["fsck"]["findings"] == []
    _everything_is_there(restored, before)
    again = Server(restored, ["run", "--port", "0"])
    again.start()
    try:
        _it_serves_and_tells_nobody(again, load)
        run(restored, "work", "release")
        _everybody_is_told_once(restored)
    finally:
        again.stop()
    assert again.troubles == []


def _everything_is_there(folder: Path, before: Sequence[Submission]) -> None:
    with reading(folder) as session:
        tickets = session.execute(sa.select(Ticket.description, Ticket.number)).all()
        held = sa.select(Ticket.description, Attachment.sha256).join(Attachment, Attachment.ticket_id == Ticket.id)
        files = dict(session.execute(held).all())
    there = dict(tickets)
    assert len(there) == len(tickets), "a submission is there twice"
    assert [one.words for one in before if there.get(one.words) != one.number] == []
    forms = [one for one in before if isinstance(one, ByForm)]
    assert forms
    assert [one.words for one in forms if files.get(one.words) != sha256(one.words.encode()).hexdigest()] == []


def _it_serves_and_tells_nobody(server: Server, load: Load) -> None:
    """Nobody is signed in, a new ticket gets a number that nobody had, and its event waits."""
    with reading(server.folder) as session:
        heard = session.execute(sa.select(LEDGER.c.what).order_by(LEDGER.c.what)).all()
    until(lambda: server.ready, "the start")
    client = Client(server.port, Event(), load.browser)
    assert client.once("GET", "/requests").headers["Location"].startswith("/login")
    client.close()
    fresh = ByApi(Client(server.port, Event()), "Sent to what was restored.", load.token)
    fresh.send()
    given = [int(submission.number.partition("-")[2]) for _, submission in load.acknowledged]
    assert int(fresh.number.partition("-")[2]) > max(given)

    pending = sa.select(TicketEvent.id).where(TicketEvent.pending)
    _until_none(server.folder, pending, "the worker's look at the new ticket")
    with reading(server.folder) as session:
        assert session.execute(sa.select(LEDGER.c.what).order_by(LEDGER.c.what)).all() == heard
        assert session.scalars(sa.select(Delivery.id).where(Delivery.state == "waiting")).all()


def _until_none(folder: Path, wanted: sa.Select[int], what: str) -> None:
    def none() -> bool:
        with acting_as(SYSTEM) as session:
            return session.scalar(wanted.limit(1)) is None

    with reading(folder):
        until(none, what, patience=1800)


def _everybody_is_told_once(folder: Path) -> None:
    _until_none(folder, sa.select(Delivery.id).where(Delivery.state != "done"), "the deliveries")
    with reading(folder) as session:
        wanted = sa.select(Ticket.number, TicketEvent.seq).join(TicketEvent, TicketEvent.ticket_id == Ticket.id)
        events = {f"{row.number}/{row.seq}" for row in session.execute(wanted)}
        calls = dict(session.execute(sa.select(LEDGER.c.what, LEDGER.c.calls)).all())
    assert calls.keys() == events
    # What the one worker was at in the moment of the backup may have been heard and not yet noted as done.
    assert sum(calls.values()) - len(calls) <= 1

"""Installations that are backed up, and empty places to restore them into."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.engine import make_url

from conftest import POSTGRES, SECRET_KEY
from deskcore.cli import main
from deskcore.cli.installation import bare_app, existing_config
from deskcore.events.models import Delivery
from deskcore.extensions import db
from deskcore.people.services import get_person
from deskcore.people.signing_in import begin_session, make_reset_link
from deskcore.people.tokens import make_token
from deskcore.tickets.attachments import store_upload
from deskcore.tickets.models import TicketEvent
from deskcore.tickets.opening import NewTicket, open_ticket
from deskcore.viewer import SYSTEM, Viewer
from deskcore.work import acting_as, unit_of_work

TOLD = pytest.StashKey[list[str]]()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print what the backups under load were like."""
    for line in config.stash.get(TOLD, []):
        terminalreporter.write_line(f"backup under load, {line}")


@pytest.fixture
def tell(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Give a function whose lines are printed in the end."""
    return request.config.stash.setdefault(TOLD, []).append


@dataclass(frozen=True)
class Said:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Command = Callable[..., Said]


@pytest.fixture
def deskcore(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """Give ``deskcore(folder, "backup", …)``: a command on the instance in a folder."""
    monkeypatch.delenv("DESKCORE_TRACE", raising=False)

    def command(folder: Path, *arguments: object) -> Said:
        monkeypatch.setenv("DESKCORE_INSTANCE", str(folder))
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        said = capsys.readouterr()
        return Said(code, said.out, said.err)

    return command


@pytest.fixture(scope="module")
def source(shared_app: Flask) -> Path:
    """Make an instance folder for all tests of a module: two tickets, one with a file, and somebody signed in."""
    config = shared_app.extensions["deskcore"].config
    address = f'database_url = "{config.url}"\n' if config.url.startswith("postgresql") else ""
    (config.instance / "secret_key").write_text(SECRET_KEY)
    (config.instance / "config.toml").write_text(f'organisation = "Meridian"\n{address}')
    with shared_app.app_context():
        anna = get_person("anna.kowalska@meridian.example")
        with acting_as(Viewer(anna.id, "portal")):
            token = store_upload(BytesIO(b"a picture"), "picture.png")
            for subject, uploads in (("Printer", [token]), ("Screen", [])):
                new = NewTicket("it", "incident", subject, "", anna.id, "portal", uploads=uploads, key=subject)
                open_ticket(new)
        begin_session(anna)
        make_reset_link(anna)
        make_token(anna)
        with acting_as(SYSTEM), unit_of_work() as session:
            event = session.scalars(sa.select(TicketEvent).limit(1)).one()
            session.add(Delivery(event_id=event.id, ticket_id=event.ticket_id, subscriber="it_desk", lease="x"))
            event.pending, event.told = False, 1
        db.session.remove()
        db.engine.dispose()
    return config.instance


@pytest.fixture
def database(source: Path) -> str:
    """Name the kind of the module's database."""
    return "postgresql" if "database_url" in (source / "config.toml").read_text() else "sqlite"


@pytest.fixture
def nowhere(database: str, tmp_path: Path) -> Iterator[list[str]]:
    """Give the options that name an empty place to restore into."""
    into = ["--into", str(tmp_path / "restored")]
    if database == "sqlite":
        yield into
        return
    url = make_url(POSTGRES)
    name = f"{url.database}_restored_{tmp_path.parent.name.replace('-', '_')}_{tmp_path.name[-8:]}".lower()
    name = "".join(letter if letter.isalnum() else "_" for letter in name)[:60]
    plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as server:
        server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        server.execute(f"CREATE DATABASE \"{name}\" ENCODING 'UTF8' TEMPLATE template0")
        yield [*into, "--database-url", url.set(database=name).render_as_string(hide_password=False)]
        server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@pytest.fixture(scope="module")
def archive(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make one backup of the module's instance."""
    path = tmp_path_factory.mktemp("archive") / "all.tar"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DESKCORE_INSTANCE", str(source))
        assert main(["backup", str(path)]) == 0
    return path


@pytest.fixture
def restored(tmp_path: Path) -> Path:
    """Name the folder of ``nowhere``."""
    return tmp_path / "restored"


@pytest.fixture
def inside(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], Any]:
    """Give a block that works in the instance of a folder as the system, without a plugin."""

    @contextmanager
    def entering(folder: Path) -> Iterator[Any]:
        monkeypatch.setenv("DESKCORE_INSTANCE", str(folder))
        with bare_app(existing_config()), acting_as(SYSTEM):
            yield db.session

    return entering

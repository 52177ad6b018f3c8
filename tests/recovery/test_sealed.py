"""A sensitive answer and its file come back from a backup: closed to everybody else, and open to who may ask."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from deskcore import audit
from deskcore.answer_keys import FILE
from deskcore.app import create_app
from deskcore.cli import main
from deskcore.desks.editing import create
from deskcore.desks.services import refresh
from deskcore.extensions import db
from deskcore.fsck import check_all
from deskcore.hooks.contributions import Field, RequestType, Text
from deskcore.people.services import get_person
from deskcore.runtime import runtime
from deskcore.stream_sealing import PIECE
from deskcore.tickets.attachments import store_upload
from deskcore.tickets.conversation_models import Attachment
from deskcore.tickets.loading import find_ticket
from deskcore.tickets.opening import NewTicket, open_ticket
from deskcore.tickets.pages import attachments
from deskcore.tickets.revealing import reveal, reveal_file
from deskcore.tickets.sensitive import Locked
from deskcore.viewer import SYSTEM, Viewer
from deskcore.work import acting_as
from tests.recovery.conftest import Command

WORDS = Text("Words", "Słowa")
CANARY = f"kanarek{secrets.token_hex(8)}"
#: More than two pieces, with the word at both ends.
CONTENT = CANARY.encode() + bytes(2 * PIECE) + CANARY.encode()


@pytest.fixture(scope="module")
def number(source: Path, shared_app: Flask) -> str:
    """Add a ticket with a sensitive answer and a sensitive file to the instance."""
    fields = (Field("account", "text", WORDS, sensitive=True), Field("proof", "file", WORDS, sensitive=True))
    with shared_app.app_context():
        with acting_as(SYSTEM):
            create(RequestType("bank", "it", WORDS, WORDS, fields=fields), "admin@meridian.example")
        refresh()
        anna = get_person("anna.kowalska@meridian.example").id
        with acting_as(Viewer(anna, "portal")):
            token = store_upload(BytesIO(CONTENT), f"{CANARY}.pdf", sensitive=True)
            answers = {"account": CANARY, "proof": [token]}
            found = open_ticket(NewTicket("it", "bank", "Pay", "", anna, "portal", answers, uploads=[token]))
        db.session.remove()
        db.engine.dispose()
    return found


@pytest.fixture(scope="module")
def archive(source: Path, number: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a backup of the instance with that ticket."""
    path = tmp_path_factory.mktemp("archive") / "all.tar"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DESKCORE_INSTANCE", str(source))
        assert main(["backup", str(path)]) == 0
    return path


def test_a_sealed_file_is_revealed_in_the_restored_installation(
    deskcore: Command, archive: Path, source: Path, restored: Path, nowhere: list[str], number: str
) -> None:
    assert CANARY.encode() not in archive.read_bytes()
    assert deskcore(source, "restore", archive, *nowhere).code == 0
    with opened(restored), by_marek() as session:
        [file] = attachments(find_ticket(number))
        shown = reveal_file(file.token)
        assert (shown.name, b"".join(shown.pieces())) == (f"{CANARY}.pdf", CONTENT)
        assert reveal(number, "account") == CANARY
        told = [entry.action for entry in audit.read_entries(session, audit.Wanted(), 10)]
        assert told.count("answer.revealed") == 2
    with opened(restored), acting_as(SYSTEM) as session:
        assert check_all(session, deep=True).findings == []


def test_without_the_key_file_it_stays_closed(
    deskcore: Command, archive: Path, source: Path, restored: Path, nowhere: list[str], number: str
) -> None:
    deskcore(source, "restore", archive, *nowhere)
    (restored / FILE).unlink()
    with opened(restored), by_marek():
        [file] = attachments(find_ticket(number))
        assert isinstance(file, Attachment)
        with pytest.raises(Locked):
            reveal_file(file.token)


@contextmanager
def opened(folder: Path) -> Iterator[None]:
    """Work in the installation in a folder, without its plugins."""
    app = create_app({"instance": folder, "worker_threads": 0}, load_plugins=False)
    with app.app_context():
        yield
        db.session.remove()
        db.engine.dispose()


def by_marek() -> Any:
    marek = get_person("marek.nowak@meridian.example").id
    return acting_as(Viewer(marek, "workspace", {runtime().catalogue.desk("it").id: "agent"}))

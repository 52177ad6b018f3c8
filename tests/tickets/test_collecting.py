"""A stored file outlives its last holder by two days, and is never taken from somebody who sends it meanwhile."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from deskcore import clock
from deskcore.clock import now
from deskcore.runtime import runtime
from deskcore.tickets import collecting, services
from deskcore.tickets.attachments import store_upload, stored_path
from deskcore.tickets.collecting import collect_files
from deskcore.tickets.conversation_models import Draft, DraftFile, StoredFile, Upload
from deskcore.tickets.opening import NewTicket, open_ticket
from deskcore.viewer import SYSTEM, Viewer
from deskcore.work import acting_as, unit_of_work
from tests.processes import until

Act = Callable[..., Any]
CONTENT = b"the same for everybody"
DIGEST = sha256(CONTENT).hexdigest()
UNTRACKED = {"synchronize_session": False}


def send() -> str:
    return store_upload(BytesIO(CONTENT), "file.txt")


def collect(days: float = 0.0) -> int:
    """Collect as if it were some days later."""
    with clock.at(now() + timedelta(days=days)), acting_as(SYSTEM):
        return collect_files()


def forget_uploads() -> None:
    with acting_as(SYSTEM), unit_of_work() as session:
        session.execute(sa.delete(Upload), execution_options=UNTRACKED)


def test_a_file_is_deleted_two_days_after_its_last_holder(app_context: Flask, act: Act) -> None:
    with act("anna.kowalska"):
        send()
    assert collect(days=30) == 0
    forget_uploads()
    assert [collect(), collect(days=1.9), stored_path(DIGEST).exists()] == [0, 0, True]
    assert [collect(days=2.1), stored_path(DIGEST).exists()] == [1, False]
    with acting_as(SYSTEM) as session:
        assert session.scalars(sa.select(StoredFile)).all() == []


def test_a_file_that_is_sent_again_begins_anew(app_context: Flask, act: Act) -> None:
    with act("anna.kowalska"):
        send()
        forget_uploads()
        collect()
        send()
        forget_uploads()
    assert collect(days=2.1) == 0
    assert stored_path(DIGEST).exists()


def test_tickets_messages_and_drafts_hold_their_files(app_context: Flask, act: Act, person_named: Any) -> None:
    anna = person_named("anna.kowalska")
    with act("anna.kowalska"):
        number = open_ticket(NewTicket("it", "incident", "Printer", "", anna.id, "portal", uploads=[send()]))
        services.reply(number, "Here it is", [store_upload(BytesIO(b"of a reply"), "reply.txt")])
        token = store_upload(BytesIO(b"of a draft"), "draft.txt")
        with unit_of_work() as session:
            values = {"person_id": anna.id, "place": "x", "revision": "r", "page": "p", "step": 1, "content": b"sealed"}
            draft = session.scalar(sa.insert(Draft).values(values).returning(Draft.id))
            session.add(DraftFile(draft_id=draft, token=token))
    collect()
    assert collect(days=30) == 0
    assert len(list(runtime().config.files.glob("??/*"))) == 3


def test_a_file_that_the_database_does_not_know_is_adopted_and_then_deleted(app_context: Flask) -> None:
    stray = _stray("a")
    assert collect() == 0
    long_ago = (now() - timedelta(hours=2)).timestamp()
    os.utime(stray, (long_ago, long_ago))
    assert [collect(), stray.exists()] == [0, True]
    assert [collect(days=2.1), stray.exists()] == [1, False]


def test_the_files_of_another_database_are_left_alone(
    app_context: Flask, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collecting, "_STRAYS", 2)
    strays = [_stray(letter) for letter in "abc"]
    assert collect(days=1) + collect(days=9) == 0
    assert all(path.exists() for path in strays)
    assert "the database may be another one than theirs" in caplog.text


def _stray(letter: str) -> Path:
    path: Path = runtime().config.files / (letter * 2) / (letter * 64)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"left behind")
    return path


def test_whoever_sends_a_file_while_it_is_deleted_has_it(
    app: Flask, viewer_named: Callable[..., Viewer], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One sends the same bytes again and again and lets go of them, another deletes what nobody holds at once."""
    monkeypatch.setattr(collecting, "KEPT", timedelta(0))
    monkeypatch.setattr(collecting, "_SETTLED", timedelta(0))
    anna, done, deleted = viewer_named("anna.kowalska"), Event(), []

    def delete() -> None:
        with app.app_context():
            while not done.is_set():
                deleted.append(collect())

    deleting = Thread(target=delete)
    deleting.start()
    try:
        with app.app_context():
            for turn in range(40):
                with acting_as(anna):
                    token = send()
                    assert stored_path(DIGEST).read_bytes() == CONTENT
                with acting_as(SYSTEM), unit_of_work() as session:
                    session.execute(sa.delete(Upload).where(Upload.token == token), execution_options=UNTRACKED)
                if turn % 4 == 3:  # at times nothing is sent for so long that it is certainly deleted
                    rounds = len(deleted)
                    until(lambda rounds=rounds: len(deleted) > rounds + 1, "somebody who deletes")
    finally:
        done.set()
        deleting.join()
    assert sum(deleted) > 0

"""A worker that was stopped for long and goes on: its work is another's, and what it writes is refused."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from deskcore.clock import now
from deskcore.events.jobs import queue_job
from deskcore.events.models import JobRow
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as, unit_of_work
from tests.kills.records import ENTRY, Records
from tests.kills.site import Site
from tests.processes import Server, until

KIND = "ledger.ledger_linger"


@pytest.fixture
def other(site: Site) -> Iterator[Server]:
    """Give a second worker, of which nothing runs yet."""
    worker = Server(site.folder, ["worker"], site.environment)
    yield worker
    if worker.children:
        worker.stop()


def queue(app: Flask, folder: Path, place: int) -> None:
    with app.app_context():
        queue_job(KIND, {"folder": str(folder), "place": place})


def let_the_lease_run_out(app: Flask) -> None:
    with app.app_context(), acting_as(SYSTEM), unit_of_work() as session:
        held = sa.update(JobRow).where(JobRow.lease.is_not(None))
        session.execute(held.values(lease_until=now() - timedelta(minutes=5)))


def entries(records: Records) -> dict[str, tuple[int, str]]:
    """Return how often each effect came, and the process that wrote it, by what it was."""
    with records.reading() as session:
        return {row.what: (row.calls, row.worker.partition("/")[0]) for row in session.execute(sa.select(ENTRY))}


def test_a_worker_that_was_stopped_cannot_write_late(
    app: Flask, site: Site, other: Server, records: Records, tmp_path: Path
) -> None:
    queue(app, tmp_path, 1)
    site.worker.start()
    until((tmp_path / "begun").exists, "the first attempt")
    stopped = site.worker.begun[-1]
    os.kill(stopped, signal.SIGSTOP)
    let_the_lease_run_out(app)
    (tmp_path / "go_on").touch()
    other.start()
    until(lambda: entries(records), "the second attempt")
    once = {"job/1": (1, str(other.begun[-1]))}
    assert entries(records) == once
    os.kill(stopped, signal.SIGCONT)
    until(lambda: site.worker.said("nothing more is written"), "the refusal")
    assert entries(records) == once
    other.stop()
    queue(app, tmp_path, 2)
    until(lambda: "job/2" in entries(records), "the next job of the worker that went on")
    assert entries(records) == once | {"job/2": (1, str(stopped))}
    assert not site.worker.troubles

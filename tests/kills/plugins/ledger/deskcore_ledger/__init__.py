"""Writes down each event and job that comes to it, durably and once, with the number of times it came."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite

from deskcore.plugin import Job, hookimpl, unit_of_work
from deskcore_ledger.models import Entry

#: Seconds that a handler takes after it has stored its effect: as long as a letter takes to be handed over.
EFFORT = 0.01
#: Seconds for which a job waits at most to be let go; only a failure takes that long.
PATIENCE = 60.0


@hookimpl
def ticket_opened(event: Any, ticket: Any) -> None:
    _enter(event.id)


@hookimpl
def ticket_changed(event: Any, ticket: Any) -> None:
    _enter(event.id)


@hookimpl
def message_added(event: Any, ticket: Any) -> None:
    _enter(event.id)


@hookimpl
def register_jobs() -> list[Job]:
    return [Job("ledger_count", lambda payload: _enter(f"job/{payload['place']}")), Job("ledger_linger", _linger)]


def _linger(payload: Mapping[str, Any]) -> None:
    """Show that the job has begun, then take until it is let go."""
    folder = Path(payload["folder"])
    (folder / "begun").touch()
    pause, waited = threading.Event(), 0.0
    while not (folder / "go_on").exists() and waited < PATIENCE:
        pause.wait(0.02)
        waited += 0.02
    _enter(f"job/{payload['place']}")


def _enter(what: str) -> None:
    with unit_of_work() as session:
        insert = postgresql.insert if session.connection().dialect.name == "postgresql" else sqlite.insert
        worker = f"{os.getpid()}/{threading.current_thread().name}"
        row = insert(Entry).values(what=what, calls=1, worker=worker)
        session.execute(row.on_conflict_do_update(index_elements=["what"], set_={"calls": Entry.calls + 1}))
    threading.Event().wait(EFFORT)

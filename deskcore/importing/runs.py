"""Imports that are begun in the browser and done by a worker: first only looked at, then stored."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from deskcore.clock import now
from deskcore.errors import Refused
from deskcore.events.jobs import queue_job
from deskcore.events.leases import LeaseLost
from deskcore.extensions import db
from deskcore.hooks.errors import is_outage
from deskcore.hooks.sentences import sentence
from deskcore.importing.mapping import FieldMap
from deskcore.importing.messages import Unusable, cleaned, storable
from deskcore.importing.models import ImportRun
from deskcore.importing.people import import_people
from deskcore.importing.report import Report
from deskcore.importing.sources import Format, Source, is_text
from deskcore.importing.ticket_rows import TicketOptions
from deskcore.importing.tickets import Progress, import_tickets
from deskcore.outages import trouble_of
from deskcore.people.models import Person
from deskcore.runtime import runtime
from deskcore.tickets.attachments import stored_path
from deskcore.tickets.conversation_models import Upload
from deskcore.viewer import Viewer
from deskcore.work import acting_as, unit_of_work

log = logging.getLogger("deskcore.importing")

#: Kind of the job.
JOB = "core.import"
#: Bad rows that are shown; the others are counted.
SHOWN = 200
#: How long it is kept what became of an import: its bad rows may name people.
KEPT = timedelta(days=30)
_JSON = (".jsonl", ".ndjson", ".json")


def begin(token: str, person_id: int, kind: str) -> None:
    """Remember a file that was sent, after a look at its first line.

    :param token: of the upload.
    :raises Refused: when the file cannot be read at all.
    """
    upload = db.session.scalars(select(Upload).where(Upload.token == token, Upload.person_id == person_id)).one()
    values = {"kind": kind, "name": upload.name, "sha256": upload.sha256, "size": upload.size}
    run = ImportRun(token=token, person_id=person_id, settings={}, **values)
    with opened(run):
        pass
    with unit_of_work() as session:
        session.execute(sa.delete(ImportRun).where(ImportRun.at < now() - KEPT))
        session.add(run)


def runs_of(person_id: int) -> list[ImportRun]:
    """Return the latest imports of a person, newest first."""
    mine = select(ImportRun).where(ImportRun.person_id == person_id).order_by(ImportRun.at.desc(), ImportRun.token)
    return list(db.session.scalars(mine.limit(10)))


def find_run(token: str, person_id: int) -> ImportRun | None:
    """Return an import of a person."""
    return db.session.scalar(select(ImportRun).where(ImportRun.token == token, ImportRun.person_id == person_id))


def columns_of(run: ImportRun) -> tuple[str, ...]:
    """Return the columns that the file names.

    :raises Refused: when it names none.
    """
    with opened(run) as source:
        columns = source.columns
    if not all(is_text(column) for column in columns):
        raise Unusable(sentence("The names of the columns are not in this encoding. Choose another one."))
    return columns


def remember(token: str, settings: Mapping[str, Any]) -> None:
    """Keep how a file is to be read; the form for its columns follows from it.

    :raises Refused: when it is being worked on.
    """
    with unit_of_work() as session:
        _set_idle(session, token, {"settings": dict(settings), "state": "mapping"})


def start(token: str, settings: Mapping[str, Any], *, dry: bool) -> None:
    """Let a worker look at the rows, or store them.

    :raises Refused: when it is being worked on.
    """
    with unit_of_work() as session:
        values = {"settings": dict(settings), "state": "waiting", "dry": dry, "done": 0, "report": {}}
        _set_idle(session, token, values)
        queue_job(JOB, {"token": token})


def _set_idle(session: Session, token: str, values: Mapping[str, Any]) -> None:
    idle = sa.update(ImportRun).where(ImportRun.token == token, ImportRun.state.not_in(("waiting", "running")))
    if session.scalar(idle.values(values).returning(ImportRun.token)) is None:
        raise Refused(_("This file is being worked on. Wait until that is done."))


def run_import(payload: Mapping[str, Any]) -> None:
    """Do what :func:`start` asked for; done again after a worker ended, it goes on where it stopped."""
    run = db.session.get(ImportRun, payload.get("token", ""))
    if run is None or run.state not in ("waiting", "running"):
        return
    token, person = run.token, Viewer(run.person_id, "system")
    db.session.expunge(run)
    if not _may_import(run.person_id):
        _note(token, state="refused", report={"reason": "rights"})
        return
    _note(token, state="running")
    try:
        with acting_as(person):
            shown = _shown(_imported(run))
        _note(token, state="done", done=run.size, report=shown)
    except Unusable as refused:
        _note(token, state="refused", report=cleaned(refused.said).to_json())
    except Refused as refused:
        _note(token, state="refused", report={"message": storable(refused.message)})
    except LeaseLost:
        raise
    except Exception as error:
        if is_outage(error) or trouble_of(error):
            raise  # it goes on where it stopped, once the database is back
        # Tried again it would fail again, for a day; the administrator would see it run all the while.
        log.exception("an import ended with an error")
        _note(token, state="refused", report={"reason": "error"})


def _may_import(person_id: int) -> bool:
    """Tell whether whoever asked for an import is an administrator still."""
    wanted = select(Person.id).where(Person.id == person_id, Person.active, Person.administrator)
    return db.session.scalar(wanted) is not None


def _imported(run: ImportRun) -> Report:
    fields = FieldMap(columns={target: (column,) for target, column in run.settings.get("map", {}).items()})
    with opened(run) as source:
        if run.kind == "people":
            alike = bool(run.settings.get("allow_look_alikes"))
            return import_people(
                source, fields, allow_look_alikes=alike, own_names=False, dry_run=run.dry,
                progress=_progress(run.token),
            )  # fmt: skip
        options = TicketOptions(
            desk=run.settings.get("desk", ""),
            request_type=run.settings.get("request_type", ""),
            requester=run.settings.get("requester", ""),
            # The same number in a file of the same name is another ticket on another desk.
            source=f"{run.settings.get('desk', '')}/{run.name}",
            date_format=run.settings.get("date_format", ""),
            zone=ZoneInfo(str(runtime().config.zone)),
        )
        return import_tickets(source, fields, options, dry_run=run.dry, progress=_progress(run.token))


@contextmanager
def opened(run: ImportRun) -> Iterator[Source]:
    """Open the file of an import.

    :raises Refused: when it is gone, or cannot be read at all.
    """
    plain = Path(run.name.lower()).name.removesuffix(".gz")
    kind: Format = "jsonl" if plain.endswith(_JSON) else "csv"
    try:
        source = Source(stored_path(run.sha256), kind, run.settings.get("encoding") or "utf-8-sig")
    except FileNotFoundError as error:
        raise Unusable(sentence("The file is no longer there. Send it again.")) from error
    except LookupError as error:
        raise Unusable(sentence("There is no such encoding.")) from error
    with source:
        yield source


def _progress(token: str) -> Progress:
    def note(read: int, report: Report) -> None:
        _note(token, done=read)

    return note


def _note(token: str, **values: Any) -> None:
    with unit_of_work() as session:
        session.execute(sa.update(ImportRun).where(ImportRun.token == token).values(values))


def _shown(report: Report) -> dict[str, Any]:
    first = sorted(report.said, key=lambda bad: bad[0])[:SHOWN]
    errors = [{"row": line, **said.to_json()} for line, said in first]
    return {**report.counts(), "bad_rows": report.bad_rows, "errors": errors}

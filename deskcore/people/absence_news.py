"""Telling plugins what becomes of absences, after the commit: they may tell whoever stands in."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import UTC, date
from typing import Any, Literal

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, aliased

from deskcore.clock import now
from deskcore.desks.services import plugin_viewer
from deskcore.events.jobs import queue_job
from deskcore.extensions import db
from deskcore.hooks.absences import AbsenceChange
from deskcore.hooks.errors import HandlerFailed
from deskcore.people.absence_models import Absence
from deskcore.people.models import DeskGrant, Person
from deskcore.runtime import runtime
from deskcore.viewer import current_viewer
from deskcore.work import acting_as

#: Kinds of the jobs: one finds out that an absence has begun, one tells one plugin of a change.
BEGIN_JOB, TELL_JOB = "core.absence_begins", "core.absence_told"
_HOOK = "absence_changed"
Kind = Literal["planned", "changed", "taken_back", "begun"]


def note_change(session: Session, kind: Kind, absence: Absence, former_deputy_id: int | None = None) -> None:
    """Have plugins told of an absence that was planned, changed or taken back, and that it begins when it does.

    In the surrounding unit of work; of one that is taken back, before it is deleted.

    :param former_deputy_id: who stood in before a change.
    """
    _note(session, kind, absence, former_deputy_id)
    if kind != "taken_back" and absence.begins_at > now() and _listeners():
        begins = {"absence": absence.token, "begins_at": _beginning(absence)}
        slot = f"{absence.token[:22]} {absence.begins_at:%Y%m%d%H%M%z}"
        queue_job(BEGIN_JOB, begins, slot, absence.begins_at - now())


def note_begun(payload: Mapping[str, Any]) -> None:
    """Have plugins told that an absence begins, if it still does at that moment; a job."""
    wanted = select(Absence).where(Absence.token == payload["absence"], Absence.ends_at > now())
    absence = db.session.scalar(wanted)
    if absence is not None and _beginning(absence) == payload["begins_at"]:
        _note(db.session(), "begun", absence, None)


def tell_change(payload: Mapping[str, Any]) -> None:
    """Tell one plugin of a change; a job.

    :raises HandlerFailed: when it failed; the job is tried again.
    """
    callers, plugin = runtime().callers, payload["plugin"]
    told: dict[str, Any] = dict(payload["told"])
    told |= {name: date.fromisoformat(told[name]) for name in ("first", "last")}
    try:
        with acting_as(plugin_viewer(plugin)):
            callers.notify(plugin, _HOOK, event=AbsenceChange(**told))
    except HandlerFailed as failure:
        callers.failed(failure.plugin, failure.slot, failure.cause)
        raise


def _note(session: Session, kind: Kind, absence: Absence, former_deputy_id: int | None) -> None:
    listeners = _listeners()
    if not listeners:
        return
    ids = absence.person_id, absence.deputy_id, former_deputy_id, current_viewer().person_id
    rows = session.execute(select(Person.id, Person.email).where(Person.id.in_([each for each in ids if each])))
    email: dict[int | None, str] = dict(rows.all())
    deputy_id = absence.deputy_id if _work_together(session, absence.person_id, absence.deputy_id) else None
    told = {
        "id": secrets.token_urlsafe(12),
        "absence": absence.token,
        "kind": kind,
        "person": email[absence.person_id],
        "first": absence.first_day.isoformat(),
        "last": absence.last_day.isoformat(),
        "deputy": email.get(deputy_id, ""),
        "former_deputy": email.get(former_deputy_id, ""),
        "under_way": absence.begins_at <= now(),
        "by": email.get(current_viewer().person_id, "") if kind != "begun" else "",
    }
    for plugin in listeners:
        queue_job(TELL_JOB, {"plugin": plugin, "told": told})


def _beginning(absence: Absence) -> str:
    """Return when an absence begins, the same before and after it was stored."""
    return absence.begins_at.astimezone(UTC).isoformat()


def _listeners() -> list[str]:
    parts = runtime()
    return [plugin for plugin in parts.callers.implementors(_HOOK) if parts.plugins.active(plugin)]


def _work_together(session: Session, person_id: int, deputy_id: int | None) -> bool:
    """Tell whether a deputy still works on a desk of the absent person: nobody else stands in."""
    mine, theirs = aliased(DeskGrant), aliased(DeskGrant)
    both = mine.person_id == deputy_id, theirs.person_id == person_id, theirs.desk_id == mine.desk_id
    return bool(session.scalar(select(exists().where(*both, exists().where(Person.id == deputy_id, Person.active)))))

"""What an administrator changes about desks: their names, statuses and hours, what managers may, and new desks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from deskcore.desks.catalogue import STANDARD_STATUSES
from deskcore.desks.changes import recorded
from deskcore.desks.desk_edits import DeskEdit, compared
from deskcore.desks.hours import Hours, checked_hours
from deskcore.desks.models import DeskHours, DeskOverride, DeskRow, NumberSeries
from deskcore.desks.services import declared_desk, declared_desks
from deskcore.desks.statuses import checked_statuses
from deskcore.errors import NotFound, Problem, Refused
from deskcore.extensions import db
from deskcore.fingerprints import check_unchanged
from deskcore.hooks import state
from deskcore.organisation.services import one_line
from deskcore.people.models import Team
from deskcore.runtime import runtime
from deskcore.work import unit_of_work

_PREFIX = re.compile(r"[A-Z]{2,5}")
_LONGEST = 80


def read_desk(key: str) -> DeskRow:
    """Return a desk as it is stored.

    :raises NotFound: when there is none.
    """
    row = db.session.scalar(select(DeskRow).where(DeskRow.key == key).execution_options(populate_existing=True))
    if row is None:
        raise NotFound(_("There is no such desk."))
    return row


def read_team(row: DeskRow, key: str) -> Team:
    """Return a team of a desk.

    :raises NotFound: when there is none.
    """
    wanted = select(Team).where(Team.desk_id == row.id, Team.key == key).execution_options(populate_existing=True)
    team = db.session.scalar(wanted)
    if team is None:
        raise NotFound(_("There is no such team."))
    return team


def read_hours(row: DeskRow) -> Hours:
    """Return when a desk works."""
    stored = db.session.get(DeskHours, row.id, populate_existing=True)
    return Hours(stored.time_zone, stored.weekly, stored.holidays) if stored is not None else Hours()


def edits_of(row: DeskRow) -> list[DeskEdit]:
    """Return what an administrator changed about a desk that a plugin declares, beside what the plugin says."""
    rows = db.session.scalars(select(DeskOverride).where(DeskOverride.desk_id == row.id)).all()
    return compared(list(rows), declared(row) or {})


def add_desk(prefix: str, title: Mapping[str, str], *, confidential: bool) -> str:
    """Make a desk without a plugin; return its key.

    :param title: by language.
    :raises Refused: when the prefix is no prefix or taken, or a title is missing.
    """
    prefix = prefix.strip().upper()
    problems, clean = title_problems(title)
    if not _PREFIX.fullmatch(prefix):
        problems.insert(0, Problem(_("Write two to five letters from A to Z, such as FAC"), "prefix"))
    if problems:
        raise Refused(problems)
    with changing_desks() as session:
        _refuse_taken(session, prefix)
        row = DeskRow(key=prefix.lower(), plugin="", prefix=prefix, title=clean, confidential=confidential)
        row.statuses = [asdict(status) for status in STANDARD_STATUSES]
        session.add(row)
        if session.get(NumberSeries, prefix) is None:
            session.add(NumberSeries(prefix=prefix, next=1))
        session.flush()
        session.add(Team(desk_id=row.id, key="l1", title={"en": "First line", "pl": "Pierwsza linia"}, tier=1))
    return row.key


def rename_desk(key: str, title: Mapping[str, str], seen: str) -> None:
    """Give a desk another title.

    :param seen: fingerprint of the title that the form showed.
    :raises Conflict: when somebody changed it meanwhile.
    """
    problems, clean = title_problems(title)
    if problems:
        raise Refused(problems)
    with changing_desks() as session:
        row = read_desk(key)
        check_unchanged(row.title, seen, _("Somebody changed the title meanwhile."))
        edit(session, row, "title", clean)


def switch_desk(key: str, *, on: bool) -> None:
    """Let a desk take requests, or let it take none: its open tickets can still be answered and closed.

    :raises Refused: when its plugin is off, which no switch of the desk changes.
    """
    with changing_desks() as session:
        row = read_desk(key)
        if on and row.plugin and declared(row) is None:
            raise Refused(_("Its plugin %(plugin)s is off. Turn the plugin on first.", plugin=row.plugin))
        edit(session, row, "enabled", on)


def change_statuses(key: str, statuses: Sequence[Mapping[str, Any]], seen: str) -> None:
    """Replace the statuses of a desk.

    Whether tickets have those that are left out, the caller has looked up in the same unit of work.

    :raises Refused: when a category would be left without a status, or a word is missing.
    :raises Conflict: when somebody changed them meanwhile.
    """
    with changing_desks() as session:
        row = read_desk(key)
        check_unchanged(row.statuses, seen, _("Somebody changed the statuses meanwhile."))
        edit(session, row, "statuses", checked_statuses(row.statuses, statuses))


def replace_statuses(session: Session, row: DeskRow, statuses: list[dict[str, Any]]) -> None:
    """Store statuses that were checked; belongs inside :func:`changing_desks`."""
    edit(session, row, "statuses", statuses)


def change_hours(key: str, hours: Hours, seen: str) -> None:
    """Say when a desk works.

    :raises Refused: when a time is no time, or a day ends before it begins.
    :raises Conflict: when somebody changed them meanwhile.
    """
    clean = checked_hours(hours)
    with changing_desks() as session:
        row = read_desk(key)
        check_unchanged(asdict(read_hours(row)), seen, _("Somebody changed the business hours meanwhile."))
        stored = session.get(DeskHours, row.id) or DeskHours(desk_id=row.id)
        stored.time_zone, stored.weekly, stored.holidays = clean.time_zone, dict(clean.weekly), clean.holidays
        session.add(stored)


def change_managers(key: str, *, see: bool, send: bool, seen: str) -> None:
    """Say what managers may on a desk: see what their people ask, and ask in their name.

    :raises Refused: for a confidential desk.
    :raises Conflict: when somebody changed it meanwhile.
    """
    with changing_desks():
        row = read_desk(key)
        if row.confidential and (see or send):
            raise Refused(_("What people ask a confidential desk is between them and the desk."))
        there = [row.managers_see, row.managers_send]
        check_unchanged(there, seen, _("Somebody changed meanwhile what managers may."))
        row.managers_see, row.managers_send = see, send


def take_back(key: str, edited: str) -> None:
    """Take an edit back: the plugin's words are in force again.

    Whether tickets have statuses that the plugin does not know, the caller has looked up.

    :raises NotFound: when there is no such edit.
    """
    with changing_desks() as session:
        row = read_desk(key)
        found = session.get(DeskOverride, (row.id, edited), populate_existing=True)
        base = declared(row)
        if found is None or base is None:
            raise NotFound(_("There is no such change."))
        session.delete(found)
        if edited.startswith("team."):
            if edited in base:
                read_team(row, edited.removeprefix("team.")).title = base[edited]
        else:
            setattr(row, edited, base[edited])


def keep_edit(key: str, edited: str) -> None:
    """Confirm an edit after the plugin changed what it stands on: it is no longer listed as news."""
    with changing_desks() as session:
        row = read_desk(key)
        found = session.get(DeskOverride, (row.id, edited), populate_existing=True)
        if found is None:
            raise NotFound(_("There is no such change."))
        found.base = (declared(row) or {}).get(edited)


def declared_statuses(row: DeskRow) -> list[dict[str, Any]]:
    """Return the statuses that a desk's plugin declares; nothing while it is off."""
    return list((declared(row) or {}).get("statuses", []))


@contextmanager
def changing_desks() -> Iterator[Session]:
    """Work in one transaction whose changes to desks are recorded, and tell every process."""
    with unit_of_work() as session:
        state.take_turns(session)
        state.raise_epoch(session)
        with recorded(session, actor=None):
            yield session


def declared(row: DeskRow) -> dict[str, Any] | None:
    """Return what a desk's plugin declares, by key; nothing while it is off."""
    item = declared_desks(runtime().plugins, {row.key: row}).get(row.key) if row.plugin else None
    return declared_desk(item) if item is not None else None


def edit(session: Session, row: DeskRow, key: str, value: Any) -> None:
    """Set a value; for a desk of a plugin also write down that it wins over the declaration."""
    if not key.startswith("team."):
        setattr(row, key, value)
    if not row.plugin:
        return
    base = (declared(row) or {}).get(key)
    found = session.get(DeskOverride, (row.id, key), populate_existing=True)
    if value == base and found is not None:
        session.delete(found)
    elif value != base:
        found = found or DeskOverride(desk_id=row.id, key=key)
        found.value, found.base = value, base
        session.add(found)


def _refuse_taken(session: Session, prefix: str) -> None:
    taken = DeskRow.prefix == prefix, DeskRow.key == prefix.lower()
    if session.scalar(select(DeskRow.id).where(taken[0] | taken[1]).limit(1)) is not None:
        raise Refused(Problem(_("Another desk has this prefix. Choose another one"), "prefix"))


def title_problems(title: Mapping[str, str], place: str = "title_") -> tuple[list[Problem], dict[str, str]]:
    """Return what is wrong with a name in two languages, and the name as it is stored.

    :param place: what the names of the form's fields begin with.
    """
    clean = {language: one_line(title.get(language, "")) for language in ("en", "pl")}
    problems = []
    for language, words in clean.items():
        if not words:
            problems.append(Problem(_("Write a name in both languages"), f"{place}{language}"))
        elif len(words) > _LONGEST:
            problems.append(Problem(_("Use at most %(count)s characters", count=_LONGEST), f"{place}{language}"))
    return problems, clean

"""Administrators change request types: each change is one unit of work with its version and its entry in the log."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from deskcore import audit
from deskcore.desks.catalogue import RequestTypeEntry, slug_of
from deskcore.desks.declarations import DeclarationError, read_document
from deskcore.desks.differences import edits_between, with_edits
from deskcore.desks.documents import document_of
from deskcore.desks.form_checks import problems_of
from deskcore.desks.history import keep_version, latest_version, versions_of
from deskcore.desks.models import DeskRow, RequestTypeOverride, RequestTypeRow
from deskcore.desks.overrides import (
    OverrideLine,
    apply_overrides,
    declared_value,
    lines_to_look_at,
    unusable_overrides,
)
from deskcore.errors import Conflict, Problem, Refused
from deskcore.events.jobs import queue_job
from deskcore.hooks import state
from deskcore.hooks.contributions import RequestType
from deskcore.sealing import SEALING_JOB
from deskcore.work import unit_of_work


def check(edited: RequestType) -> None:
    """Refuse a request type that could not be offered.

    :raises Refused: with everything there is to correct.
    """
    if problems := problems_of(edited):
        raise Refused(problems)
    try:
        read_document(Path(f"{edited.key}.toml"), document_of(edited), edited.desk)
    except DeclarationError as error:
        place = f"{error.place}: " if error.place else ""
        raise Refused(Problem(_("This cannot be stored – %(reason)s", reason=place + error.remedy))) from error


def save(entry: RequestTypeEntry, edited: RequestType, revision: int, by: str) -> bool:
    """Offer a request type as ``edited`` from now on, and return whether that changes anything.

    :param entry: as it was when ``edited`` was made of it.
    :param revision: of the version that the administrator looked at.
    :param by: address of the administrator.
    :raises Conflict: when somebody else changed it meanwhile.
    :raises Refused: when it could not be offered.
    """
    declaration = entry.declaration or entry.type
    edited = with_edits(declaration, edited)
    check(edited)
    with unit_of_work() as session:
        row = _unchanged(session, entry, revision)
        _check_sensitive(entry, edited)
        changes = edits_between(entry.type, edited)
        if not changes:
            return False
        if entry.revision == 0:
            keep_version(row, entry.type)
        if row.declaration is not None:
            row.declaration = document_of(edited)
        else:
            _store_edits(session, row.id, declaration, edits_between(declaration, edited))
        keep_version(row, edited, by)
        state.raise_epoch(session)
        before = {key: declared_value(entry.type, key) for key in changes}
        _seal_earlier_answers(entry.type, edited)
        audit.record(session, "request_type.changed", _subject(entry), before, changes)
    return True


def _seal_earlier_answers(before: RequestType, after: RequestType) -> None:
    """Let a worker seal what was answered in clear, when a field has become sensitive."""
    if _sensitive(after) - _sensitive(before):
        queue_job(SEALING_JOB)


def _sensitive(of: RequestType) -> set[tuple[str, str]]:
    whole = {(field.key, "") for field in of.fields if field.sensitive}
    return whole | {(field.key, cell.key) for field in of.fields for cell in field.columns if cell.sensitive}


def create(made: RequestType, by: str, *, offered: bool = True) -> None:
    """Add a request type to a desk.

    :param offered: false when its form has yet to be made.
    :raises Refused: when it could not be offered, or the desk has one of that key.
    """
    check(made)
    with unit_of_work() as session:
        desk = session.scalars(select(DeskRow).where(DeskRow.key == made.desk)).one()
        there = select(RequestTypeRow.id).where(RequestTypeRow.desk_id == desk.id, RequestTypeRow.key == made.key)
        if session.scalar(there) is not None:
            raise Refused(Problem(_("The desk has a request type of that key. Choose another."), "key"))
        _check_slug(session, made)
        row = RequestTypeRow(
            desk_id=desk.id, key=made.key, plugin="", title={"en": made.title.en, "pl": made.title.pl},
            declaration=document_of(made),
        )  # fmt: skip
        session.add(row)
        session.flush()
        keep_version(row, made, by)
        if not offered:
            _put(session, row.id, "offered", False, True)
        state.raise_epoch(session)
        after = {"desk": made.desk, "title": {"en": made.title.en, "pl": made.title.pl}, "offered": offered}
        audit.record(session, "request_type.added", audit.Subject("request_type", f"{made.desk}.{made.key}"), {}, after)


def _check_slug(session: Session, made: RequestType) -> None:
    """Refuse a key whose page would have the address of another one's page: only one of the two could be reached.

    :raises Refused: when another request type has that address.
    """
    keys = select(DeskRow.key, RequestTypeRow.key).join(RequestTypeRow, RequestTypeRow.desk_id == DeskRow.id)
    slug = slug_of(made.desk, made.key)
    if any(slug_of(desk, key) == slug for desk, key in session.execute(keys)):
        said = _("Another request type has the address “%(slug)s”. Choose another key.", slug=slug)
        raise Refused(Problem(said, "key"))


def offer(entry: RequestTypeEntry, *, offered: bool) -> None:
    """Let people ask for a request type, or take it off the portal; its tickets go on as they were."""
    with unit_of_work() as session:
        _locked(session, entry)
        held = session.get(RequestTypeOverride, (entry.id, "offered"), populate_existing=True)
        if (held is None or bool(held.value)) == offered:
            return
        _put(session, entry.id, "offered", offered, True)
        state.raise_epoch(session)
        audit.record(
            session, "request_type.changed", _subject(entry), {"offered": not offered}, {"offered": offered}
        )  # fmt: skip


def edits_to_look_at(session: Session, entry: RequestTypeEntry) -> list[OverrideLine]:
    """Return the edits whose ground moved since they were made: the plugin changed or dropped what they edit."""
    if entry.declaration is None or not entry.plugin:
        return []
    rows = _edits(session, entry.id)
    before = {key: row.before for key, row in rows.items()}
    return lines_to_look_at(before, entry.declaration, {key: row.value for key, row in rows.items()})


def keep_mine(entry: RequestTypeEntry, key: str) -> None:
    """Confirm an edit on what the plugin declares now; one whose place is gone is forgotten."""
    with unit_of_work() as session:
        declaration = entry.declaration or entry.type
        _locked(session, entry)
        rows = _edits(session, entry.id)
        row = rows.get(key)
        if row is None:
            return
        before = {key: row.value}
        if key in unusable_overrides(declaration, {name: other.value for name, other in rows.items()}):
            session.delete(row)
            after: dict[str, Any] = {}
        else:
            row.before = declared_value(declaration, key)
            after = {key: row.value}
        state.raise_epoch(session)
        audit.record(session, "request_type.confirmed", _subject(entry), before, after)


def take_new(entry: RequestTypeEntry, key: str, by: str) -> None:
    """Give an edit up for what the plugin declares now.

    :raises Refused: when the form would not work without it.
    """
    declaration = entry.declaration or entry.type
    with unit_of_work() as session:
        type_row = _locked(session, entry)
        rows = _edits(session, entry.id)
        row = rows.pop(key, None)
        if row is None:
            return
        edited = apply_overrides(declaration, {name: other.value for name, other in rows.items()})
        check(edited)
        _check_sensitive(entry, edited)
        _seal_earlier_answers(entry.type, edited)
        before, after = {key: row.value}, {key: declared_value(declaration, key)}
        session.delete(row)
        session.flush()
        keep_version(type_row, edited, by)
        state.raise_epoch(session)
        audit.record(session, "request_type.changed", _subject(entry), before, after)


def _check_sensitive(entry: RequestTypeEntry, after: RequestType) -> None:
    """Refuse to show what was asked in confidence, also of a field that was removed and is added again.

    A field that is offered without the mark at present was given that by its plugin.

    :raises Refused: when a field was sensitive in any version.
    """
    kept = [field for version in versions_of(entry.id) for field in version.content.get("fields", ())]
    was = {field["key"] for field in kept if field.get("sensitive")}
    was -= {field.key for field in entry.type.fields if not field.sensitive}
    was |= {field.key for field in entry.type.fields if field.sensitive}
    for field in after.fields:
        if field.key in was and not field.sensitive:
            raise Refused(
                Problem(_("A field that was sensitive stays so: its answers were given on that."), "sensitive")
            )


def _edits(session: Session, request_type_id: int) -> dict[str, RequestTypeOverride]:
    mine = select(RequestTypeOverride).where(
        RequestTypeOverride.request_type_id == request_type_id, RequestTypeOverride.key != "offered"
    )
    return {row.key: row for row in session.scalars(mine)}


def _unchanged(session: Session, entry: RequestTypeEntry, revision: int) -> RequestTypeRow:
    """Return the row of a type that nobody changed since ``revision``; taking its lock first.

    :raises Conflict: when somebody did.
    """
    row = _locked(session, entry)
    latest = latest_version(row.id)
    stored = latest.revision if latest else 0
    if not stored == revision == entry.revision:
        raise Conflict(_("Somebody else changed this request type meanwhile."), stored)
    return row


def _locked(session: Session, entry: RequestTypeEntry) -> RequestTypeRow:
    wanted = select(RequestTypeRow).where(RequestTypeRow.id == entry.id).with_for_update()
    return session.scalars(wanted.execution_options(populate_existing=True)).one()


def _store_edits(session: Session, request_type_id: int, declaration: RequestType, edits: Mapping[str, Any]) -> None:
    """Bring the rows of a type to ``edits``; those that fit no more stay until somebody has looked at them."""
    held = _edits(session, request_type_id)
    unusable = unusable_overrides(declaration, {key: row.value for key, row in held.items()})
    for key in held.keys() - edits.keys() - set(unusable):
        session.delete(held[key])
    session.flush()
    for key, value in edits.items():
        if key not in held or held[key].value != value:
            _put(session, request_type_id, key, value, declared_value(declaration, key))
    session.flush()


def _put(session: Session, request_type_id: int, key: str, value: Any, before: Any) -> None:
    session.merge(RequestTypeOverride(request_type_id=request_type_id, key=key, value=value, before=before))


def _subject(entry: RequestTypeEntry) -> audit.Subject:
    return audit.Subject("request_type", f"{entry.desk.key}.{entry.type.key}")

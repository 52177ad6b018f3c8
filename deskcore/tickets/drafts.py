"""What somebody has begun to write, as it is stored: sealed, and for its author alone.

A draft is sealed whole, whatever it holds, so no list of what is secret has to be right.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import select

from deskcore.extensions import db
from deskcore.runtime import runtime
from deskcore.sealing import Unsealable, seal, unseal
from deskcore.tickets.conversation_models import Draft, DraftFile, Upload
from deskcore.tickets.sealed_files import name_for_sender
from deskcore.viewer import current_viewer


@dataclass(frozen=True)
class Place:
    """Where somebody writes: one draft of each person at each place.

    :param kind: ``request`` or ``behalf`` for a form, ``answer`` in the portal, ``reply`` or ``note`` in the workspace.
    :param requester_id: on whose behalf.
    """

    kind: str
    ticket_id: int | None = None
    request_type_id: int | None = None
    requester_id: int | None = None

    @property
    def key(self) -> str:
        """The place in one word, without the person."""
        about = (self.ticket_id, self.request_type_id, self.requester_id)
        return "/".join([self.kind, *(str(each) for each in about if each is not None)])


@dataclass(frozen=True)
class Stamp:
    """What a page knows of the draft at its place.

    :param revision: of the draft that the page shows; ``""`` for none.
    :param page: idempotency key of the page's form: another one on every page, and used up when the form is sent.
    :param step: how often this page has saved; what arrives late must not win over what was saved after it.
    """

    place: Place
    revision: str = ""
    page: str = ""
    step: int = 0

    def next(self) -> Stamp:
        """Return the stamp of one more save of the same page."""
        return replace(self, step=self.step + 1)


@dataclass(frozen=True)
class Writing:
    """What is being written; plain JSON data.

    :param more: what goes with the answers and alone is no draft, such as the status that shall follow.
    :param files: tokens of uploads that go with it.
    """

    answers: Mapping[str, Any]
    more: Mapping[str, Any] = field(default_factory=dict)
    files: Sequence[str] = ()
    form_version_id: int | None = None

    @property
    def is_empty(self) -> bool:
        """Tell whether there is nothing to keep."""
        return not self.files and not _says_something(self.answers)


def message_writing(body: str, status: str, files: Sequence[str]) -> Writing:
    """Return a reply or a note as it is kept.

    :param status: key of the one that shall follow.
    """
    return Writing({"body": body}, {"status": status} if status else {}, files)


def _says_something(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(_says_something(each) for each in value.values())
    if isinstance(value, list):
        return any(_says_something(each) for each in value)
    return bool(value.strip()) if isinstance(value, str) else value is not None and value is not False


@dataclass(frozen=True)
class StoredDraft:
    """A draft as it is stored.

    :param writing: without its files; ``None`` when it can no longer be opened, because the secret key is another one.
    :param files: names of the files it holds, by token.
    """

    revision: str
    saved_at: datetime
    writing: Writing | None
    files: Mapping[str, str] = field(default_factory=dict)
    request_type_id: int | None = None

    def holds(self, writing: Writing) -> bool:
        """Tell whether this is what is stored."""
        return self.writing == replace(writing, files=()) and self.files.keys() == set(writing.files)


#: Built once: almost every page asks this, and putting the statement together takes longer than running it.
_WITH_FILES = (
    select(Draft, Upload.token, Upload.name, Upload.sealed)
    .outerjoin(DraftFile, DraftFile.draft_id == Draft.id)
    .outerjoin(Upload, Upload.token == DraftFile.token)
    .where(Draft.person_id == sa.bindparam("author"))
    .order_by(Draft.saved_at.desc(), Upload.at)
    .execution_options(populate_existing=True)
)
_AT_PLACES = _WITH_FILES.where(Draft.place.in_(sa.bindparam("places", expanding=True)))


def find_draft(place: Place) -> StoredDraft | None:
    """Return the viewer's own draft at a place; none on a ticket that the viewer no longer sees."""
    return find_drafts([place]).get(place)


def find_drafts(places: Iterable[Place]) -> dict[Place, StoredDraft]:
    """Return the viewer's own drafts at several places, in one statement."""
    by_key = {place.key: place for place in places}
    found = _stored(_AT_PLACES, {"places": list(by_key)})
    return {by_key[key]: draft for key, draft in found.items()}


def newest_drafts(kind: str, count: int) -> list[StoredDraft]:
    """Return the viewer's newest own drafts of one kind."""
    newest = select(Draft.id).where(mine(), Draft.place.startswith(f"{kind}/"))
    newest = newest.order_by(Draft.saved_at.desc()).limit(count)
    return list(_stored(_WITH_FILES.where(Draft.id.in_(newest))).values())


def _stored(
    wanted: sa.Select[Draft, str, str, bytes | None], values: Mapping[str, Any] | None = None
) -> dict[str, StoredDraft]:
    rows: dict[str, Draft] = {}
    files: dict[str, dict[str, str]] = {}
    for row, token, name, closed in db.session.execute(wanted, {"author": author(), **(values or {})}):
        rows[row.place] = row
        held = files.setdefault(row.place, {})
        if token:
            held[token] = name_for_sender(row.person_id, token, name, closed)
    return {place: _opened(row, files[place]) for place, row in rows.items()}


def author() -> int:
    """Return the person whose drafts the session may see."""
    person_id = current_viewer().person_id
    assert person_id is not None  # plugins and the installation write no drafts
    return person_id


def mine() -> sa.ColumnElement[bool]:
    """Return the condition for the viewer's own drafts; the access policy adds it too."""
    return Draft.person_id == author()


def at(place: Place) -> sa.ColumnElement[bool]:
    """Return the condition for the viewer's own draft at a place."""
    return sa.and_(mine(), Draft.place == place.key)


def sealed(place: Place, writing: Writing) -> bytes:
    """Return what is being written as it is stored: it opens for its author, at its place."""
    plain = json.dumps({"answers": writing.answers, "more": writing.more}, separators=(",", ":"))
    return seal(runtime().config.secret_key, "draft", f"{author()}/{place.key}", plain.encode())


def _opened(row: Draft, files: Mapping[str, str]) -> StoredDraft:
    config = runtime().config
    keys = (config.secret_key, *config.former_secret_keys)
    try:
        plain = json.loads(unseal(keys, "draft", f"{row.person_id}/{row.place}", row.content))
    except Unsealable:
        writing = None
    else:
        writing = Writing(plain["answers"], plain["more"], (), row.form_version_id)
    return StoredDraft(row.revision, row.saved_at, writing, files, row.request_type_id)

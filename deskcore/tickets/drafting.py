"""Keeping drafts: saved while somebody writes, deleted when the text is sent, discarded, or a month old.

Several pages may write to the one draft at a place: whoever saves says which revision was there before, and is refused
when another page has saved meanwhile.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from deskcore.clock import now
from deskcore.errors import Conflict, Problem, Refused
from deskcore.extensions import db, insert_into
from deskcore.tickets.attachments import MAX_FILES
from deskcore.tickets.conversation_models import Draft, DraftFile, Upload
from deskcore.tickets.drafts import Place, Stamp, StoredDraft, Writing, at, author, find_draft, mine, sealed
from deskcore.tickets.idempotency import MAX_KEY, earlier_result
from deskcore.tickets.models import IdempotencyKey
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as, unit_of_work

#: How long a draft is kept after it was saved last.
KEPT = timedelta(days=30)
#: Drafts that one person may have; beyond that the oldest go.
MOST = 200
#: Drafts that housekeeping deletes in one transaction.
_BATCH = 500
#: More often than any page saves.
_LAST_STEP = 2**31 - 1
_UNTRACKED = {"synchronize_session": False}


def save_draft(stamp: Stamp, writing: Writing, stored: StoredDraft | None) -> StoredDraft | None:
    """Keep what is being written, and return the draft as it is now; nothing when there is nothing to keep.

    What is stored already is not written again, and an emptied text deletes the draft.

    :param stored: what :func:`find_draft` returned just now.
    :raises Conflict: when another page has saved here meanwhile, or this page was sent or discarded; nothing changed.
    """
    writing = replace(writing, files=tuple(dict.fromkeys(writing.files))[:MAX_FILES])
    if stored.holds(writing) if stored else writing.is_empty:
        return stored
    if _is_used_up(stamp.page):
        raise Conflict(_("This page was already sent or discarded. Open it again to write more."))
    content = sealed(stamp.place, writing)
    with unit_of_work() as session:
        if writing.is_empty:
            done = _delete(session, stamp)
        else:
            draft_id = _write(session, stamp, content, writing.form_version_id)
            done = draft_id is not None
            if draft_id is not None:
                _hold(session, draft_id, writing.files, stored.files if stored else ())
        if not done:
            _refuse_unless_overtaken(session, stamp)
        elif stored is None:
            _forget_beyond_the_limit(session)
    return find_draft(stamp.place)


def put_back(place: Place, writing: Writing) -> None:
    """Make a text that was sent a draft again, before whatever was begun there since.

    It belongs inside the unit of work that takes the text back.

    :raises Refused: when one draft cannot hold the files of both.
    """
    session, stored = db.session(), find_draft(place)
    both = _joined(writing, stored) if stored else writing
    stamp = Stamp(place, stored.revision if stored else "")
    draft_id = _write(session, stamp, sealed(place, both), both.form_version_id)
    if draft_id is None:  # another page has saved in between
        put_back(place, writing)
        return
    _hold(session, draft_id, both.files, stored.files if stored else ())
    if stored is None:
        _forget_beyond_the_limit(session)


def _joined(first: Writing, stored: StoredDraft) -> Writing:
    """Return one message of two; what was chosen last counts."""
    files = tuple(dict.fromkeys((*first.files, *stored.files)))
    if len(files) > MAX_FILES:
        raise Refused(Problem(_("Attach at most %(count)s files.", count=MAX_FILES), "files"))
    if stored.writing is None:  # nobody can read it any more
        return replace(first, files=files)
    parts = (first.answers["body"], stored.writing.answers["body"])
    body = "\n\n".join(part for part in parts if part.strip())
    return Writing({"body": body}, {**first.more, **stored.writing.more}, files)


def _is_used_up(page: str) -> bool:
    """Tell whether a page was sent or discarded: what it still saves comes late, and must not bring the draft back."""
    used = IdempotencyKey.person_id == author(), IdempotencyKey.key == page[:MAX_KEY]
    return bool(page) and db.session.scalar(select(IdempotencyKey.key).where(*used)) is not None


def _may_replace(stamp: Stamp) -> sa.ColumnElement[bool]:
    """Return the condition under which a page may write over the draft: it has seen it, or wrote it itself."""
    itself = sa.and_(Draft.page == stamp.page, Draft.page != "", Draft.step < stamp.step)
    return sa.or_(Draft.revision == stamp.revision, itself)


def _write(session: Session, stamp: Stamp, content: bytes, form_version_id: int | None) -> int | None:
    """Insert the draft, or replace the one there if the page may; return its id."""
    place = stamp.place
    values = {
        "person_id": author(),
        "place": place.key,
        "ticket_id": place.ticket_id,
        "request_type_id": place.request_type_id,
        "form_version_id": form_version_id,
        "content": content,
        "revision": secrets.token_hex(8),
        "page": stamp.page[:MAX_KEY],
        "step": stamp.step,
        "saved_at": now(),
    }
    key = ["person_id", "place"]
    replaced = {name: value for name, value in values.items() if name not in key}
    row = insert_into(session, Draft).values(values)
    row = row.on_conflict_do_update(index_elements=key, set_=replaced, where=_may_replace(stamp))
    return session.scalar(row.returning(Draft.id))


def _delete(session: Session, stamp: Stamp) -> bool:
    """Delete the draft if the page may; tell whether it did."""
    gone = sa.delete(Draft).where(at(stamp.place), _may_replace(stamp)).returning(Draft.id)
    return session.scalar(gone, execution_options=_UNTRACKED) is not None


def _refuse_unless_overtaken(session: Session, stamp: Stamp) -> None:
    """Refuse a page that would overwrite another one; what a later save of its own overtook just has no effect.

    :raises Conflict: when the draft is another page's.
    """
    there = session.execute(select(Draft.page, Draft.step).where(at(stamp.place))).one_or_none()
    if there is not None and not (there.page == stamp.page and there.step > stamp.step):
        raise Conflict(_("There is another draft, saved elsewhere. Nothing was overwritten."))


def _hold(session: Session, draft_id: int, tokens: Sequence[str], before: Iterable[str]) -> None:
    """Let the draft hold exactly these files, as far as they are its author's own."""
    if set(tokens) == set(before):
        return
    let_go = sa.delete(DraftFile).where(DraftFile.draft_id == draft_id, DraftFile.token.not_in(tokens))
    session.execute(let_go, execution_options=_UNTRACKED)
    own = select(sa.literal(draft_id), Upload.token).where(Upload.token.in_(tokens), Upload.person_id == author())
    held = insert_into(session, DraftFile).from_select(["draft_id", "token"], own)
    session.execute(held.on_conflict_do_nothing())


def _forget_beyond_the_limit(session: Session) -> None:
    kept = select(Draft.id).where(mine()).order_by(Draft.saved_at.desc(), Draft.id.desc()).limit(MOST)
    session.execute(sa.delete(Draft).where(mine(), Draft.id.not_in(kept)), execution_options=_UNTRACKED)


def discard_draft(stamp: Stamp) -> None:
    """Delete the draft at a page's place, and use the page up; files go with the uploads that nothing holds."""
    with unit_of_work() as session:
        if stamp.page:
            earlier_result(session, author(), stamp.page[:MAX_KEY], "")
        session.execute(sa.delete(Draft).where(at(stamp.place)), execution_options=_UNTRACKED)


def end_draft(session: Session, stamp: Stamp) -> None:
    """Delete the draft whose text is being sent; belongs inside the unit of work that sends it.

    One that was saved elsewhere meanwhile holds something else, and stays.
    """
    if stamp.revision or stamp.step:  # else there is none that the page has seen or saved
        _delete(session, replace(stamp, step=_LAST_STEP))


def delete_old_drafts() -> int:
    """Delete drafts that nobody has touched for a month, a batch at a time; return how many."""
    deleted = 0
    with acting_as(SYSTEM):
        while batch := _delete_batch():
            deleted += batch
    return deleted


def _delete_batch() -> int:
    with unit_of_work() as session:
        old = select(Draft.id).where(Draft.saved_at < now() - KEPT).order_by(Draft.saved_at).limit(_BATCH)
        gone = session.execute(sa.delete(Draft).where(Draft.id.in_(old)), execution_options=_UNTRACKED)
        return gone.rowcount  # type: ignore[attr-defined, no-any-return]

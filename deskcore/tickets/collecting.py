"""Stored files that nothing holds any more: noted, kept for two days, then deleted.

A backup copies the database first and the files afterwards. Whatever the copied database holds was held at that
moment, so a file that lives two days longer than its last holder is still there when the backup comes to it, and
neither has to know of the other.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, select

from deskcore.clock import now
from deskcore.extensions import db, insert_into
from deskcore.runtime import runtime
from deskcore.tickets.attachments import stored_path
from deskcore.tickets.conversation_models import Attachment, StoredFile, Upload
from deskcore.work import unit_of_work

log = logging.getLogger("deskcore.tickets")

#: How long a file outlives its last holder; no backup may take longer.
KEPT = timedelta(days=2)
#: A younger file may belong to a transaction that has not ended.
_SETTLED = timedelta(hours=1)
#: More files without a row than this, and than those with one, were hardly left behind by accidents.
_STRAYS = 100
_BATCH = 200
_SHA256 = re.compile(r"[0-9a-f]{64}")
_UNTRACKED = {"synchronize_session": False}


def collect_files() -> int:
    """Note which files nothing holds, and delete those that nothing has held for long; return how many."""
    _adopt([path for paths in files_without_row(_SETTLED) for path in paths])
    _note_unheld()
    deleted = 0
    while batch_size := _delete_some():
        deleted += batch_size
    return deleted


def is_unheld() -> ColumnElement[bool]:
    """Return the condition on :class:`StoredFile` that nothing holds it."""
    attached = sa.exists().where(Attachment.sha256 == StoredFile.sha256)
    uploaded = sa.exists().where(Upload.sha256 == StoredFile.sha256)
    return sa.and_(~attached, ~uploaded)


def files_without_row(age: timedelta) -> Iterator[list[Path]]:
    """Yield files on disk that the database does not know, a folder at a time.

    :param age: younger ones are left out.
    """
    oldest = (now() - age).timestamp()
    for folder in sorted(runtime().config.files.glob("[0-9a-f][0-9a-f]")):
        found = {path.name: path for path in folder.iterdir() if _SHA256.fullmatch(path.name)}
        known = select(StoredFile.sha256).where(StoredFile.sha256.startswith(folder.name))
        lost = found.keys() - set(db.session.scalars(known))
        old = [found[name] for name in sorted(lost) if _modified(found[name]) < oldest]
        if old:
            yield old


def _modified(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return float("inf")


def _adopt(paths: Sequence[Path]) -> None:
    """Give files without a row one, so that they are deleted like any other: under the lock of that row."""
    with unit_of_work() as session:
        known = session.scalar(select(sa.func.count()).select_from(StoredFile)) or 0
        if len(paths) > max(known, _STRAYS):
            log.error("%d files are left alone: the database may be another one than theirs", len(paths))
        elif paths:
            row = insert_into(session, StoredFile).on_conflict_do_nothing(index_elements=["sha256"])
            session.execute(row, [_stray(path) for path in paths])


def _stray(path: Path) -> dict[str, Any]:
    return {"sha256": path.name, "size": path.stat().st_size, "stored_at": now(), "unheld_since": now()}


def _note_unheld() -> None:
    noted = StoredFile.unheld_since.is_not(None)
    with unit_of_work() as session:
        held_again = sa.update(StoredFile).where(noted, ~is_unheld()).values(unheld_since=None)
        session.execute(held_again, execution_options=_UNTRACKED)
        let_go = sa.update(StoredFile).where(~noted, is_unheld()).values(unheld_since=now())
        session.execute(let_go, execution_options=_UNTRACKED)


def _delete_some() -> int:
    with unit_of_work() as session:
        had_its_time = select(StoredFile.sha256).where(StoredFile.unheld_since < now() - KEPT, is_unheld())
        wanted = had_its_time.order_by(StoredFile.sha256).limit(_BATCH).with_for_update(skip_locked=True, of=StoredFile)
        names = session.scalars(wanted).all()
        rows = sa.delete(StoredFile).where(StoredFile.sha256.in_(names))
        session.execute(rows, execution_options=_UNTRACKED)
        # Before the commit: who sends the same bytes again waits for this row, and then stores them anew.
        for name in names:
            stored_path(name).unlink(missing_ok=True)
    return len(names)

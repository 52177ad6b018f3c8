"""Keeping the index: what was changed goes into it in batches, and all of it when it is built again.

A change is a row until it is in the index, so nothing is forgotten by a crash. While an index is built again its
changes wait: they would go into the old one, which is about to be replaced.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from itertools import islice
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy import select

from deskcore.clock import now
from deskcore.desks.services import plugin_viewer
from deskcore.errors import NotFound, Refused
from deskcore.events.jobs import queue_job
from deskcore.events.models import JobRow
from deskcore.extensions import db, insert_into
from deskcore.hooks.contributed import Contributed
from deskcore.hooks.searching import Backend, Document, Kind, NotReady
from deskcore.lent import lent_here
from deskcore.runtime import runtime
from deskcore.search.models import SearchPending, SearchState
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as, unit_of_work

INDEX_JOB, REBUILD_JOB = "core.search_index", "core.search_rebuild"
#: Changes that go into the index at once, and documents after which a rebuild says that it is alive.
BATCH = 200
#: How long changes are collected; how soon somebody looks again while a rebuild is at it; after what time it is dead.
COLLECTING, _AGAIN, _DEAD = timedelta(seconds=0.5), timedelta(seconds=10), timedelta(minutes=2)

#: Seconds that a kind may take to tell of one document while a page waits.
_READING = 0.3

Progress = Callable[[int], None]
T = TypeVar("T")


def backend() -> Contributed[Backend] | None:
    """Return what keeps the index, or nothing: the first of those that plugins bring."""
    return next(iter(runtime().plugins.search_backends), None)


def changed(kind: str, keys: Iterable[str]) -> None:
    """Say that documents are new, different or gone; in the surrounding unit of work, or one of its own.

    They are in the index a few seconds after the commit. Nothing happens where no plugin keeps an index.
    """
    rows = [{"kind": kind, "key": key} for key in dict.fromkeys(keys)]
    if not rows or backend() is None:
        return
    with unit_of_work() as session:
        session.execute(sa.insert(SearchPending), rows)
        queued = select(JobRow.id).where(
            JobRow.kind == INDEX_JOB, JobRow.state == "waiting", JobRow.lease_until.is_(None)
        )
        if session.execute(queued.limit(1)).first() is None:
            queue_job(INDEX_JOB, delay=COLLECTING)


def index_pending(payload: Mapping[str, Any]) -> None:
    """Put what was changed into the index, batch by batch; a job."""
    while True:
        batch = _next_batch()
        if not batch:
            break
        for kind in dict.fromkeys(row.kind for row in batch):
            _write(kind, list(dict.fromkeys(row.key for row in batch if row.kind == kind)))
        with unit_of_work() as session:
            done = sa.delete(SearchPending).where(SearchPending.id.in_([row.id for row in batch]))
            session.execute(done, execution_options={"synchronize_session": False})
    if db.session.execute(select(SearchPending.id).limit(1)).first() is not None:
        queue_job(INDEX_JOB, delay=_AGAIN)


def _next_batch() -> Sequence[Any]:
    alive = select(SearchState.kind).where(SearchState.rebuilding_at > now() - _DEAD)
    rows = select(SearchPending.id, SearchPending.kind, SearchPending.key).where(SearchPending.kind.not_in(alive))
    return db.session.execute(rows.order_by(SearchPending.id).limit(BATCH)).all()


def _write(kind: str, keys: Sequence[str]) -> None:
    with_index, source = backend(), _source(kind)
    if with_index is None or source is None:
        return
    documents = list(source.documents(keys))
    gone = sorted({*keys} - {document.key for document in documents})
    try:
        with runtime().callers.watching(with_index.plugin, f"index {kind}", locks=False):
            with_index.value.engine().write(kind, documents, gone)
    except NotReady:
        queue_rebuild(kind)


def queue_rebuild(kind: str) -> None:
    """Have the index of a kind built again by a worker; asked for again within ten minutes it is done once.

    What only reads leaves it to whoever looks next.
    """
    lent = lent_here.get()
    if lent is not None and lent.reading:
        return
    queue_job(REBUILD_JOB, {"kind": kind}, slot=f"{kind} {now():%Y%m%d%H%M}"[:-1])


def queue_missing() -> None:
    """Have every index built that is not there, or not whole: for a worker that starts, or sees other plugins."""
    with_index = backend()
    if with_index is None:
        return
    for kind in kinds():
        call = runtime().callers.ask(
            with_index.plugin, f"index {kind}", partial(_is_missing, with_index.value, kind), 2.0
        )
        if call.error is None and call.value:
            queue_rebuild(kind)


def _is_missing(with_index: Backend, kind: str) -> bool:
    try:
        with_index.engine().known(kind, (), frozenset())
    except NotReady:
        return True
    return False


def run_rebuild(payload: Mapping[str, Any]) -> None:
    """Build the index of a kind again; a job."""
    rebuild(str(payload["kind"]))


def kinds() -> tuple[str, ...]:
    """Return the kinds that an index is kept of, the core's own first."""
    own = (key for key, kind in runtime().core_kinds.items() if kind.documents is not None)
    return (*own, *(item.value.key for item in runtime().plugins.search_kinds))


def rebuild(kind: str, progress: Progress | None = None) -> int:
    """Build the index of a kind again, while the old one goes on being asked; return how many documents it has.

    :param progress: told each time how many more are in.
    :raises NotFound: when there is no such kind.
    :raises Refused: when no plugin keeps an index.
    """
    with_index, source = backend(), _source(kind)
    if with_index is None:
        raise Refused("No plugin keeps an index: switch one on, such as “search”, and restart.")
    if source is None:
        raise NotFound(f"There is nothing of the kind “{kind}”; choose one of: {', '.join(kinds())}.")
    counted = 0

    def every() -> Iterator[Document]:
        nonlocal counted
        for document in source.documents(None):
            yield document
            counted += 1
            if progress is not None:
                progress(1)
            if counted % BATCH == 0:
                _alive(kind)

    with _rebuilding(kind), acting_as(SYSTEM):
        with_index.value.engine().rebuild(kind, every())
    return counted


@contextmanager
def _rebuilding(kind: str) -> Iterator[None]:
    _alive(kind)
    try:
        yield
    finally:
        with acting_as(SYSTEM), unit_of_work() as session:
            session.execute(sa.delete(SearchState).where(SearchState.kind == kind))


def _alive(kind: str) -> None:
    with acting_as(SYSTEM), unit_of_work() as session:
        row = insert_into(session, SearchState).values(kind=kind, rebuilding_at=now())
        session.execute(row.on_conflict_do_update(index_elements=["kind"], set_={"rebuilding_at": now()}))


class _Source:
    """Where the documents of a kind come from."""

    def __init__(self, documents: Callable[[Sequence[str] | None], Iterable[Document]], plugin: str, kind: str) -> None:
        self._documents, self._plugin, self._slot = documents, plugin, f"documents {kind}"

    def documents(self, keys: Sequence[str] | None) -> Iterator[Document]:
        """Yield documents, as :class:`Kind` says.

        A plugin is asked for some at a time: what it raises is counted as its failure, and between them no transaction
        of its own is left open.
        """
        if not self._plugin:
            yield from self._documents(keys)
            return
        found = self._asked(lambda: iter(self._documents(keys)))
        while piece := self._asked(lambda: list(islice(found, BATCH))):
            yield from piece

    def _asked(self, call: Callable[[], T]) -> T:
        callers, seconds = runtime().callers, runtime().plugins.breaker.limits.job
        try:
            with acting_as(plugin_viewer(self._plugin)), callers.watching(self._plugin, self._slot, seconds):
                return call()
        except Exception as error:
            callers.failed(self._plugin, self._slot, error)
            raise


def document_of(item: Contributed[Kind], key: str) -> Document | None:
    """Return a document of a plugin's kind as whoever asks sees it, or nothing where there is none, or it fails."""

    def first() -> Document | None:
        return next(iter(item.value.documents([key])), None)

    found = runtime().callers.ask(item.plugin, f"documents {item.value.key}", first, _READING).value
    return found if isinstance(found, Document) else None


def _source(kind: str) -> _Source | None:
    own = runtime().core_kinds.get(kind)
    if own is not None:
        return _Source(own.documents, "", kind) if own.documents is not None else None
    for item in runtime().plugins.search_kinds:
        if item.value.key == kind:
            return _Source(item.value.documents, item.plugin, kind)
    return None

"""Units of work: the only place where a write transaction begins and ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from deskcore.extensions import acting_scope, db

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from deskcore.viewer import Viewer

#: Rows that are deleted in one transaction, for whose end others may have to wait.
_PIECE = 500

#: Called in every outermost unit of work, after the lock; raises when what is going on here may no longer write.
fence: ContextVar[Callable[[Session], None]] = ContextVar("fence", default=lambda session: None)


@contextmanager
def unit_of_work() -> Iterator[Session]:
    """Write in one transaction that takes the write lock at once, and commit it at the end.

    A unit inside another joins it, and only the outermost commits. Whatever was read before in this
    session is let go: load again what you change. An exception rolls everything back.

    :returns: the current actor's session.
    :raises Exception: what the :data:`fence` raises; nothing is written then.
    """
    session = db.session()
    if session.info.get("in_work"):
        yield session
        return
    _release(session)
    session.info["in_work"] = True
    session.info["after_commit"] = []
    try:
        session.connection(execution_options={"write": True})
        fence.get()(session)
        yield session
        session.info["may_commit"] = True
        session.commit()
    except BaseException:
        session.info["may_commit"] = False
        session.rollback()
        raise
    finally:
        session.info["may_commit"] = session.info["in_work"] = False
        callbacks = session.info.pop("after_commit")
    for callback in callbacks:
        callback()


def after_commit(callback: Callable[[], None]) -> None:
    """Run ``callback`` once the outermost unit of work has committed; never after a rollback.

    It must not touch the database: what needs to be stored belongs into the unit of work.

    :raises RuntimeError: outside a unit of work.
    """
    session = _outermost(db.session())
    if not session.info.get("in_work"):
        raise RuntimeError("after_commit() belongs inside `with unit_of_work():`")
    session.info["after_commit"].append(callback)


@contextmanager
def acting_as(viewer: Viewer) -> Iterator[Session]:
    """Let ``db.session`` be a session of ``viewer`` for the length of the block.

    Inside a unit of work the new session lives on that unit's connection, so that it sees and is part of
    the same transaction: a second connection would wait for the first one's lock forever on SQLite.

    :param viewer: whose tickets the session may see; ``SYSTEM`` for all of them.
    """
    outer = db.session()
    surrounding = outer if outer.info.get("in_work") else None
    if surrounding is not None:
        surrounding.flush()
    else:
        # Whoever waits for a second connection while holding a first can wait for ever.
        _release(outer)
    token = acting_scope.set(object())
    try:
        session = db.session(join_transaction_mode="create_savepoint")
        session.info["viewer"] = viewer
        if surrounding is not None:
            session.info.update(connection=surrounding.connection(), in_work=True, outer=surrounding)
        try:
            yield session
            if surrounding is not None:
                session.flush()
                session.info["may_commit"] = True
                session.commit()
        finally:
            db.session.remove()
    finally:
        acting_scope.reset(token)


@contextmanager
def only_its_own(session: Session) -> Iterator[None]:
    """Let nothing inside the block roll back the unit of work around it; a savepoint of its own it may."""
    session.info["kept"] = True
    try:
        yield
    finally:
        session.info["kept"] = False


def delete_in_pieces(model: type[Any], *conditions: sa.ColumnElement[bool]) -> int:
    """Delete the rows that meet ``conditions``, a few hundred in each transaction, and return how many there were."""
    keys, deleted = sa.inspect(model).primary_key, 0
    piece = sa.tuple_(*keys).in_(sa.select(*keys).where(*conditions).limit(_PIECE))
    doomed = sa.delete(model).where(piece).returning(*keys)
    while True:
        with unit_of_work() as session:
            count = len(session.execute(doomed, execution_options={"synchronize_session": False}).all())
        deleted += count
        if count < _PIECE:
            return deleted


def _outermost(session: Session) -> Session:
    while "outer" in session.info:
        session = session.info["outer"]
    return session


def _release(session: Session) -> None:
    if session.new or session.dirty or session.deleted:
        raise RuntimeError("something was changed outside a unit of work; change it inside")
    if session.in_transaction():
        session.info["may_commit"] = True
        session.commit()
        session.info["may_commit"] = False

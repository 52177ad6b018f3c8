"""The database and the extensions that the application factory initialises."""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, ClassVar, TypeAlias
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from flask.globals import app_ctx
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session as FlaskSession
from flask_wtf.csrf import CSRFProtect
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Dialect, Engine, ExceptionContext
from sqlalchemy.exc import DisconnectionError, OperationalError
from sqlalchemy.orm import DeclarativeBase, ORMExecuteState, Session, registry, scoped_session
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

from deskcore.lent import lent_here
from deskcore.outages import Outage
from deskcore.sqlite import Connection as EndableConnection

# At its finest the engine logs every row that it reads, which is what people wrote: nobody gets that by asking for
# more of the log, only by naming this logger.
if logging.getLogger("sqlalchemy.engine").level == logging.NOTSET:
    logging.getLogger("sqlalchemy.engine").setLevel(logging.WARNING)

#: JSON in a form that both databases can index.
JSONType = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
#: What a statement can be executed on.
Executor: TypeAlias = "Connection | Session | scoped_session[Any]"

#: Whose session ``db.session`` is: :func:`deskcore.work.acting_as` puts a key of its own here.
acting_scope: ContextVar[object] = ContextVar("acting_scope", default=None)


class UTCDateTime(sa.types.TypeDecorator[datetime]):
    """An aware moment in UTC on both databases; a naive one is refused, because nobody knows what it means."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return ``value`` in UTC.

        :raises ValueError: when ``value`` carries no zone.
        """
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone cannot be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the stored moment as an aware one."""
        if value is None or value.tzinfo is not None:
            return value
        return value.replace(tzinfo=UTC)


class Base(DeclarativeBase):
    """Declarative base of the core's and of all plugins' tables."""

    registry = registry(
        type_annotation_map={datetime: UTCDateTime, dict[str, Any]: JSONType, list[str]: JSONType},
        metadata=sa.MetaData(
            naming_convention={
                "ix": "ix_%(table_name)s_%(column_0_N_name)s",
                "uq": "uq_%(table_name)s_%(column_0_N_name)s",
                "ck": "ck_%(table_name)s_%(constraint_name)s",
                "fk": "fk_%(table_name)s_%(column_0_N_name)s",
                "pk": "pk_%(table_name)s",
            }
        ),
    )


class DeskSession(FlaskSession):
    """A session that is bound to the connection of the work around it, and commits only inside a unit of work.

    Every statement passes the access policy; a process in which nobody set one gets no answer to anything.
    """

    #: Filters a statement for the session's viewer, or refuses it; :mod:`deskcore.tickets.access` sets it.
    policy: ClassVar[Callable[[ORMExecuteState], None] | None] = None

    def get_bind(self, *args: Any, **kwargs: Any) -> Engine | Connection:
        """Return the surrounding unit of work's connection if there is one, else the engine."""
        connection: Connection | None = self.info.get("connection")
        return connection if connection is not None else super().get_bind(*args, **kwargs)

    def commit(self) -> None:
        """Commit, when the unit of work that began the transaction asks for it.

        :raises RuntimeError: outside :func:`deskcore.work.unit_of_work`.
        """
        if not self.info.get("may_commit"):
            raise RuntimeError("only unit_of_work() commits: wrap the write in `with unit_of_work():`")
        super().commit()

    def rollback(self) -> None:
        """Roll back, unless what runs here is part of somebody else's work.

        :raises RuntimeError: inside :func:`deskcore.work.only_its_own`.
        """
        if self.info.get("kept"):
            raise RuntimeError("this is part of a larger unit of work: raise an exception to undo your part of it")
        super().rollback()

    def close(self) -> None:
        """End, also when the database has gone meanwhile: what was committed is stored, and the rest is not."""
        try:
            super().close()
        except OperationalError:
            self.invalidate()


def _scope() -> object:
    return (id(app_ctx._get_current_object()), acting_scope.get())  # type: ignore[attr-defined]


db = SQLAlchemy(
    model_class=Base,
    disable_autonaming=True,
    session_options={"class_": DeskSession, "scopefunc": _scope, "expire_on_commit": False},
)
csrf = CSRFProtect()


def insert_into(on: Executor, target: type[Base] | sa.Table) -> postgresql.Insert | sqlite.Insert:
    """Return an INSERT that may say what happens to a row which is there already, in the words of either database.

    :param on: what it will be executed on.
    """
    bind = on if isinstance(on, Connection) else on.get_bind()
    return postgresql.insert(target) if bind.dialect.name == "postgresql" else sqlite.insert(target)


@sa.event.listens_for(DeskSession, "do_orm_execute")
def _pass_policy(state: ORMExecuteState) -> None:
    if DeskSession.policy is None:
        raise RuntimeError("no access policy is set: import deskcore.tickets.access before the first statement")
    DeskSession.policy(state)


#: Seconds to wait for a connection to PostgreSQL, between two attempts to get one, and for one of the pool.
CONNECT_WAIT, CONNECT_PAUSE, POOL_WAIT = 5, 1.0, 10
#: Seconds by which an answer may be later than the server promises, before it counts as gone.
GRACE = 5


def engine_options(url: str, audit_keys: tuple[bytes, ...], patience: int = 30) -> dict[str, Any]:
    """Return what ``create_engine`` needs for ``url`` beyond the address itself.

    :param audit_keys: from the configuration; whatever is written through the engine is recorded under them.
    :param patience: seconds that one statement may take, and the wait for SQLite's write lock.
    """
    options: dict[str, Any] = {"json_serializer": _dumps, "execution_options": {"audit_keys": audit_keys}}
    # What people wrote, and the hashes of their secrets, are no business of a log.
    options["hide_parameters"] = True
    if url.startswith("sqlite"):
        return options | {"connect_args": {"timeout": patience, "factory": EndableConnection}}
    return options | {
        "pool_size": 8,
        # A request holds one while what plugins add to its page has another.
        "max_overflow": 16,
        "pool_pre_ping": False,
        "pool_timeout": POOL_WAIT,
        "connect_args": _postgres_arguments(patience),
    }


def _postgres_arguments(patience: int) -> dict[str, Any]:
    """Return what bounds every wait: for a connection, for an answer, for a peer that has vanished."""
    # The server's own keepalives let go of the locks of a client whose machine has lost its power.
    server = {"statement_timeout": patience * 1000, "timezone": "utc"}
    server |= {"tcp_keepalives_idle": 60, "tcp_keepalives_interval": 10, "tcp_keepalives_count": 6}
    client = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 4}
    return client | {
        "connect_timeout": CONNECT_WAIT,
        "tcp_user_timeout": patience * 1000,
        "options": " ".join(f"-c {key}={value}" for key, value in server.items()),
        "patience": patience + GRACE,
    }


def _dumps(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


#: FULL, because a ticket that was acknowledged must outlive a power cut; cache_size is in KiB when negative.
_SQLITE_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "cache_size=-16000",
)


#: What is known about each database that does not answer.
_outages: WeakKeyDictionary[Dialect, Outage] = WeakKeyDictionary()


def _outage(dialect: Dialect) -> Outage:
    # A connection is refused at once, and asking again at once helps nobody; a lock is waited for anyway.
    return _outages.setdefault(dialect, Outage(CONNECT_PAUSE if dialect.name == "postgresql" else 0.0))


@sa.event.listens_for(Engine, "do_connect")
def _connect(dialect: Dialect, record: ConnectionPoolEntry, given: Sequence[Any], named: dict[str, Any]) -> Any:
    if dialect.name != "postgresql" or "patience" not in named:
        return None
    from deskcore import postgres

    with _outage(dialect).attempt():
        return postgres.connect(*given, **named)


def _lower(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


@sa.event.listens_for(Engine, "connect")
def _prepare_sqlite(connection: Any, record: ConnectionPoolEntry) -> None:
    if not isinstance(connection, sqlite3.Connection):
        return
    # The driver must not begin transactions by itself: it would begin them deferred, and a deferred
    # transaction that later writes fails under load instead of waiting.
    connection.isolation_level = None
    # Its own knows only the letters of English: “łukasz” would not find “Łukasz”.
    connection.create_function("lower", 1, _lower, deterministic=True)
    cursor = connection.cursor()
    for pragma in _SQLITE_PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


@sa.event.listens_for(Engine, "checkout")
def _refuse_closed(connection: Any, record: ConnectionPoolEntry, proxy: PoolProxiedConnection) -> None:
    """Have another connection to SQLite made in the place of one that is closed.

    What a plugin holds for too long is ended, and that may be just when it gives it back.
    """
    if not isinstance(connection, sqlite3.Connection):
        return
    try:
        connection.total_changes  # noqa: B018  (asks whether it is open, and the database nothing)
    except sqlite3.ProgrammingError as error:
        raise DisconnectionError("it was ended while nobody held it") from error


@sa.event.listens_for(Engine, "handle_error")
def _without_values(context: ExceptionContext) -> None:
    """Keep what the database refused, and drop the row that PostgreSQL quotes in its explanation."""
    said = getattr(getattr(context.original_exception, "diag", None), "message_primary", None)
    if said:
        context.original_exception.args = (said,)
        if context.sqlalchemy_exception is not None:
            context.sqlalchemy_exception.args = (f"({type(context.original_exception).__name__}) {said}",)


@sa.event.listens_for(Engine, "begin")
def _begin(connection: Connection) -> None:
    lent = lent_here.get()
    if lent is not None:
        lent.begun(connection)
    reading = lent is not None and lent.reading
    if connection.dialect.name != "sqlite":
        if reading:
            connection.exec_driver_sql("SET TRANSACTION READ ONLY")
        return
    if reading or connection.info.get("reading"):
        connection.exec_driver_sql(f"PRAGMA query_only={'ON' if reading else 'OFF'}")
        connection.info["reading"] = reading
    if reading or not connection.get_execution_options().get("write", False):
        connection.exec_driver_sql("BEGIN")
        return
    with _outage(connection.dialect).attempt():
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def take_time(on: Executor) -> None:
    """Let the statements of the open transaction take as long as they need."""
    connection = on if isinstance(on, Connection) else on.connection()
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.set_config("statement_timeout", "0", True)))
        driver: Any = connection.connection.driver_connection
        driver.unhurried = True

"""The database and the extensions that the application factory initialises."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, ClassVar

import sqlalchemy as sa
from flask.globals import app_ctx
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session as FlaskSession
from flask_wtf.csrf import CSRFProtect
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Connection, Dialect, Engine
from sqlalchemy.orm import DeclarativeBase, ORMExecuteState, registry
from sqlalchemy.pool import ConnectionPoolEntry

#: JSON in a form that both databases can index.
JSONType = sa.JSON().with_variant(JSONB(), "postgresql")

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


def _scope() -> object:
    return (id(app_ctx._get_current_object()), acting_scope.get())  # type: ignore[attr-defined]


db = SQLAlchemy(
    model_class=Base,
    disable_autonaming=True,
    session_options={"class_": DeskSession, "scopefunc": _scope, "expire_on_commit": False},
)
csrf = CSRFProtect()


@sa.event.listens_for(DeskSession, "do_orm_execute")
def _pass_policy(state: ORMExecuteState) -> None:
    if DeskSession.policy is None:
        raise RuntimeError("no access policy is set: import deskcore.tickets.access before the first statement")
    DeskSession.policy(state)


def engine_options(url: str) -> dict[str, Any]:
    """Return what ``create_engine`` needs for ``url`` beyond the address itself."""
    options: dict[str, Any] = {"json_serializer": _dumps}
    if url.startswith("sqlite"):
        options["connect_args"] = {"timeout": 30}
    else:
        options |= {"pool_size": 8, "max_overflow": 8, "pool_pre_ping": False, "pool_timeout": 30}
        options["connect_args"] = {"options": "-c statement_timeout=30000 -c timezone=utc"}
    return options


def _dumps(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


#: FULL, because a ticket that was acknowledged must outlive a power cut; cache_size is in KiB when negative.
_SQLITE_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "busy_timeout=30000",
    "cache_size=-16000",
)


@sa.event.listens_for(Engine, "connect")
def _prepare_sqlite(connection: Any, record: ConnectionPoolEntry) -> None:
    if type(connection).__module__ != "sqlite3":
        return
    # The driver must not begin transactions by itself: it would begin them deferred, and a deferred
    # transaction that later writes fails under load instead of waiting.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "busy_timeout=30000",
        "cache_size=-16000",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


@sa.event.listens_for(Engine, "begin")
def _begin(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        write = connection.get_execution_options().get("write", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

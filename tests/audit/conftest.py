"""A log with entries, and hands that reach around it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextvars import Context
from typing import Any, cast

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.engine import Connection
from werkzeug.test import TestResponse

from deskcore import audit
from deskcore.audit.models import AuditEntry, AuditHead
from deskcore.extensions import Executor, db
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as, unit_of_work

ENTRY = cast("sa.Table", AuditEntry.__table__)
HEAD = cast("sa.Table", AuditHead.__table__)


def write(on: Executor, name: str = "it", **after: Any) -> None:
    """Write one entry."""
    audit.record(on, "setting.changed", audit.Subject("setting", name), after=after)


def record(name: str = "it", **after: Any) -> None:
    """Write one entry in a transaction of its own."""
    with unit_of_work() as session:
        write(session, name, **after)


def newest(on: Executor | None = None) -> Mapping[str, Any]:
    """Return the newest entry as it is stored."""
    wanted = sa.select(ENTRY).order_by(ENTRY.c.sequence.desc()).limit(1)
    return (on or db.session).execute(wanted).mappings().one()


def sequences(on: Executor | None = None) -> list[int]:
    return list((on or db.session).execute(sa.select(ENTRY.c.sequence).order_by(ENTRY.c.sequence)).scalars())


class Browser:
    """A browser; its requests see nothing of the context that the test runs in."""

    def __init__(self, app: Flask) -> None:
        self.client = app.test_client()

    def get(self, path: str) -> TestResponse:
        return self._open(path)

    def post(self, path: str, follow_redirects: bool = False, **fields: str) -> TestResponse:
        return self._open(path, method="POST", data=fields, follow_redirects=follow_redirects)

    def _open(self, path: str, **options: Any) -> TestResponse:
        def opened() -> TestResponse:
            answer = self.client.open(path, **options)
            answer.get_data()  # a stream ends in the context that it began in
            return answer

        return Context().run(opened)


@pytest.fixture
def helpdesk(shared_app: Flask) -> Iterator[Flask]:
    """Give an application that all tests of a module share, inside its context."""
    with shared_app.app_context():
        yield shared_app
        db.session.remove()


@pytest.fixture
def system(helpdesk: Flask) -> Iterator[None]:
    """Work as the installation itself."""
    with acting_as(SYSTEM):
        yield


@pytest.fixture
def by_sql(helpdesk: Flask) -> Iterator[Connection]:
    """Reach the database and nothing else, with five fresh entries; whatever is done is undone afterwards."""
    with db.engine.connect().execution_options(write=True) as connection:
        undone = connection.begin()
        for number in range(5):
            write(connection, f"number {number}", value=number)
        yield connection
        undone.rollback()


@pytest.fixture
def middle(by_sql: Connection) -> int:
    """Give the sequence of the third of the five."""
    return sequences(by_sql)[-3]

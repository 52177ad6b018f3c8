"""Whatever a plugin's statement is at, its connection can be ended: the process lives on, and the lock is free."""

from __future__ import annotations

from contextvars import Context
from threading import Event, Thread

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from deskcore.extensions import db
from deskcore.lent import Lent, lent_here
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as, unit_of_work

#: How often it is tried; each time the statement is somewhere else.
TIMES = 30
WRITE = sa.text("UPDATE plugin_state SET trace = 'written'")


class Busy(Thread):
    """A plugin that writes, and then asks the database one thing after the other."""

    def __init__(self, app: Flask, statement: str) -> None:
        super().__init__(daemon=True)
        self.app, self.statement, self.lent = app, sa.text(statement), Lent()
        self.began, self.error = Event(), ""

    def run(self) -> None:
        """Go on until the database refuses."""
        Context().run(self._ask)

    def _ask(self) -> None:
        lent_here.set(self.lent)
        try:
            with self.app.app_context(), acting_as(SYSTEM), unit_of_work() as session:
                session.execute(WRITE)
                while True:
                    session.execute(self.statement).all()
                    self.began.set()
        except SQLAlchemyError as error:
            self.error = type(error).__name__


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT lower(name) FROM plugin_state",
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000) SELECT i FROM n",
    ],
    ids=["many small ones", "long ones"],
)
def test_a_connection_is_ended_while_statements_run_on_it(app: Flask, statement: str) -> None:
    for _time in range(TIMES):
        plugin = Busy(app, statement)
        plugin.start()
        assert plugin.began.wait(30)
        assert plugin.lent.cut()
        plugin.join(30)
        assert plugin.error
    with app.app_context(), db.engine.connect() as connection:
        assert "written" not in connection.scalars(sa.text("SELECT trace FROM plugin_state")).all()
    with app.app_context(), unit_of_work() as session:
        session.execute(WRITE)

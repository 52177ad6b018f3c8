"""The desk of the plugin's own tests, on PostgreSQL; on SQLite they run in its folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial

import pytest
from flask import Flask

from deskcore.extensions import db
from deskcore.testing.house import House
from deskcore.testing.people import populate
from deskcore.testing.sql import Statements
from deskcore.testing.sql import query_budget as budget
from plugins.sla_policies.tests.conftest import plain

__all__ = ["plain"]


@pytest.fixture
def database() -> str:
    return "postgresql"


@pytest.fixture(scope="module")
def bundled() -> tuple[str, ...]:
    return ("sla_policies",)


@pytest.fixture
def house(app: Flask) -> Iterator[House]:
    """Give an application with the plugin and the people of its own tests; fail if it failed unnoticed."""
    with app.app_context():
        populate("sla_policies")
    made = House(app, "sla_policies", None)
    yield made
    made.check_failures()


@pytest.fixture
def query_budget(app: Flask) -> Callable[[int], AbstractContextManager[Statements]]:
    with app.app_context():
        return partial(budget, db.engine)

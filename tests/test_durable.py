"""What was acknowledged is on the disk; tests themselves do not wait for it, so it is asked of the bare connection."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any

from deskcore.extensions import _prepare_sqlite

FULL = 2


def test_a_commit_to_sqlite_waits_for_the_disk() -> None:
    record: Any = None
    with closing(sqlite3.connect(":memory:")) as connection:
        _prepare_sqlite(connection, record)
        assert connection.execute("PRAGMA synchronous").fetchone() == (FULL,)

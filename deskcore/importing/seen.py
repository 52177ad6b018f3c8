"""What was seen before in a file of any length, kept on disk instead of in memory."""

from __future__ import annotations

import sqlite3


class Seen:
    """A set of texts; a temporary database that is deleted with the object."""

    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.execute("PRAGMA journal_mode=OFF")
        self._database.execute("PRAGMA synchronous=OFF")
        self._database.execute("CREATE TABLE seen (text TEXT PRIMARY KEY, line INTEGER) WITHOUT ROWID")
        self._database.execute("BEGIN")

    def first(self, text: str, line: int) -> int:
        """Return the line on which ``text`` was seen first; ``line`` if that is now."""
        added = self._database.execute("INSERT OR IGNORE INTO seen VALUES (?, ?)", (text, line))
        if added.rowcount:
            return line
        found: int = self._database.execute("SELECT line FROM seen WHERE text = ?", (text,)).fetchone()[0]
        return found

    def close(self) -> None:
        """Delete it."""
        self._database.close()

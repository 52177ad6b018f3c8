"""Which index is asked: tickets are in the database, documents where the administrator wants them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import current_app

from deskcore.plugin import search, session, setting
from deskcore_search.database import TICKET, Database
from deskcore_search.files import Files
from deskcore_search.postgres import PostgreSQL
from deskcore_search.sqlite import SQLite


class Chosen:
    """An engine that leads to another one.

    :param documents: where those of plugins are kept.
    """

    def __init__(self, documents: Files, database: Database) -> None:
        self._documents, self._database = documents, database

    def _of(self, kind: str) -> Files | Database:
        return self._database if kind == TICKET else self._documents

    def write(self, kind: str, documents: Sequence[search.Document], gone: Sequence[str]) -> None:
        """Replace documents and take out others."""
        self._of(kind).write(kind, documents, gone)

    def rebuild(self, kind: str, documents: Iterable[search.Document]) -> None:
        """Index these documents and no others."""
        self._of(kind).rebuild(kind, documents)

    def find(self, query: search.Query) -> Sequence[search.Match]:
        """Return the documents that fit best."""
        return self._of(query.kind).find(query)

    def known(self, kind: str, tokens: Sequence[str], audience: frozenset[str], most: int = 1) -> Mapping[str, int]:
        """Return how many of a reader's documents have each of some stems."""
        return self._of(kind).known(kind, tokens, audience, most)

    def similar(self, kind: str, beginning: str) -> Iterable[str]:
        """Return stems of titles that begin alike."""
        return self._of(kind).similar(kind, beginning)

    def fingerprint(self, kind: str) -> str:
        """Return what is equal for equal indexes."""
        return self._of(kind).fingerprint(kind)

    def tickets(self, words: Sequence[search.Word], internal: bool) -> sa.Select[Any]:
        """Return the query for tickets with all of these words."""
        return self._database.tickets(words, internal)


def engine() -> search.Engine:
    """Return the engine that the settings ask for."""
    database = Database(PostgreSQL() if session().get_bind().dialect.name == "postgresql" else SQLite())
    if setting("search", "documents") == "database":
        return database
    return Chosen(_files(Path(current_app.instance_path) / "search"), database)


@lru_cache(maxsize=8)
def _files(folder: Path) -> Files:
    return Files(folder)

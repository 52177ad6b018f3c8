"""Whether a database has the tables that this version expects, found out without importing Alembic."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from deskcore.errors import ConfigurationError

SchemaState = Literal["missing", "unfinished", "behind", "ahead", "current"]

MIGRATIONS = Path(__file__).parent.parent / "migrations"
_REVISION = re.compile(r"^revision(?:: str)? = \"([^\"]+)\"", re.MULTILINE)
_BEFORE = re.compile(r"^down_revision(?:: [^=]+)? = \"([^\"]+)\"", re.MULTILINE)
#: A table that is there while a backup is restored into a database: what it holds is not complete yet.
UNFINISHED = "deskcore_restoring"
_REMEDY = {
    "missing": "The database has no tables yet; run “deskcore init”.",
    "unfinished": "Restoring a backup into this database was not finished; make it anew, empty, and restore again.",
    "behind": "The database is older than this version; stop every server, make a backup, run “deskcore db upgrade”.",
    "ahead": "A newer version of Deskcore made this database; install that version again, or restore a backup.",
}


def schema_state(engine: Engine) -> SchemaState:
    """Return how the core's tables in the database relate to this version's migrations."""
    table = sa.table("alembic_version", sa.column("version_num"))
    with engine.connect() as connection:
        if sa.inspect(connection).has_table(UNFINISHED):
            return "unfinished"
        if not sa.inspect(connection).has_table("alembic_version"):
            return "missing"
        held = set(connection.scalars(sa.select(table.c.version_num)))
    known, heads = _revisions()
    if not held:
        return "missing"
    if held - known:
        return "ahead"
    return "current" if held == heads else "behind"


def is_known(revisions: Iterable[str]) -> bool:
    """Tell whether this version has the migrations of these revisions of the core."""
    return set(revisions) <= _revisions()[0]


def _revisions() -> tuple[set[str], set[str]]:
    """Return every revision that this version has, and those that come last."""
    sources = [path.read_text(encoding="utf-8") for path in sorted(MIGRATIONS.glob("[0-9]*.py"))]
    known = {revision for source in sources for revision in _REVISION.findall(source)}
    return known, known - {revision for source in sources for revision in _BEFORE.findall(source)}


def schema_problem(state: SchemaState) -> str:
    """Return the sentence with the remedy for a state that is not ``current``, else an empty one."""
    return _REMEDY.get(state, "")


def require_schema(engine: Engine) -> None:
    """Do nothing if the tables are as this version expects.

    :raises ConfigurationError: otherwise, with the remedy.
    """
    problem = schema_problem(schema_state(engine))
    if problem:
        raise ConfigurationError(problem)

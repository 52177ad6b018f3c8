"""Whether the database itself is whole."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from deskcore.fsck.tables import Found

#: Sentences of SQLite that are passed on.
_MOST = 100


def the_database_is_whole(session: Session) -> Found:
    """SQLite finds its pages and indexes sound; PostgreSQL has no index and no constraint that it does not trust."""
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        for (said,) in connection.exec_driver_sql(f"PRAGMA integrity_check({_MOST})"):
            if said != "ok":
                yield "database", str(said)
        return
    classes = sa.table("pg_class", sa.column("oid"), sa.column("relname"))
    indexes = sa.table("pg_index", sa.column("indexrelid"), sa.column("indisvalid"))
    broken = sa.select(classes.c.relname).join(indexes, indexes.c.indexrelid == classes.c.oid)
    for name in session.scalars(broken.where(~indexes.c.indisvalid)):
        yield name, "This index was not finished."
    constraints = sa.table("pg_constraint", sa.column("conname"), sa.column("convalidated"))
    for name in session.scalars(sa.select(constraints.c.conname).where(~constraints.c.convalidated)):
        yield name, "This constraint was not checked for the rows that were there."


def references_lead_somewhere(session: Session) -> Found:
    """Every row that another one refers to exists, in the tables of the core and of every plugin."""
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        for table, row, parent, _ in connection.exec_driver_sql("PRAGMA foreign_key_check"):
            yield f"{table} {row}", f"It refers to a row of {parent} that does not exist."
        return
    for (_schema, table), keys in sa.inspect(connection).get_multi_foreign_keys().items():
        for key in keys:
            parent = key["referred_table"]
            pairs = list(zip(key["constrained_columns"], key["referred_columns"], strict=True))
            lost = session.scalar(_lost(table, parent, pairs))
            if lost:
                yield table, f"{lost} rows refer by {key['name']} to rows of {parent} that do not exist."


def _lost(table: str, parent: str, pairs: list[tuple[str, str]]) -> sa.Select[int]:
    child = sa.table(table, *(sa.column(mine) for mine, _ in pairs)).alias("child")
    other = sa.table(parent, *(sa.column(theirs) for _, theirs in pairs)).alias("other")
    met = sa.and_(*(child.c[mine] == other.c[theirs] for mine, theirs in pairs))
    given = sa.and_(*(child.c[mine].is_not(None) for mine, _ in pairs))
    return sa.select(sa.func.count()).select_from(child).where(given, ~sa.exists().where(met))

"""What plugins keep sealed, found in the database alone: also that of a plugin which is off or gone.

A table of a plugin that has the four columns of :class:`~deskcore.tickets.vault.Sealed` takes part: its values are
counted with the answers' keys, and sealed anew when these are changed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row
from sqlalchemy.orm import Session

from deskcore.answer_keys import AnswerKeys
from deskcore.sealing import Unsealable, seal, unseal
from deskcore.work import unit_of_work

#: What the values are sealed for; an answer of a ticket never opens as one of these.
PURPOSE = "plugin"
#: The columns by which such a table is known.
COLUMNS = ("sealed_as", "field", "sealed", "sealed_with")
#: Values of one transaction.
_BATCH = 500


def place_of(sealed_as: str, field: str) -> str:
    """Return the place that a value is sealed for."""
    return f"{sealed_as}/{field}"


def tables(connection: Connection) -> list[sa.TableClause]:
    """Return the tables of plugins in which something is sealed."""
    found = sa.inspect(connection).get_multi_columns()
    known = {name: {column["name"] for column in columns} for (_schema, name), columns in found.items()}
    names = sorted(name for name, columns in known.items() if {*COLUMNS} <= columns)
    types: dict[str, Any] = {"sealed": sa.LargeBinary}
    return [sa.table(name, *(sa.column(each, types.get(each, sa.String)) for each in COLUMNS)) for name in names]


def used_keys(session: Session) -> dict[str, int]:
    """Return how many values are sealed with each key."""
    connection, counts = session.connection(), Counter[str]()
    for table in tables(connection):
        counted = sa.select(table.c.sealed_with, sa.func.count()).group_by(table.c.sealed_with)
        counts.update({key: count for key, count in connection.execute(counted)})  # noqa: C416
    return dict(counts)


def reseal(session: Session, keys: AnswerKeys) -> tuple[int, int]:
    """Seal every value with the newest key; return how many there were to seal, and how many could not be opened."""
    count = lost = 0
    for table in tables(session.connection()):
        for rows in _batches(session, table, keys.keys[0].id):
            count += len(rows)
            with unit_of_work() as work:
                lost += sum(not _resealed(work.connection(), table, row, keys) for row in rows)
    return count, lost


def _batches(session: Session, table: sa.TableClause, newest: str) -> Iterator[Sequence[Row[Any]]]:
    last = ""
    wanted = sa.select(table).where(table.c.sealed_with != newest).order_by(table.c.sealed_as).limit(_BATCH)
    while rows := session.connection().execute(wanted.where(table.c.sealed_as > last)).all():
        last = rows[-1].sealed_as
        yield rows


def _resealed(connection: Connection, table: sa.TableClause, row: Row[Any], keys: AnswerKeys) -> bool:
    place = place_of(row.sealed_as, row.field)
    try:
        value = unseal(keys.secrets, PURPOSE, place, row.sealed)
    except Unsealable:
        return False
    newest = keys.keys[0]
    as_it_was = table.c.sealed_as == row.sealed_as, table.c.sealed == row.sealed
    sealed = {"sealed": seal(newest.secret, PURPOSE, place, value), "sealed_with": newest.id}
    connection.execute(sa.update(table).where(*as_it_was).values(sealed))
    return True

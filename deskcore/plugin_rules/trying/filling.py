"""Rows for the tables of a plugin, made up from what the database knows of the columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

#: Rows of each table: two, so that a constraint which one row keeps by chance is seen.
ROWS = 2
_VALUES: Mapping[type[Any], Any] = {
    bool: lambda place: bool(place % 2),
    int: lambda place: place + 1,
    float: lambda place: place + 0.5,
    Decimal: lambda place: Decimal(place + 1),
    datetime: lambda place: datetime(2026, 3, 2, 9, 30, tzinfo=UTC) + timedelta(days=place),
    date: lambda place: date(2026, 3, 2) + timedelta(days=place),
    time: lambda place: time(9, 30 + place),
    timedelta: lambda place: timedelta(minutes=place + 1),
    bytes: lambda place: bytes([place]),
    UUID: lambda place: UUID(int=place + 1),
    dict: lambda place: {"place": place},
    list: lambda place: [place],
}


def fill(engine: Engine, plugin: str) -> Iterator[str]:
    """Add rows to the plugin's tables that have none, parents first; yield what could not be filled, and why."""
    metadata = sa.MetaData()
    inspector = sa.inspect(engine)
    own = [name for name in inspector.get_table_names() if name.startswith(f"{plugin}_")]
    if own:
        metadata.reflect(engine, only=own)
    for table in metadata.sorted_tables:
        if table.name in own:
            try:
                with engine.connect().execution_options(write=True) as connection, connection.begin():
                    _fill(connection, table)
            except SQLAlchemyError as error:
                said = str(getattr(error, "orig", None) or error).splitlines()[0]
                yield f"no row could be made up for {table.name} ({said}), so none of it was counted."


def _fill(connection: Connection, table: sa.Table) -> None:
    if connection.execute(sa.select(sa.func.count()).select_from(table)).scalar():
        return
    for place in range(ROWS):
        values = {
            column.name: _value(connection, column, place)
            for column in table.columns
            if column.computed is None
            and not (column.primary_key and not column.foreign_keys and isinstance(column.type, sa.Integer))
        }
        connection.execute(table.insert().values(values))


def _value(connection: Connection, column: sa.Column[Any], place: int) -> Any:
    for key in column.foreign_keys:
        there = connection.execute(sa.select(key.column).order_by(key.column).offset(place).limit(1)).scalar()
        return there if there is not None else connection.execute(sa.select(sa.func.min(key.column))).scalar()
    if isinstance(column.type, sa.Enum) and column.type.enums:
        return column.type.enums[0]
    if isinstance(column.type, sa.JSON):
        return {"place": place}
    kind = column.type.python_type
    make = _VALUES.get(kind)
    return make(place) if make is not None else f"row {place}"[-(getattr(column.type, "length", None) or 20) :]

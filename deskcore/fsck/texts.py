"""Whether every text is text: PostgreSQL stores nothing else, SQLite stores what it is given."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy import select
from sqlalchemy.orm import Mapper, Session

from deskcore.extensions import Base
from deskcore.fsck.tables import FETCH, Found


def texts_are_text(session: Session) -> Found:
    """No text holds a NUL or half a character, and all JSON can be read."""
    if session.get_bind().dialect.name != "sqlite":
        return
    # A plugin may be there whose tables were not made yet.
    there = set(sa.inspect(session.connection()).get_table_names())
    for mapper in sorted(Base.registry.mappers, key=lambda mapper: mapper.local_table.description):
        if mapper.local_table.description not in there:
            continue
        columns = [each for each in mapper.column_attrs if isinstance(each.columns[0].type, sa.String | sa.JSON)]
        if columns:
            yield from _broken_in(session, mapper, [each.key for each in columns])


def _broken_in(session: Session, mapper: Mapper[Any], names: list[str]) -> Found:
    # As bytes: the driver refuses to hand over what is no text.
    texts = [sa.cast(getattr(mapper.class_, name), sa.LargeBinary) for name in names]
    is_json = [isinstance(mapper.columns[name].type, sa.JSON) for name in names]
    rows = session.execute(select(*texts).execution_options(yield_per=FETCH))
    for place, row in enumerate(rows, start=1):
        for name, raw, structured in zip(names, row, is_json, strict=True):
            if raw is not None and not (_is_json(raw) if structured else _is_text(raw)):
                yield mapper.local_table.description, f"Row {place}: “{name}” holds what is no text."


def _is_text(raw: bytes) -> bool:
    try:
        return "\0" not in raw.decode()
    except UnicodeDecodeError:
        return False


def _is_json(raw: bytes) -> bool:
    try:
        value = json.loads(raw) if _is_text(raw) else None
    except ValueError:
        return False
    # Escapes can smuggle in what the bytes themselves do not hold.
    return _is_text(raw) and (b"\\u" not in raw or all(map(_is_whole, _strings(value))))


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, each in value.items():
            yield key
            yield from _strings(each)
    elif isinstance(value, list):
        for each in value:
            yield from _strings(each)


def _is_whole(text: str) -> bool:
    return "\0" not in text and not any("\ud800" <= char <= "\udfff" for char in text)

"""Files to import, and the import itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from deskcore.importing.mapping import FieldMap, field_map
from deskcore.importing.people import import_people
from deskcore.importing.report import Report
from deskcore.importing.sources import Source
from deskcore.importing.ticket_rows import TicketOptions
from deskcore.importing.tickets import import_tickets
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as

Import = Callable[..., Report]
#: For tests of what happens before anything reaches a database.
only_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., Path]:
    """Give a function that writes a file."""

    def write(content: str | bytes, name: str = "tickets.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


def _fields(fields: FieldMap | dict[str, str]) -> FieldMap:
    maps = [f"{target}={column}" for target, column in fields.items()] if isinstance(fields, dict) else []
    return fields if isinstance(fields, FieldMap) else field_map(None, maps)


@pytest.fixture
def tickets(app_context: Flask, written: Callable[..., Path]) -> Import:
    """Give a function that imports tickets to the IT desk."""

    def run(content: str | bytes, fields: FieldMap | dict[str, str], name: str = "tickets.csv", **given: Any) -> Report:
        how = {key: given.pop(key) for key in ("batch", "dry_run") if key in given}
        options = TicketOptions(**{"desk": "it", "source": "test", **given})
        with acting_as(SYSTEM), Source(written(content, name)) as source:
            return import_tickets(source, _fields(fields), options, **how)

    return run


@pytest.fixture
def people(app_context: Flask, written: Callable[..., Path]) -> Import:
    """Give a function that imports people."""

    def run(content: str | bytes, fields: FieldMap | dict[str, str] | None = None, **given: Any) -> Report:
        with acting_as(SYSTEM), Source(written(content, "people.csv")) as source:
            return import_people(source, _fields(fields or {}), **given)

    return run

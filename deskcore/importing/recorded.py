"""An import in the audit log: an entry when it begins, so that even one that is killed is there, and one at its end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from deskcore import audit
from deskcore.importing.report import Report
from deskcore.importing.sources import Source
from deskcore.work import unit_of_work


@contextmanager
def recorded(what: str, source: Source, *, dry_run: bool, **details: Any) -> Iterator[Report]:
    """Give the report of an import, and record the import unless it stores nothing.

    :param what: ``people`` or ``tickets``.
    :param details: what else the first entry says, such as the desk.
    """
    report = Report()
    if dry_run:
        yield report
        return
    subject = audit.Subject("import", what)
    with unit_of_work() as session:
        audit.record(session, "import.started", subject, after={"file": source.path.name, **details})
    complete = False
    try:
        yield report
        complete = True
    finally:
        counts = {"read": report.read, "created": report.created, "updated": report.updated}
        counts |= {"skipped": report.skipped, "bad_rows": report.bad_rows}
        with unit_of_work() as session:
            audit.record(session, "import.finished", subject, after={**counts, "complete": complete})

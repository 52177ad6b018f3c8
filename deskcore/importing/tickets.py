"""Import of tickets: rows are prepared one by one and stored batch by batch."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import closing

from sqlalchemy.exc import DataError, IntegrityError

from deskcore.extensions import db
from deskcore.hooks.sentences import sentence
from deskcore.importing.mapping import FieldMap
from deskcore.importing.messages import BadValue
from deskcore.importing.recorded import recorded
from deskcore.importing.report import Report
from deskcore.importing.seen import Seen
from deskcore.importing.sources import BadRow, Row, Source
from deskcore.importing.ticket_batches import TicketBatches
from deskcore.importing.ticket_rows import TARGETS, PreparedTicket, TicketOptions, TicketRows

log = logging.getLogger("deskcore.importing")

#: Called with the number of bytes read so far and the report as it stands.
Progress = Callable[[int, Report], None]


def import_tickets(
    source: Source,
    fields: FieldMap,
    options: TicketOptions,
    *,
    batch: int = 500,
    dry_run: bool = False,
    progress: Progress = lambda read, report: None,
) -> Report:
    """Import every good row and return what became of each; nobody is told of any of it.

    Each batch is one transaction: an import that is interrupted has stored whole batches, and goes on from there
    when it is started again. Plugins are not asked: what is imported has happened already.

    :param batch: rows of one transaction.
    :param dry_run: check every row and store nothing.
    :raises Refused: when the mapping or the file as a whole cannot be used.
    """
    fields.check(TARGETS, source.columns)
    rows = TicketRows(fields, options)
    recording = recorded("tickets", source, dry_run=dry_run, desk=options.desk)
    with closing(Seen()) as seen, recording as report:
        run = _Run(rows, TicketBatches(rows.desk), report, seen, dry_run)
        for row in source.rows():
            run.take(row)
            if len(run.waiting) >= batch:
                run.flush()
                progress(source.read_bytes, run.report)
        run.flush()
    progress(source.read_bytes, run.report)
    return run.report


class _Run:
    """One import while it runs."""

    def __init__(self, rows: TicketRows, batches: TicketBatches, report: Report, seen: Seen, dry_run: bool) -> None:
        self.report = report
        self.waiting: list[PreparedTicket] = []
        self._rows = rows
        self._batches = batches
        self._seen = seen
        self._dry_run = dry_run

    def take(self, row: Row | BadRow) -> None:
        """Prepare a row, or note why it cannot be."""
        self.report.read += 1
        if isinstance(row, BadRow):
            self.report.bad(row.line, row.said)
            return
        try:
            ticket = self._rows.prepare(row)
            self._batches.check(ticket)
        except BadValue as error:
            self.report.bad(row.line, error.said)
            return
        if self._seen.first(ticket.key, row.line) == row.line:
            self.waiting.append(ticket)
        else:
            self.report.skipped += 1

    def flush(self) -> None:
        """Store what is waiting."""
        tickets, self.waiting = self.waiting, []
        if not tickets:
            return
        if self._dry_run:
            known = len(self._batches.known([ticket.key for ticket in tickets]))
            db.session.rollback()  # no read transaction stays open for the length of a file
            self.report.created += len(tickets) - known
            self.report.skipped += known
            return
        try:
            self._count(tickets, self._batches.store(tickets))
        except (IntegrityError, DataError) as error:
            log.debug("a batch is stored row by row, because the database refuses it", exc_info=error)
            self._one_by_one(tickets)

    def _one_by_one(self, tickets: list[PreparedTicket]) -> None:
        """Store each row in a transaction of its own, so that one that the database refuses costs only itself."""
        for ticket in tickets:
            try:
                self._count([ticket], self._batches.store([ticket]))
            except (IntegrityError, DataError) as error:
                said = sentence("The database refuses it: %(reason)s", reason=str(error.orig)[:200])
                self.report.bad(ticket.line, said)

    def _count(self, tickets: list[PreparedTicket], stored: int) -> None:
        self.report.created += stored
        self.report.skipped += len(tickets) - stored

"""What the database says afterwards, compared with what was acknowledged."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic

import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from deskcore.clock import now
from deskcore.events.models import Delivery, JobRow
from deskcore.tickets.models import Ticket, TicketEvent
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as, unit_of_work
from tests.kills.clients import Submission
from tests.processes import until

#: Seconds for which nothing may have moved before a lease is taken for that of a dead worker.
STILL = 3.0
ENTRY = sa.table("ledger_entry", sa.column("id"), sa.column("what"), sa.column("calls"), sa.column("worker"))


@dataclass(frozen=True)
class Differences:
    """What should not be, counted.

    :param lost: acknowledged submissions without their ticket.
    :param doubled: tickets beyond the first of one submission.
    :param duplicates: numbers given twice.
    :param undelivered: deliveries to a subscriber that are not done, or do not exist.
    :param unheard: events whose effect is missing, and effects without an event.
    """

    lost: int
    doubled: int
    duplicates: int
    undelivered: int
    unheard: int


@dataclass
class Records:
    """The tables of an installation, as its own system reads them."""

    app: Flask

    @contextmanager
    def reading(self) -> Iterator[Session]:
        with self.app.app_context(), acting_as(SYSTEM) as session:
            yield session

    def settle(self) -> None:
        """Wait until every event is delivered and every job run."""
        until(lambda: self._open_work() == ([], 0), "the end of all work", patience=180)

    def settle_after_kills(self) -> None:
        """Wait as well, but not for the leases of the dead.

        What a killed worker held is another's after its lease. Nobody sits that out here: when nothing else is left
        to do, the leases are made to have ended.
        """
        seen: dict[str, float] = {}

        def quiet() -> bool:
            held, more = self._open_work()
            for lease in held:
                seen.setdefault(lease, monotonic())
            dead = [lease for lease in held if monotonic() - seen[lease] > STILL]
            if dead and not more:
                self._end(dead)
            return not held and not more

        until(quiet, "the end of all work", patience=180)

    def _open_work(self) -> tuple[list[str], int]:
        """Return the leases of all work that somebody has begun, and how much nobody has."""
        with self.reading() as session:
            events = session.scalar(sa.select(sa.func.count()).select_from(TicketEvent).where(TicketEvent.pending))
            leases: list[str | None] = []
            for model in (Delivery, JobRow):
                leases += session.scalars(sa.select(model.lease).where(model.state == "waiting"))
        held = [lease for lease in leases if lease]
        # A delivery behind one that is held waits for it.
        free = 0 if held else len(leases)
        return held, free + (events or 0)

    def _end(self, leases: Sequence[str]) -> None:
        with self.app.app_context(), acting_as(SYSTEM), unit_of_work() as session:
            for model in (Delivery, JobRow):
                ended = sa.update(model).where(model.lease.in_(leases), model.state == "waiting")
                session.execute(ended.values(lease_until=now() - timedelta(seconds=1)))

    def differences(self, submissions: Iterable[Submission]) -> Differences:
        """Compare everything that was acknowledged with everything there is."""
        with self.reading() as session:
            tickets = session.execute(sa.select(Ticket.number, Ticket.description)).all()
        by_words: defaultdict[str, list[str]] = defaultdict(list)
        for ticket in tickets:
            by_words[ticket.description].append(ticket.number)
        numbers = Counter(ticket.number for ticket in tickets)
        return Differences(
            lost=sum(one.number not in by_words[one.words] for one in submissions if one.number),
            doubled=sum(len(found) - 1 for found in by_words.values() if len(found) > 1),
            duplicates=sum(count - 1 for count in numbers.values()),
            undelivered=self._undelivered(),
            unheard=len(self.heard().keys() ^ self.happened().keys()),
        )

    def _undelivered(self) -> int:
        """Return how many pairs of event and subscriber do not have exactly one delivery that is done."""
        with self.reading() as session:
            events = dict(session.execute(sa.select(TicketEvent.id, TicketEvent.kind)).all())
            rows = session.execute(sa.select(Delivery.event_id, Delivery.subscriber, Delivery.state)).all()
        done = Counter((row.event_id, row.subscriber) for row in rows if row.state == "done")
        subscribers: defaultdict[str, set[str]] = defaultdict(lambda: {"ledger"})
        for row in rows:
            subscribers[events[row.event_id]].add(row.subscriber)
        wanted = [(event, name) for event, kind in events.items() for name in subscribers[kind]]
        return sum(done[pair] != 1 for pair in wanted) + sum(row.state != "done" for row in rows)

    def happened(self) -> dict[str, int]:
        """Return the sequence number of every event, by the name under which subscribers know it."""
        wanted = sa.select(Ticket.number, TicketEvent.seq).join(Ticket, Ticket.id == TicketEvent.ticket_id)
        with self.reading() as session:
            return {f"{number}/{seq}": seq for number, seq in session.execute(wanted)}

    def heard(self, kind: str = "event") -> dict[str, sa.Row[tuple[int, str, int, str]]]:
        """Return what the ledger holds of events, or of jobs, in the order in which it was heard first."""
        with self.reading() as session:
            rows = session.execute(sa.select(ENTRY).order_by(ENTRY.c.id)).all()
        return {row.what: row for row in rows if row.what.startswith("job/") == (kind == "job")}

    def repeats(self) -> int:
        """Return how often something was told again that had been heard."""
        return sum(row.calls - 1 for row in (self.heard() | self.heard("job")).values())

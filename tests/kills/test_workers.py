"""Eight workers at once: each piece of work is done once, and what happens to one ticket is told in its order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from flask import Flask

from deskcore.events.jobs import queue_job
from deskcore.people.models import Person
from deskcore.tickets import services
from deskcore.tickets.opening import NewTicket, open_ticket
from deskcore.work import unit_of_work
from tests.kills.records import Records
from tests.kills.site import Site
from tests.processes import Server, until

WORKERS = 8
#: Events of each ticket.
EVENTS = 10


def test_eight_workers_do_nothing_twice_and_keep_the_order_of_each_ticket(
    app: Flask,
    site: Site,
    records: Records,
    act: Callable[..., AbstractContextManager[Any]],
    person_named: Callable[[str], Person],
    measure: Any,
) -> None:
    processes, pieces = measure("processes", 2), measure("jobs", 60)
    threads = {"DESKCORE_WORKER_THREADS": str(WORKERS // processes)}
    workers = [Server(site.folder, ["worker"], {**site.environment, **threads}) for _ in range(processes)]
    for worker in workers:
        worker.start()
    try:
        until(lambda: all(worker.ready for worker in workers), "the start of the workers")
        _make_work(pieces, act, person_named("anna.kowalska"))
        records.settle()
    finally:
        for worker in workers:
            worker.stop()
    assert not [trouble for worker in workers for trouble in worker.troubles]
    heard, done = records.heard(), records.heard("job")
    assert heard.keys() == records.happened().keys()
    assert len(done) == pieces // 2
    assert records.repeats() == 0
    assert len({row.worker for row in (heard | done).values()}) > 1
    told = defaultdict(list)
    for event in heard:
        number, _, seq = event.partition("/")
        told[number].append(int(seq))
    assert all(order == list(range(1, EVENTS + 1)) for order in told.values()), told


def _make_work(pieces: int, act: Callable[..., AbstractContextManager[Any]], anna: Person) -> None:
    """Queue as many jobs as there are events: tickets, with notes that come in turns."""
    with unit_of_work():
        for place in range(pieces // 2):
            queue_job("ledger.ledger_count", {"place": place})
    with act("anna.kowalska"):
        fault = NewTicket("it", "incident", "It jams", "x", anna.id, "portal", {"service": "printer"})
        numbers = [open_ticket(fault) for _ in range(pieces // 2 // EVENTS)]
    for place in range(1, EVENTS):
        for number in numbers:
            with act("marek.nowak", "workspace"):
                services.note(number, f"Note {place}")

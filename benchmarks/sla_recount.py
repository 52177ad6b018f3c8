"""``python -m benchmarks.sla_recount``: a calendar changes that every open ticket counts by, and people go on working.

A worker of its own reads all tickets again; meanwhile somebody opens the list and somebody changes a ticket, again and
again. What that takes stands beside what it takes while nothing else goes on, and what the worker uses of a processor,
its start included.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from statistics import median, quantiles
from time import perf_counter, sleep

import sqlalchemy as sa

from benchmarks.__main__ import _prepare, emptied
from benchmarks.fill import fill, settle
from deskcore.app import create_app
from deskcore.clock import now
from deskcore.extensions import db
from deskcore.people.services import find_person
from deskcore.runtime import runtime
from deskcore.tickets import services
from deskcore.tickets.lists import list_tickets
from deskcore.tickets.models import Ticket
from deskcore.tickets.queries import TicketQuery
from deskcore.viewer import SYSTEM, Viewer
from deskcore.work import acting_as
from deskcore.worker import Worker

PLUGIN = "sla_policies"
#: Seconds between two looks of somebody who works, and how often they are taken with nothing else going on.
PAUSE, ALONE = 0.1, 60


def main() -> None:
    """Measure and print; see ``--help`` for what can be left out."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--size", type=int, default=100_000, help="number of open tickets")
    parser.add_argument("--most", type=float, default=3600.0, help="seconds after which it ends, however far it is")
    parser.add_argument("--databases", default="sqlite,postgresql")
    parser.add_argument("--postgres", default="postgresql+psycopg://postgres@127.0.0.1:5432/postgres")
    arguments = parser.parse_args()
    for database in arguments.databases.split(","):
        with emptied(database, arguments.postgres) as (url, folder):
            _measure(database, url, folder, arguments.size, arguments.most)


def _measure(database: str, url: str, folder: Path, size: int, most: float) -> None:
    _prepare(url, folder, (PLUGIN,))
    engine = sa.create_engine(url)
    fill(engine, size)
    app = create_app({"instance": folder, "database_url": url, "worker_threads": 0})
    print(f"\n{database}, {size:,} open tickets", flush=True)
    with app.app_context():
        _open_all()
        _read_before()
        settle(engine)
        _say("alone", _works(size, lambda: True, ALONE))
        _run("a calendar changed", url, folder, size, _another_calendar, most)
        db.session.remove()
        db.engine.dispose()
    engine.dispose()


def _open_all() -> None:
    with db.engine.connect().execution_options(write=True) as connection, connection.begin():
        wanted = sa.update(Ticket.__table__).values(finished=False, status="open", status_category="open")  # type: ignore[arg-type]
        connection.execute(wanted)


def _read_before() -> None:
    """Store a clock of every ticket, as if somebody had read them before, and that nothing was missed since."""
    from deskcore_sla_policies.models import ClockRow, Followed, Heard  # the plugin is there now

    here = Ticket.__table__.c  # type: ignore[attr-defined]
    of_ticket = {
        "ticket_id": here.id, "department": "", "location": "", "vip": False, "desk": "it", "request_type": "incident",
        "priority": "normal", "team": "", "opened_at": here.created_at,
    }  # fmt: skip
    of_clock = {
        "ticket_id": here.id, "measure": "resolution", "cycle": 1, "policy": "it", "revision": 0, "state": "running",
        "paused_for": "", "outcome": "open", "goal": 60, "elapsed": 0, "started_at": here.created_at,
    }  # fmt: skip
    with db.engine.connect().execution_options(write=True) as connection, connection.begin():
        for model, values in ((Followed, of_ticket), (ClockRow, of_clock)):
            columns = [value if isinstance(value, sa.Column) else sa.literal(value) for value in values.values()]
            connection.execute(sa.insert(model.__table__).from_select(list(values), sa.select(*columns)))
        connection.execute(sa.insert(Heard).values(id=1, at=now()))


def _another_calendar() -> None:
    from deskcore_sla_policies import calendar_store
    from deskcore_sla_policies.hours import Span
    from deskcore_sla_policies.watching import begin_run

    office = calendar_store.stored_calendar("office")
    longer = tuple(Span(weekday, 7 * 60, 18 * 60) for weekday in range(5))
    edited = calendar_store.Edited("office", office.name, office.calendar.zone, longer, office.version)
    calendar_store.save(edited, office.calendar.days)
    begin_run("calendar")


def _run(what: str, url: str, folder: Path, size: int, begin: Callable[[], None], most: float) -> None:
    """Let a worker process read all tickets, measure what others need meanwhile, and print."""
    with acting_as(SYSTEM):
        begin()
    context = get_context("spawn")
    worker = context.Process(target=_worker, args=(url, str(folder)), daemon=True)
    began = perf_counter()
    worker.start()
    needed = _works(size, lambda: perf_counter() - began < most and worker.is_alive() and _is_running())
    seconds = perf_counter() - began
    worker.terminate()
    worker.join()
    done, total = _progress()
    used = getrusage(RUSAGE_CHILDREN)
    needs = f"{seconds / max(done, 1) * 1000:.2f} ms a ticket, {used.ru_utime + used.ru_stime:.0f} s of CPU"
    print(f"  {what}: {done:,} of {total:,} tickets in {seconds:.0f} s, {needs}")
    _say("meanwhile", needed)


def _worker(url: str, folder: str) -> None:
    """Do what is due, until somebody ends it."""
    app = create_app({"instance": Path(folder), "database_url": url, "worker_threads": 0})
    worker = Worker(app)
    while True:
        worker.run_once()
        sleep(PAUSE)


def _is_running() -> bool:
    from deskcore_sla_policies.watching import latest_run

    with acting_as(SYSTEM):
        run = latest_run()
        return run is not None and run.state == "running"


def _progress() -> tuple[int, int]:
    from deskcore_sla_policies.watching import latest_run

    with acting_as(SYSTEM):
        run = latest_run()
        assert run is not None
        return run.done, run.total or 0


def _works(size: int, goes_on: Callable[[], bool], most: int = sys.maxsize) -> dict[str, list[float]]:
    """Open the list in the order of due times, and change a ticket, in turns; return the seconds of each."""
    agent = find_person("agent@bench.example")
    assert agent is not None
    viewer = Viewer(agent.id, "workspace", {runtime().catalogue.desk("it").id: "agent"})
    needed: dict[str, list[float]] = {"list": [], "change": []}
    while len(needed["list"]) < most and goes_on():
        place = len(needed["list"]) % size
        number, priority = f"IT-{1_000_000 + place}", ("low", "high")[len(needed["list"]) // size % 2]
        with acting_as(viewer):
            needed["list"].append(_seconds(lambda: list_tickets(TicketQuery(sort="due"), agent.id)))
        with acting_as(viewer):
            needed["change"].append(_seconds(partial(services.set_priority, number, priority)))
        sleep(PAUSE)
    return needed


def _seconds(work: Callable[[], object]) -> float:
    began = perf_counter()
    work()
    return perf_counter() - began


def _say(when: str, needed: dict[str, list[float]]) -> None:
    for what, seconds in needed.items():
        if len(seconds) > 1:
            high = quantiles(seconds, n=20)[-1]
            told = " · ".join(f"{each * 1000:.0f}" for each in (median(seconds), high, max(seconds)))
            print(f"    {when:<10} {what:<7} median · 95 % · longest: {told} ms, {len(seconds)} times", flush=True)


if __name__ == "__main__":
    main()

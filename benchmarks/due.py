"""``python -m benchmarks.due``: what due times cost: the list in their order, and reading all open tickets again."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from time import perf_counter, process_time

import sqlalchemy as sa

from benchmarks.__main__ import _prepare, emptied
from benchmarks.fill import fill, settle
from deskcore.app import create_app
from deskcore.desks.services import plugin_viewer
from deskcore.extensions import db
from deskcore.people.services import find_person
from deskcore.plugin import tickets
from deskcore.runtime import runtime
from deskcore.tickets.lists import list_tickets
from deskcore.tickets.models import Ticket
from deskcore.tickets.queries import TicketQuery
from deskcore.viewer import Viewer
from deskcore.work import acting_as

PLUGIN = "sla_policies"
#: The quickest of so many rounds counts, each of so many lists: what else the computer does only makes them slower.
ROUNDS, LISTS = 25, 10
#: Tickets that are read again to tell what one costs.
READ = 2_000


def main() -> None:
    """Measure and print; see ``--help`` for what can be left out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=100_000, help="number of tickets, a third of them open")
    parser.add_argument("--databases", default="sqlite,postgresql")
    parser.add_argument("--postgres", default="postgresql+psycopg://postgres@127.0.0.1:5432/postgres")
    arguments = parser.parse_args()
    for database in arguments.databases.split(","):
        with emptied(database, arguments.postgres) as (url, folder):
            _measure(database, url, folder, arguments.size)


def _measure(database: str, url: str, folder: Path, size: int) -> None:
    _prepare(url, folder, (PLUGIN,))
    engine = sa.create_engine(url)
    fill(engine, size)
    app = create_app({"instance": folder, "database_url": url, "worker_threads": 0})
    print(f"\n{database}, {size:,} tickets", flush=True)
    with app.app_context():
        _give_due_times()
        settle(engine)
        _compare_lists()
        _read_again()
        db.session.remove()
        db.engine.dispose()
    engine.dispose()


def _give_due_times() -> None:
    """Let two of three open tickets be due, an hour after one another."""
    with db.engine.connect().execution_options(write=True) as connection, connection.begin():
        wanted = sa.update(Ticket.__table__).where(Ticket.finished.is_(False), Ticket.id % 3 != 0)  # type: ignore[arg-type]
        connection.execute(wanted.values(due_at=Ticket.created_at, due_state="running"))


def _compare_lists() -> None:
    agent = find_person("agent@bench.example")
    assert agent is not None
    desk = runtime().catalogue.desk("it").id
    with acting_as(Viewer(agent.id, "workspace", {desk: "agent"})):
        found: dict[str, list[float]] = {"number": [], "due": []}
        for _ in range(ROUNDS):
            for sort, seconds in found.items():
                seconds.append(_seconds(lambda sort=sort: list_tickets(TicketQuery(sort=sort), agent.id)))  # type: ignore[misc]
    ratio = min(found["due"]) / min(found["number"])
    print(f"  list in the order of due times, to one in the order of numbers   {ratio:.2f}")


def _seconds(ask: Callable[[], object]) -> float:
    ask()
    began = perf_counter()
    for _ in range(LISTS):
        ask()
    return perf_counter() - began


def _read_again() -> None:
    """Read open tickets for the first time and once more, as a worker does, and tell what one costs."""
    from deskcore_sla_policies.following import BATCH, follow, read_ahead  # the plugin is there now

    for what in ("read for the first time", "read again, with nothing new"):
        began, longest, after, done = process_time(), 0.0, 0, 0
        with acting_as(plugin_viewer(PLUGIN)):
            while done < READ and (ids := tickets.ids(limit=BATCH, after=after, unfinished=True)):
                ahead = read_ahead(ids)
                started = perf_counter()
                follow(ids, quietly=True, ahead=ahead)
                longest = max(longest, perf_counter() - started)
                after, done = ids[-1], done + len(ids)
        cost = (process_time() - began) / max(done, 1)
        print(f"  {what:36} {cost * 1000:6.2f} ms of CPU a ticket, longest transaction {longest * 1000:.0f} ms")


if __name__ == "__main__":
    main()

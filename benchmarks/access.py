"""What the access filter costs: the queue page and "my requests" with it, as a ratio to the same pages without it.

``python -m benchmarks.access`` fills eight desks, two of them confidential, with 100,000 tickets and gives 200 grants.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.engine import Connection
from sqlalchemy.orm import ORMExecuteState

from benchmarks.__main__ import _prepare, emptied
from benchmarks.fill import fill, settle
from deskcore.app import create_app
from deskcore.desks.models import DeskRow
from deskcore.desks.services import refresh
from deskcore.extensions import DeskSession, db, engine_options
from deskcore.people.models import DeskGrant, Person
from deskcore.testing.people import signed_in
from deskcore.tickets.models import Ticket, TicketParticipant

DESKS = 8
CONFIDENTIAL = 2
GRANTS = 200
#: Every so manieth ticket is for named people.
_NAMED = 50
_REQUESTS = 30
#: What is asked for, and by whom: somebody who works on all desks, somebody who works on three, and a requester.
PAGES = (
    ("queue, all desks", "person0@bench.example", "/agent/tickets?queue=open"),
    ("queue, three desks", "person1@bench.example", "/agent/tickets?queue=open"),
    ("my requests", "person150@bench.example", "/requests"),
)


def main() -> None:
    """Measure and print; the promise is at most 1.15."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="100000", help="numbers of tickets, comma-separated")
    parser.add_argument("--databases", default="sqlite,postgresql")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--postgres", default="postgresql+psycopg://postgres@127.0.0.1:5432/postgres")
    arguments = parser.parse_args()
    print("with the filter, as a ratio to the same page without it: min / median / max over rounds")
    for database in arguments.databases.split(","):
        for size in arguments.sizes.split(","):
            with emptied(database, arguments.postgres) as (url, folder):
                print(f"\n{database}, {int(size):,} tickets on {DESKS} desks, {GRANTS} grants", flush=True)
                _measure(url, folder, int(size), arguments.rounds)


def _measure(url: str, folder: Path, size: int, rounds: int) -> None:
    _prepare(url, folder)
    engine = sa.create_engine(url, **engine_options(url, ()))
    fill(engine, size)
    with engine.connect().execution_options(write=True) as connection, connection.begin():
        _spread(connection)
    settle(engine)
    engine.dispose()
    app = create_app({"instance": folder, "database_url": url, "enabled_plugins": ("it_desk",), "worker_threads": 0})
    with app.app_context():
        refresh()
    for name, who, path in PAGES:
        found = list(_ratios(app, signed_in(app, who), path, rounds))
        print(f"  {name:24} {min(found):5.2f} / {statistics.median(found):5.2f} / {max(found):5.2f}", flush=True)
    with app.app_context():
        db.engine.dispose()


def _spread(connection: Connection) -> None:
    """Spread the tickets over the desks, give the grants, and leave some tickets to named people."""
    desk, ticket, grant = DeskRow.__table__, Ticket.__table__, DeskGrant.__table__
    first = connection.execute(sa.select(desk).where(desk.c.key == "it")).mappings().one()
    copied = {key: value for key, value in first.items() if key not in ("id", "key", "prefix", "plugin")}
    ids = [first["id"]]
    for place in range(1, DESKS):
        own = {"key": f"d{place}", "prefix": f"DX{place}", "plugin": "", "confidential": place <= CONFIDENTIAL}
        ids.append(connection.execute(sa.insert(desk).values(copied | own).returning(desk.c.id)).scalar_one())
    for place, desk_id in enumerate(ids):
        connection.execute(sa.update(ticket).where(ticket.c.id % DESKS == place).values(desk_id=desk_id))
    connection.execute(sa.delete(grant))
    connection.execute(sa.insert(grant), list(_grants(connection, ids)))
    connection.execute(sa.update(ticket).where(ticket.c.id % _NAMED == 0).values(visibility="named"))
    named = sa.select(ticket.c.id, ticket.c.assignee_id, sa.literal("member"), ticket.c.created_at)
    named = named.where(ticket.c.id % _NAMED == 0, ticket.c.assignee_id.is_not(None))
    part = TicketParticipant.__table__
    connection.execute(sa.insert(part).from_select(["ticket_id", "person_id", "role", "since"], named))


def _grants(connection: Connection, desks: list[int]) -> Iterator[dict[str, object]]:
    """Yield the grants: one person on all desks, the next on three, the others spread evenly."""
    person = Person.__table__
    found = sa.select(person.c.id).where(person.c.email.like("person%")).order_by(person.c.id).limit(100)
    people = connection.scalars(found).all()
    pairs = [(people[0], desk) for desk in desks] + [(people[1], desk) for desk in desks[:3]]
    every = ((people[2 + place % 90], desks[(place + place // 90) % DESKS]) for place in range(GRANTS))
    for person_id, desk_id in (*pairs, *every)[:GRANTS]:
        yield {"person_id": person_id, "desk_id": desk_id, "role": "agent", "granted_at": datetime.now(UTC)}


def _ratios(app: Flask, client: FlaskClient, path: str, rounds: int) -> Iterator[float]:
    """Yield the ratio of the medians of each round, whose requests alternate: what else the machine does hits both."""
    _seconds(client, path)
    for _round in range(rounds):
        filtered, bare = [], []
        for _request in range(_REQUESTS):
            filtered.append(_seconds(client, path))
            with _unfiltered():
                bare.append(_seconds(client, path))
        yield statistics.median(filtered) / statistics.median(bare)


def _seconds(client: FlaskClient, path: str) -> float:
    start = perf_counter()
    answer = client.get(path)
    if answer.status_code != 200:
        raise RuntimeError(f"{path} answered {answer.status_code}")
    return perf_counter() - start


@contextmanager
def _unfiltered() -> Iterator[None]:
    """Let every statement pass as it is, for as long as the block lasts."""

    def none(state: ORMExecuteState) -> None:
        """Add nothing."""

    kept = DeskSession.policy
    DeskSession.policy = staticmethod(none)
    try:
        yield
    finally:
        DeskSession.policy = kept


if __name__ == "__main__":
    main()

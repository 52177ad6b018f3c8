"""Fill a database with tickets: the same ones each time, most of them finished, some with five replies."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, TypeAlias

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from deskcore.desks.models import DeskRow, NumberSeries, RequestTypeRow
from deskcore.people.models import DeskGrant, Person
from deskcore.tickets.conversation_models import Message
from deskcore.tickets.models import Ticket, TicketEvent, TicketParticipant, TicketTag

_WORDS = ("printer", "network", "laptop", "password", "access", "screen", "keyboard", "vpn", "mail", "phone", "invoice")
#: A word that one ticket in a thousand has, and one that every fifth has.
RARE, OFTEN = "quokka", "migration"
_BATCH = 2000
#: Id and number of the first ticket.
_FIRST = 1_000_000
_REPLIES = 5
#: Subject, description and tag of a ticket.
Words: TypeAlias = tuple[str, str, str]
#: Words of a real ticket that make its subject.
_SUBJECT = 8


def real_tickets(data: Path) -> list[Words]:
    """Return what people really wrote to a service desk, out of ``tickets-endava-48k`` in a folder of data."""
    with gzip.open(data / "tickets-endava-48k" / "tickets.jsonl.gz", "rt", encoding="utf-8") as lines:
        found = [json.loads(line) for line in lines]
    return [
        (
            " ".join(each["text"].split()[:_SUBJECT])[:200] or each["label"],
            each["text"],
            each["label"].lower().replace(" ", "-"),
        )
        for each in found
    ]


def fill(engine: Engine, count: int, real: Sequence[Words] = ()) -> None:
    """Put ``count`` tickets into a fresh database; every twentieth has five replies.

    :param real: what the tickets are about; who asked, who has them and how far they are is dealt out all the same.
    """
    random = Random(20261121)
    with engine.connect().execution_options(write=True) as connection, connection.begin():
        people, agents = _people(connection)
        facts = _facts(connection)
        for first in range(0, count, _BATCH):
            rows = list(_tickets(random, facts, people, agents, first, min(first + _BATCH, count)))
            for row in rows if real else ():
                row["subject"], row["description"], tag = real[(row["id"] - _FIRST) % len(real)]
                row["tags"] = [tag]
            _insert(connection, rows)
        following = sa.update(NumberSeries).where(NumberSeries.prefix == "IT").values(next=count + _FIRST + 1)
        connection.execute(following)
    settle(engine)


def settle(engine: Engine) -> None:
    """Let the database know what it holds now, as it would after a while by itself."""
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql("VACUUM ANALYZE")
        else:
            connection.exec_driver_sql("ANALYZE")
            connection.exec_driver_sql("COMMIT")


def _people(connection: Connection) -> tuple[list[int], list[int]]:
    table = Person.__table__
    if (connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0) < 200:
        now = datetime.now(UTC)
        rows = [
            {"email": f"person{place}@bench.example", "name": f"Person {place}", "created_at": now}
            for place in range(200)
        ]
        connection.execute(sa.insert(Person), rows)
        desk = connection.scalar(sa.select(DeskRow.id).where(DeskRow.key == "it"))
        first = connection.scalars(sa.select(table.c.id).where(table.c.email.like("person%")).limit(20)).all()
        connection.execute(
            sa.insert(DeskGrant), [{"person_id": one, "desk_id": desk, "role": "agent"} for one in first]
        )
    people = connection.scalars(sa.select(table.c.id).where(table.c.email.like("person%"))).all()
    return list(people), list(people)[:20]


def _facts(connection: Connection) -> dict[str, Any]:
    wanted = sa.select(RequestTypeRow.id, RequestTypeRow.form_version_id, RequestTypeRow.desk_id)
    row = connection.execute(wanted.where(RequestTypeRow.key == "incident")).one()
    return {"request_type_id": row.id, "form_version_id": row.form_version_id, "desk_id": row.desk_id}


def _tickets(
    random: Random, facts: dict[str, Any], people: list[int], agents: list[int], first: int, last: int
) -> Iterator[dict[str, Any]]:
    start = datetime.now(UTC) - timedelta(days=700)
    for place in range(first, last):
        finished = random.random() < 0.7
        at = start + timedelta(seconds=place * 500 % 60_000_000)
        yield facts | {
            "id": _FIRST + place,
            "number": f"IT-{_FIRST + place}",
            "subject": " ".join(random.choices(_WORDS, k=6)),
            "description": " ".join([*random.choices(_WORDS, k=30), *_marks(place)]),
            "status": "closed" if finished else "open",
            "status_category": "closed" if finished else "open",
            "finished": finished,
            "priority": random.choice((1, 2, 2, 2, 3, 4)),
            "channel": "portal",
            "requester_id": random.choice(people),
            "assignee_id": random.choice((None, *agents)),
            "answers": {"service": "printer"},
            "extra": {},
            "tags": [],
            "visibility": "desk",
            "version": 1,
            "last_seq": 1 + (_REPLIES if place % 20 == 0 else 0),
            "created_at": at,
            "updated_at": at,
        }


def _marks(place: int) -> list[str]:
    return [word for word, every in ((RARE, 1_000), (OFTEN, 5)) if place % every == 3]


def _insert(connection: Connection, rows: list[dict[str, Any]]) -> None:
    connection.execute(sa.insert(Ticket), rows)
    told = [(row, seq) for row in rows for seq in range(1, row["last_seq"] + 1)]
    events = [
        {"ticket_id": row["id"], "seq": seq, "kind": "message_added" if seq > 1 else "opened", "channel": "portal",
         "actor_id": row["requester_id"], "at": row["created_at"], "public": True, "data": {}, "pending": False}
        for row, seq in told
    ]  # fmt: skip
    messages = [
        {"ticket_id": row["id"], "seq": seq, "author_id": row["requester_id"], "body": row["description"] * 3,
         "channel": "portal", "at": row["created_at"], "from_agent": False}
        for row, seq in told if seq > 1
    ]  # fmt: skip
    connection.execute(sa.insert(TicketEvent), events)
    if messages:
        connection.execute(sa.insert(Message), messages)
    taking_part = [
        {"ticket_id": row["id"], "person_id": row["requester_id"], "role": "requester", "since": row["created_at"]}
        for row in rows
    ]
    connection.execute(sa.insert(TicketParticipant), taking_part)
    tags = [{"ticket_id": row["id"], "tag": tag} for row in rows for tag in row["tags"]]
    if tags:
        connection.execute(sa.insert(TicketTag), tags)

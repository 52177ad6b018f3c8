"""``fsck`` finds nothing in sound data, and each single break of an invariant."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from deskcore.clock import now
from deskcore.desks.models import NumberSeries
from deskcore.events.models import Delivery
from deskcore.extensions import db
from deskcore.fsck import check_all
from deskcore.people.models import Person
from deskcore.runtime import runtime
from deskcore.tickets import services
from deskcore.tickets.attachments import store_upload, stored_path
from deskcore.tickets.deliveries import fan_out
from deskcore.tickets.models import Attachment, Message, StoredFile, Ticket, TicketEvent, TicketParticipant, TicketTag
from deskcore.tickets.opening import NewTicket, open_ticket
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as, unit_of_work

Act = Callable[..., Any]
Person_ = Callable[[str], Person]


@pytest.fixture
def ticket(act: Act, person_named: Person_) -> str:
    """Open a ticket to which everything has happened that can."""
    anna = person_named("anna.kowalska")
    with act("anna.kowalska"):
        token = store_upload(BytesIO(b"a picture"), "picture.png")
        new = NewTicket("it", "incident", "Printer", "It jams.", anna.id, "portal", uploads=[token])
        number = open_ticket(new)
    with act("marek.nowak", "workspace"):
        services.assign(number, "marek.nowak@meridian.example")
        services.reply(number, "We look at it.")
        services.note(number, "Third time this month.")
        services.set_priority(number, "high")
        services.set_priority(number, "urgent")
        services.set_tags(number, ["printer", "floor-2"])
        services.escalate(number, "it", "l2")
        services.set_status(number, "on_hold")
        services.set_status(number, "resolved")
    return number


def findings() -> list[tuple[str, str]]:
    with acting_as(SYSTEM) as session:
        return [(finding.check, finding.where) for finding in check_all(session).findings]


def change(model: Any, **values: Any) -> Callable[[Session], None]:
    return lambda session: _ignoring(session, sa.update(model).values(**values))


def remove(model: Any, *conditions: Any) -> Callable[[Session], None]:
    return lambda session: _ignoring(session, sa.delete(model).where(*conditions))


def _ignoring(session: Session, statement: Any) -> None:
    session.execute(statement, execution_options={"synchronize_session": False})


def test_sound_data_has_no_findings(app_context: Flask, ticket: str) -> None:
    with acting_as(SYSTEM) as session:
        result = check_all(session)
    assert result.as_json() == {"checked": 1, "findings": []}


def test_sound_data_with_deliveries_has_no_findings(app_context: Flask, ticket: str) -> None:
    fan_out()
    assert findings() == []


@pytest.mark.parametrize(
    ("broken", "check"),
    [
        (change(Ticket, finished=False), "finished"),
        (change(Ticket, status="nonsense"), "status"),
        (change(Ticket, status_category="open", finished=False), "status"),
        (change(Ticket, status="open", status_category="open", finished=False), "history"),
        (change(Ticket, priority=1), "history"),
        (change(Ticket, team_id=None), "history"),
        (lambda s: _ignoring(s, sa.update(Ticket).values(assignee_id=Ticket.requester_id)), "history"),
        (change(Ticket, last_seq=99), "sequence"),
        (change(Ticket, tags=["printer"]), "tags"),
        (remove(TicketTag, TicketTag.tag == "printer"), "tags"),
        (remove(TicketParticipant), "requester"),
        (remove(TicketEvent, TicketEvent.kind == "opened"), "opened"),
        (remove(TicketEvent, TicketEvent.kind == "note_added"), "sequence"),
        (
            lambda s: _ignoring(
                s, sa.update(TicketEvent).where(TicketEvent.kind == "priority_changed").values(data={})
            ),
            "history",
        ),
        (remove(Message), "history"),
        (change(Attachment, size=1), "file"),
        (change(StoredFile, size=1), "file"),
        (change(NumberSeries, next=1), "numbers"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_each_break_is_found(app_context: Flask, ticket: str, broken: Callable[[Session], None], check: str) -> None:
    with acting_as(SYSTEM), unit_of_work() as session:
        broken(session)
    found = {name for name, _where in findings()}
    assert check in found


def test_a_file_that_changed_or_went_is_found(app_context: Flask, ticket: str) -> None:
    with acting_as(SYSTEM) as session:
        path = stored_path(session.scalars(sa.select(StoredFile.sha256)).one())
    path.write_bytes(b"a forgery")
    assert [check for check, _ in findings()] == ["file"]
    path.unlink()
    assert [check for check, _ in findings()] == ["file"]


def test_a_file_that_belongs_to_nothing_is_found_after_a_day(app_context: Flask, ticket: str) -> None:
    folder = runtime().config.files / "aa"
    folder.mkdir(parents=True, exist_ok=True)
    orphan: Path = folder / ("a" * 64)
    orphan.write_bytes(b"left over")
    assert findings() == []
    long_ago = (now() - timedelta(hours=25)).timestamp()
    os.utime(orphan, (long_ago, long_ago))
    assert findings() == [("file", "a" * 64)]


def test_a_delivery_of_a_pending_event_and_an_endless_lease_are_found(app_context: Flask, ticket: str) -> None:
    with acting_as(SYSTEM), unit_of_work() as session:
        event = session.scalars(sa.select(TicketEvent).where(TicketEvent.seq == 1)).one()
        session.add(Delivery(event_id=event.id, ticket_id=event.ticket_id, subscriber="somebody"))
    assert [check for check, _ in findings()] == ["delivery"]
    with acting_as(SYSTEM), unit_of_work() as session:
        _ignoring(session, sa.update(TicketEvent).values(pending=False))
        _ignoring(session, sa.update(Delivery).values(lease="x", lease_until=now() + timedelta(days=1)))
    assert [check for check, _ in findings()] == ["delivery"]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_row_that_refers_to_nothing_is_found(app_context: Flask, ticket: str) -> None:
    path = db.engine.url.database
    assert path is not None
    with closing(sqlite3.connect(path)) as connection:  # without foreign keys, as a foreign tool would
        connection.execute("INSERT INTO team_member VALUES (999, 999)")
        connection.commit()
    assert {check for check, _ in findings()} == {"reference"}


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_text_that_no_database_should_hold_is_found(app_context: Flask, ticket: str) -> None:
    with acting_as(SYSTEM), unit_of_work() as session:
        _ignoring(session, sa.update(Ticket).values(subject="a\0b"))
        _ignoring(session, sa.update(Message).values(body="c\0d"))
        _ignoring(session, sa.update(Person).where(Person.name == "Anna Kowalska").values(name="e\0f"))
    assert sorted({check for check, _ in findings()}) == ["text"]
    assert len(findings()) == 3


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_text_that_is_no_utf8_is_found(app_context: Flask, ticket: str) -> None:
    with acting_as(SYSTEM), unit_of_work() as session:
        _ignoring(
            session, sa.update(Ticket).values(description=sa.cast(sa.literal(b"\xff\xfe", sa.LargeBinary), sa.Text))
        )
    assert ("text", "ticket") in findings()

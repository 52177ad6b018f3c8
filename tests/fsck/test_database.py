"""``fsck`` on a database that is damaged itself: it names what it finds, and checks on."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from deskcore.extensions import db
from deskcore.fsck import check_all
from deskcore.people.models import Person
from deskcore.tickets.opening import NewTicket, open_ticket
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as
from tests.fsck.conftest import Damage

Act = Callable[..., Any]
Named = Callable[[str], Person]
sqlite_only = pytest.mark.parametrize("shared_app", ["sqlite"], indirect=True)
postgresql_only = pytest.mark.parametrize("shared_app", ["postgresql"], indirect=True)


@sqlite_only
@pytest.mark.parametrize(
    "damage_done",
    [
        "UPDATE ticket SET subject = 'a' || char(0) || 'b'",
        "UPDATE ticket SET description = CAST(x'fffe' AS TEXT)",
        "UPDATE message SET body = CAST(x'eda080' AS TEXT)",
        "UPDATE person SET job_title = 'c' || char(0) WHERE id = 1",
        "UPDATE person SET job_title = CAST(x'ff' AS TEXT) WHERE id = 1",
        """UPDATE note SET body = char(0)""",
        """UPDATE ticket SET extra = '{"plugin": "\\u0000"}'""",
        """UPDATE ticket SET extra = '{"plugin": ["\\ud800"]}'""",
        """UPDATE ticket SET extra = '{"plugin": '""",
    ],
)
def test_what_is_no_text_is_found(damage: Damage, damage_done: str) -> None:
    assert damage(damage_done) == {"text"}


@sqlite_only
def test_what_only_looks_like_half_a_character_is_text(damage: Damage) -> None:
    assert damage("""UPDATE ticket SET extra = '{"plugin": "\\\\ud800 and \\\\u0000"}'""") == set()


@sqlite_only
def test_one_unreadable_ticket_is_named_and_the_others_are_checked(damage: Damage) -> None:
    broken = damage("UPDATE ticket SET tags = 'no JSON', status = 'x' WHERE id = 1", "UPDATE ticket SET last_seq = 99")
    assert broken == {"readable", "text", "sequence"}


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_page_that_was_wiped_is_found(app_context: Flask) -> None:
    path = Path(db.engine.url.database or "")
    db.session.remove()
    db.engine.dispose()
    with closing(sqlite3.connect(path)) as connection:
        (page,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'ix_ticket_queue'").fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    with path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(bytes(size))
    with acting_as(SYSTEM) as session:
        assert "database" in {finding.check for finding in check_all(session).findings}


@postgresql_only
def test_two_tickets_of_one_number_are_found(damage: Damage) -> None:
    broken = damage("ALTER TABLE ticket DROP CONSTRAINT uq_ticket_number", "UPDATE ticket SET number = 'IT-1'")
    assert broken == {"unique"}


@postgresql_only
def test_a_constraint_that_nobody_checked_is_found(damage: Damage) -> None:
    unchecked = "ALTER TABLE ticket ADD CONSTRAINT mine CHECK (priority > 3) NOT VALID"
    assert damage(unchecked) == {"database"}


def test_everything_is_seen_as_of_one_moment(app_context: Flask, act: Act, person_named: Named) -> None:
    """What others do while the check runs looks as if it had not been done, not as if something were broken."""
    anna = person_named("anna.kowalska")
    with act("anna.kowalska"):
        open_ticket(NewTicket("it", "incident", "Printer", "", anna.id, "portal"))

    def change_meanwhile(checked: int) -> None:
        with db.engine.connect().execution_options(write=True, migrating=True) as other, other.begin():
            other.execute(sa.text("UPDATE ticket_event SET kind = 'note_added'"))

    with acting_as(SYSTEM) as session:
        assert check_all(session, change_meanwhile).findings == []
        assert {finding.check for finding in check_all(session).findings} == {"entries", "opened"}

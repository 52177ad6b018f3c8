"""Sound data to which everything has happened that can, and damaging it for the length of one check."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from io import BytesIO

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from deskcore.events.models import Subscription
from deskcore.extensions import db
from deskcore.fsck import Finding, check_all
from deskcore.people.services import get_person
from deskcore.runtime import runtime
from deskcore.tickets import services
from deskcore.tickets.attachments import store_upload
from deskcore.tickets.conversation_models import Draft, DraftFile
from deskcore.tickets.deliveries import fan_out
from deskcore.tickets.opening import NewTicket, open_ticket
from deskcore.viewer import SYSTEM, Viewer
from deskcore.work import acting_as, unit_of_work

Damage = Callable[..., set[str]]


class _Enough(Exception):
    """Ends a transaction that must leave nothing behind."""


@pytest.fixture(scope="module")
def sound(shared_app: Flask) -> Flask:
    """Fill the module's application: two tickets with every kind of event, entry, file and work."""
    with shared_app.app_context():
        with acting_as(SYSTEM), unit_of_work() as session:
            session.add_all(Subscription(plugin="it_desk", hook=hook) for hook in ("ticket_opened", "message_added"))
        anna, marek = get_person("anna.kowalska@meridian.example"), get_person("marek.nowak@meridian.example")
        desk = runtime().catalogue.desk("it")
        asking, working = Viewer(anna.id, "portal"), Viewer(marek.id, "workspace", {desk.id: "agent"})
        with acting_as(asking):
            files = [store_upload(BytesIO(b"a picture"), "picture.png")]
            new = NewTicket("it", "incident", "Printer", "It jams.", anna.id, "portal", {"service": "printer"})
            first = open_ticket(NewTicket(**{**vars(new), "uploads": files, "key": "first"}))
            second = open_ticket(new)
        with acting_as(working):
            _work_on(first, second)
        with acting_as(asking), unit_of_work() as session:
            held = store_upload(BytesIO(b"not sent yet"), "draft.txt")
            values = {"person_id": anna.id, "place": "answer/1", "revision": "r", "page": "p", "step": 1}
            draft = sa.insert(Draft).values(**values, content=b"sealed").returning(Draft.id)
            session.add(DraftFile(draft_id=session.scalar(draft), token=held))
        fan_out()
        db.session.remove()
    return shared_app


def _work_on(first: str, second: str) -> None:
    services.assign(first, "marek.nowak@meridian.example")
    services.reply(first, "We look at it.", [store_upload(BytesIO(b"how to"), "manual.txt")])
    services.note(first, "Third time this month.", [store_upload(BytesIO(b"inside"), "log.txt")])
    for priority in ("high", "urgent"):
        services.set_priority(first, priority)
    services.set_tags(first, ["printer", "floor-2"])
    services.escalate(first, "it", "l2")
    services.set_status(first, "on_hold")
    services.set_status(first, "resolved")
    services.reply(second, "Is it the same one?")
    services.link(second, first, "parent")
    services.hold_reply(second, "It is on its way.", [store_upload(BytesIO(b"about to go out"), "later.txt")])


@pytest.fixture
def found(sound: Flask) -> Callable[[], list[Finding]]:
    """Give a function that checks the data as it is."""

    def check() -> list[Finding]:
        with sound.app_context(), acting_as(SYSTEM) as session:
            return check_all(session, deep=True).findings

    return check


@pytest.fixture
def damage(sound: Flask) -> Damage:
    """Give a function that damages the data by SQL, returns the names of the broken invariants, and undoes it."""

    def broken_by(*statements: str) -> set[str]:
        names: set[str] = set()
        with sound.app_context(), suppress(_Enough), acting_as(SYSTEM), unit_of_work() as session:
            _without_foreign_keys(session)
            for statement in statements:
                session.execute(sa.text(statement))
            names |= {finding.check for finding in check_all(session, deep=True).findings}
            raise _Enough
        return names

    return broken_by


def _without_foreign_keys(session: Session) -> None:
    if session.get_bind().dialect.name == "sqlite":
        session.execute(sa.text("PRAGMA defer_foreign_keys = ON"))
    else:
        session.execute(sa.text("SET LOCAL session_replication_role = replica"))

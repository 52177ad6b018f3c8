"""A small world in which every rule of visibility matters for at least one ticket."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from deskcore.clock import now
from deskcore.desks.models import DeskRow, RequestTypeRow
from deskcore.extensions import db
from deskcore.people.services import create_person, find_person
from deskcore.runtime import runtime
from deskcore.tickets.conversation_models import Attachment, Message, Note, StoredFile
from deskcore.tickets.models import Ticket, TicketEvent, TicketLink, TicketParticipant, TicketTag
from deskcore.viewer import SYSTEM, Viewer
from deskcore.work import acting_as, unit_of_work


@dataclass
class World:
    """Tickets on two desks, of which HR is confidential.

    :param tickets: id by name.
    :param desks: id by key.
    :param people: id by name.
    """

    tickets: dict[str, int]
    desks: dict[str, int]
    people: dict[str, int]

    def portal(self, person: str) -> Viewer:
        """Return somebody in the portal."""
        return Viewer(self.people[person], "portal", {self.desks["it"]: "agent"} if person == "marek" else {})

    def workspace(self, person: str, *desks: str) -> Viewer:
        """Return somebody in the workspace with grants for desks."""
        return Viewer(self.people[person], "workspace", {self.desks[desk]: "agent" for desk in desks})

    def plugin(self, *desks: str) -> Viewer:
        """Return a plugin that was given desks."""
        return Viewer(None, "plugin", {self.desks[desk]: "agent" for desk in desks}, plugin="some_plugin")

    def seen(self, viewer: Viewer, model: type[Any], **options: Any) -> set[str]:
        """Return the names of the tickets of which the viewer sees rows of ``model``.

        :param options: execution options of the statement.
        """
        column = model.id if model is Ticket else model.ticket_id
        names = {ticket_id: name for name, ticket_id in self.tickets.items()}
        with acting_as(viewer) as session:
            return {names[ticket_id] for ticket_id in session.scalars(sa.select(column).execution_options(**options))}


@pytest.fixture
def world(app_context: Flask) -> World:
    """Make the world; see the assertions of test_access.py for who sees what in it."""
    people = {
        name: _person(email)
        for name, email in (("anna", "anna.kowalska"), ("jan", "jan.wojcik"), ("marek", "marek.nowak"))
    }
    people["kasia"] = create_person("kasia@hr.example", "Kasia").id
    with acting_as(SYSTEM) as session, unit_of_work():
        it = session.scalars(sa.select(DeskRow).where(DeskRow.key == "it")).one()
        titles = {"en": "HR", "pl": "HR"}
        hr = DeskRow(key="hr", plugin="", prefix="HR", title=titles, statuses=it.statuses, confidential=True)
        session.add(hr)
        session.flush()
        desks = {"it": it.id, "hr": hr.id}
        rows = {
            "plain": _ticket(desks["it"], people["anna"], "desk"),
            "named": _ticket(desks["it"], people["anna"], "named"),
            "named_with_marek": _ticket(desks["it"], people["jan"], "named", {people["marek"]: None}),
            "followed": _ticket(desks["it"], people["jan"], "named", {people["marek"]: None}, role="follower"),
            "expired": _ticket(desks["it"], people["jan"], "desk", {people["anna"]: now() - timedelta(hours=1)}),
            "current": _ticket(desks["it"], people["jan"], "desk", {people["anna"]: now() + timedelta(hours=1)}),
            "hr": _ticket(desks["hr"], people["jan"], "desk", {people["marek"]: None}),
            "of_marek": _ticket(desks["it"], people["marek"], "desk"),
            "hr_of_kasia": _ticket(desks["hr"], people["kasia"], "desk"),
        }
        _link_all(list(rows.values()))
    db.session.remove()
    catalogue = runtime().catalogue
    entry = replace(catalogue.desks["it"], id=desks["hr"], key="hr", prefix="HR", teams=(), confidential=True)
    runtime().catalogue = replace(catalogue, desks={**catalogue.desks, "hr": entry})
    return World(rows, desks, people)


def _person(name: str) -> int:
    person = find_person(f"{name}@meridian.example")
    assert person is not None
    return person.id


def _ticket(
    desk_id: int, requester_id: int, visibility: str, others: dict[int, Any] | None = None, role: str = ""
) -> int:
    session = db.session
    type_row = session.scalars(sa.select(RequestTypeRow).limit(1)).one()
    count = session.scalar(sa.select(sa.func.count()).select_from(Ticket)) or 0
    ticket = Ticket(
        number=f"T-{count + 1}",
        desk_id=desk_id,
        request_type_id=type_row.id,
        form_version_id=type_row.form_version_id,
        subject="Subject",
        status="new",
        status_category="new",
        channel="portal",
        requester_id=requester_id,
        visibility=visibility,
        last_seq=3,
    )
    session.add(ticket)
    session.flush()
    _fill(ticket, requester_id, others or {}, role or ("member" if visibility == "named" else "follower"))
    return ticket.id


def _fill(ticket: Ticket, requester_id: int, others: dict[int, Any], role: str) -> None:
    session = db.session
    own = {"ticket_id": ticket.id, "author_id": requester_id, "body": "text", "channel": "portal"}
    session.add_all([Message(seq=2, **own), Note(seq=3, **own), TicketTag(ticket_id=ticket.id, tag="tag")])
    session.add_all(TicketEvent(ticket_id=ticket.id, seq=seq, kind="opened", channel="portal") for seq in (1, 2, 3))
    session.add(TicketParticipant(ticket_id=ticket.id, person_id=requester_id, role="requester"))
    for person_id, until in others.items():
        session.add(TicketParticipant(ticket_id=ticket.id, person_id=person_id, role=role, until=until))
    digest = f"{ticket.id:064d}"[::-1]
    session.add(StoredFile(sha256=digest, size=1))
    session.flush()
    session.add(
        Attachment(ticket_id=ticket.id, token=digest[:43], sha256=digest, name="a", size=1, media_type="text/plain")
    )


def _link_all(ids: list[int]) -> None:
    for first, second in zip(ids, ids[1:] + ids[:1], strict=True):
        db.session.add(TicketLink(ticket_id=first, other_id=second, kind="related"))

"""Tickets that wait for approval: what the plugin that holds them may do, and how a lead lets them go without it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self, TypeVar

from flask_babel import gettext as _
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from deskcore import audit
from deskcore.clock import now
from deskcore.desks.administration import read_desk, read_hours
from deskcore.desks.catalogue import DeskEntry
from deskcore.desks.services import plugin_viewer
from deskcore.desks.working_time import later
from deskcore.errors import NotAllowed, NotFound, Problem, Refused
from deskcore.extensions import db
from deskcore.hooks.contributions import RequestType, Text
from deskcore.people.models import Person
from deskcore.runtime import runtime
from deskcore.tickets.conversation_models import Note
from deskcore.tickets.loading import changing, ticket_view, with_people
from deskcore.tickets.models import Ticket, TicketExclusion, TicketParticipant, TicketScoped
from deskcore.tickets.services.conversation import add_message
from deskcore.tickets.services.rights import author, require_agent
from deskcore.tickets.services.statuses import change_status
from deskcore.tickets.snapshots import TicketView
from deskcore.tickets.texts import required_text
from deskcore.tickets.timeline import record
from deskcore.viewer import SYSTEM, Viewer, current_viewer
from deskcore.work import acting_as, unit_of_work

_ROLE = "approver"
RowT = TypeVar("RowT", bound=TicketScoped)


@dataclass(frozen=True)
class HeldTicket:
    """A ticket in the hands of the plugin that holds it, inside one transaction.

    :param ticket: as it was when the block began; :attr:`id` is what rows of the plugin's own tables carry.
    :param type: its request type as it is declared now, if it still is.
    """

    ticket: TicketView
    type: RequestType | None
    _row: Ticket
    _session: Session
    _actor: Viewer

    @classmethod
    @contextmanager
    def of(cls, number: str, plugin: str) -> Iterator[Self]:
        """Work on a ticket that a plugin holds, as the plugin, in one transaction; who asks stands on the timeline.

        What the plugin asks of that person, it has asked before: here it sees the ticket itself.

        :param plugin: its name.
        :raises NotFound: when there is no such ticket, or the plugin does not hold it.
        """
        asking = current_viewer()
        with unit_of_work(), acting_as(plugin_viewer(plugin)), changing(number) as (session, row):
            if row.held_by != plugin:
                raise NotFound(_("There is no ticket %(number)s.", number=number))
            whole = session.scalars(with_people(select(Ticket).where(Ticket.id == row.id))).one()
            entry = runtime().catalogue.type_by_id(row.request_type_id)
            actor = Viewer(asking.person_id, "portal", plugin=plugin)
            yield cls(ticket_view(whole), entry.type if entry else None, row, session, actor)

    @staticmethod
    def waiting(plugin: str) -> dict[str, int]:
        """Return the tickets that wait for a plugin, as far as whoever asks sees them: their ids by number."""
        held = Ticket.held_by == plugin, Ticket.status_category == "waiting_approval"
        rows = db.session.execute(select(Ticket.number, Ticket.id).where(*held).order_by(Ticket.id))
        return {row.number: row.id for row in rows}

    @staticmethod
    @contextmanager
    def let_go_from(plugin: str, wanted: Select[RowT]) -> Iterator[Sequence[RowT]]:
        """Give a plugin those of its own rows whose tickets it holds no longer, to bring them to an end.

        It does not see these tickets any more: the block is for its own tables and nothing else.

        :param wanted: a query for one :class:`TicketScoped` model of the plugin.
        """
        model = wanted.column_descriptions[0]["entity"]
        if not model.__tablename__.startswith(f"{plugin}_"):
            raise ValueError(f"{model.__tablename__} is no table of the plugin {plugin}.")
        held = select(Ticket.id).where(Ticket.held_by == plugin)
        with unit_of_work(), acting_as(SYSTEM) as session:
            yield session.scalars(wanted.where(model.ticket_id.not_in(held))).all()

    @property
    def id(self) -> int:
        """What ``ticket_id`` of the plugin's own rows is; it never leaves the server."""
        return self._row.id

    def say(self, text: Text, *, icon: str = "stamp", public: bool = True) -> None:
        """Add a line to the timeline.

        :param text: a whole sentence in both languages; nothing that is sensitive.
        :param public: whether those who take part see it in the portal, too.
        """
        data = {"text": {"en": text.en, "pl": text.pl}, "icon": icon}
        event = record(self._session, self._row, self._actor, "plugin_said", "system", data)
        event.public = public

    def write(self, email: str, text: str) -> None:
        """Add a public message by somebody who takes part; the ticket goes on waiting.

        :raises Refused: when nothing was written.
        """
        person = self._person(email)
        if person is None:
            raise NotFound(_("Nobody here has the address %(email)s.", email=email))
        writer = Viewer(person.id, "portal")
        add_message(self._session, self._row, writer, "portal", required_text(text), (), None)

    def may_see(self, email: str) -> bool:
        """Tell whether somebody may take part at all: has an account, and is not kept out of this ticket."""
        person = self._person(email)
        return person is not None and self._session.get(TicketExclusion, (self._row.id, person.id)) is None

    def approvers(self, emails: Collection[str]) -> None:
        """Let exactly these people take part as approvers; those who did and are not among them see it no more."""
        wanted = {person.id for email in emails if self.may_see(email) and (person := self._person(email))}
        held = select(TicketParticipant).where(TicketParticipant.ticket_id == self._row.id)
        rows = {row.person_id: row for row in self._session.scalars(held.where(TicketParticipant.role == _ROLE))}
        for person_id in sorted(wanted - rows.keys()):
            self._session.add(TicketParticipant(ticket_id=self._row.id, person_id=person_id, role=_ROLE))
            self._record("participant_added", person_id)
        for person_id in sorted(rows.keys() - wanted):
            self._session.delete(rows[person_id])
            self._record("participant_removed", person_id)
        self._session.flush()

    def due(self, hours: int) -> datetime:
        """Return the moment so many working hours of the ticket's desk from now."""
        row = read_desk(self._desk.key)
        return later(read_hours(row), runtime().config.zone, now(), timedelta(hours=hours))

    def let_go(self, category: str = "open") -> None:
        """End the waiting: nobody holds the ticket any more, and its approvers take no part.

        :param category: of the status it has from now on.
        """
        self.approvers(())
        self._row.held_by = None
        self._change(category)

    def turn_down(self) -> None:
        """Solve the ticket without anything done; when somebody opens it again, it waits again."""
        self.approvers(())
        self._change("resolved")

    @property
    def _desk(self) -> DeskEntry:
        return runtime().catalogue.desk_by_id(self._row.desk_id)

    def _change(self, category: str) -> None:
        if self._row.status_category != category:
            change_status(self._session, self._row, self._desk.status_of(category), self._actor, "system")

    def _record(self, kind: str, person_id: int) -> None:
        record(self._session, self._row, self._actor, kind, "system", {"person": person_id, "role": _ROLE})

    def _person(self, email: str) -> Person | None:
        return self._session.scalar(select(Person).where(Person.email == email, Person.active))


def may_release(ticket: Ticket, viewer: Viewer) -> bool:
    """Tell whether a lead lets a ticket go: the plugin that holds it is off, so nobody else ever will."""
    leads = viewer.area == "workspace" and viewer.desk_roles.get(ticket.desk_id) == "lead"
    return leads and ticket.held_by is not None and not runtime().plugins.active(ticket.held_by)


def release(number: str, reason: str, version: int | None = None) -> None:
    """Let a ticket go that waits for a plugin which is off; belongs to the lead of its desk.

    :param reason: kept as an internal note.
    :raises NotAllowed: for anybody else, and while the plugin is on.
    :raises Refused: without a reason.
    """
    viewer = require_agent()
    with changing(number, version) as (session, ticket):
        if not may_release(ticket, viewer):
            raise NotAllowed(_("Only the lead of the desk can do this, and only while the plugin is off."))
        if not reason.strip():
            raise Refused(Problem(_("Say why it goes on without the approval."), "reason"))
        event = record(session, ticket, viewer, "note_added", "portal")
        text = required_text(reason)
        session.add(Note(ticket_id=ticket.id, seq=event.seq, author_id=author(viewer), body=text, channel="portal"))
        desk, holder = runtime().catalogue.desk_by_id(ticket.desk_id), ticket.held_by
        asked = TicketParticipant.ticket_id == ticket.id, TicketParticipant.role == _ROLE
        for row in session.scalars(select(TicketParticipant).where(*asked)).all():
            session.delete(row)
            record(session, ticket, viewer, "participant_removed", "portal", {"person": row.person_id, "role": _ROLE})
        ticket.held_by = None
        record(session, ticket, viewer, "released", "portal", {"plugin": holder})
        if ticket.status_category == "waiting_approval":
            change_status(session, ticket, desk.status_of("open"), viewer, "portal")
        said = {"ticket": ticket.number, "plugin": holder}
        audit.record(session, "ticket.released", audit.Subject("desk", desk.key), said)

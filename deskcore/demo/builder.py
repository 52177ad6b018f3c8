"""What a plugin's demo is made with: tickets that are opened, answered and solved at moments of the past.

Everything goes through the services that the pages use, as the person who would have done it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from random import Random
from typing import Any

import sqlalchemy as sa
from sqlalchemy import select

from deskcore import clock
from deskcore.demo import stories
from deskcore.desks.catalogue import DeskEntry, RequestTypeEntry
from deskcore.desks.fields import FieldContext
from deskcore.desks.schemas import validate
from deskcore.desks.subjects import subject_and_description
from deskcore.errors import NotFound, Refused
from deskcore.extensions import db
from deskcore.hooks.contributions import Field
from deskcore.hooks.setting_values import write_setting
from deskcore.people.models import DeskGrant, Person
from deskcore.runtime import runtime
from deskcore.tickets import services
from deskcore.tickets.attachments import store_upload
from deskcore.tickets.models import Ticket, TicketEvent
from deskcore.tickets.opening import NewTicket, open_ticket
from deskcore.tickets.organisation import Organisation
from deskcore.viewer import SYSTEM, Viewer
from deskcore.work import acting_as

#: Channels on which an agent writes down what somebody else says.
_BY_AN_AGENT = ("phone", "walk_in")


@dataclass(frozen=True)
class _Known:
    """Somebody, with the desks he or she works on."""

    person: Person
    desk_roles: Mapping[int, str]

    def viewer(self, desk: DeskEntry) -> Viewer:
        """Return the person where he or she would act on a ticket of ``desk``."""
        area = "workspace" if desk.id in self.desk_roles else "portal"
        return Viewer(self.person.id, area, self.desk_roles)  # type: ignore[arg-type]


class DemoBuilder:
    """Opens tickets for one plugin.

    :param plugin: whose request types it opens.
    :param today: the present day of the organisation.
    """

    def __init__(self, plugin: str, today: date) -> None:
        #: Source of chance: the same in every demo of this plugin, whatever other plugins do.
        self.random = Random(plugin)
        self.today = today
        self._plugin = plugin
        self._numbers: list[str] = []
        self._known: dict[str, _Known] = {}
        people = db.session.scalars(select(Person).where(Person.active).order_by(Person.id)).all()
        roles: dict[int, dict[int, str]] = {}
        for grant in db.session.scalars(select(DeskGrant).order_by(DeskGrant.person_id)):
            roles.setdefault(grant.person_id, {})[grant.desk_id] = grant.role
        for person in people:
            self._known[person.email] = _Known(person, roles.get(person.id, {}))

    @property
    def people(self) -> Sequence[str]:
        """Addresses of everybody who may ask for something; the administrator is not among them."""
        return [email for email, known in self._known.items() if not known.person.administrator]

    def agents(self, desk_key: str) -> Sequence[str]:
        """Return the addresses of those who work on a desk."""
        desk = runtime().catalogue.desk(desk_key)
        return [email for email, known in self._known.items() if desk.id in known.desk_roles]

    def ticket(
        self,
        request_type: str,
        requester_email: str,
        answers: Mapping[str, Any],
        opened_at: datetime,
        priority: str | None = None,
        channel: str = "portal",
        approved: bool = False,
    ) -> DemoTicket:
        """Open a ticket of the plugin.

        :param answers: as the form would get them; people by their address.
        :param opened_at: aware.
        :param priority: as an agent would set it; left out, plugins and the request type decide.
        :param approved: before it came here, so that nobody has to approve it any more.
        :raises Refused: when the form or a plugin would refuse it.
        """
        entry = self._entry(request_type)
        known = self._known[requester_email]
        writer = self._known[self.agents(entry.desk.key)[0]] if channel in _BY_AN_AGENT else known
        viewer = writer.viewer(entry.desk) if channel in _BY_AN_AGENT else Viewer(known.person.id, "portal")
        with self.acting(viewer, opened_at):
            new = self._new(entry, known.person, answers, priority, channel)
            number = open_ticket(replace(new, approved=approved))
        self._numbers.append(number)
        return DemoTicket(self, number, entry.desk, request_type, new.answers, known.person.email, opened_at)

    def setting(self, key: str, value: Any) -> None:
        """Give a setting of the plugin a value, as an administrator would.

        :raises Refused: when the value does not fit the setting.
        """
        checked = runtime().plugins.check_setting(self._plugin, key, value)
        write_setting(db.session(), self._plugin, key, checked, secret=False)

    def play(
        self, folder: Path, desk: str, finished: int, words: Callable[[Random], Mapping[str, str]] | None = None
    ) -> list[DemoTicket]:
        """Open the tickets that ``open.toml`` and ``finished.toml`` tell of, and play what followed.

        :param folder: where the two files lie; how they are written stands in :mod:`deskcore.demo.stories`.
        :param finished: how many tickets came to an end, in eight weeks.
        :param words: gives for each ticket what stands for ``{words}`` of the stories' own.
        :returns: the tickets, oldest first.
        """
        return stories.play(self, folder, desk, finished, words)

    def viewer(self, email: str, desk: DeskEntry) -> Viewer:
        """Return somebody as a viewer: in the workspace if he or she works on ``desk``, else in the portal."""
        return self._known[email].viewer(desk)

    @contextmanager
    def acting(self, viewer: Viewer, at: datetime) -> Iterator[None]:
        """Act as ``viewer`` at a moment of the past."""
        with clock.at(at), acting_as(viewer):
            yield

    def finish(self) -> int:
        """Mark everything that happened as already told, so that nobody is notified; return the number of tickets.

        Of a ticket that is held, its plugin is still told: the approval begins with that.
        """
        for start in range(0, len(self._numbers), 200):
            with acting_as(SYSTEM) as session:
                some = Ticket.number.in_(self._numbers[start : start + 200])
                mine = select(Ticket.id).where(some, Ticket.held_by.is_(None))
                told = sa.update(TicketEvent).where(TicketEvent.ticket_id.in_(mine)).values(pending=False)
                session.execute(told, execution_options={"synchronize_session": False})
        return len(self._numbers)

    def _entry(self, request_type: str) -> RequestTypeEntry:
        for entry in runtime().catalogue.types.values():
            if entry.plugin == self._plugin and entry.type.key == request_type:
                return entry
        raise NotFound(f"The plugin {self._plugin} has no request type “{request_type}”.")

    def _new(
        self, entry: RequestTypeEntry, person: Person, answers: Mapping[str, Any], priority: str | None, channel: str
    ) -> NewTicket:
        language, zone = person.language or "en", runtime().config.zone
        context = FieldContext(language, zone, Organisation(person), person.email)
        uploads = {field.key: [_example_file(field)] for field in entry.type.fields if _needs_file(field, answers)}
        tables = {
            field.key: _with_files(field, answers[field.key])
            for field in entry.type.fields
            if field.columns and field.key in answers
        }
        checked, problems = validate(entry.type.fields, {**answers, **uploads, **tables}, context)
        if problems:
            said = ", ".join(f"{problem.field} “{problem.message}”" for problem in problems)
            raise Refused(f"{entry.type.key} for {person.email}: {said}")
        subject, description = subject_and_description(entry.type, checked, language, context.lookup, zone)
        return NewTicket(
            desk=entry.desk.key,
            request_type=entry.type.key,
            subject=subject,
            description=description,
            requester_id=person.id,
            channel=channel,
            answers=checked,
            priority=priority,
            uploads=list(_files_in(entry.type.fields, checked)),
        )


def _needs_file(field: Field, answers: Mapping[str, Any]) -> bool:
    return field.type == "file" and field.required and field.key not in answers


def _files_in(fields: Sequence[Field], answers: Mapping[str, Any]) -> Iterator[str]:
    for field in fields:
        if field.type == "file":
            yield from answers.get(field.key, ())
        for row in answers.get(field.key, ()) if field.columns else ():
            yield from _files_in(field.columns, row)


def _with_files(field: Field, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows of a table with an example in each cell that insists on a file."""
    return [
        {**row, **{column.key: [_example_file(column)] for column in field.columns if _needs_file(column, row)}}
        for row in rows
    ]


def _example_file(field: Field) -> str:
    """Send a small file, as the person who opens the ticket, for a form that insists on one."""
    text = f"{field.label.en}: an example file of the demo.\n"
    name = f"{field.key.replace('_', '-')}.txt"
    return store_upload(BytesIO(text.encode()), name, sensitive=field.sensitive)


class DemoTicket:
    """A ticket of the demo, and what happens to it; every ``at`` is aware, and not before the one before.

    :param answers: as they were checked, the sensitive ones too.
    """

    def __init__(
        self,
        builder: DemoBuilder,
        number: str,
        desk: DeskEntry,
        request_type: str,
        answers: Mapping[str, Any],
        requester: str,
        opened_at: datetime,
    ) -> None:
        self.number = number
        self.request_type, self.answers = request_type, answers
        self.requester, self.opened_at = requester, opened_at
        self._builder = builder
        self._desk = desk

    def reply(self, by_email: str, text: str, at: datetime) -> None:
        """Write a public message: as an agent if the person works on the desk, else from the portal."""
        with self._as(by_email, at):
            services.reply(self.number, text)

    def note(self, by_email: str, text: str, at: datetime) -> None:
        """Write an internal note."""
        with self._as(by_email, at):
            services.note(self.number, text)

    def assign(self, to_email: str, by_email: str, at: datetime) -> None:
        """Give the ticket to an agent."""
        with self._as(by_email, at):
            services.assign(self.number, to_email)

    def status(self, status: str, by_email: str, at: datetime) -> None:
        """Move the ticket to a status of its desk, named by key or by category."""
        keys = {each.key for each in self._desk.statuses}
        with self._as(by_email, at):
            services.set_status(self.number, status if status in keys else self._desk.status_of(status).key)

    def tag(self, tag: str, by_email: str, at: datetime) -> None:
        """Add a tag."""
        with self._as(by_email, at):
            tags = db.session.scalars(select(Ticket.tags).where(Ticket.number == self.number)).one()
            services.set_tags(self.number, [*tags, tag])

    @contextmanager
    def _as(self, email: str, at: datetime) -> Iterator[None]:
        with self._builder.acting(self._builder.viewer(email, self._desk), at):
            yield

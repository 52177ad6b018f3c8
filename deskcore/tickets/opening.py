"""Open a ticket: checked before the lock, stored in one short transaction, told to others afterwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session, joinedload

from deskcore.clock import now
from deskcore.desks.catalogue import RequestTypeEntry
from deskcore.errors import NotFound, Problem, Refused
from deskcore.events import schemas
from deskcore.extensions import db
from deskcore.hooks.contributions import Changes
from deskcore.people.models import Person
from deskcore.runtime import runtime
from deskcore.tickets.attachments import attach
from deskcore.tickets.drafting import end_draft
from deskcore.tickets.drafts import Stamp
from deskcore.tickets.idempotency import earlier_result, earlier_result_of, fingerprint, remember
from deskcore.tickets.loading import person_view
from deskcore.tickets.models import Ticket, TicketEvent, TicketParticipant, TicketTag
from deskcore.tickets.numbers import next_number
from deskcore.tickets.snapshots import TicketDraft
from deskcore.tickets.texts import clean_subject, clean_tags, clean_text
from deskcore.tickets.timeline import opened_as
from deskcore.tickets.workflow import priority_number
from deskcore.viewer import Viewer, current_viewer
from deskcore.work import after_commit, unit_of_work


@dataclass(frozen=True)
class NewTicket:
    """What somebody wants to open; the answers have passed the form's schema.

    :param priority: given by an agent only; requesters state impact and never a priority.
    :param uploads: tokens of files that were sent before.
    :param key: idempotency key of the form or the API call.
    :param opened_at: for imports and demos; left out, it is now.
    :param import_key: where an imported ticket came from.
    :param draft: what the form knew of its draft, which goes in the same transaction.
    """

    desk: str
    request_type: str
    subject: str
    description: str
    requester_id: int
    channel: str
    answers: Mapping[str, Any] = field(default_factory=dict)
    priority: str | None = None
    team: str = ""
    tags: Sequence[str] = ()
    uploads: Sequence[str] = ()
    key: str = ""
    opened_at: datetime | None = None
    import_key: str | None = None
    draft: Stamp | None = None


def open_ticket(new: NewTicket) -> str:
    """Open a ticket for the session's viewer and return its number.

    Plugins are asked before the lock: they may refuse, or set priority, team, tags and data of their own.
    Sending the same ``key`` again returns the first number.

    :raises Refused: with every problem at once; nothing was stored.
    :raises NotFound: when the desk or the request type does not exist.
    """
    viewer = current_viewer()
    author = viewer.person_id or new.requester_id
    entry = _offered(new, viewer)
    new = replace(new, subject=clean_subject(new.subject), description=clean_text(new.description))
    # Without the files: a browser that sends a form again uploads them again, under other tokens.
    content_hash = fingerprint(asdict(replace(new, key="", uploads=(), draft=None)))
    # Before the plugins: a repeat must get the first answer even if one of them would refuse it now.
    if new.key and (earlier := earlier_result_of(author, new.key, content_hash)):
        return str(earlier["number"])
    asked = _ask_plugins(new, entry)
    with unit_of_work() as session:
        if new.key and (earlier := earlier_result(session, author, new.key, content_hash)):
            return str(earlier["number"])
        number = _insert(session, viewer, new, entry, asked)
        if new.key:
            remember(session, author, new.key, {"number": number})
        if new.draft:
            end_draft(session, new.draft)
        after_commit(runtime().wake.set)
    return number


def _offered(new: NewTicket, viewer: Viewer) -> RequestTypeEntry:
    entry = runtime().catalogue.request_type(new.desk, new.request_type)
    if viewer.area == "workspace" and entry.desk.id not in viewer.desk_roles:
        raise NotFound(_("There is no desk “%(desk)s”.", desk=new.desk))
    if not (entry.offered and entry.desk.enabled):
        raise Refused(_("This service takes no new requests at the moment."))
    return entry


@dataclass(frozen=True)
class _Result:
    """What the ticket gets after all plugins were asked."""

    priority: int
    team_id: int | None
    tags: tuple[str, ...]
    visibility: str
    extra: dict[str, Any]


def _ask_plugins(new: NewTicket, entry: RequestTypeEntry) -> _Result:
    callers = runtime().callers
    draft = _draft(new, entry)
    checked = callers.check("validate_ticket", draft=draft)
    asked = callers.check("before_ticket_open", draft=draft)
    problems = (*checked.problems, *asked.problems)
    if problems:
        raise Refused(problems)
    return _merged(draft, new, entry, asked.changes)


def _draft(new: NewTicket, entry: RequestTypeEntry) -> TicketDraft:
    options = (joinedload(Person.department), joinedload(Person.location), joinedload(Person.manager))
    person = db.session.scalar(sa.select(Person).where(Person.id == new.requester_id).options(*options))
    if person is None or not person.active:
        raise Refused(Problem(_("Choose a requester who still has an account."), "requester"))
    return TicketDraft(
        desk=new.desk,
        request_type=new.request_type,
        subject=new.subject,
        description=new.description,
        priority=new.priority or entry.type.default_priority,
        requester=person_view(person),
        channel=new.channel,
        answers=new.answers,
        team=new.team or entry.type.team,
        tags=clean_tags(new.tags),
    )


def _merged(
    draft: TicketDraft, new: NewTicket, entry: RequestTypeEntry, asked: Sequence[tuple[str, Changes]]
) -> _Result:
    priority, team, tags, visibility = draft.priority, draft.team, draft.tags, "desk"
    extra: dict[str, Any] = {}
    for plugin, changes in asked:
        if changes.priority and not new.priority:
            priority = changes.priority
        team = changes.team or team
        tags += changes.tags
        visibility = changes.visibility or visibility
        if changes.extra:
            extra[plugin] = dict(changes.extra)
    found = entry.desk.team(team) if team else None
    return _Result(priority_number(priority), found.id if found else None, clean_tags(tags), visibility, extra)


def _insert(session: Session, viewer: Viewer, new: NewTicket, entry: RequestTypeEntry, asked: _Result) -> str:
    opened_at = new.opened_at or now()
    status = entry.desk.status_of("new")
    number = next_number(session, entry.desk)
    values = {
        "number": number,
        "desk_id": entry.desk.id,
        "request_type_id": entry.id,
        "form_version_id": entry.form_version_id,
        "subject": new.subject or entry.type.title.en,
        "description": new.description,
        "status": status.key,
        "status_category": status.category,
        "finished": False,
        "priority": asked.priority,
        "channel": new.channel,
        "requester_id": new.requester_id,
        "team_id": asked.team_id,
        "answers": dict(new.answers),
        "extra": asked.extra,
        "tags": list(asked.tags),
        "visibility": asked.visibility,
        "last_seq": 1,
        "created_at": opened_at,
        "updated_at": opened_at,
        "import_key": new.import_key,
    }
    ticket_id: int = session.execute(sa.insert(Ticket).returning(Ticket.id), values).scalar_one()
    _insert_around(session, viewer, new, ticket_id, values)
    return number


def _insert_around(session: Session, viewer: Viewer, new: NewTicket, ticket_id: int, values: Mapping[str, Any]) -> None:
    """Insert what belongs to a new ticket: who takes part, its first event, its tags and files."""
    at, tags = values["created_at"], values["tags"]
    roles = [{"ticket_id": ticket_id, "person_id": new.requester_id, "role": "requester", "since": at}]
    if viewer.area == "portal" and viewer.person_id not in (None, new.requester_id):
        roles.append({"ticket_id": ticket_id, "person_id": viewer.person_id, "role": "reporter", "since": at})
    session.execute(sa.insert(TicketParticipant), roles)
    event = {
        "ticket_id": ticket_id,
        "seq": 1,
        "kind": "opened",
        "actor_id": viewer.person_id or new.requester_id,
        "actor_plugin": viewer.plugin,
        "channel": new.channel,
        "at": at,
        "public": True,
        "data": opened_as(values),
        "schema": schemas.current("opened"),
        "pending": True,
    }
    session.execute(sa.insert(TicketEvent), event)
    if tags:
        session.execute(sa.insert(TicketTag), [{"ticket_id": ticket_id, "tag": tag} for tag in tags])
    if new.uploads:
        attach(session, ticket_id, new.uploads)

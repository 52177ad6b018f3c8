"""Open a ticket: checked before the lock, stored in one short transaction, told to others afterwards."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import joinedload

from deskcore.desks.catalogue import RequestTypeEntry
from deskcore.desks.sections import closed_because
from deskcore.errors import NotFound, Problem, Refused
from deskcore.extensions import db
from deskcore.hooks.contributions import Changes
from deskcore.hooks.freezing import Discreet
from deskcore.people.models import Person
from deskcore.runtime import runtime
from deskcore.tickets.claims import ATTEMPTS, Taken
from deskcore.tickets.drafting import end_draft
from deskcore.tickets.drafts import Stamp
from deskcore.tickets.idempotency import earlier_result, earlier_result_of, fingerprint, remember
from deskcore.tickets.inserting import Settled, insert_ticket
from deskcore.tickets.loading import person_view
from deskcore.tickets.naming import Circle, circle_of
from deskcore.tickets.sealed_files import places_in
from deskcore.tickets.sealing_files import seal_sent
from deskcore.tickets.sensitive import masked
from deskcore.tickets.snapshots import TicketDraft
from deskcore.tickets.texts import clean_subject, clean_tags, clean_text
from deskcore.tickets.unnamed import forget, sender_of, without_files, without_name
from deskcore.tickets.workflow import priority_number
from deskcore.viewer import Viewer, current_viewer
from deskcore.work import after_commit, unit_of_work

#: Something that is done in the transaction that opens a ticket; it may give what to do once the ticket is there.
Around = Callable[[], AbstractContextManager[Callable[[str], None] | None]]


@dataclass(frozen=True)
class NewTicket:
    """What somebody wants to open; the answers have passed the form's schema.

    :param priority: given by an agent only; requesters state impact and never a priority.
    :param uploads: tokens of files that were sent before.
    :param key: idempotency key of the form or the API call.
    :param opened_at: for imports and demos; left out, it is now.
    :param import_key: where an imported ticket came from.
    :param draft: what the form knew of its draft, which goes in the same transaction.
    :param approved: elsewhere, before it came here: no plugin holds it.
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
    approved: bool = False


def open_ticket(new: NewTicket, around: Around = nullcontext) -> str:
    """Open a ticket for the session's viewer and return its number.

    Plugins are asked before the lock: they may refuse, or set priority, team, tags and data of their own.
    Sending the same ``key`` again returns the first number.

    :param around: entered in the transaction in which the ticket is stored, before it is; what it gives is called with
        the number, unless that is of an earlier ticket. A ticket with something around it is never anonymous.
    :raises Refused: with every problem at once; nothing was stored.
    :raises NotFound: when the desk or the request type does not exist.
    """
    viewer = current_viewer()
    author = viewer.person_id or new.requester_id
    entry = _offered(new, viewer)
    new = replace(new, subject=clean_subject(new.subject), description=clean_text(new.description))
    content_hash = _hash_of(new)
    # Before the plugins: a repeat must get the first answer even if one of them would refuse it now.
    if new.key and (earlier := earlier_result_of(author, new.key, content_hash)):
        return str(earlier["number"])
    for _attempt in range(ATTEMPTS):
        with suppress(Taken):
            return _stored(new, entry, _ask_plugins(new, entry), content_hash, around)
    raise Refused(_("Others sent the same at the same moment. Send it again."))


def _stored(new: NewTicket, entry: RequestTypeEntry, asked: Settled, content_hash: str, around: Around) -> str:
    """Store a ticket to which all plugins agreed, and return its number.

    :raises Taken: when another ticket has taken what this one would take; nothing was stored.
    """
    if asked.anonymous and around is not nullcontext:
        raise Refused(_("What is sent without a name cannot belong to another ticket. Send it by itself."))
    viewer, sent = current_viewer(), new.uploads
    author = viewer.person_id or new.requester_id
    seal_sent(places_in(new.answers, entry.type.fields))
    if asked.anonymous:
        new = without_name(new, entry.type.fields)
        viewer, author, content_hash = sender_of(new), new.requester_id, _hash_of(without_files(new, entry.type.fields))
    with unit_of_work() as session, around() as opened:
        if new.key and (earlier := earlier_result(session, author, new.key, content_hash)):
            if asked.anonymous:
                forget(session, [*sent, *new.uploads], str(earlier["number"]))
            return str(earlier["number"])
        number = insert_ticket(session, viewer, new, entry, asked)
        if opened is not None:
            opened(number)
        if new.key:
            remember(session, author, new.key, {"number": number})
        if new.draft:
            end_draft(session, new.draft)
        if asked.anonymous:
            forget(session, [*sent, *new.uploads], number)
        after_commit(runtime().wake.set)
    return number


def _hash_of(new: NewTicket) -> str:
    # Without the files: a browser that sends a form again uploads them again, under other tokens.
    return fingerprint(asdict(replace(new, key="", uploads=(), draft=None)))


def _offered(new: NewTicket, viewer: Viewer) -> RequestTypeEntry:
    entry = runtime().catalogue.request_type(new.desk, new.request_type)
    if viewer.area == "workspace" and entry.desk.id not in viewer.desk_roles:
        raise NotFound(_("There is no desk “%(desk)s”.", desk=new.desk))
    if reason := closed_because(entry):
        raise Refused(reason)
    return entry


def _ask_plugins(new: NewTicket, entry: RequestTypeEntry) -> Settled:
    callers = runtime().callers
    draft = _draft(new, entry)
    seen = Discreet(partial(_seen_by, draft, entry))
    checked = callers.check("validate_ticket", desk=draft.desk, draft=seen)
    asked = callers.check("before_ticket_open", desk=draft.desk, draft=seen)
    problems = (*checked.problems, *asked.problems)
    if problems:
        raise Refused(problems)
    return _merged(draft, new, entry, asked.changes)


def _manager_of(person_id: int, circle: Circle) -> int | None:
    """Return the manager of whoever asks, unless there is none with access, or it is about that very manager."""
    above = sa.select(Person.manager_id).where(Person.id == person_id).scalar_subquery()
    found = db.session.scalar(sa.select(Person.id).where(Person.id == above, Person.active))
    return None if found in circle.never or found == person_id else found


def _seen_by(draft: TicketDraft, entry: RequestTypeEntry, plugin: str) -> TicketDraft:
    """Return what a plugin sees: sensitive answers only where they are answers to its own questions."""
    return draft if plugin == entry.plugin else replace(draft, answers=masked(draft.answers, entry.type.fields))


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
) -> Settled:
    priority, team, tags, visibility = draft.priority, draft.team, draft.tags, "desk"
    named: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    extra: dict[str, Any] = {}
    for plugin, changes in asked:
        if changes.priority and not new.priority:
            priority = changes.priority
        team = changes.team or team
        tags += changes.tags
        visibility = changes.visibility or visibility
        named += changes.named
        never += changes.never
        if changes.extra:
            extra[plugin] = dict(changes.extra)
    found = entry.desk.team(team) if team else None
    circle = circle_of(entry.desk, named, never) if visibility == "named" else Circle()
    if visibility == "named" and not circle.named:
        raise _unread()
    team_id = found.id if found else None
    anonymous = any(changes.anonymous for _plugin, changes in asked)
    takes = tuple((plugin, name) for plugin, changes in asked for name in changes.takes)
    shown = any(changes.manager for _plugin, changes in asked) and not anonymous
    ruled = not shown and visibility == "desk" and entry.shows_managers and not anonymous
    manager_id = _manager_of(new.requester_id, circle) if shown or ruled else None
    if ruled and manager_id == current_viewer().person_id:
        manager_id = None  # who sends it in that person's name sees it anyway
    number, tags = priority_number(priority), clean_tags(tags)
    return Settled(number, team_id, tags, visibility, circle, manager_id, ruled, anonymous, extra, takes)


def _unread() -> Refused:
    return Refused(
        _(
            "This was not sent: nobody is left who may read it. Talk to the head of your organisation in person, or "
            "turn to a public authority."
        )
    )

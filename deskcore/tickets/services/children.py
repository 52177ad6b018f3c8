"""Opening a ticket because of another one, and taking that back: linked in one transaction, told on both timelines.

Whoever sees the child learns nothing of a ticket of a confidential desk: no line, no number, no name and no answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from deskcore import audit
from deskcore.clock import now
from deskcore.desks.catalogue import OPEN_CATEGORIES, DeskEntry
from deskcore.desks.fields import FieldContext
from deskcore.desks.schemas import validate
from deskcore.desks.subjects import subject_and_description
from deskcore.errors import Conflict, Problem, Refused
from deskcore.people.services import find_person
from deskcore.runtime import runtime
from deskcore.tickets.children import CHILD, PARENT, keeps_to_itself
from deskcore.tickets.drafting import end_draft
from deskcore.tickets.loading import changing, find_ticket
from deskcore.tickets.models import Ticket, TicketEvent, TicketLink
from deskcore.tickets.opening import NewTicket, open_ticket
from deskcore.tickets.organisation import Organisation
from deskcore.tickets.services.conversation import finish_withdrawn
from deskcore.tickets.services.rights import require_agent
from deskcore.tickets.timeline import Change, record
from deskcore.viewer import SYSTEM, Viewer
from deskcore.work import acting_as


@dataclass
class Opened:
    """What came of opening a child.

    :param by: who acted.
    :param number: of the child.
    :param change: what can be taken back; nothing when the same was sent before.
    """

    by: Viewer
    number: str = ""
    change: Change | None = None


def open_child(number: str, new: NewTicket) -> Opened:
    """Open a ticket because of another one.

    Where an agent does not work on the other desk, he asks there as anybody does in the portal: for himself, or as
    reporter for whoever asked in the first place.

    :param number: of the ticket that it follows from.
    :raises NotFound: when whoever acts does not see that ticket, or there is no such request type.
    :raises NotAllowed: from the portal.
    :raises Refused: with everything there is to correct, or when the other desk must not learn who asked.
    """
    viewer = require_agent()
    parent, entry = find_ticket(number), runtime().catalogue.request_type(new.desk, new.request_type)
    works_there = viewer.area != "workspace" or entry.desk.id in viewer.desk_roles
    _check_asking(parent, entry.desk, new.requester_id, viewer, works_there)
    opened = Opened(viewer)
    around, sent = partial(_linking, parent.number, new, opened), replace(new, draft=None)
    if works_there:
        opened.number = open_ticket(sent, around)
        return opened
    with acting_as(Viewer(viewer.person_id, "portal")):
        opened.number = open_ticket(replace(sent, channel="portal", priority=None), around)
    return opened


def open_child_for_plugin(
    number: str, desk: str, request_type: str, answers: Mapping[str, Any], *, requester: str = "", key: str = ""
) -> str:
    """Open a ticket because of another one, and return its number.

    The two are linked. Nothing is told to the people of the other desk of a ticket that is confidential.

    :param number: of the ticket that it follows from.
    :param answers: to the questions of the request type, as people answer them.
    :param requester: address of whoever asks; left out, it is whoever asked in the first place.
    :param key: what is done once under a key is not done again; a handler of events takes the event's id.
    :raises NotFound: when whoever acts does not see that ticket, or there is no such request type.
    :raises Refused: with everything that is wrong with the answers, or where whoever asks must be named.
    """
    parent, entry = find_ticket(number), runtime().catalogue.request_type(desk, request_type)
    person = find_person(requester) if requester else parent.requester
    if person is None:
        raise Refused(Problem(_("Nobody here has the address %(email)s.", email=requester), "requester"))
    language, zone, lookup = person.language or "en", runtime().config.zone, Organisation()
    fields = entry.type.fields
    context = FieldContext(language=language, time_zone=zone, lookup=lookup, person=person.email)
    checked, problems = validate(fields, answers, context)
    if problems:
        raise Refused(problems)
    subject, description = subject_and_description(entry.type, checked, language, lookup, zone)
    return open_child(
        number, NewTicket(desk, request_type, subject, description, person.id, "system", checked, key=key)
    ).number


def _check_asking(parent: Ticket, there: DeskEntry, requester_id: int, viewer: Viewer, works_there: bool) -> None:
    if requester_id == viewer.person_id:
        return
    if requester_id == parent.requester_id and keeps_to_itself(parent, there):
        raise Refused(Problem(_("The other desk must not learn who asked you. Ask in your own name."), "requester"))
    if requester_id != parent.requester_id and not works_there:
        raise Refused(Problem(_("Ask for yourself, or for whoever asked you."), "requester"))


@contextmanager
def _linking(number: str, new: NewTicket, opened: Opened) -> Iterator[Callable[[str], None]]:
    """Lock the parent before the child takes a number, and link the two once it has."""
    with acting_as(opened.by), changing(number):
        pass  # what is locked stays so until the transaction ends
    yield partial(_link, number, new, opened)


def _link(number: str, new: NewTicket, opened: Opened, child_number: str) -> None:
    child, data = _tell_child(number, child_number, opened.by, new.channel)
    with acting_as(opened.by), changing(number) as (session, parent):
        session.add(TicketLink(ticket_id=child, other_id=parent.id, kind="parent"))
        event = record(session, parent, opened.by, "linked", new.channel, data)
        if new.draft:
            end_draft(session, new.draft)
        here = runtime().catalogue.desk_by_id(parent.desk_id)
        if here.confidential or parent.visibility == "named":
            said = {"ticket": parent.number, "asked": new.desk}
            audit.record(session, "ticket.followed_up", audit.Subject("desk", here.key), after=said)
        opened.change = Change(parent.id, event.seq)


def _tell_child(number: str, child_number: str, viewer: Viewer, channel: str) -> tuple[int, dict[str, Any]]:
    """Write into the child where it comes from, as far as its people may know; return its id and the parent's line."""
    with acting_as(SYSTEM) as session:
        rows = session.scalars(select(Ticket).where(Ticket.number.in_((number, child_number)))).all()
        parent, child = sorted(rows, key=lambda row: row.number == child_number)
        there = runtime().catalogue.desk_by_id(child.desk_id)
        if not keeps_to_itself(parent, there):
            record(session, child, viewer, "linked", channel, {"other": parent.id, "link": PARENT})
        told = {} if there.confidential or child.visibility == "named" else {"desk": there.id}
        return child.id, {"other": child.id, "link": CHILD, "seq": child.last_seq, **told}


def take_child_back(session: Session, parent: Ticket, seq: int, viewer: Viewer, channel: str) -> None:
    """Withdraw the child that a line of a loaded ticket tells of; belongs inside the unit of work.

    :param seq: of that line.
    :raises Conflict: when somebody else has done something with the child.
    """
    line = select(TicketEvent.data).where(TicketEvent.ticket_id == parent.id, TicketEvent.seq == seq)
    data = session.scalars(line).one()
    with acting_as(SYSTEM) as system:
        child = system.scalars(select(Ticket).where(Ticket.id == data["other"]).with_for_update(of=Ticket)).one()
        if _touched(system, child, data["seq"], viewer) or child.status_category not in OPEN_CATEGORIES:
            raise Conflict(_("Somebody has begun to work on what you asked for."))
        finish_withdrawn(system, child, viewer, channel)
        child.version += 1
        child.updated_at = now()
        system.delete(system.get_one(TicketLink, (child.id, parent.id, "parent")))
    record(session, parent, viewer, "linked", channel, {"other": data["other"], "link": CHILD, "undoes": seq})


def _touched(session: Session, child: Ticket, seq: int, viewer: Viewer) -> bool:
    """Tell whether anybody but whoever opened a ticket, and the plugins, has done something with it."""
    since = TicketEvent.ticket_id == child.id, TicketEvent.seq > seq
    wanted = select(TicketEvent.id).where(*since, TicketEvent.actor_id != viewer.person_id)
    return session.scalar(wanted.limit(1)) is not None

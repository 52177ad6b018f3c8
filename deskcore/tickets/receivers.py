"""Who is concerned by a ticket, and what one of them may read of it: what messages to people are made from.

What a receiver may read is asked for each receiver anew, with that person's rights, at the moment when a message is
made. Of a ticket on a confidential desk nothing is given out but that there is something.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from deskcore.clock import now
from deskcore.desks.services import plugin_viewer
from deskcore.errors import DeskcoreError
from deskcore.extensions import db
from deskcore.hooks import answers
from deskcore.hooks.contributions import Text
from deskcore.hooks.freezing import frozen
from deskcore.hooks.page_parts import MessageLink
from deskcore.people.addresses import known_as
from deskcore.people.models import DeskGrant, Person
from deskcore.runtime import runtime
from deskcore.tickets.conversation_models import Message, Note
from deskcore.tickets.directory import people
from deskcore.tickets.loading import find_ticket, person_view
from deskcore.tickets.models import Ticket, TicketEvent, TicketParticipant
from deskcore.tickets.snapshots import PersonView
from deskcore.tickets.timeline import announced
from deskcore.viewer import Viewer
from deskcore.work import acting_as

_NOTHING = Text("", "")
#: Links of one message, and the paths that they may lead to: of this site, and nothing that ends a line.
MOST_LINKS = 6
_PATH = re.compile(r"/(?![/\\])[^\s<>\"'\\]{0,500}")


@dataclass(frozen=True)
class Concerned:
    """Somebody who takes part in a ticket, or works on it.

    :param roles: of participants, such as ``requester`` or ``follower``, and ``assignee``.
    """

    person: PersonView
    roles: frozenset[str]


@dataclass(frozen=True)
class Written:
    """What somebody wrote with one line of a timeline.

    :param internal: it is a note.
    :param from_agent: whether the desk wrote it.
    """

    text: str = ""
    internal: bool = False
    from_agent: bool = False


@dataclass(frozen=True)
class Told:
    """A line of a ticket as one receiver may read it now; of a confidential desk every text is empty.

    :param status: as the desk calls it, or the portal's words if it has some.
    :param author: name of whoever did it; empty for a plugin and the helpdesk itself.
    :param text: what was written with the line.
    :param links: what the receiver can answer with one click, where a plugin announced the line.
    """

    confidential: bool
    number: str = ""
    subject: str = ""
    desk: Text = _NOTHING
    service: Text = _NOTHING
    status: Text = _NOTHING
    author: str = ""
    text: str = ""
    links: tuple[MessageLink, ...] = ()


def concerned(number: str) -> tuple[Concerned, ...]:
    """Return who takes part in a ticket now, and who works on it, by name.

    :raises NotFound: when whoever asks does not see such a ticket.
    """
    ticket = find_ticket(number)
    current = or_(TicketParticipant.until.is_(None), TicketParticipant.until > now())
    rows = db.session.execute(
        select(TicketParticipant.person_id, TicketParticipant.role).where(
            TicketParticipant.ticket_id == ticket.id, current
        )
    ).all()
    roles: defaultdict[int, set[str]] = defaultdict(set)
    for row in rows:
        roles[row.person_id].add(row.role)
    if ticket.assignee_id is not None:
        roles[ticket.assignee_id].add("assignee")
    wanted = select(Person).where(Person.id.in_(roles), Person.active).order_by(Person.name, Person.email)
    found = db.session.scalars(wanted)
    return tuple(Concerned(person_view(each, related=False), frozenset(roles[each.id])) for each in found)


def written(number: str, seq: int) -> Written:
    """Return what was written with a line of a ticket; nothing for any other line.

    :raises NotFound: when whoever asks does not see such a ticket.
    """
    return _written(db.session(), find_ticket(number).id, seq, internal=True)


def told(number: str, seq: int, email: str, area: Literal["portal", "workspace"]) -> Told | None:
    """Return a line of a ticket as somebody may read it at this moment, in the portal or the workspace.

    :param email: of that person.
    :returns: nothing when that person may not, has left, or the line is not for people who take part.
    :raises NotFound: when whoever asks does not see such a ticket.
    """
    ticket_id, receiver = find_ticket(number).id, _receiver(email, area)
    if receiver is None:
        return None
    with acting_as(receiver) as session:
        row = session.execute(_line(ticket_id, seq)).one_or_none()
        if row is None or (area == "portal" and not row.public):
            return None
        ticket: Ticket = row.Ticket
        desk = runtime().catalogue.desk_by_id(ticket.desk_id)
        if desk.confidential:
            return Told(confidential=True)
        entry = runtime().catalogue.type_by_id(ticket.request_type_id)
        status = next((each for each in (*desk.worn, *desk.former) if each.key == ticket.status), None)
        called = (status.portal if area == "portal" and status.portal else status.title) if status else _NOTHING
        text = _written(session, ticket_id, seq, internal=area == "workspace").text
        service = entry.type.title if entry else desk.title
        said = Told(False, ticket.number, ticket.subject, desk.title, service, called, row.author or "", text)
    hook, _data = announced(row.data)
    return replace(said, links=_links(hook, said.number, email)) if hook else said


def _links(hook: str, number: str, email: str) -> tuple[MessageLink, ...]:
    """Return the links that the plugin which announced a line has for one receiver; none where it fails."""
    parts = runtime()
    item = next((each for each in parts.plugins.of("register_message_links") if each.value.hook == hook), None)
    receiver = people.get(email) if item is not None else None
    if item is None or receiver is None:
        return ()
    given, limit = frozen(receiver), parts.plugins.breaker.limits.piece
    with acting_as(plugin_viewer(item.plugin)):
        call = parts.callers.ask(item.plugin, f"links {hook}", lambda: _sound(item.value.links(number, given)), limit)
    return () if call.error is not None else call.value


def _sound(value: Any) -> tuple[MessageLink, ...]:
    if type(value) not in (list, tuple) or len(value) > MOST_LINKS or not all(map(_is_link, value)):
        raise answers.unusable(value)
    return tuple(value)


def _is_link(value: Any) -> bool:
    if type(value) is not MessageLink or type(value.label) is not Text or type(value.path) is not str:
        return False
    return _PATH.fullmatch(value.path) is not None


def _receiver(email: str, area: Literal["portal", "workspace"]) -> Viewer | None:
    """Return somebody as a viewer with the rights of this moment."""
    try:
        person = known_as(email)
    except DeskcoreError:
        return None
    if not person.active:
        return None
    grants = select(DeskGrant.desk_id, DeskGrant.role).where(DeskGrant.person_id == person.id)
    roles: Mapping[int, str] = dict(db.session.execute(grants).all())
    return Viewer(person.id, area, roles)


def _line(ticket_id: int, seq: int) -> Select[Ticket, bool, Any, str]:
    wanted = select(Ticket, TicketEvent.public, TicketEvent.data, Person.name.label("author"))
    wanted = wanted.join(TicketEvent, TicketEvent.ticket_id == Ticket.id)
    wanted = wanted.outerjoin(Person, Person.id == TicketEvent.actor_id)
    return wanted.where(Ticket.id == ticket_id, TicketEvent.seq == seq)


def _written(session: Session, ticket_id: int, seq: int, *, internal: bool) -> Written:
    """Return what was written with a line.

    :param internal: whether it may be a note: never in the portal.
    """
    said = select(Message.body, Message.from_agent).where(Message.ticket_id == ticket_id, Message.seq == seq)
    message = session.execute(said).one_or_none()
    if message is not None:
        return Written(message.body, from_agent=message.from_agent)
    noted = select(Note.body).where(Note.ticket_id == ticket_id, Note.seq == seq)
    note = session.scalar(noted) if internal else None
    return Written() if note is None else Written(note, internal=True, from_agent=True)

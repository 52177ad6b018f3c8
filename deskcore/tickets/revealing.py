"""Showing a sensitive answer to somebody who asks for it: never by the way, and never without an entry in the log."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from deskcore import audit
from deskcore.answer_keys import read_keys
from deskcore.errors import ConfigurationError, NotAllowed, NotFound
from deskcore.extensions import db
from deskcore.runtime import runtime
from deskcore.sealing import Unsealable
from deskcore.tickets.attachments import find_attachment, media_type, stored_path
from deskcore.tickets.conversation_models import Attachment
from deskcore.tickets.loading import find_ticket
from deskcore.tickets.models import Ticket, TicketParticipant
from deskcore.tickets.sealed_files import Label, content, of_ticket
from deskcore.tickets.sensitive import Locked, opened_answer, sealed_in
from deskcore.viewer import current_viewer
from deskcore.work import unit_of_work


@dataclass(frozen=True)
class RevealedFile:
    """A sensitive file in clear, for whoever asked for it just now.

    :param size: in bytes.
    """

    name: str
    media_type: str
    size: int
    _path: Path
    _label: Label

    def pieces(self) -> Iterator[bytes]:
        """Yield its bytes."""
        yield from content(self._path, self._label)


def may_reveal(ticket: Ticket) -> bool:
    """Tell whether the viewer may have sensitive answers of a ticket shown.

    Whoever works on its desk may, at work; and whoever is asked to approve it, in the portal, as long as it waits.
    """
    viewer = current_viewer()
    if viewer.area == "workspace":
        return ticket.desk_id in viewer.desk_roles
    return viewer.area == "portal" and ticket.held_by is not None and _approves(ticket, viewer.person_id)


def _approves(ticket: Ticket, person_id: int | None) -> bool:
    mine = TicketParticipant.ticket_id == ticket.id, TicketParticipant.person_id == person_id
    wanted = select(TicketParticipant.person_id).where(*mine, TicketParticipant.role == "approver")
    return db.session.scalar(wanted) is not None


def reveal(number: str, field: str) -> Any:
    """Return the sensitive answer to a field in clear; the audit log says who saw which one.

    :raises NotFound: when the viewer does not see the ticket, or it holds no sensitive answer to such a field.
    :raises NotAllowed: when the viewer neither works on the ticket's desk nor is asked to approve it.
    :raises Locked: when it cannot be opened; nothing was shown then, and nothing is recorded.
    """
    with unit_of_work() as session:
        ticket = find_ticket(number)
        _require(ticket)
        if not any(place.partition("/")[0] == field for place, _value in sealed_in(ticket.answers)):
            raise NotFound(_("This ticket holds no sensitive answer of that name."))
        value = opened_answer(ticket, field)
        # Nobody but these may know whose ticket it is, so the entry names the ticket alone.
        audit.record(session, "answer.revealed", audit.Subject("ticket", ticket.number), after={"field": field})
    return value


def reveal_file(token: str) -> RevealedFile:
    """Return a file of a sensitive answer in clear; the audit log says who had which one.

    :raises NotFound: when the viewer does not see its ticket, or it belongs to no sensitive answer.
    :raises NotAllowed: when the viewer neither works on the ticket's desk nor is asked to approve it.
    :raises Locked: when it cannot be opened to its last byte; nothing was shown then, and nothing is recorded.
    """
    file = find_attachment(token)
    if file.sealed is None:
        raise NotFound(_("There is no such file."))
    ticket = db.session.scalars(select(Ticket).where(Ticket.id == file.ticket_id)).one()
    _require(ticket)
    found = _opened(file, ticket.sealed_as)
    with unit_of_work() as session:
        subject = audit.Subject("ticket", ticket.number)
        field = (file.answer or "").partition("/")[0]
        audit.record(session, "answer.revealed", subject, after={"field": field, "file": file.token})
    return found


def _opened(file: Attachment, sealed_as: str | None) -> RevealedFile:
    try:
        label = of_ticket(read_keys(runtime().config.instance), sealed_as, file)
        found = RevealedFile(label.name, media_type(label.name), file.size, stored_path(file.sha256), label)
        # Read once before any of it is sent: afterwards nobody could say that its end is missing or was changed.
        if sum(map(len, found.pieces())) != file.size:
            raise Unsealable("it has another size")
    except (Unsealable, ConfigurationError) as error:
        raise Locked(
            _(
                "This file cannot be opened: the key that it was encrypted with is missing, or it was damaged. An "
                "administrator finds out more with “deskcore fsck”. Everything else about the ticket works."
            )
        ) from error
    return found


def _require(ticket: Ticket) -> None:
    if not may_reveal(ticket):
        raise NotAllowed(_("Only those who work on the ticket's desk or approve it can have this shown."))

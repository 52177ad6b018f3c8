"""Changing a ticket's status: agreed with the plugins before the lock, recorded inside it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from deskcore.clock import now
from deskcore.desks.catalogue import FINISHED_CATEGORIES
from deskcore.errors import NotAllowed, Refused
from deskcore.extensions import db
from deskcore.hooks.contributions import Status
from deskcore.people.models import Person
from deskcore.runtime import runtime
from deskcore.tickets.idempotency import earlier_result, fingerprint
from deskcore.tickets.loading import changing, check_version, find_ticket, person_view, ticket_view
from deskcore.tickets.merged import check_not_merged
from deskcore.tickets.models import Ticket
from deskcore.tickets.services.rights import author, require_agent
from deskcore.tickets.snapshots import Transition
from deskcore.tickets.timeline import Change, record
from deskcore.tickets.workflow import check_hold, check_transition, wanted_status
from deskcore.viewer import Viewer


def set_status(
    number: str, status: str, version: int | None = None, channel: str = "portal", key: str = ""
) -> Change | None:
    """Move a ticket to another status of its desk; plugins are asked first and may refuse.

    :returns: what can be taken back; nothing when it has this status already.
    :raises Refused: with everything that stands in the way.
    """
    viewer = require_agent()
    wanted = agreed_status(number, status, viewer)
    with changing(number) as (session, ticket):
        if key and earlier_result(session, author(viewer), key, fingerprint([number, status])) is not None:
            return None
        check_not_merged(ticket, "status")
        check_version(ticket, version)
        check_transition(ticket, runtime().catalogue.desk_by_id(ticket.desk_id), wanted)
        return change_status(session, ticket, wanted, viewer, channel)


def agreed_move(number: str, category: str) -> Callable[[], None]:
    """Ask the plugins whether a ticket may go on, and return what moves it, as part of the unit of work around it.

    So something else is stored with it, or neither is.

    :param category: of statuses, such as ``resolved``; the desk's own status of that category is taken.
    :raises NotFound: when there is no such ticket, or whoever asks may not see it.
    :raises NotAllowed: from the portal.
    :raises Refused: with everything that stands in the way.
    """
    viewer = require_agent()
    desk = runtime().catalogue.desk_by_id(find_ticket(number).desk_id)
    status = agreed_status(number, desk.status_of(category).key, viewer)

    def move() -> None:
        with changing(number) as (session, ticket):
            check_not_merged(ticket, "status")
            check_transition(ticket, runtime().catalogue.desk_by_id(ticket.desk_id), status)
            change_status(session, ticket, status, viewer, "portal")

    return move


def agreed_status(number: str, key: str, viewer: Viewer) -> Status:
    """Return the wanted status after the plugins agreed to it; ask before the lock.

    :raises NotAllowed: from the portal.
    :raises Refused: with everything that stands in the way.
    """
    if viewer.area == "portal":
        raise NotAllowed(_("Only an agent can do this."))
    ticket = find_ticket(number)
    desk = runtime().catalogue.desk_by_id(ticket.desk_id)
    status = wanted_status(desk, key)
    check_transition(ticket, desk, status)
    ask_plugins(ticket, status, viewer)
    return status


def ask_plugins(ticket: Ticket, status: Status, viewer: Viewer) -> None:
    """Let the plugins object to a change of status; ask before the lock.

    :param ticket: from :func:`~deskcore.tickets.loading.find_ticket`.
    :raises Refused: with everything that stands in the way.
    """
    by = db.session.get(Person, viewer.person_id) if viewer.person_id else None
    asked = Transition(ticket_view(ticket), status.key, status.category, person_view(by, related=False) if by else None)
    problems = runtime().callers.check("validate_transition", desk=asked.ticket.desk, transition=asked).problems
    if problems:
        raise Refused(problems)


def change_status(
    session: Session, ticket: Ticket, status: Status, viewer: Viewer, channel: str, undoes: int | None = None
) -> Change | None:
    """Set the status of a loaded ticket and record it; belongs inside the unit of work.

    :param undoes: sequence number of what it takes back.
    """
    before, resolved_at = ticket.status, ticket.resolved_at
    if before == status.key:
        return None
    check_hold(ticket, status)
    finished = status.category in FINISHED_CATEGORIES
    if not finished:
        ticket.resolved_at = None
    elif ticket.resolved_at is None:
        ticket.resolved_at = now()
    ticket.status, ticket.status_category, ticket.finished = status.key, status.category, finished
    data: dict[str, Any] = {"from": before, "to": status.key, "category": status.category}
    if undoes:
        data["undoes"] = undoes
    event = record(session, ticket, viewer, "status_changed", channel, data)
    return Change(ticket.id, event.seq, resolved_at)

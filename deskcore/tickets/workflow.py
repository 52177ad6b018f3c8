"""How a ticket moves between its statuses."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask_babel import gettext as _

from deskcore.clock import now
from deskcore.desks.catalogue import FINISHED_CATEGORIES, DeskEntry
from deskcore.errors import Problem, Refused
from deskcore.hooks.contributions import PRIORITIES, Status
from deskcore.tickets.models import Ticket


def priority_number(key: str) -> int:
    """Return 1 to 4 for ``low`` to ``urgent``.

    :raises Refused: for anything else.
    """
    if key not in PRIORITIES:
        raise Refused(Problem(_("Choose a priority: low, normal, high or urgent."), "priority"))
    return PRIORITIES.index(key) + 1


def priority_key(number: int) -> str:
    """Return ``low`` to ``urgent`` for 1 to 4."""
    return PRIORITIES[number - 1]


def wanted_status(desk: DeskEntry, key: str) -> Status:
    """Return the status that an agent asked for.

    :raises Refused: when the desk has no such status.
    """
    found = next((status for status in desk.statuses if status.key == key), None)
    if found is None:
        raise Refused(Problem(_("This desk has no status “%(status)s”.", status=key), "status"))
    return found


def check_transition(ticket: Ticket, desk: DeskEntry, status: Status) -> None:
    """Refuse a change of status that makes no sense for the ticket as it is now.

    :param desk: the one it is on now; it may have moved since the status was chosen.
    :raises Refused: when the desk has no such status, or an open ticket would become new again.
    """
    wanted_status(desk, status.key)
    check_hold(ticket, status)
    if status.category == "new" and ticket.status_category != "new":
        raise Refused(Problem(_("A ticket that somebody has worked on cannot become new again."), "status"))


def check_hold(ticket: Ticket, status: Status) -> None:
    """Refuse to work on a ticket that is held until it is approved; it can be finished, and waits again afterwards.

    :raises Refused: with what it waits for.
    """
    if ticket.held_by and status.category not in ("waiting_approval", *FINISHED_CATEGORIES):
        raise Refused(Problem(_("This ticket waits for approval. It goes on when that is decided."), "status"))


def category_again(ticket: Ticket) -> str:
    """Return the category of a finished ticket that is taken up again: one that is held is asked for again."""
    return "waiting_approval" if ticket.held_by else "open"


def may_reopen(category: str, resolved_at: datetime | None, days: int) -> bool:
    """Tell whether a finished ticket can still be reopened by those who take part in it.

    :param days: how long after the solution.
    """
    if category not in FINISHED_CATEGORIES:
        return False
    return resolved_at is None or now() - resolved_at <= timedelta(days=days)

"""Putting a ticket off, and bringing it back: a menu on its page, and a toast that takes it back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from deskcore.clock import now
from deskcore.errors import Refused
from deskcore.tickets import services
from deskcore.tickets.loading import find_ticket
from deskcore.web.templating import toast, when
from deskcore.web.viewer import time_zone
from deskcore.web.workspace.area import blueprint
from deskcore.web.workspace.surroundings import surroundings

#: When a working day begins for whoever put something off till then.
MORNING = time(8)
#: What “later today” means.
_LATER = timedelta(hours=3)


@dataclass(frozen=True)
class Moment:
    """A moment till which a ticket can be put off.

    :param value: what the form sends.
    """

    value: str
    label: str
    at: datetime


def moments() -> Sequence[Moment]:
    """Return what is offered: later today, tomorrow morning, and the beginning of next week where that is later."""
    found = _moments()
    return found if found[-1].at > found[-2].at else found[:-1]


def _moments() -> Sequence[Moment]:
    return [
        Moment("later", _("In three hours"), now() + _LATER),
        Moment("tomorrow", _("Tomorrow morning"), _morning(1)),
        Moment("monday", _("On Monday"), _morning(7 - now().astimezone(time_zone()).weekday())),
    ]


@blueprint.post("/tickets/<number>/snooze")
def snooze(number: str) -> ResponseReturnValue:
    """Put a ticket off until one of the moments that are offered, or until the morning of a day."""
    ticket = find_ticket(number)
    page = url_for("workspace.ticket", number=ticket.number, **surroundings())
    try:
        until = _chosen()
        services.snooze(ticket.number, until)
    except Refused as refusal:
        flash(refusal.message, "error")
        return redirect(page, 303)
    said = _("%(number)s is put off until %(when)s.", number=ticket.number, when=when(until))
    toast(said, url_for("workspace.wake", number=ticket.number))
    if not surroundings():
        return redirect(page, 303)
    return redirect(url_for("workspace.queue", **surroundings()), 303)


@blueprint.post("/tickets/<number>/wake")
def wake(number: str) -> ResponseReturnValue:
    """Bring a ticket back into the reader's queues."""
    services.wake(number)
    toast(_("%(number)s is back in your queues.", number=number.upper()))
    return redirect(url_for("workspace.ticket", number=number, **surroundings()), 303)


def _chosen() -> datetime:
    """Return the moment that was chosen.

    :raises Refused: when none was.
    """
    wanted = request.form.get("until", "")
    offered = {moment.value: moment.at for moment in _moments()}
    if wanted in offered:
        return offered[wanted]
    try:
        day = date.fromisoformat(request.form.get("day", ""))
    except ValueError:
        raise Refused(_("Choose the day on which you want to see it again.")) from None
    return datetime.combine(day, MORNING, time_zone())


def _morning(days: int) -> datetime:
    day = now().astimezone(time_zone()).date() + timedelta(days=days)
    return datetime.combine(day, MORNING, time_zone())

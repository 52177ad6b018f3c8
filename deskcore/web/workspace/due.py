"""How much time a ticket has left, as a list and a ticket's head show it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import gettext as _

from deskcore.clock import now
from deskcore.desks.catalogue import FINISHED_CATEGORIES

#: Nearer than this a due time is shown as soon.
SOON = timedelta(hours=1)
#: Categories in which the clock stands still.
PAUSED = ("waiting_requester", "on_hold")
_MINUTES_OF_A_DAY = 24 * 60


@dataclass(frozen=True)
class Due:
    """What is left: ``state`` is ``ok``, ``soon``, ``over`` or ``paused``; ``text`` is a length of time."""

    state: str
    text: str


def due(due_at: datetime | None, category: str) -> Due | None:
    """Return what is left until ``due_at``; nothing for a ticket without a due time, or a finished one."""
    if due_at is None or category in FINISHED_CATEGORIES:
        return None
    if category in PAUSED:
        return Due("paused", _("paused"))
    left = due_at - now()
    if left < timedelta(0):
        return Due("over", "−" + length(-left))
    return Due("soon" if left < SOON else "ok", length(left))


def length(time: timedelta) -> str:
    """Return a length of time in signs that English and Polish share: ``41 min``, ``1 h 50 min``, ``3 d``."""
    minutes = int(time / timedelta(minutes=1))
    if minutes < 60:
        return f"{minutes} min"
    if minutes < _MINUTES_OF_A_DAY:
        return f"{minutes // 60} h {minutes % 60:02d} min"
    return f"{minutes // _MINUTES_OF_A_DAY} d"

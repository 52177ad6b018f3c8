"""How much time a ticket has left, as a list and a ticket's head show it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import gettext as _

from deskcore.clock import now
from deskcore.desks.catalogue import FINISHED_CATEGORIES
from deskcore.tickets.due import are_kept

#: Nearer than this a due time is shown as soon.
SOON = timedelta(hours=1)
#: Categories in which a clock stands still that nobody keeps.
PAUSED = ("waiting_requester", "on_hold")
_MINUTES_OF_A_DAY = 24 * 60


@dataclass(frozen=True)
class Due:
    """What is left.

    :param state: ``ok``, ``soon``, ``over``, ``paused`` or ``met``.
    :param text: a length of time, or a word.
    """

    state: str
    text: str


def due(
    due_at: datetime | None, category: str, state: str | None = None, soon_at: datetime | None = None
) -> Due | None:
    """Return what is left until ``due_at``; nothing for a ticket without a clock or a due time.

    :param state: how the clock stands, if somebody keeps one; nothing is left while the plugin that did is switched
        off. Otherwise the ``category`` tells whether it runs.
    :param soon_at: from when on it is due soon, if that is before the last hour.
    """
    if state is not None and not are_kept():
        return None
    if state == "met":
        return Due("met", _("met"))
    if state == "late":
        return Due("over", _("late"))
    if state == "paused" or (due_at is not None and state is None and category in PAUSED):
        return Due("paused", _("paused"))
    if due_at is None or category in FINISHED_CATEGORIES:
        return None
    moment = now()
    left = due_at - moment
    if left < timedelta(0):
        return Due("over", "−" + length(-left))
    soon = left < SOON or (soon_at is not None and soon_at <= moment)
    return Due("soon" if soon else "ok", length(left))


def length(time: timedelta) -> str:
    """Return a length of time in signs that English and Polish share: ``41 min``, ``1 h 50 min``, ``3 d``."""
    minutes = int(time / timedelta(minutes=1))
    if minutes < 60:
        return f"{minutes} min"
    if minutes < _MINUTES_OF_A_DAY:
        return f"{minutes // 60} h {minutes % 60:02d} min"
    return f"{minutes // _MINUTES_OF_A_DAY} d"

"""The words, icons and tones of statuses and priorities, for agents and for requesters.

A requester never sees an internal status: each category has exactly one portal word. An agent sees the
desk's own name for a status, with the icon and tone of its category.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from deskcore.hooks.contributions import PRIORITIES

Audience = Literal["agent", "requester"]


@dataclass(frozen=True)
class Look:
    """How a status or a priority appears: icon and word first, colour as the third cue.

    :param icon: name in ``static/icons.svg``.
    :param tone: class suffix of the badge or of the priority.
    :param word: in the reader's language, evaluated when shown.
    """

    icon: str
    tone: str
    word: LazyString


_AGENT: dict[str, Look] = {
    "new": Look("sparkle", "new", _l("New")),
    "open": Look("play", "active", _l("In progress")),
    "waiting_requester": Look("reply", "you", _l("Waiting for requester")),
    "waiting_approval": Look("stamp", "you", _l("Waiting for approval")),
    "on_hold": Look("pause", "hold", _l("On hold")),
    "resolved": Look("check", "done", _l("Resolved")),
    "closed": Look("archive", "closed", _l("Closed")),
}
_REQUESTER: dict[str, Look] = {
    "new": Look("sparkle", "new", _l("Received")),
    "open": Look("play", "active", _l("In progress")),
    "waiting_requester": Look("reply", "you", _l("Waiting for you")),
    "waiting_approval": Look("stamp", "you", _l("Waiting for approval")),
    "on_hold": Look("pause", "hold", _l("In progress – waiting for supplier")),
    "resolved": Look("check", "done", _l("Solved – is it OK?")),
    "closed": Look("archive", "closed", _l("Finished")),
}
_PRIORITIES: dict[str, Look] = {
    "low": Look("down", "low", _l("Low")),
    "normal": Look("equal", "normal", _l("Normal")),
    "high": Look("up", "high", _l("High")),
    "urgent": Look("upup", "urgent", _l("Urgent")),
}
_SLA: dict[str, Look] = {
    "ok": Look("clock", "ok", _l("Due")),
    "soon": Look("hourglass", "soon", _l("Due soon")),
    "over": Look("alert", "over", _l("Overdue")),
    "paused": Look("pause", "paused", _l("Paused")),
    "met": Look("check", "met", _l("Met")),
}


def status_look(category: str, audience: Audience = "agent") -> Look:
    """Return how a status category looks to ``audience``.

    :param category: one of :data:`deskcore.hooks.contributions.STATUS_CATEGORIES`.
    :raises KeyError: for any other category.
    """
    return (_REQUESTER if audience == "requester" else _AGENT)[category]


def priority_look(priority: str | int) -> Look:
    """Return how a priority looks.

    :param priority: its name, or its stored number from 1 to 4.
    :raises KeyError: for any other name.
    """
    name = PRIORITIES[priority - 1] if isinstance(priority, int) else priority
    return _PRIORITIES[name]


def sla_look(state: str) -> Look:
    """Return how a due time looks in ``state``: ``ok``, ``soon``, ``over``, ``paused`` or ``met``.

    :raises KeyError: for any other state.
    """
    return _SLA[state]

"""Amounts in coarse steps, and what is left out: exact ones would tell how much a confidential desk is asked."""

from __future__ import annotations

from dataclasses import replace

from flask_babel import gettext as _

from deskcore.runtime import runtime
from deskcore.tickets.work_status import WorkStatus, work_status
from deskcore.web import formatting
from deskcore.web.viewer import language

#: Below these nothing is told apart: what one ticket adds must not show.
_FEW, _SMALL = 100, 125_000_000


def amount(count: int) -> str:
    """Return how many there are, to a power of ten: ``fewer than 100``, ``1,000 or more``."""
    if count < _FEW:
        return _("fewer than %(count)s", count=_FEW)
    return _("%(count)s or more", count=formatting.number(10 ** (len(str(count)) - 1), language()))


def room_for(size: int) -> int:
    """Return a number of bytes above ``size``: the smallest step, doubled until it is enough."""
    step = _SMALL
    while step <= size:
        step *= 2
    return step


def discreet_plugins() -> frozenset[str]:
    """Return names of the plugins that own a confidential desk."""
    desks = runtime().catalogue.desks.values()
    return frozenset(desk.plugin for desk in desks if desk.confidential and desk.plugin)


def shown_status() -> WorkStatus:
    """Return how the background work stands, without what waits for a plugin that owns a confidential desk.

    That the plugin does not work stands with the plugins; that it has something to do would tell of a ticket.
    """
    status, discreet = work_status(), discreet_plugins()
    return replace(status, resting=[rest for rest in status.resting if rest.plugin not in discreet])

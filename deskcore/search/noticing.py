"""Telling plugins what is looked for, after the answer is out; nobody learns who looked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from deskcore.desks.services import plugin_viewer
from deskcore.events.jobs import queue_job
from deskcore.hooks.errors import HandlerFailed
from deskcore.hooks.searching import Searched
from deskcore.runtime import runtime
from deskcore.work import acting_as

JOB = "core.searched"
_HOOK = "searched"


def note_searched(searched: Searched) -> None:
    """Have plugins told of a search, where any of them wants to know."""
    registry = runtime()
    if any(registry.plugins.active(plugin) for plugin in registry.callers.implementors(_HOOK)):
        queue_job(JOB, vars(searched))


def tell_searched(payload: Mapping[str, Any]) -> None:
    """Tell plugins of a search; a job."""
    callers = runtime().callers
    for plugin in callers.implementors(_HOOK):
        try:
            with acting_as(plugin_viewer(plugin)):
                callers.notify(plugin, _HOOK, event=Searched(**payload))
        except HandlerFailed as failure:
            callers.failed(failure.plugin, failure.slot, failure.cause)

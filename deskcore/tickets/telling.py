"""News that a plugin has for other plugins and that no ticket is about, told by the worker after the commit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from deskcore.desks.services import plugin_viewer
from deskcore.events.jobs import queue_job
from deskcore.hooks.errors import HandlerFailed
from deskcore.runtime import runtime
from deskcore.work import acting_as

#: Kind of the job.
JOB = "core.told"


def tell(hook: str, told: Mapping[str, Any]) -> None:
    """Tell other plugins of something through a hook that the plugin publishes, once what was changed is committed.

    Each is told at least once, in a job of its own: one that raises is told again with growing pauses.

    :param hook: a hook among the plugin's ``HOOKS`` that takes ``told`` alone.
    :param told: what they are given: names, numbers and moments as text, never what somebody wrote.
    :raises LookupError: when no active plugin publishes such a hook.
    """
    parts = runtime()
    if hook not in parts.plugins.published or not parts.plugins.active(parts.plugins.published[hook]):
        raise LookupError(f"no active plugin publishes a hook {hook}")
    for plugin in parts.callers.implementors(hook):
        if parts.plugins.active(plugin):
            queue_job(JOB, {"plugin": plugin, "hook": hook, "told": dict(told)})


def tell_plugin(payload: Mapping[str, Any]) -> None:
    """Tell one plugin; a job.

    :raises HandlerFailed: when it failed; the job is tried again.
    """
    callers, plugin = runtime().callers, payload["plugin"]
    try:
        with acting_as(plugin_viewer(plugin)):
            callers.notify(plugin, payload["hook"], told=payload["told"])
    except HandlerFailed as failure:
        callers.failed(failure.plugin, failure.slot, failure.cause)
        raise

"""What becomes of a plugin's failure: it is named, counted and recorded, and past a limit the plugin is paused."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from deskcore.clock import now
from deskcore.extensions import Executor
from deskcore.hooks import state
from deskcore.hooks.errors import describe, is_outage, trace_of
from deskcore.hooks.health import Health
from deskcore.hooks.models import PluginFailure
from deskcore.hooks.recorder import LastCall
from deskcore.hooks.sentences import sentence

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine

    from deskcore.hooks.registry import Registry

log = logging.getLogger("deskcore.hooks")

#: How long it is remembered that the process died while a plugin was called, when it is not known that it did it.
SUSPECTED = timedelta(days=1)


class Failures:
    """Records the failures of one application's plugins.

    :param plugins: returns the snapshot that counts now.
    :param engine: where they are recorded; ``None`` keeps them in the log alone.
    """

    def __init__(self, plugins: Callable[[], Registry], engine: Engine | None, health: Health) -> None:
        self._plugins = plugins
        self._engine = engine
        self._health = health

    def record(self, plugin: str, slot: str, error: BaseException, hanging: int) -> None:
        """Record a failure, each in a transaction of its own; never inside a unit of work.

        :param hanging: threads of this process that the plugin holds beyond their time.
        """
        if is_outage(error):
            log.warning("the database was gone when plugin %s was asked in %s", plugin, slot)
            return
        log.warning("plugin %s failed in %s: %s", plugin, slot, describe(error))
        self._health.failed(plugin, slot)
        if self._engine is not None:
            try:
                record_failure(self._engine, plugin, slot, error)
            except Exception:
                log.exception("the failure of plugin %s could not be recorded", plugin)
        breaker = self._plugins().breaker
        too_many = breaker.failed(plugin, slot)
        if too_many or (hanging >= breaker.limits.abandoned and breaker.open(plugin)):
            self._pause(plugin, slot, error)

    def _pause(self, plugin: str, slot: str, error: BaseException) -> None:
        reason = sentence(
            "It failed too often, last in %(slot)s (%(error)s), and was paused; correct it, then try it again.",
            slot=slot, error=describe(error),
        )  # fmt: skip
        log.error("plugin %s was paused", plugin)
        if self._engine is None:
            return
        try:
            with state.own_transaction(self._engine) as connection:
                state.pause(connection, plugin, reason, trace_of(error))
        except Exception:
            log.exception("the pause of plugin %s could not be recorded", plugin)


def record_failure(engine: Engine, plugin: str, slot: str, error: BaseException) -> None:
    """Count a failure of ``plugin`` in ``slot`` in a transaction of its own.

    :param slot: the hook or place that failed, such as ``validate_ticket``.
    """
    with state.own_transaction(engine) as connection:
        _count_failure(connection, plugin, slot, describe(error), trace_of(error))


def record_crashes(on: Executor, crashed: Iterable[LastCall]) -> None:
    """Count what was called when a process died, and pause whose call is known to have ended it, or is called again.

    Nothing in that process could tell; its successor calls this before it loads plugins.
    """
    for call in crashed:
        same = PluginFailure.plugin == call.plugin, PluginFailure.slot == call.slot, PluginFailure.error == call.error
        since = PluginFailure.last_at > now() - SUSPECTED
        again = on.execute(sa.select(PluginFailure.count).where(*same, since)).scalar() is not None
        _count_failure(on, call.plugin, call.slot, call.error, call.trace)
        log.error("plugin %s was in %s when %s", call.plugin, call.slot, call.error)
        if call.certain or again:
            reason = sentence(
                "It was in %(slot)s when %(error)s, and was paused; correct it, then try it again.",
                slot=call.slot, error=call.error,
            )  # fmt: skip
            state.pause(on, call.plugin, reason, call.trace)


def read_failures(on: Executor, plugin: str | None = None) -> list[Mapping[str, Any]]:
    """Return the recorded failures, latest first: plugin, slot, count, first_at, last_at, error, trace."""
    statement = sa.select(PluginFailure.__table__).order_by(PluginFailure.last_at.desc())
    if plugin is not None:
        statement = statement.where(PluginFailure.plugin == plugin)
    return [dict(row) for row in on.execute(statement).mappings()]


def _count_failure(on: Executor, plugin: str, slot: str, error: str, trace: str) -> None:
    moment = now()
    latest = {"last_at": moment, "error": error, "trace": trace}
    state.upsert(
        on, PluginFailure, {"plugin": plugin, "slot": slot},
        latest | {"count": PluginFailure.count + 1}, latest | {"count": 1, "first_at": moment},
    )  # fmt: skip

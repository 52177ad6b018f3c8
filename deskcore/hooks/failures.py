"""What becomes of a plugin's failure: it is named, counted and recorded, and past a limit the plugin is paused."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from deskcore.hooks import state
from deskcore.hooks.errors import describe, is_outage, trace_of
from deskcore.hooks.health import Health
from deskcore.hooks.sentences import sentence

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine

    from deskcore.hooks.registry import Registry

log = logging.getLogger("deskcore.hooks")


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
                state.record_failure(self._engine, plugin, slot, error)
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

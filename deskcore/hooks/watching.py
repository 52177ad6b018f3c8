"""Watching plugins at work: what each does is measured, and what goes wrong is named and counted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore
from typing import TYPE_CHECKING

from werkzeug.exceptions import ServiceUnavailable

from deskcore.hooks.deadlines import DeadlinePool
from deskcore.hooks.errors import Overrun
from deskcore.hooks.failures import Failures
from deskcore.hooks.flights import Flight, Flights
from deskcore.hooks.health import Health
from deskcore.lent import Lent, lent_here

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine

    from deskcore.hooks.registry import Registry


class Watch:
    """Measures what one application's plugins do in its threads, and counts their failures.

    :param plugins: returns the snapshot that counts now.
    :param engine: where failures are recorded; ``None`` keeps them in the log alone.
    """

    def __init__(self, plugins: Callable[[], Registry], engine: Engine | None = None) -> None:
        self._plugins = plugins
        self.health = Health()
        self._failures = Failures(plugins, engine, self.health)
        limits = plugins().breaker.limits
        self._pool, self._handlers = DeadlinePool(limits.threads), DeadlinePool(limits.threads)
        self._flights = Flights(self.health, limits.deadline, self._overran)
        #: By plugin, how many more requests it may answer at the same time.
        self._seats: dict[str, BoundedSemaphore] = {}

    @contextmanager
    def watching(self, plugin: str, slot: str, budget: float | None = None, *, locks: bool = True) -> Iterator[None]:
        """Measure the block, in which code of ``plugin`` runs that nothing can cut off.

        :param budget: seconds beyond which it is recorded as too slow.
        :param locks: end transactions of its own that keep the write lock; not where it works inside a larger one.
        """
        lent = Lent(lasting=not locks)
        token = lent_here.set(lent)
        try:
            with self._keeping_no_lock(lent), self._flights.under_way(plugin, slot, lent, budget):
                yield
        finally:
            lent_here.reset(token)

    @contextmanager
    def answering(self, plugin: str, slot: str) -> Iterator[None]:
        """Measure the block, in which ``plugin`` answers a request in a thread that all pages need.

        :raises ServiceUnavailable: when it is at so many already that the rest are kept for others.
        """
        limits = self._plugins().breaker.limits
        seats = self._seats.setdefault(plugin, BoundedSemaphore(limits.requests))
        if not seats.acquire(blocking=False):
            raise ServiceUnavailable
        try:
            with self.watching(plugin, slot, limits.deadline):
                yield
        finally:
            seats.release()

    def failed(self, plugin: str, slot: str, error: BaseException) -> None:
        """Name and count a failure of ``plugin``; past the limit it is paused. Never inside a unit of work.

        :param slot: the hook or the place of a page where it failed.
        """
        calls = self._pool.hanging(plugin) + self._handlers.hanging(plugin)
        self._failures.record(plugin, slot, error, calls + self._flights.hanging(plugin))

    @contextmanager
    def _keeping_no_lock(self, lent: Lent) -> Iterator[None]:
        """Say what happened when a transaction was ended, and not what came of it: that looks like an outage."""
        try:
            yield
        except BaseException:
            if not lent.was_cut:
                raise
        if lent.was_cut:
            raise Overrun(self._plugins().breaker.limits.deadline, "kept the write lock for more than")

    def _overran(self, flight: Flight, seconds: float) -> None:
        """Record that a call which nothing can cut off takes too long, or took."""
        self.failed(flight.plugin, flight.slot, Overrun(seconds, "has been at it for"))

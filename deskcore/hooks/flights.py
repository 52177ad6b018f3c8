"""The calls of plugins that are under way: measured, and watched where nothing can cut them off."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock, Thread
from time import perf_counter, sleep

from deskcore.hooks.health import Health
from deskcore.hooks.recorder import recorder
from deskcore.lent import Lent

log = logging.getLogger("deskcore.hooks")

#: Seconds between two looks at what is under way, and after which nobody looks if there is nothing.
LOOK, IDLE = 0.25, 10.0


@dataclass(eq=False)
class Flight:
    """A call of a plugin that is under way.

    :param budget: seconds after which it is recorded as too slow; ``None`` for work that may take its time.
    """

    plugin: str
    slot: str
    budget: float | None
    lent: Lent
    began: float = field(default_factory=perf_counter)
    #: Whether it was recorded as too slow already.
    recorded: bool = False


class Flights:
    """Counts and measures every call, and looks after those that last.

    :param health: where calls are counted.
    :param locks: seconds for which a plugin may hold the write lock; then its transaction is ended.
    :param overran: called with a flight and its seconds so far, once, when it is beyond its budget.
    """

    def __init__(self, health: Health, locks: float, overran: Callable[[Flight, float], None]) -> None:
        self._health = health
        self._locks = locks
        self._overran = overran
        self._under_way: set[Flight] = set()
        self._changed = Lock()
        self._watched = False

    @contextmanager
    def under_way(self, plugin: str, slot: str, lent: Lent, budget: float | None = None) -> Iterator[Flight]:
        """Measure the block, in which code of ``plugin`` runs."""
        flight = Flight(plugin, slot, budget, lent)
        if not lent.reading or budget is not None:
            self._watch(flight)
        try:
            with recorder.noted(plugin, slot):
                yield flight
        finally:
            seconds = perf_counter() - flight.began
            self._health.add(plugin, slot, seconds)
            self._under_way.discard(flight)
            if budget is not None and seconds > budget:
                self._record(flight, seconds)

    def hanging(self, plugin: str) -> int:
        """Return how many calls of ``plugin`` are under way beyond their budget."""
        return sum(flight.recorded for flight in list(self._under_way) if flight.plugin == plugin)

    def _watch(self, flight: Flight) -> None:
        with self._changed:
            self._under_way.add(flight)
            if not self._watched:
                self._watched = True
                Thread(target=self._look_after, name="deskcore-flights", daemon=True).start()

    def _look_after(self) -> None:
        quiet = 0.0
        while True:
            sleep(LOOK)
            for flight in list(self._under_way):
                self._look_at(flight)
            quiet = 0.0 if self._under_way else quiet + LOOK
            if quiet < IDLE:
                continue
            with self._changed:
                if not self._under_way:
                    self._watched = False
                    return

    def _look_at(self, flight: Flight) -> None:
        try:
            if flight.lent.cut(longer_than=self._locks):
                log.warning("plugin %s kept the write lock in %s, and lost it", flight.plugin, flight.slot)
            seconds = perf_counter() - flight.began
            if flight.budget is not None and seconds > flight.budget and not flight.recorded:
                # It may have to wait for the very lock that another flight is about to lose.
                Thread(target=self._record, args=(flight, seconds), name="deskcore-overrun", daemon=True).start()
        except Exception:
            log.exception("plugin %s could not be watched in %s", flight.plugin, flight.slot)

    def _record(self, flight: Flight, seconds: float) -> None:
        with self._changed:
            first, flight.recorded = not flight.recorded, True
        if first:
            self._overran(flight, seconds)

"""How plugins are: calls, failures and times by plugin and slot, counted in memory and written now and then."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from threading import Lock

import sqlalchemy as sa

from deskcore.clock import now
from deskcore.extensions import Executor, insert_into
from deskcore.hooks.models import PluginHealth

#: Upper ends of the classes of time, in seconds: from a tenth of a millisecond to some minutes, each half as long
#: again. What took longer is in one more.
ENDS = tuple(0.0001 * 1.5**power for power in range(36))
#: The class in which failures are counted.
FAILED = -1
#: Days that are shown, and that are kept.
SHOWN, KEPT = 7, 30

#: By plugin, slot and class, how many.
Counts = Mapping[tuple[str, str, int], int]


class Health:
    """Counts what this process calls; :meth:`take` hands it over to whoever writes it down."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, str, int], int] = {}
        self._lock = Lock()

    def add(self, plugin: str, slot: str, seconds: float) -> None:
        """Count a call that took so long."""
        self._add((plugin, slot, bisect_left(ENDS, seconds)), 1)

    def failed(self, plugin: str, slot: str) -> None:
        """Count a failure."""
        self._add((plugin, slot, FAILED), 1)

    def take(self) -> Counts:
        """Return what was counted since the last time, and begin anew."""
        with self._lock:
            taken, self._counts = self._counts, {}
        return taken

    def give_back(self, counts: Counts) -> None:
        """Count again what could not be written."""
        for key, count in counts.items():
            self._add(key, count)

    def _add(self, key: tuple[str, str, int], count: int) -> None:
        with self._lock:
            self._counts[key] = self._counts.get(key, 0) + count


@dataclass(frozen=True)
class SlotHealth:
    """How a plugin is in one slot.

    :param p95: seconds within which 95 of 100 calls ended, to the class of time.
    """

    slot: str
    calls: int
    failures: int
    p95: float


def write_health(on: Executor, counts: Counts) -> None:
    """Add counts to those of the other processes of today, and forget those of long ago."""
    today = now().date()
    table = PluginHealth.__table__
    for (plugin, slot, span), count in sorted(counts.items()):
        key = {"day": today, "plugin": plugin, "slot": slot, "span": span}
        row = insert_into(on, PluginHealth).values(**key, calls=count)
        more = {"calls": PluginHealth.calls + row.excluded.calls}
        on.execute(row.on_conflict_do_update(index_elements=list(key), set_=more))
    on.execute(sa.delete(table).where(table.c.day < today - timedelta(days=KEPT)))  # type: ignore[arg-type]


def read_health(on: Executor) -> dict[str, list[SlotHealth]]:
    """Return how the plugins were in the last days, by plugin; a slot that failed most comes first."""
    columns = PluginHealth.plugin, PluginHealth.slot, PluginHealth.span
    since: date = now().date() - timedelta(days=SHOWN - 1)
    asked = sa.select(*columns, sa.func.sum(PluginHealth.calls)).where(PluginHealth.day >= since).group_by(*columns)
    spans: dict[tuple[str, str], dict[int, int]] = {}
    for plugin, slot, span, calls in on.execute(asked):
        spans.setdefault((plugin, slot), {})[span] = int(calls)
    found: dict[str, list[SlotHealth]] = {}
    for (plugin, slot), counts in sorted(spans.items()):
        failures = counts.pop(FAILED, 0)
        found.setdefault(plugin, []).append(SlotHealth(slot, sum(counts.values()), failures, _p95(counts)))
    for lines in found.values():
        lines.sort(key=lambda line: (-line.failures, -line.p95, line.slot))
    return found


def together(lines: Iterable[SlotHealth]) -> SlotHealth:
    """Return the sums over a plugin's slots, and the slowest of them."""
    kept = list(lines)
    slowest = max((line.p95 for line in kept), default=0.0)
    return SlotHealth("", sum(line.calls for line in kept), sum(line.failures for line in kept), slowest)


def _p95(counts: Mapping[int, int]) -> float:
    """Return the upper end of the class of time in which the 95th of 100 calls lies."""
    enough, seen = 0.95 * sum(counts.values()), 0
    for span, count in sorted(counts.items()):
        seen += count
        if seen >= enough:
            return ENDS[min(span, len(ENDS) - 1)]
    return 0.0

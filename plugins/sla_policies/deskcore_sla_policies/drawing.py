"""A clock as a strip: what counts is high, what does not is low, so that no colour is needed to read it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from deskcore_sla_policies.clock import Clock, Stretch
from deskcore_sla_policies.lengths import length, moment

#: What is drawn of each kind of time: a class of colour, and from where of ten how high it is.
_DRAWN: Mapping[str, tuple[str, float, float]] = {
    "running": ("c1", 0, 10),
    "late": ("c6", 0, 10),
    "paused": ("c3", 4, 6),
    "outside": ("c5", 8, 2),
    "holiday": ("c4", 8, 2),
}


@dataclass(frozen=True)
class Part:
    """A stretch of a clock as the strip draws it, and the table says it; places go from 0 to 100."""

    kind: str
    reason: str
    start: str
    end: str
    counted: str
    x: str
    width: str
    cls: str
    y: float
    height: float


def drawn(clock: Clock) -> dict[str, Any]:
    """Return what the strip of a clock, and the table below it, are made of."""
    parts = list(_parts(clock))
    return {
        "started": moment(clock.started_at),
        "stopped": moment(clock.stopped_at),
        "parts": parts,
        "kinds": [kind for kind in _DRAWN if any(part.kind == kind for part in parts)],
        "drawn": _DRAWN,
        "due_x": _place(clock, clock.due_at),
    }


def _parts(clock: Clock) -> Iterator[Part]:
    """Yield the stretches of a clock; one in which it became late is cut there."""
    for stretch in _cut(clock):
        kind = "late" if stretch.kind == "running" and _is_late(clock, stretch) else stretch.kind
        cls, y, height = _DRAWN[kind]
        x, end = _share(clock, stretch.start), _share(clock, stretch.end)
        yield Part(
            kind, stretch.reason, moment(stretch.start), moment(stretch.end), length(stretch.counted),
            f"{x:.2f}", f"{end - x:.2f}", cls, y, height,
        )  # fmt: skip


def _cut(clock: Clock) -> Iterator[Stretch]:
    late = clock.breached_at
    for stretch in clock.stretches:
        if late is not None and stretch.kind == "running" and stretch.start < late < stretch.end:
            yield stretch._replace(end=late)
            yield stretch._replace(start=late)
        else:
            yield stretch


def _is_late(clock: Clock, stretch: Stretch) -> bool:
    return clock.breached_at is not None and stretch.start >= clock.breached_at


def _share(clock: Clock, at: datetime) -> float:
    whole = clock.ended_at - clock.started_at
    return 100 * ((at - clock.started_at) / whole) if whole else 0.0


def _place(clock: Clock, at: datetime | None) -> str:
    """Return where a moment lies on the strip, if it does."""
    inside = at is not None and clock.started_at < at < clock.ended_at
    return f"{_share(clock, at):.2f}" if inside and at else ""

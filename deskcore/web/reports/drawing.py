"""The line chart of the overview: two lines as the points of a drawing, with what they count in words beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

#: The drawing: its size, and where the lines are in it.
WIDTH, HEIGHT = 680, 216
_LEFT, _RIGHT, _TOP, _BOTTOM = 40, 670, 14, 180
#: Labels below the lines at most.
_LABELS = 6


@dataclass(frozen=True)
class Mark:
    """A label of an axis, and where it stands."""

    at: float
    text: str


@dataclass(frozen=True)
class Chart:
    """Two lines over the same days, drawn; ``totals``, ``least`` and ``most`` are for those who do not see it.

    :param lines: the points of each, as the ``points`` of a polyline; ``area`` lies below the first.
    """

    lines: tuple[str, str]
    area: str
    marks: tuple[Mark, ...]
    days: tuple[Mark, ...]
    totals: tuple[int, int]
    least: tuple[int, int]
    most: tuple[int, int]


def drawn(labels: Sequence[str], first: Sequence[int], second: Sequence[int]) -> Chart:
    """Return the drawing of two lines; there is something in one of them."""
    top = _round_up(max(*first, *second))
    across = [_LEFT + (_RIGHT - _LEFT) * place / max(len(labels) - 1, 1) for place in range(len(labels))]
    lines = tuple(
        " ".join(f"{x:.1f},{_height(value, top):.1f}" for x, value in zip(across, values, strict=True))
        for values in (first, second)
    )
    every = max(1, -(-len(labels) // _LABELS))
    return Chart(
        lines=(lines[0], lines[1]),
        area=f"{_LEFT},{_BOTTOM} {lines[0]} {across[-1]:.1f},{_BOTTOM}",
        marks=tuple(Mark(_height(value, top), str(value)) for value in _steps(top)),
        days=tuple(Mark(x, label) for x, label in list(zip(across, labels, strict=True))[::every]),
        totals=(sum(first), sum(second)),
        least=(min(first), min(second)),
        most=(max(first), max(second)),
    )


def _height(value: int, top: int) -> float:
    return _BOTTOM - (_BOTTOM - _TOP) * value / top


def _round_up(most: int) -> int:
    """Return where the axis ends: a round number that is not less."""
    unit = int(10 ** (len(str(most)) - 1))
    return next(unit * times for times in (1, 2, 3, 4, 5, 6, 8, 10) if unit * times >= most)


def _steps(top: int) -> list[int]:
    parts = next((each for each in (4, 3, 5, 2) if top % each == 0), 1)
    return [top * number // parts for number in range(parts + 1)]

"""Shapes of event data: each kind of event has a number that rises whenever its data changes shape.

What is stored is never rewritten. It is read through :func:`read`, which brings older data to the present shape
step by step. Data of a newer shape than this version knows is not guessed: its event stays pending until a version
that knows it is back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement
from sqlalchemy.orm import InstrumentedAttribute

#: Takes data of one shape and returns it in the next one.
Upgrader = Callable[[Mapping[str, Any]], Mapping[str, Any]]

#: By kind of event: the step from shape 1 to 2, from 2 to 3, and so on. A kind that is not here has one shape.
_steps: dict[str, tuple[Upgrader, ...]] = {}


def upgrader(kind: str, to: int) -> Callable[[Upgrader], Upgrader]:
    """Register a function that brings data of events of ``kind`` to the shape ``to`` from the one before.

    Events are recorded with the highest number that was registered; call it while the module of the kind is imported.

    :raises ValueError: when a step before it is missing, or there is another one already.
    """

    def register(step: Upgrader) -> Upgrader:
        if to != current(kind) + 1:
            raise ValueError(f"the next shape of {kind} is {current(kind) + 1}, not {to}")
        _steps[kind] = (*_steps.get(kind, ()), step)
        return step

    return register


def current(kind: str) -> int:
    """Return the number of the shape in which events of ``kind`` are recorded now."""
    return 1 + len(_steps.get(kind, ()))


def numbers() -> tuple[tuple[str, int], ...]:
    """Return the kinds whose data has had more than one shape, with the number of the present one."""
    return tuple((kind, current(kind)) for kind in sorted(_steps))


def read(kind: str, schema: int, data: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return stored data in the present shape, or nothing when a newer version wrote it.

    :param schema: number of the shape in which it is stored.
    """
    if schema > current(kind):
        return None
    for step in _steps.get(kind, ())[schema - 1 :]:
        data = step(data)
    return data


def is_known(kind: InstrumentedAttribute[str], schema: InstrumentedAttribute[int]) -> ColumnElement[bool]:
    """Return the condition that this version can read an event's data."""
    known = dict(numbers())
    return schema <= (sa.case(known, value=kind, else_=1) if known else 1)

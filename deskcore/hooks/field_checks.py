"""Checks that every field of a contribution holds what it is declared to hold.

A title that is no :class:`Text`, or a role that there is not, would else come to light on a page, and take it down.
"""

from __future__ import annotations

import collections.abc
import inspect
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import is_dataclass
from functools import cache
from typing import Any, Literal

import click
from flask import Blueprint
from marshmallow import Schema
from sqlalchemy.orm import InstrumentedAttribute

from deskcore.hooks.errors import BadContribution
from deskcore.hooks.sentences import sentence

#: What annotations of contributions name that is there for type checkers alone.
_NAMES = {
    "click": click, "Blueprint": Blueprint, "Schema": Schema, "PersonView": Any, "TicketView": Any, "ViewerView": Any,
    "Edits": Any, "Column": InstrumentedAttribute,
}  # fmt: skip

_Check = Callable[[Any], bool]


def check_fields(hook: str, value: Any) -> None:
    """Check a contribution, with all that lies in it.

    :raises BadContribution: naming the first field to correct.
    """
    for name, fits in _checks(type(value)):
        held = getattr(value, name)
        if not fits(held):
            raise BadContribution(sentence(
                "“%(what)s” of its %(hook)s has a “%(field)s” that cannot be used (%(type)s); correct it.",
                what=str(getattr(value, "key", "") or type(value).__name__)[:80], hook=hook, field=name,
                type=repr(held)[:80] if type(held) is str else type(held).__name__,
            ))  # fmt: skip


#: What each kind of contribution declares, once it was asked for.
_KNOWN: dict[Any, tuple[tuple[str, _Check], ...]] = {}


def _checks(kind: Any) -> tuple[tuple[str, _Check], ...]:
    if kind not in _KNOWN:
        declared = typing.get_type_hints(kind, None, _NAMES)
        _KNOWN[kind] = tuple((name, _check(each)) for name, each in declared.items())
    return _KNOWN[kind]


@cache
def _check(declared: Any) -> _Check:
    """Return what tells whether a value is of a declared type: thousands of values are of the same few.

    Types are compared exactly, because a subclass may do anything.
    """
    origin, inner = typing.get_origin(declared), typing.get_args(declared)
    if origin in (typing.Union, types.UnionType):
        checks = tuple(_check(each) for each in inner)
        return lambda value: any(check(value) for check in checks)
    if origin is Literal:
        return lambda value: type(value) is str and value in inner
    if origin is tuple:
        fits = _check(inner[0])
        return lambda value: type(value) is tuple and all(map(fits, value))
    if origin is collections.abc.Callable:
        return callable
    if origin is collections.abc.Mapping:
        return lambda value: isinstance(value, Mapping)
    if origin is type:
        return lambda value: inspect.isclass(value) and issubclass(value, inner[0])
    if is_dataclass(declared):
        return lambda value: (
            type(value) is declared and all(fits(getattr(value, name)) for name, fits in _checks(declared))
        )
    if declared in (str, int, bool, types.NoneType):
        return lambda value: type(value) is declared
    return lambda value: declared is Any or isinstance(value, declared)

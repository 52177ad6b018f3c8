"""Checks that every field of a contribution holds what it is declared to hold.

A title that is no :class:`Text`, or a role that there is not, would else come to light on a page, and take it down.
"""

from __future__ import annotations

import collections.abc
import inspect
import sys
import types
import typing
from collections.abc import Mapping
from dataclasses import is_dataclass
from typing import Any, Literal

import click
from flask import Blueprint
from marshmallow import Schema

from deskcore.hooks.errors import BadContribution
from deskcore.hooks.sentences import sentence

#: What annotations of contributions name that is there for type checkers alone.
_NAMES = {"click": click, "Blueprint": Blueprint, "Schema": Schema, "TicketView": Any, "ViewerView": Any}


def check_fields(hook: str, value: Any) -> None:
    """Check a contribution, with all that lies in it.

    :raises BadContribution: naming the first field to correct.
    """
    for name, declared in _declared(type(value)).items():
        held = getattr(value, name)
        if not _fits(held, declared):
            raise BadContribution(sentence(
                "“%(what)s” of its %(hook)s has a “%(field)s” that cannot be used (%(type)s); correct it.",
                what=str(getattr(value, "key", "") or type(value).__name__)[:80], hook=hook, field=name,
                type=repr(held)[:80] if type(held) is str else type(held).__name__,
            ))  # fmt: skip


#: What each kind of contribution declares, once it was asked for.
_KNOWN: dict[Any, Mapping[str, Any]] = {}


def _declared(kind: Any) -> Mapping[str, Any]:
    if kind not in _KNOWN:
        _KNOWN[kind] = typing.get_type_hints(kind, vars(sys.modules[kind.__module__]), _NAMES)
    return _KNOWN[kind]


def _fits(value: Any, declared: Any) -> bool:
    """Tell whether a value is of a declared type; types are compared exactly, because a subclass may do anything."""
    origin, inner = typing.get_origin(declared), typing.get_args(declared)
    if origin in (typing.Union, types.UnionType):
        return any(_fits(value, each) for each in inner)
    if origin is Literal:
        return type(value) is str and value in inner
    if origin is tuple:
        return type(value) is tuple and all(_fits(item, inner[0]) for item in value)
    if origin is collections.abc.Callable:
        return callable(value)
    if origin is collections.abc.Mapping:
        return isinstance(value, Mapping)
    if origin is type:
        return inspect.isclass(value) and issubclass(value, inner[0])
    if is_dataclass(declared):
        inside = _declared(declared).items()
        return type(value) is declared and all(_fits(getattr(value, name), each) for name, each in inside)
    if declared in (str, int, bool, types.NoneType):
        return type(value) is declared
    return declared is Any or isinstance(value, declared)

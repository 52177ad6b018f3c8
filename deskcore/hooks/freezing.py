"""Copies that nobody can change: what a plugin is given is its own, and what it gave stays as it was."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from types import MappingProxyType
from typing import Any, TypeVar, cast

_T = TypeVar("_T")
#: What most values are; subclasses of these fall through to the end, and are shared too.
_SHARED = frozenset({str, int, float, bool, bytes, type(None)})


@dataclass(frozen=True)
class Discreet:
    """A view of which not every plugin gets the same.

    :param seen_by: returns what the plugin of this name may see.
    """

    seen_by: Callable[[str], object]


def for_plugin(view: object, plugin: str) -> object:
    """Return the frozen copy of a view that a plugin gets."""
    return frozen(view.seen_by(plugin) if isinstance(view, Discreet) else view)


def frozen(value: _T) -> _T:
    """Return a copy of ``value`` in which dataclasses are new and containers read-only, all the way down.

    Numbers, texts, moments and callables are shared; lists become tuples and sets frozen sets.
    """
    return cast("_T", _frozen(value))


def _frozen(value: object) -> object:
    if type(value) in _SHARED:
        return value
    if isinstance(value, Mapping):
        return MappingProxyType({key: _frozen(item) for key, item in value.items()})
    if isinstance(value, list | tuple):
        return tuple(_frozen(item) for item in value)
    if isinstance(value, set | frozenset):
        return frozenset(_frozen(item) for item in value)
    if is_dataclass(value) and not isinstance(value, type):
        return _copied(value)
    return value


def _copied(value: object) -> object:
    """Return a new instance with frozen fields; made without ``__init__``, which may check or compute."""
    kind: Any = type(value)
    copy = object.__new__(kind)
    for name in _field_names(kind):
        object.__setattr__(copy, name, _frozen(getattr(value, name)))
    return copy


@cache
def _field_names(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))

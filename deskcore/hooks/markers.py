"""The marks that tell pluggy what describes a hook, and what implements one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar, overload

import pluggy

if TYPE_CHECKING:
    from deskcore.deprecation import DeskcoreDeprecationWarning

#: The name under which pluggy keeps specs and implementations together.
PROJECT = "deskcore"


_F = TypeVar("_F", bound="Callable[..., Any]")


_spec = pluggy.HookspecMarker(PROJECT)


_impl = pluggy.HookimplMarker(PROJECT)


@overload
def hookspec(function: _F) -> _F: ...


@overload
def hookspec(
    function: None = None,
    *,
    firstresult: bool = False,
    deprecated: DeskcoreDeprecationWarning | None = None,
    deprecated_arguments: Mapping[str, DeskcoreDeprecationWarning] | None = None,
) -> Callable[[_F], _F]: ...


def hookspec(
    function: _F | None = None,
    *,
    firstresult: bool = False,
    deprecated: DeskcoreDeprecationWarning | None = None,
    deprecated_arguments: Mapping[str, DeskcoreDeprecationWarning] | None = None,
) -> _F | Callable[[_F], _F]:
    """Mark a function as the description of a hook.

    :param firstresult: it is a question: the first answer that is not ``None`` counts.
    :param deprecated: given to whoever implements the hook.
    :param deprecated_arguments: given to whoever takes one of these arguments, by name.
    """
    mark: Callable[[_F], _F] = _spec(
        firstresult=firstresult, warn_on_impl=deprecated, warn_on_impl_args=deprecated_arguments
    )
    return mark if function is None else mark(function)


def hookspec_first(function: _F) -> _F:
    """Mark ``function`` as the description of a question: the first answer that is not ``None`` counts."""
    return hookspec(firstresult=True)(function)


@overload
def hookimpl(function: _F) -> _F: ...


@overload
def hookimpl(function: None = None, *, optional: bool = False) -> Callable[[_F], _F]: ...


def hookimpl(function: _F | None = None, *, optional: bool = False) -> _F | Callable[[_F], _F]:
    """Mark a function of a plugin's ``__init__.py`` as its implementation of the hook of that name.

    :param optional: the hook is one of another plugin, without which this one works as well.
    """
    mark: Callable[[_F], _F] = _impl(optionalhook=optional)
    return mark if function is None else mark(function)

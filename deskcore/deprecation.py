"""How something that plugins rely on goes away: it warns for two minor releases, then it is removed.

Nothing goes without a warning first, and ``docs/compatibility.md`` says what that covers. A hook or one of its
arguments is marked where it is specified (:func:`deskcore.hooks.markers.hookspec`), a name of the facade in its
table ``DEPRECATED``. ``deskcore plugin doctor`` reads the marks without running anything, so they are written out:
a warning's class and its text, in the place itself.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, ClassVar


class DeskcoreDeprecationWarning(DeprecationWarning):
    """Something that a plugin uses goes away; the text says what to use instead."""

    #: The first release without it.
    release: ClassVar[str] = ""


class RemovedIn03Warning(DeskcoreDeprecationWarning):
    """Something that a plugin uses is gone in Deskcore 0.3."""

    release = "0.3"


@dataclass(frozen=True)
class DeprecatedName:
    """A name that the facade no longer lists and still gives, with a warning.

    :param target: where the thing is, as ``module:name``.
    """

    target: str
    warning: DeskcoreDeprecationWarning


def giving_deprecated(module: str, names: Mapping[str, DeprecatedName]) -> Callable[[str], Any]:
    """Return the ``__getattr__`` of a module that gives ``names`` with their warnings.

    The warning points at the line that uses the name.

    :param module: its ``__name__``.
    """

    def give(name: str) -> Any:
        if name not in names:
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        warnings.warn(names[name].warning, stacklevel=2)
        place, _, attribute = names[name].target.partition(":")
        return getattr(import_module(place), attribute)

    return give

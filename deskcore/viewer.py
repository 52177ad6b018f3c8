"""A viewer: a person in one area, a plugin, or the installation itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Literal

from deskcore.extensions import db

Area = Literal["portal", "workspace", "plugin", "system"]


@dataclass(frozen=True)
class Viewer:
    """Somebody who looks, in one area.

    :param person_id: the person, or ``None`` for a plugin and for the system itself.
    :param desk_roles: ``agent`` or ``lead`` by desk id; what a plugin was given, for a plugin.
    :param scopes: what an API token allows; ``None`` for a signed-in person, who may do all they may do.
    :param holds: it is a plugin that tickets wait for: it sees those that do, whatever desk they are on.
    """

    person_id: int | None
    area: Area
    desk_roles: Mapping[int, str] = field(default_factory=lambda: MappingProxyType({}))
    administrator: bool = False
    auditor: bool = False
    plugin: str | None = None
    scopes: frozenset[str] | None = None
    holds: bool = False

    def in_area(self, area: Area) -> Viewer:
        """Return the same viewer in another area."""
        return replace(self, area=area)


#: The installation itself: sees everything, and is only for work that no person asked for.
SYSTEM = Viewer(person_id=None, area="system")


class NoViewer(RuntimeError):
    """A session was asked for tickets and nobody said for whom."""


def current_viewer() -> Viewer:
    """Return whose session ``db.session`` is.

    :raises NoViewer: when nobody said.
    """
    viewer: Viewer | None = db.session().info.get("viewer")
    if viewer is None:
        raise NoViewer("this session has no viewer: set one, or work inside `with acting_as(…):`")
    return viewer

"""Who looks after which equipment: whoever works on its desk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, and_, true

from deskcore.plugin import NotAllowed, ViewerView, people
from deskcore_it_assets import places
from deskcore_it_assets.models import Asset


@dataclass(frozen=True)
class Keeper:
    """Somebody who looks after equipment.

    :param desks: role by key of the desks on which that person works.
    :param everywhere: it is an import, which no desk keeps out.
    :param places: ids of the places to whose equipment that person is limited, those within them too; nothing for all.
    """

    email: str
    name: str = ""
    desks: Mapping[str, str] = field(default_factory=dict)
    everywhere: bool = False
    places: frozenset[int] | None = None

    def keeps(self, desk: str) -> bool:
        """Tell whether the equipment of a desk is this person's to look after."""
        return self.everywhere or desk in self.desks

    def require(self, desk: str) -> None:
        """Refuse whoever does not look after the equipment of a desk.

        :raises NotAllowed: saying who does.
        """
        if not self.keeps(desk):
            raise NotAllowed(_("Only the people of the desk that looks after it can change it."))

    def own(self) -> ColumnElement[bool]:
        """Return the condition for the equipment that this person looks after."""
        if self.everywhere:
            return true()
        on_desks = Asset.desk.in_(sorted(self.desks))
        return on_desks if self.places is None else and_(on_desks, Asset.location_id.in_(sorted(self.places)))

    def require_place(self, place_id: int | None) -> None:
        """Refuse whoever is limited to other places.

        :raises NotAllowed: saying what to do.
        """
        if self.places is not None and place_id not in self.places:
            raise NotAllowed(_("You look after some places only: name one of those."))


#: What writes without anybody's name.
IMPORTER = Keeper("", everywhere=True)


def keeper() -> Keeper:
    """Return whoever asks for the page, as somebody who looks after equipment."""
    return keeper_of(people.asking())


def keeper_of(viewer: ViewerView) -> Keeper:
    """Return somebody as one who looks after equipment."""
    desks = viewer.desks if viewer.area == "workspace" else {}
    return Keeper(viewer.email, viewer.name, desks, places=places.limits_of(viewer.email) if desks else None)

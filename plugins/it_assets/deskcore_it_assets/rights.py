"""Who looks after which equipment: whoever works on its desk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, true

from deskcore.plugin import NotAllowed, people
from deskcore_it_assets.models import Asset


@dataclass(frozen=True)
class Keeper:
    """Somebody who looks after equipment.

    :param desks: role by key of the desks on which that person works.
    :param everywhere: it is an import, which no desk keeps out.
    """

    email: str
    name: str = ""
    desks: Mapping[str, str] = field(default_factory=dict)
    everywhere: bool = False

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
        return true() if self.everywhere else Asset.desk.in_(sorted(self.desks))


#: What writes without anybody's name.
IMPORTER = Keeper("", everywhere=True)


def keeper() -> Keeper:
    """Return whoever asks for the page, as somebody who looks after equipment."""
    asking = people.asking()
    return Keeper(asking.email, asking.name, asking.desks if asking.area == "workspace" else {})

"""Who may publish what: the people of a desk for that desk; where everybody reads it, only what is not confidential."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from flask_babel import gettext as _

from deskcore.plugin import NotAllowed, NotFound, people, setting


@dataclass(frozen=True)
class Publisher:
    """Somebody who writes notices.

    :param desks: role by key of the desks on which that person works.
    :param everywhere: it is the plugin itself.
    """

    email: str
    desks: Mapping[str, str] = field(default_factory=dict)
    everywhere: bool = False

    def works_on(self, desk: str) -> bool:
        """Tell whether a desk is this person's."""
        return self.everywhere or desk in self.desks

    def publishes(self, desk: str) -> bool:
        """Tell whether this person writes notices of a desk."""
        if self.everywhere or self.desks.get(desk) == "lead":
            return True
        return desk in self.desks and bool(setting("announcements", "agents_publish"))

    def require(self, desk: str) -> None:
        """Refuse whoever does not write for a desk.

        :raises NotFound: for a desk of others, as for one that is not there.
        :raises NotAllowed: when only its lead writes.
        """
        if not self.works_on(desk):
            raise NotFound(_("There is no such notice, or it is not for you."))
        if not self.publishes(desk):
            raise NotAllowed(_("Only the lead of the desk publishes notices. Ask for one there."))


#: The plugin itself, which ends a notice whose ticket is solved.
ITSELF = Publisher("", everywhere=True)


def publisher() -> Publisher:
    """Return whoever asks for the page, as somebody who writes."""
    asking = people.asking()
    return Publisher(asking.email, asking.desks if asking.area == "workspace" else {})

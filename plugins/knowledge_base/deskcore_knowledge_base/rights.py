"""Who may write which article: whoever works on its desk; its lead publishes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from flask_babel import gettext as _

from deskcore.plugin import NotAllowed, people, setting


@dataclass(frozen=True)
class Writer:
    """Somebody who writes.

    :param desks: role by key of the desks on which that person works.
    :param everywhere: it is an import, which no desk keeps out.
    """

    email: str
    desks: Mapping[str, str] = field(default_factory=dict)
    everywhere: bool = False

    def writes(self, desk: str) -> bool:
        """Tell whether articles of a desk are this person's to write."""
        return self.everywhere or desk in self.desks

    def publishes(self, desk: str) -> bool:
        """Tell whether articles of a desk are this person's to publish, archive and bring back."""
        if self.everywhere or self.desks.get(desk) == "lead":
            return True
        return desk in self.desks and bool(setting("knowledge_base", "agents_publish"))

    def require_writing(self, desk: str) -> None:
        """Refuse whoever does not write for a desk.

        :raises NotAllowed: saying who does.
        """
        if not self.writes(desk):
            raise NotAllowed(_("Only the people of the desk that looks after an article can change it."))

    def require_publishing(self, desk: str) -> None:
        """Refuse whoever does not publish for a desk.

        :raises NotAllowed: saying who does.
        """
        if not self.publishes(desk):
            raise NotAllowed(_("Only the lead of the desk can publish. Ask for a review instead."))


#: What writes without anybody's name.
IMPORTER = Writer("", everywhere=True)


def writer() -> Writer:
    """Return whoever asks for the page, as somebody who writes."""
    asking = people.asking()
    return Writer(asking.email, asking.desks if asking.area == "workspace" else {})

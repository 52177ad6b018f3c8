"""Several changes of a ticket in the reader's words: what each is about, what it is now, and what it would be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from deskcore.desks.catalogue import DeskEntry
from deskcore.runtime import runtime
from deskcore.tickets.edits import Part
from deskcore.web.viewer import language
from deskcore.web.vocabulary import priority_look

_LABELS: Mapping[str, LazyString] = {
    "team": _l("Team"),
    "assignee": _l("Assignee"),
    "priority": _l("Priority"),
    "tags": _l("Tags"),
    "follow": _l("Follow"),
    "reply": _l("Reply"),
    "note": _l("Internal note"),
    "status": _l("Status"),
}


@dataclass(frozen=True)
class ChangeView:
    """One of the changes; a text that is written has nothing ``before`` it."""

    field: str
    label: str
    before: str
    after: str

    @property
    def is_text(self) -> bool:
        """Whether it writes something."""
        return self.field in ("reply", "note")


def part_views(desk_key: str, parts: Sequence[Part]) -> list[ChangeView]:
    """Return the changes of a ticket on a desk as they are shown."""
    desk = runtime().catalogue.desk(desk_key)
    return [
        ChangeView(
            part.field,
            str(_LABELS[part.field]),
            "" if part.field in ("reply", "note") else _words(part.field, part.before, desk),
            _words(part.field, part.after, desk),
        )
        for part in parts
    ]


def _words(field: str, value: str, desk: DeskEntry) -> str:
    if field == "status":
        return next((each.title.in_language(language()) for each in desk.worn if each.key == value), value)
    if field == "priority":
        return str(priority_look(value).word)
    if field == "team":
        team = desk.team(value)
        return team.title.in_language(language()) if team else value or _("No team")
    if field == "assignee":
        return value or _("Nobody")
    if field == "tags":
        return value or _("no tags")
    if field == "follow":
        return _("You follow it") if value else _("You do not follow it")
    return value

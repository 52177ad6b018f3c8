"""Macros where they are needed: in lists, on a ticket's page, in the palette, in the composer's menu."""

from __future__ import annotations

from collections.abc import Sequence

from flask import url_for
from flask_babel import gettext as _

from deskcore.plugin import NotFound, TicketView, ViewerView, people, tickets
from deskcore_macros import keeping
from deskcore_macros.library import find, macros
from deskcore_macros.models import Macro

#: What the core calls the action.
ACTION = "macros.apply"
#: Macros in the palette and in the composer's menu, those used most.
_FEW = 60


def choices(words: str, viewer: ViewerView) -> list[tickets.BulkChoice]:
    """Return the macros that an agent may use, those used most first."""
    titles = {key: title.in_language(viewer.language) for key, title in people.desks().items()}
    found = macros(viewer, words, most_used=True)
    return [tickets.BulkChoice(each.token, each.name, shared_with(each, titles)) for each in found]


def edits(choice: str, viewer: ViewerView) -> tickets.Edits | None:
    """Return what a macro changes; nothing when the agent has it no more."""
    try:
        return keeping.edits_of(find(viewer, choice))
    except NotFound:
        return None


def done(choice: str, numbers: Sequence[str], viewer: ViewerView) -> None:
    """Count that a macro was applied."""
    keeping.used(choice, len(numbers))


def commands(ticket: TicketView | None, viewer: ViewerView) -> list[tickets.PaletteCommand]:
    """Return a command for each macro on a ticket's page, and the way to all of them everywhere."""
    library = tickets.PaletteCommand(_("Macros"), url_for("macros.library"), _("saved replies"))
    if ticket is None:
        return [library]
    found = macros(viewer, most_used=True, limit=_FEW)
    apply = [tickets.PaletteCommand(_("Macro: %(name)s", name=each.name), _url(ticket, each)) for each in found]
    return [*apply, library]


def tools(ticket: TicketView, viewer: ViewerView) -> list[tickets.ComposerChoice]:
    """Return the macros for the composer's menu; each leads to what it would do."""
    found = macros(viewer, most_used=True, limit=_FEW)
    return [
        tickets.ComposerChoice(each.name, url=_url(ticket, each), hint=_("shows what would happen")) for each in found
    ]


def shared_with(macro: Macro, titles: dict[str, str]) -> str:
    """Return with whom a macro is shared, in words.

    :param titles: of the desks, by key.
    """
    if macro.everyone:
        return _("Shared with everybody")
    if macro.desk:
        return _("Shared with %(desk)s", desk=titles.get(macro.desk, macro.desk))
    return _("My own")


def _url(ticket: TicketView, macro: Macro) -> str:
    return url_for("workspace.apply", number=ticket.number, action=ACTION, choice=macro.token)

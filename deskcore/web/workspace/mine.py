"""What belongs to the signed-in agent: the desks they work on, and the views they find."""

from __future__ import annotations

from collections.abc import Sequence

from flask import g

from deskcore.desks.catalogue import DeskEntry
from deskcore.runtime import runtime
from deskcore.tickets.views import SavedView, visible_views
from deskcore.web.viewer import current_person, desk_roles, seen_as


def my_desks() -> list[DeskEntry]:
    """Return the desks on which the signed-in person works, in the catalogue's order."""
    roles = desk_roles()
    desks = (desk for desk in runtime().catalogue.desks.values() if desk.id in roles)
    return sorted(desks, key=lambda desk: (desk.position, desk.key))


def my_views() -> Sequence[SavedView]:
    """Return the saved views that the signed-in person finds, in the order of the side list; asked once a request."""
    if "saved_views" not in g:
        # What somebody saved is private: whoever sees pages as that person finds none of it.
        g.saved_views = () if seen_as() else tuple(visible_views(current_person().id, desk_roles()))
    found: Sequence[SavedView] = g.saved_views
    return found


def forget_views() -> None:
    """Ask again: a view was saved, changed or deleted."""
    g.pop("saved_views", None)

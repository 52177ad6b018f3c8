"""Who may find a document: tokens that it carries and a reader has, so that a grant indexes nothing anew."""

from __future__ import annotations

from deskcore.extensions import db
from deskcore.runtime import runtime
from deskcore.viewer import Viewer

#: Also those who are not signed in; whoever is signed in; whoever works on a desk.
EVERYONE, PEOPLE, AGENTS = "everyone", "people", "agents"


def desk(key: str) -> str:
    """Return the token of those who work on a desk."""
    return f"desk:{key}"


def audience() -> frozenset[str]:
    """Return the tokens of whoever asks, in the area that they ask in: in the portal nobody is an agent."""
    viewer: Viewer | None = db.session().info.get("viewer")
    if viewer is None or (viewer.person_id is None and viewer.area == "portal"):
        return frozenset({EVERYONE})
    if viewer.area == "portal":
        return frozenset({EVERYONE, PEOPLE})
    desks = runtime().catalogue.desks.values()
    mine = (each.key for each in desks if viewer.area == "system" or each.id in viewer.desk_roles)
    return frozenset({EVERYONE, PEOPLE, AGENTS, *map(desk, mine)})

"""Who acts: an agent from the workspace, or a person who writes."""

from __future__ import annotations

from flask_babel import gettext as _

from deskcore.errors import NotAllowed
from deskcore.viewer import Viewer, current_viewer


def require_agent() -> Viewer:
    """Return the session's viewer.

    :raises NotAllowed: from the portal.
    """
    viewer = current_viewer()
    if viewer.area == "portal":
        raise NotAllowed(_("Only an agent can do this."))
    return viewer


def author(viewer: Viewer) -> int:
    """Return the id of the person who writes.

    :raises NotAllowed: for a plugin and for the system, which are nobody.
    """
    if viewer.person_id is None:
        raise NotAllowed("only a person can write a message: act as one")
    return viewer.person_id

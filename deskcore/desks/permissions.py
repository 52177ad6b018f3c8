"""Rights of plugins: who holds them follows from the roles that people have anyway."""

from __future__ import annotations

from flask_babel import gettext as _

from deskcore.errors import NotAllowed
from deskcore.hooks.installation_parts import Permission
from deskcore.runtime import runtime
from deskcore.viewer import NoViewer, Viewer, current_viewer

#: Roles on a desk that hold what comes with another one.
_FROM = {"agent": ("agent", "lead"), "lead": ("lead",)}


def has_permission(key: str) -> bool:
    """Tell whether whoever is asking holds a right that a plugin registered.

    A token of the portal holds none: it acts as somebody who asks for something. A right of a plugin that is off is
    nobody's.

    :param key: ``<plugin>.<verb>``.
    :raises NoViewer: when nobody is asking.
    """
    viewer = current_viewer()
    if viewer.scopes is not None and viewer.area == "portal":
        return False
    found = next((item for item in runtime().plugins.permissions if item.value.key == key), None)
    return found is not None and _holds(viewer, found.value, found.plugin)


def require_permission(key: str) -> None:
    """Refuse whoever lacks a right that a plugin registered.

    :param key: ``<plugin>.<verb>``.
    :raises NotAllowed: naming the right.
    """
    if not has_permission(key):
        raise NotAllowed(_("You don't have the right “%(key)s”.", key=key))


def is_offered(permission: str) -> bool:
    """Tell whether what asks for a right is shown to whoever is reading; what asks for none is, to everybody.

    :param permission: its key, or ``""``.
    """
    try:
        return not permission or has_permission(permission)
    except NoViewer:
        return False  # an error page, for a stranger


def _holds(viewer: Viewer, permission: Permission, plugin: str) -> bool:
    if viewer.area == "system" or viewer.plugin == plugin:
        return True
    if permission.role == "administrator":
        return viewer.administrator
    desks = runtime().catalogue.desks.values()
    own = {desk.id for desk in desks if desk.plugin == plugin}
    roles = [role for desk, role in viewer.desk_roles.items() if desk in own or not own]
    return any(role in _FROM[permission.role] for role in roles)

"""Where notifications lead to: addresses that tell nothing of a ticket."""

from __future__ import annotations

from deskcore_notifications.models import News, Notice

#: Pages of the portal stand at a path of their own, those of the workspace below that of the plugin.
PORTAL, WORKSPACE = "/notifications", "/x/notifications"


def follow_path(notice: Notice | News) -> str:
    """Return the path that leads to what a notice is about, once its receiver is signed in."""
    place = WORKSPACE if notice.area == "workspace" else PORTAL
    return f"{place}/to/{notice.token}"


def settings_path() -> str:
    """Return the path of the page on which everybody says how to be told."""
    return f"{PORTAL}/settings"

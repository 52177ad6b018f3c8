"""The administration."""

from __future__ import annotations

from deskcore.web.admin import plugins
from deskcore.web.admin.area import blueprint

__all__ = ["blueprint", "plugins"]

"""The administration."""

from __future__ import annotations

from deskcore.web.admin import audit, deliveries, plugins
from deskcore.web.admin.area import audit_blueprint, blueprint

__all__ = ["audit", "audit_blueprint", "blueprint", "deliveries", "plugins"]

"""The administration."""

from __future__ import annotations

from deskcore.web.admin import (
    audit,
    deliveries,
    desk_removal,
    desk_settings,
    desks,
    imports,
    look,
    people,
    person_absence,
    person_address,
    person_assistants,
    person_rights,
    plugin_settings,
    plugins,
    request_type_fields,
    request_type_files,
    request_type_versions,
    request_types,
    see_as,
    start,
)
from deskcore.web.admin.area import audit_blueprint, blueprint

__all__ = [
    "audit",
    "audit_blueprint",
    "blueprint",
    "deliveries",
    "desk_removal",
    "desk_settings",
    "desks",
    "imports",
    "look",
    "people",
    "person_absence",
    "person_address",
    "person_assistants",
    "person_rights",
    "plugin_settings",
    "plugins",
    "request_type_fields",
    "request_type_files",
    "request_type_versions",
    "request_types",
    "see_as",
    "start",
]

"""The blueprint of the reports, and which of them a reader is offered."""

from __future__ import annotations

from typing import Any

from flask import Blueprint
from flask_babel import gettext as _

from deskcore.desks.permissions import is_offered, require_permission
from deskcore.errors import NotFound
from deskcore.hooks.contributed import Contributed
from deskcore.hooks.reporting import Report
from deskcore.runtime import runtime
from deskcore.web.reports import overview
from deskcore.web.route_classes import classify
from deskcore.web.workspace.area import workspace_context

blueprint = Blueprint("reports", __name__, url_prefix="/reports")
classify(blueprint, "workspace")


@blueprint.context_processor
def _area() -> dict[str, Any]:
    return workspace_context()


def offered() -> list[Contributed[Report]]:
    """Return the reports that the reader may see."""
    return [item for item in runtime().plugins.reports if is_offered(item.value.permission)]


def wanted(key: str) -> Contributed[Report]:
    """Return one report; the overview is the core's own.

    :raises NotFound: when no active plugin has it.
    :raises NotAllowed: to those who lack its right.
    """
    if key == overview.KEY:
        return Contributed("", overview.REPORT)
    found = next((item for item in runtime().plugins.reports if item.value.key == key), None)
    if found is None:
        raise NotFound(_("There is no such report."))
    if found.value.permission:
        require_permission(found.value.permission)
    return found

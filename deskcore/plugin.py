"""The facade: everything that a plugin may import from Deskcore.

A name in here is kept, and changed only with a warning for two minor releases; whatever is not here is not for
plugins. A hook is implemented by a function of its name under :func:`hookimpl` in the package's ``__init__.py``.
"""

from __future__ import annotations

from typing import Any

from deskcore.clock import now
from deskcore.demo.builder import DemoBuilder, DemoTicket
from deskcore.desks.declarations import load_request_types
from deskcore.errors import Conflict, NotAllowed, NotFound, Problem, Refused
from deskcore.extensions import Base, JSONType, UTCDateTime
from deskcore.hooks.contributions import (
    Changes,
    Command,
    Demo,
    Desk,
    Field,
    Job,
    ListColumn,
    ListFilter,
    NavItem,
    Option,
    PanelRow,
    Permission,
    PluginBlueprint,
    RequestType,
    Setting,
    ShowIf,
    Status,
    Team,
    Text,
    TicketAction,
    TicketPanel,
)
from deskcore.hooks.specs import hookimpl
from deskcore.runtime import runtime
from deskcore.tickets.models import TicketScoped
from deskcore.tickets.snapshots import EventView, PersonView, TicketDraft, TicketView, Transition, ViewerView
from deskcore.work import unit_of_work


def setting(plugin: str, key: str) -> Any:
    """Return one setting of a plugin: what an administrator gave, or the declared default.

    :param plugin: the plugin's own name.
    :raises KeyError: when the plugin declares no such setting.
    """
    return runtime().plugins.settings_for(plugin)[key]


__all__ = [
    "Base",
    "Changes",
    "Command",
    "Conflict",
    "Demo",
    "DemoBuilder",
    "DemoTicket",
    "Desk",
    "EventView",
    "Field",
    "JSONType",
    "Job",
    "ListColumn",
    "ListFilter",
    "NavItem",
    "NotAllowed",
    "NotFound",
    "Option",
    "PanelRow",
    "Permission",
    "PersonView",
    "PluginBlueprint",
    "Problem",
    "Refused",
    "RequestType",
    "Setting",
    "ShowIf",
    "Status",
    "Team",
    "Text",
    "TicketAction",
    "TicketDraft",
    "TicketPanel",
    "TicketScoped",
    "TicketView",
    "Transition",
    "UTCDateTime",
    "ViewerView",
    "hookimpl",
    "load_request_types",
    "now",
    "setting",
    "unit_of_work",
]

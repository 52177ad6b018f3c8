"""The facade: everything that a plugin may import from Deskcore.

A name in here is kept, and changed only with a warning for two minor releases; whatever is not here is not for
plugins. A hook is implemented by a function of its name under :func:`hookimpl` in the package's ``__init__.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from deskcore import search
from deskcore.api.fields import Flag as ApiFlag
from deskcore.api.fields import Line as ApiLine
from deskcore.api.fields import Sent as ApiBody
from deskcore.clock import now
from deskcore.demo.builder import DemoBuilder, DemoTicket
from deskcore.deprecation import DeprecatedName, DeskcoreDeprecationWarning, RemovedIn03Warning, giving_deprecated
from deskcore.desks.declarations import load_request_types
from deskcore.desks.permissions import has_permission, require_permission
from deskcore.errors import Conflict, NotAllowed, NotFound, Problem, Refused
from deskcore.extensions import Base, JSONType, UTCDateTime, db
from deskcore.hooks.contributions import (
    Changes,
    Command,
    Demo,
    Desk,
    Field,
    FieldType,
    Job,
    Option,
    PanelRow,
    Permission,
    RequestType,
    Section,
    Setting,
    ShowIf,
    Status,
    Team,
    Text,
)
from deskcore.hooks.markers import hookimpl
from deskcore.hooks.page_parts import (
    ApiResource,
    ListColumn,
    ListFilter,
    NavItem,
    PluginBlueprint,
    TicketAction,
    TicketPanel,
    WaitingList,
    WaitingRow,
)
from deskcore.runtime import runtime
from deskcore.tickets.directory import people
from deskcore.tickets.holding import HeldTicket
from deskcore.tickets.models import TicketScoped
from deskcore.tickets.read_ticket import read_ticket
from deskcore.tickets.snapshots import EventView, PersonView, TicketDraft, TicketView, Transition, ViewerView
from deskcore.work import unit_of_work

#: Names that were in here and go, each with what to use instead: ``deskcore plugin doctor`` reads this table.
DEPRECATED: Mapping[str, DeprecatedName] = {}
if not TYPE_CHECKING:  # a type checker would take any name for one of the facade
    __getattr__ = giving_deprecated(__name__, DEPRECATED)


def session() -> Session:
    """Return the session to read with, which sees what whoever is asking may see; write inside :func:`unit_of_work`."""
    return db.session()


def setting(plugin: str, key: str) -> Any:
    """Return one setting of a plugin: what an administrator gave, or the declared default.

    :param plugin: the plugin's own name.
    :raises KeyError: when the plugin declares no such setting.
    """
    return runtime().plugins.settings_for(plugin)[key]


__all__ = [
    "ApiBody",
    "ApiFlag",
    "ApiLine",
    "ApiResource",
    "Base",
    "Changes",
    "Command",
    "Conflict",
    "Demo",
    "DemoBuilder",
    "DemoTicket",
    "Desk",
    "DeskcoreDeprecationWarning",
    "EventView",
    "Field",
    "FieldType",
    "HeldTicket",
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
    "RemovedIn03Warning",
    "RequestType",
    "Section",
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
    "WaitingList",
    "WaitingRow",
    "has_permission",
    "hookimpl",
    "load_request_types",
    "now",
    "people",
    "read_ticket",
    "require_permission",
    "search",
    "session",
    "setting",
    "unit_of_work",
]

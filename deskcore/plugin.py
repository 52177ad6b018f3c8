"""The facade: everything that a plugin may import from Deskcore.

A name in here is kept, and changed only with a warning for two minor releases; whatever is not here is not for
plugins. A hook is implemented by a function of its name under :func:`hookimpl` in the package's ``__init__.py``.
Five of the names are modules: :mod:`importing`, :mod:`reports`, :mod:`schemas`, :mod:`search` and :mod:`tickets`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from deskcore import search
from deskcore.api import schemas_for_plugins as schemas
from deskcore.clock import now
from deskcore.demo.builder import DemoBuilder, DemoTicket
from deskcore.deprecation import DeprecatedName, DeskcoreDeprecationWarning, RemovedIn03Warning, giving_deprecated
from deskcore.desks.declarations import load_request_types
from deskcore.desks.permissions import has_permission, require_permission
from deskcore.errors import Conflict, NotAllowed, NotFound, Problem, Refused
from deskcore.extensions import Base, JSONType, UTCDateTime, db
from deskcore.hooks import reporting as reports
from deskcore.hooks.contributions import (
    Changes,
    Desk,
    Field,
    FieldType,
    Option,
    PanelRow,
    RequestType,
    Section,
    ShowIf,
    Status,
    Team,
    Text,
)
from deskcore.hooks.installation_parts import Command, Demo, Job, Permission, Setting
from deskcore.hooks.markers import hookimpl
from deskcore.hooks.page_parts import (
    ApiResource,
    ListColumn,
    ListFilter,
    NavItem,
    PluginBlueprint,
    TicketAction,
    TicketPage,
    TicketPanel,
    WaitingList,
    WaitingRow,
)
from deskcore.importing import for_plugins as importing
from deskcore.runtime import runtime
from deskcore.tickets import for_plugins as tickets
from deskcore.tickets.directory import people
from deskcore.tickets.models import TicketScoped
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
    "TicketPage",
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
    "importing",
    "load_request_types",
    "now",
    "people",
    "reports",
    "require_permission",
    "schemas",
    "search",
    "session",
    "setting",
    "tickets",
    "unit_of_work",
]

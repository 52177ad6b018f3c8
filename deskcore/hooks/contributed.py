"""What plugins contributed: in one order, and each kind by its name."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Generic, TypeVar

from deskcore.hooks import contributions as kinds
from deskcore.hooks import installation_parts, page_parts, work_parts
from deskcore.hooks.checks import CONTRIBUTED
from deskcore.hooks.reporting import Report
from deskcore.hooks.searching import Backend, Kind

T = TypeVar("T")


@dataclass(frozen=True)
class Contributed(Generic[T]):
    """A contribution and the plugin it came from."""

    plugin: str
    value: T


def arranged(plugins: Mapping[str, Mapping[str, Iterable[Any]]]) -> Mapping[str, tuple[Contributed[Any], ...]]:
    """Return the contributions of all plugins by hook, ordered by their ``order``, then by plugin name."""
    found: dict[str, tuple[Contributed[Any], ...]] = {}
    for hook in CONTRIBUTED:
        items = [Contributed(name, value) for name in sorted(plugins) for value in plugins[name].get(hook, ())]
        found[hook] = tuple(sorted(items, key=lambda item: (getattr(item.value, "order", 100), item.plugin)))
    return MappingProxyType(found)


class ByKind(ABC):
    """What plugins contributed, kind by kind; of those alone that are active, unless it says otherwise.

    :ivar contributed: by hook, in order, also of plugins that were switched off since.
    """

    contributed: Mapping[str, tuple[Contributed[Any], ...]]

    @abstractmethod
    def active(self, plugin: str) -> bool:
        """Tell whether ``plugin`` is loaded, switched on and not paused, at this moment."""

    def of(self, hook: str, *, inactive: bool = False) -> tuple[Contributed[Any], ...]:
        """Return what ``hook`` contributed, in order.

        :param inactive: include loaded plugins that are switched off or paused at this moment.
        """
        items = self.contributed.get(hook, ())
        return items if inactive else tuple(item for item in items if self.active(item.plugin))

    @property
    def settings(self) -> tuple[Contributed[installation_parts.Setting], ...]:
        """Settings of the active plugins."""
        return self.of("register_settings")

    @property
    def permissions(self) -> tuple[Contributed[installation_parts.Permission], ...]:
        """Permissions of the active plugins."""
        return self.of("register_permissions")

    @property
    def desks(self) -> tuple[Contributed[kinds.Desk], ...]:
        """Desks of the active plugins."""
        return self.of("register_desks")

    @property
    def request_types(self) -> tuple[Contributed[kinds.RequestType], ...]:
        """Request types of the active plugins."""
        return self.of("register_request_types")

    @property
    def field_types(self) -> tuple[Contributed[kinds.FieldType], ...]:
        """Field types of the active plugins."""
        return self.of("register_field_types")

    @property
    def nav_items(self) -> tuple[Contributed[page_parts.NavItem], ...]:
        """Menu entries of the active plugins."""
        return self.of("register_nav_items")

    @property
    def panels(self) -> tuple[Contributed[page_parts.TicketPanel], ...]:
        """Ticket panels of the active plugins."""
        return self.of("register_ticket_panels")

    @property
    def ticket_pages(self) -> tuple[Contributed[page_parts.TicketPage], ...]:
        """Pages about a ticket of the active plugins."""
        return self.of("register_ticket_pages")

    @property
    def actions(self) -> tuple[Contributed[page_parts.TicketAction], ...]:
        """Ticket actions of the active plugins."""
        return self.of("register_ticket_actions")

    @property
    def badges(self) -> tuple[Contributed[work_parts.TicketBadges], ...]:
        """Badges of tickets of the active plugins."""
        return self.of("register_ticket_badges")

    @property
    def bulk_actions(self) -> tuple[Contributed[work_parts.BulkAction], ...]:
        """What the active plugins can do to tickets."""
        return self.of("register_bulk_actions")

    @property
    def palette_commands(self) -> tuple[Contributed[work_parts.PaletteCommands], ...]:
        """Commands of the palette of the active plugins."""
        return self.of("register_palette_commands")

    @property
    def composer_tools(self) -> tuple[Contributed[work_parts.ComposerTool], ...]:
        """What the active plugins add to the composer's menu."""
        return self.of("register_composer_tools")

    @property
    def columns(self) -> tuple[Contributed[page_parts.ListColumn], ...]:
        """List columns of the active plugins."""
        return self.of("register_list_columns")

    @property
    def filters(self) -> tuple[Contributed[page_parts.ListFilter], ...]:
        """List filters of the active plugins."""
        return self.of("register_list_filters")

    @property
    def sections(self) -> Mapping[str, kinds.Section]:
        """Sections of request types by the plugin that reads them, also of those that are switched off or paused."""
        return {item.plugin: item.value for item in self.of("register_sections", inactive=True)}

    @property
    def waiting(self) -> tuple[Contributed[page_parts.WaitingList], ...]:
        """What waits for a reader of the portal, of the active plugins."""
        return self.of("register_waiting")

    @property
    def notices(self) -> tuple[Contributed[page_parts.NoticeBoard], ...]:
        """What readers should know before they go on, of the active plugins."""
        return self.of("register_notices")

    @property
    def reports(self) -> tuple[Contributed[Report], ...]:
        """Reports of the active plugins."""
        return self.of("register_reports")

    @property
    def search_kinds(self) -> tuple[Contributed[Kind], ...]:
        """Kinds of documents that the active plugins have."""
        return self.of("register_search_kinds")

    @property
    def search_backends(self) -> tuple[Contributed[Backend], ...]:
        """What the active plugins keep an index with; the first one is asked."""
        return self.of("register_search_backends")

    @property
    def blueprints(self) -> tuple[Contributed[page_parts.PluginBlueprint], ...]:
        """Blueprints of all loaded plugins: routes are added at start, and those of an inactive one answer 404."""
        return self.of("register_blueprints", inactive=True)

    @property
    def api_resources(self) -> tuple[Contributed[page_parts.ApiResource], ...]:
        """API resources of all loaded plugins: like pages, those of an inactive one answer 404."""
        return self.of("register_api_resources", inactive=True)

    @property
    def jobs(self) -> tuple[Contributed[installation_parts.Job], ...]:
        """Jobs of the active plugins."""
        return self.of("register_jobs")

    @property
    def commands(self) -> tuple[Contributed[installation_parts.Command], ...]:
        """Commands of the active plugins."""
        return self.of("register_commands")

    @property
    def invariants(self) -> tuple[Contributed[installation_parts.Invariant], ...]:
        """What must be true of what the active plugins keep."""
        return self.of("register_invariants")

    @property
    def demos(self) -> tuple[Contributed[installation_parts.Demo], ...]:
        """Demo seeds of the active plugins."""
        return self.of("register_demo")

"""The frozen snapshot of all plugins: what there is, what is on, and what each contributes."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Generic, TypeVar

from pluggy import PluginManager

from deskcore.errors import NotFound, Refused
from deskcore.extensions import Executor
from deskcore.hooks import contributions as kinds
from deskcore.hooks import installation_parts, page_parts, specs, state, work_parts
from deskcore.hooks.breaker import Breaker
from deskcore.hooks.checks import CONTRIBUTED
from deskcore.hooks.declarations import PluginDeclaration
from deskcore.hooks.markers import PROJECT
from deskcore.hooks.reporting import Report
from deskcore.hooks.searching import Backend, Kind
from deskcore.hooks.sentences import sentence
from deskcore.hooks.setting_values import opened, read_settings
from deskcore.hooks.sources import Found
from deskcore.hooks.state import EVERYWHERE, Critical, StateRow
from deskcore.sealing import is_sealed

log = logging.getLogger("deskcore.hooks")

T = TypeVar("T")


@dataclass(frozen=True)
class Contributed(Generic[T]):
    """A contribution and the plugin it came from."""

    plugin: str
    value: T


def new_manager() -> PluginManager:
    """Return a plugin manager that knows the hooks and no plugin; every application has one of its own."""
    manager = PluginManager(PROJECT)
    for module in specs.MODULES:
        manager.add_hookspecs(module)
    return manager


@dataclass(frozen=True)
class Registry:
    """All plugins of an application at one epoch.

    Swap it whole: :meth:`refreshed` returns the next one, and a request in flight finishes on its own. Disabling
    acts with the swap; a plugin that was not loaded at start needs a restart.

    :param declarations: the plugins that are there, by name; :attr:`ignored` are copies that lost to another.
    :param states: what is recorded, by name; also of plugins that are gone.
    :param loaded: names of the plugins that were imported at start.
    :param critical: keys of the desks where nothing is stored without their checks, by plugin.
    :param contributed: by hook, in order, also of plugins that were switched off since.
    :param values: values given to settings, by plugin and key.
    :param breaker: this process's count of failures, shared by all snapshots.
    :param everywhere: names of the loaded plugins that work on the tickets of every desk; a confidential one has to be
        given to them by its lead.
    :param keepers: names of the loaded plugins that say when tickets are due.
    :param published: hooks that loaded plugins have for one another, each with the plugin that announces by it.
    """

    declarations: Mapping[str, PluginDeclaration] = field(default_factory=dict)
    ignored: tuple[PluginDeclaration, ...] = ()
    states: Mapping[str, StateRow] = field(default_factory=dict)
    epoch: int = 0
    manager: PluginManager = field(default_factory=new_manager)
    loaded: frozenset[str] = frozenset()
    critical: Mapping[str, Critical] = field(default_factory=dict)
    contributed: Mapping[str, tuple[Contributed[Any], ...]] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    breaker: Breaker = field(default_factory=Breaker)
    safe_mode: bool = False
    published: Mapping[str, str] = field(default_factory=dict)
    everywhere: frozenset[str] = frozenset()
    keepers: frozenset[str] = frozenset()

    def active(self, plugin: str) -> bool:
        """Tell whether ``plugin`` is loaded, switched on and not paused, at this moment."""
        row = self.states.get(plugin)
        on = row is not None and row.state == "enabled" and row.paused_at is None and plugin in self.loaded
        return on and self.breaker.opened_at(plugin) is None

    def paused(self, plugin: str) -> bool:
        """Tell whether ``plugin`` is loaded and wanted, and not called because it failed too often."""
        row = self.states.get(plugin)
        if row is None or not row.wanted or row.state in ("disabled", "blocked"):
            return False
        if plugin not in self.loaded:
            return row.crashed_starting
        return row.paused_at is not None or self.breaker.opened_at(plugin) is not None

    @property
    def keeps_due_times(self) -> bool:
        """Whether a plugin that is switched on says when tickets are due; one that is paused said so until then."""
        return any(self.active(name) or self.paused(name) for name in self.keepers)

    def is_critical(self, plugin: str, desk: str) -> bool:
        """Tell whether nothing may be stored on a desk without the checks of a plugin; ``""`` means on any."""
        row = self.states.get(plugin)
        where = self.critical.get(plugin, row.critical if row is not None else ())
        return EVERYWHERE in where or desk in where or bool(where and not desk)

    def paused_critical(self, desk: str) -> list[str]:
        """Return names of the paused plugins without whose checks nothing may be stored on a desk."""
        return sorted(name for name in self.loaded if self.is_critical(name, desk) and self.paused(name))

    def missing_critical(self, desk: str) -> list[str]:
        """Return names of plugins without whose checks nothing may be stored on a desk; switched on and not loaded."""
        missing = [name for name, row in self.states.items() if row.wanted and name not in self.loaded]
        return sorted(name for name in missing if self.is_critical(name, desk))

    @property
    def restart_needed(self) -> tuple[str, ...]:
        """Names of plugins that were switched on since this process started and are not loaded."""
        if self.safe_mode:
            return ()
        return tuple(sorted(n for n, row in self.states.items() if row.state == "enabled" and n not in self.loaded))

    def with_states(
        self, states: Mapping[str, StateRow], epoch: int, values: Mapping[str, Mapping[str, Any]] | None = None
    ) -> Registry:
        """Return the snapshot of ``epoch``; plugins that were tried again since they were paused are called again.

        :param values: values given to settings; left out, they stay.
        """
        for name, row in states.items():
            opened = self.breaker.opened_at(name)
            if opened and row.paused_at is None and row.updated_at and row.updated_at > opened:
                self.breaker.close(name)
        kept = self.values if values is None else values
        return replace(self, states=MappingProxyType(dict(states)), epoch=epoch, values=MappingProxyType(dict(kept)))

    def refreshed(self, on: Executor) -> Registry:
        """Return the snapshot of what is recorded now.

        :param on: a session or connection to read with.
        """
        epoch = state.current_epoch(on)
        return self.with_states(state.read_states(on), epoch, read_settings(on))

    def settings_for(self, plugin: str) -> Mapping[str, Any]:
        """Return all settings of ``plugin``; one without a value, or with one that no longer fits, has its default."""
        given = self.values.get(plugin, {})
        found: dict[str, Any] = {}
        for it in self.settings_of(plugin):
            value = given.get(it.key)
            if it.type == "secret":
                value = opened(plugin, it.key, value)
            if value is not None and not fits(it, value):
                log.warning(
                    "setting %s of plugin %s has a value that does not fit; its default is used", it.key, plugin
                )
                value = None
            found[it.key] = it.default if value is None else value
        return MappingProxyType(found)

    def check_setting(self, plugin: str, key: str, value: Any) -> Any:
        """Return ``value`` if the setting may have it; ``None`` always may, and means the default.

        :raises NotFound: the plugin has no such setting.
        :raises Refused: naming the setting.
        """
        setting = next((it for it in self.settings_of(plugin) if it.key == key), None)
        if setting is None:
            raise NotFound(str(sentence("“%(plugin)s” has no setting “%(key)s”.", plugin=plugin, key=key)))
        if value is not None and not fits(setting, value):
            raise Refused(str(sentence("Enter a value for “%(key)s” that fits its type.", key=key)))
        return value

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

    def settings_of(self, plugin: str) -> list[installation_parts.Setting]:
        """Return the settings that a loaded plugin declares, also while it is switched off."""
        return [it.value for it in self.contributed.get("register_settings", ()) if it.plugin == plugin]


def arranged(plugins: Mapping[str, Mapping[str, Iterable[Any]]]) -> Mapping[str, tuple[Contributed[Any], ...]]:
    """Return the contributions of all plugins by hook, ordered by their ``order``, then by plugin name."""
    found: dict[str, tuple[Contributed[Any], ...]] = {}
    for hook in CONTRIBUTED:
        items = [Contributed(name, value) for name in sorted(plugins) for value in plugins[name].get(hook, ())]
        found[hook] = tuple(sorted(items, key=lambda item: (getattr(item.value, "order", 100), item.plugin)))
    return MappingProxyType(found)


def empty(found: Found | None = None) -> Registry:
    """Return a registry in which no plugin is loaded."""
    found = found or Found()
    return Registry(found.declarations, found.ignored, contributed=arranged({}))


def fits(setting: installation_parts.Setting, value: Any) -> bool:
    """Tell whether a setting may have this value."""
    of_type: dict[str, Callable[[Any], bool]] = {
        "text": lambda given: isinstance(given, str),
        "secret": lambda given: isinstance(given, str) or is_sealed(given),
        "int": lambda given: isinstance(given, int) and not isinstance(given, bool),
        "bool": lambda given: isinstance(given, bool),
        "select": lambda given: given in [option.value for option in setting.options],
    }
    return of_type[setting.type](value)

"""The frozen snapshot of all plugins: what there is, what is on, and what each contributes."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from pluggy import PluginManager

from deskcore.errors import NotFound, Refused
from deskcore.extensions import Executor
from deskcore.hooks import installation_parts, specs, state
from deskcore.hooks.breaker import Breaker
from deskcore.hooks.contributed import ByKind, Contributed, arranged
from deskcore.hooks.declarations import PluginDeclaration
from deskcore.hooks.markers import PROJECT
from deskcore.hooks.sentences import sentence
from deskcore.hooks.setting_values import opened, read_settings
from deskcore.hooks.sources import Found
from deskcore.hooks.state import EVERYWHERE, Critical, StateRow
from deskcore.sealing import is_sealed

log = logging.getLogger("deskcore.hooks")


def new_manager() -> PluginManager:
    """Return a plugin manager that knows the hooks and no plugin; every application has one of its own."""
    manager = PluginManager(PROJECT)
    for module in specs.MODULES:
        manager.add_hookspecs(module)
    return manager


@dataclass(frozen=True)
class Registry(ByKind):
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

    def is_asked(self, plugin: str, desk: str) -> bool:
        """Tell whether ``plugin`` checks what is stored on a desk; paused, it does where nothing goes on without it."""
        return self.active(plugin) or (self.is_critical(plugin, desk) and self.paused(plugin))

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

    def settings_of(self, plugin: str) -> list[installation_parts.Setting]:
        """Return the settings that a loaded plugin declares, also while it is switched off."""
        return [it.value for it in self.contributed.get("register_settings", ()) if it.plugin == plugin]


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

"""Importing and registering plugins, one by one, so that none can keep the application from starting."""

from __future__ import annotations

import importlib
import logging
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Any

from pluggy import PluginManager
from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError

from deskcore.hooks import metadata, state
from deskcore.hooks.breaker import Breaker, HookLimits
from deskcore.hooks.callers import collect
from deskcore.hooks.checks import Contributions, check_content, first_clash
from deskcore.hooks.contributed import arranged
from deskcore.hooks.deadlines import Call, DeadlinePool
from deskcore.hooks.declarations import PluginDeclaration
from deskcore.hooks.errors import BadContribution, describe, trace_of
from deskcore.hooks.failures import record_crashes
from deskcore.hooks.publishing import publish
from deskcore.hooks.recorder import LastCall, recorder
from deskcore.hooks.registry import Registry, fits, new_manager
from deskcore.hooks.resolution import Verdict, blocked_by, dependants, load_order, needs, resolve
from deskcore.hooks.sentences import Sentence, sentence
from deskcore.hooks.setting_values import read_settings
from deskcore.hooks.shape import check_shape
from deskcore.hooks.sources import Found, install_finder
from deskcore.hooks.state import EVERYWHERE, Critical, StateRow
from deskcore.outages import trouble_of

log = logging.getLogger("deskcore.hooks")


def load(
    engine: Engine,
    found: Found,
    *,
    enabled_plugins: tuple[str, ...] = (),
    limits: HookLimits | None = None,
    safe_mode: bool | None = None,
    crashed: Sequence[LastCall] = (),
) -> Registry:
    """Load the plugins that are switched on, record what became of each, and return the registry.

    Nothing that a plugin does makes it raise.

    :param enabled_plugins: those switched on when they are seen for the first time.
    :param safe_mode: import nothing; left out, ``DESKCORE_SAFE_MODE=1`` in the environment decides.
    :param crashed: code of plugins that ran when the process before this one died.
    :raises SQLAlchemyError: when the database is away.
    """
    safe_mode = os.environ.get("DESKCORE_SAFE_MODE") == "1" if safe_mode is None else safe_mode
    install_finder(found.declarations.values())
    try:
        with state.own_transaction(engine) as connection:
            state.first_sight(connection, found.declarations, enabled_plugins)
            record_crashes(connection, crashed)
            rows, values = state.read_states(connection), read_settings(connection)
    except SQLAlchemyError as error:
        if trouble_of(error):
            raise  # to go on without plugins would switch their desks off
        log.warning("no plugin is loaded, because the database does not know them: %s", describe(error))
        return _unloaded(found, safe_mode)
    loading = Loading(found.declarations, rows, limits)
    if not safe_mode:
        loading.run()
        loading.check_settings(values)
    _say_what_is_wrong(found, loading)
    return _recorded(engine, found, loading, Breaker(limits), safe_mode)


class Loading:
    """One pass over all plugins.

    :param rows: what is recorded about them; a quarantined plugin is tried again at every start.
    """

    def __init__(
        self,
        declarations: Mapping[str, PluginDeclaration],
        rows: Mapping[str, StateRow],
        limits: HookLimits | None = None,
    ) -> None:
        self.declarations = declarations
        self.limits = limits or HookLimits()
        self.rows = rows
        self.manager: PluginManager = new_manager()
        self.verdicts = resolve(declarations, {name for name, row in rows.items() if row.wanted}, seen=rows)
        self.contributions: dict[str, Contributions] = {}
        self.critical: dict[str, Critical] = {}
        self.published: dict[str, str] = {}
        self.everywhere: set[str] = set()
        self.keepers: set[str] = set()

    @property
    def loaded(self) -> frozenset[str]:
        """Names of the plugins that were loaded and stayed so."""
        return frozenset(self.contributions)

    def run(self) -> None:
        """Import, register and check everything that is switched on, those that others need first."""
        for name in load_order(self.declarations):
            row = self.rows.get(name)
            if row is not None and row.crashed_starting and self.verdicts[name].state == "enabled":
                # To import it would end this process too; and nothing says to whom it happened.
                self.verdicts[name] = Verdict("quarantined", row.reason or _CRASHED, row.trace)
                continue
            if self.verdicts[name].state == "enabled":
                self._load(self.declarations[name])
        while (clash := first_clash({name: self.contributions[name] for name in self._by_merit()})) is not None:
            log.error("plugin %s is quarantined: %s", *clash)
            self._drop(clash[0], Verdict("quarantined", clash[1]))

    def check_settings(self, values: Mapping[str, Mapping[str, Any]]) -> None:
        """Say of the plugins that were loaded which values of their settings do not fit; their defaults are used.

        :param values: by plugin and key.
        """
        for name, contributions in self.contributions.items():
            for setting in contributions.get("register_settings", ()):
                value = values.get(name, {}).get(setting.key)
                if value is not None and not fits(setting, value):
                    self.verdicts[name] = Verdict("enabled", sentence(
                        "Its setting “%(key)s” has a value that is no %(type)s, so its default is used; enter another "
                        "one on its page.", key=setting.key, type=setting.type,
                    ))  # fmt: skip

    def _by_merit(self) -> list[str]:
        """Return what was loaded, what works for longest first: a newcomer never takes the place of another."""

        def merit(name: str) -> tuple[bool, float, str]:
            row = self.rows[name]
            since = row.updated_at.timestamp() if row.updated_at is not None else 0.0
            return row.state != "enabled" and row.paused_at is None, since, name

        return sorted(self.contributions, key=merit)

    def _load(self, declaration: PluginDeclaration) -> None:
        name = declaration.name
        off = sorted(needs(declaration, self.declarations) - self.loaded)
        if off:
            self.verdicts[name] = blocked_by(off[0])
            return
        # In a thread, so that one that hangs or calls sys.exit() while it is imported does not end the start.
        call = Call(name, lambda: self._attempt(declaration))
        DeadlinePool(1).run([call], self.limits.start)
        if call.error is not None or isinstance(call.value, Sentence):
            error = call.error or BadContribution(call.value)
            log.error("plugin %s is quarantined: %s", name, describe(error))
            trace = trace_of(error) if call.error is not None else ""
            self._drop(name, Verdict("quarantined", _reason(call.value, error), trace))
        else:
            self.contributions[name], critical = call.value
            self.critical[name] = critical

    def _attempt(self, declaration: PluginDeclaration) -> tuple[Contributions, Critical] | object:
        """Return contributions and whether the plugin is critical, or the sentence that says what is wrong."""
        try:
            with recorder.noted(declaration.name, state.START):
                module = self._imported(declaration)
                return self._registered(declaration.name, module), _critical(module)
        except BadContribution as error:
            return error.reason

    def _imported(self, declaration: PluginDeclaration) -> ModuleType:
        outdated = _outdated(declaration, self.rows.get(declaration.name))
        if outdated is not None:
            raise BadContribution(outdated)
        with metadata.guarded(declaration.name, declaration.package, set(self.declarations)):
            module = importlib.import_module(declaration.package)
        place = Path(module.__file__ or "").parent
        if declaration.path is None or place.resolve() != declaration.path.resolve():
            raise BadContribution(sentence(
                "Another package named “%(package)s” is used, from %(place)s; remove that one.",
                package=declaration.package, place=place,
            ))  # fmt: skip
        return module

    def _registered(self, name: str, module: ModuleType) -> Contributions:
        if getattr(module, "DESKS", None) == "every":
            self.everywhere.add(name)
        if getattr(module, "KEEPS_DUE_TIMES", False) is True:
            self.keepers.add(name)
        self.published |= dict.fromkeys(publish(self.manager, module), name)
        self.manager.register(module, name=name)
        check_shape(self.manager, name, module)
        contributions = collect(self.manager, name)
        check_content(name, contributions)
        return contributions

    def _drop(self, name: str, verdict: Verdict) -> None:
        """Take ``name`` out again, and with it those that need it."""
        self._forget(name)
        self.verdicts[name] = verdict
        for other in sorted(dependants(name, self.declarations) & self.loaded):
            self._forget(other)
            self.verdicts[other] = blocked_by(name)

    def _forget(self, name: str) -> None:
        self.contributions.pop(name, None)
        self.critical.pop(name, None)
        self.published = {hook: owner for hook, owner in self.published.items() if owner != name}
        try:
            # A registration that failed half-way leaves the plugin half registered.
            if self.manager.has_plugin(name):
                self.manager.unregister(name=name)
        except BaseException:
            log.exception("plugin %s could not be unregistered", name)


def _say_what_is_wrong(found: Found, loading: Loading) -> None:
    for copy in found.ignored:
        log.warning("plugin %s: %s", copy.name, copy.problem)
    for name, verdict in loading.verdicts.items():
        if verdict.reason is not None and verdict.state != "quarantined":  # that was said with its error
            log.warning("plugin %s is %s: %s", name, verdict.state, verdict.reason)


def _outdated(declaration: PluginDeclaration, row: StateRow | None) -> Sentence | None:
    """Return why the plugin's tables do not fit its code, or ``None``; compares file names, to leave Alembic alone."""
    known = set((row.schema or {}).get("files", ())) if row else set()
    here = declaration.migration_files
    if known - here:
        return sentence(
            "Its tables were made by a newer version of the plugin (%(version)s is there); install that version again.",
            version=declaration.version,
        )
    if here - known:
        return sentence("Its tables are not up to date; run “deskcore db upgrade”, then restart.")
    return None


def _critical(module: ModuleType) -> Critical:
    """Return where nothing may be stored without the checks of a package; what it means by anything odd: everywhere."""
    said = getattr(module, "CRITICAL", False)
    if isinstance(said, (tuple, list, set, frozenset)) and all(isinstance(desk, str) for desk in said):
        return tuple(sorted(said))
    return (EVERYWHERE,) if said else ()


def _reason(reason: object, error: BaseException) -> Sentence:
    if isinstance(reason, Sentence):
        return reason
    return sentence("It failed while it was loaded (%(error)s); correct it, then restart.", error=describe(error))


def _recorded(engine: Engine, found: Found, loading: Loading, breaker: Breaker, safe_mode: bool) -> Registry:
    try:
        with state.own_transaction(engine) as connection:
            state.record(connection, _worth_recording(loading, safe_mode), found.declarations, loading.critical)
            rows, epoch = state.read_states(connection), state.current_epoch(connection)
            values: Mapping[str, Any] = read_settings(connection)
    except SQLAlchemyError as error:
        if trouble_of(error):
            raise
        log.exception("the states of the plugins could not be recorded")
        rows, epoch, values = _as_rows(loading), 0, {}
    return Registry(
        found.declarations, found.ignored, MappingProxyType(rows), epoch, loading.manager, loading.loaded,
        MappingProxyType(loading.critical), arranged(loading.contributions), values, breaker, safe_mode,
        MappingProxyType(loading.published), frozenset(loading.everywhere & loading.loaded),
        frozenset(loading.keepers & loading.loaded),
    )  # fmt: skip


#: Why a plugin stays out of which no more is known.
_CRASHED = sentence("The process ended while it was loaded; correct it, then try it again.")


def _worth_recording(loading: Loading, safe_mode: bool) -> dict[str, Verdict]:
    """Leave out what stays as it is recorded: paused plugins that load, and quarantined ones that were not tried."""
    kept = {name for name, row in loading.rows.items() if row.state == "quarantined" and (row.paused_at or safe_mode)}
    return {n: verdict for n, verdict in loading.verdicts.items() if not (n in kept and verdict.state == "enabled")}


def _as_rows(loading: Loading) -> dict[str, StateRow]:
    wanted = {name for name, row in loading.rows.items() if row.wanted}
    return {
        name: StateRow(name, name in wanted, verdict.state, verdict.reason, verdict.trace)
        for name, verdict in loading.verdicts.items()
    }


def _unloaded(found: Found, safe_mode: bool) -> Registry:
    """Return a registry for a database that is not set up yet: whether a plugin is on is not known, so none is."""
    reason = sentence("The database is not set up yet; run “deskcore init”.")
    rows = {name: StateRow(name, False, "disabled", reason) for name in found.declarations}
    rows |= {n: StateRow(n, False, "incompatible", it.problem) for n, it in found.declarations.items() if it.problem}
    return Registry(found.declarations, found.ignored, rows, contributed=arranged({}), safe_mode=safe_mode)

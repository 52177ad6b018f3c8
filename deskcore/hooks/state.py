"""Reading and writing what is recorded about plugins; no plugin is imported for any of it.

Every function works on a session or connection of the caller, who decides about the transaction:
``with unit_of_work() as session: enable(session, …)``. Only :func:`record_failure` opens a transaction of its own.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias, cast

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from deskcore import audit
from deskcore.clock import now
from deskcore.errors import NotFound, Refused
from deskcore.extensions import Base, Executor, insert_into
from deskcore.hooks.changes import record_changes
from deskcore.hooks.declarations import PluginDeclaration
from deskcore.hooks.errors import describe, trace_of
from deskcore.hooks.models import PluginFailure, PluginSetting, PluginState, SystemState
from deskcore.hooks.recorder import LastCall
from deskcore.hooks.resolution import State, Verdict, resolve
from deskcore.hooks.sentences import Sentence, sentence

log = logging.getLogger("deskcore.hooks")

#: The slot of a plugin that is imported and asked for its contributions.
START = "start"
#: How often the process may die while a plugin is called, when it is not known that it was that plugin.
CRASHES = 2

Declarations: TypeAlias = Mapping[str, PluginDeclaration]


@dataclass(frozen=True)
class StateRow:
    """What is recorded about one plugin.

    :param wanted: what the administrator chose.
    :param schema: ``{"revision": …, "files": […]}`` of its migrations in this database, or ``None``.
    :param paused_at: since when too many failures keep it from being called, or ``None``.
    """

    name: str
    wanted: bool
    state: State
    reason: Sentence | None = None
    trace: str = ""
    version: str = ""
    schema: Mapping[str, Any] | None = None
    paused_at: datetime | None = None
    updated_at: datetime | None = None

    @property
    def crashed_starting(self) -> bool:
        """Whether the process that loaded it died of it; it is not loaded until somebody tries it again."""
        given = self.reason.values if self.reason is not None else {}
        return self.paused_at is not None and given.get("slot") == START


@contextmanager
def own_transaction(engine: Engine) -> Iterator[Connection]:
    """Write on a connection of its own, so that it stays whatever becomes of the work around it.

    Never inside a unit of work: on SQLite the two would wait for one another.
    """
    with engine.connect().execution_options(write=True) as connection, connection.begin():
        yield connection


def read_states(on: Executor) -> dict[str, StateRow]:
    """Return what is recorded, by plugin name."""
    rows = on.execute(sa.select(_table(PluginState)).order_by(PluginState.name)).mappings()
    return {row["name"]: StateRow(**{**row, "reason": Sentence.from_json(row["reason"])}) for row in rows}


def read_settings(on: Executor) -> dict[str, dict[str, Any]]:
    """Return the values that were given to settings, by plugin and key."""
    found: dict[str, dict[str, Any]] = {}
    for plugin, key, value in on.execute(sa.select(PluginSetting.plugin, PluginSetting.key, PluginSetting.value)):
        found.setdefault(plugin, {})[key] = value
    return found


def write_setting(on: Executor, plugin: str, key: str, value: Any, *, secret: bool) -> None:
    """Store ``value``, which ``Registry.check_setting`` has accepted, and tell every process.

    :param secret: keep the value out of the audit log.
    """
    held = read_settings(on).get(plugin, {}).get(key)
    _upsert(on, PluginSetting, {"plugin": plugin, "key": key}, {"value": value})
    # What a plugin that is on is said to have wrong is a value of a setting; the next start looks at all of them.
    table = _table(PluginState)
    on.execute(table.update().where(table.c.name == plugin, table.c.state == "enabled").values(reason=None))
    raise_epoch(on)
    if value != held:
        before, after = ({}, {"value": "changed"}) if secret else ({"value": held}, {"value": value})
        audit.record(on, "setting.changed", audit.Subject("setting", f"{plugin}.{key}"), before, after)


def current_epoch(on: Executor) -> int:
    """Return the number that rises with every administrative change; 0 before the first."""
    return on.execute(sa.select(SystemState.epoch)).scalar() or 0


def raise_epoch(on: Executor) -> int:
    """Tell every process that something it holds in memory has changed, and return the new epoch."""
    _upsert(on, SystemState, {"id": 1}, {"epoch": SystemState.epoch + 1}, {"epoch": 1})
    return current_epoch(on)


def take_turns(on: Executor) -> None:
    """Let processes that bring the same declarations do so one after the other; held until the transaction ends."""
    on.execute(sa.select(SystemState.id).with_for_update())


def first_sight(on: Executor, declarations: Declarations, enabled_plugins: tuple[str, ...] = ()) -> None:
    """Record plugins that were never seen: off, unless the configuration lists them in ``enabled_plugins``."""
    with _audited(on):
        _see(on, declarations, enabled_plugins)


def _see(on: Executor, declarations: Declarations, enabled_plugins: tuple[str, ...] = ()) -> None:
    known = set(on.execute(sa.select(PluginState.name)).scalars())
    for name, declaration in declarations.items():
        if name not in known:
            values = _blank(declaration.version) | {"wanted": name in enabled_plugins}
            _upsert(on, PluginState, {"name": name}, {"version": declaration.version}, values)


def record(on: Executor, verdicts: Mapping[str, Verdict], declarations: Declarations) -> None:
    """Store ``verdicts`` where they differ from what is recorded, and raise the epoch if any did."""
    with _audited(on):
        _store(on, verdicts, declarations)


def _store(on: Executor, verdicts: Mapping[str, Verdict], declarations: Declarations) -> None:
    rows = read_states(on)
    for name, verdict in verdicts.items():
        row, version = rows.get(name), _version(name, declarations, rows)
        values = {"state": verdict.state, "reason": _stored(verdict.reason), "trace": verdict.trace, "version": version}
        if row is None or values != {**_fields(row), "reason": _stored(row.reason)}:
            _upsert(on, PluginState, {"name": name}, values | {"updated_at": now()}, _blank(version) | values)
    if rows != read_states(on):
        raise_epoch(on)


def enable(on: Executor, declarations: Declarations, name: str) -> Verdict:
    """Switch a plugin on, and with it those that waited for it.

    :returns: what became of it: ``enabled``, or ``blocked`` with the plugin that is missing.
    :raises NotFound: no such plugin is there.
    :raises Refused: it does not fit this installation.
    """
    if name not in declarations:
        _unknown(declarations, name)
    with _audited(on):
        _see(on, declarations)
        rows = read_states(on)
        verdict = resolve(declarations, _wanted(rows) | {name})[name]
        if verdict.state == "incompatible":
            raise Refused(str(verdict.reason))
        _choose(on, name, wanted=True)
        _update(on, name, paused_at=None)
        _settle(on, declarations, anew=name)
    return verdict


def disable(on: Executor, declarations: Declarations, name: str) -> tuple[str, ...]:
    """Switch a plugin off; its data and settings stay.

    :returns: names of the plugins that need it and are blocked with it.
    :raises NotFound: no such plugin was ever seen.
    """
    with _audited(on):
        _see(on, declarations)
        before = read_states(on)
        if name not in before:
            _unknown(declarations, name)
        _choose(on, name, wanted=False)
        _settle(on, declarations, anew=name)
    after = read_states(on)
    return tuple(
        other
        for other, row in after.items()
        if row.state == "blocked" and before[other].state not in ("blocked", "disabled")
    )


def mark_quarantined(on: Executor, name: str, reason: Sentence, trace: str = "") -> None:
    """Record that a plugin failed and is left out until somebody tries it again."""
    with _audited(on):
        _update(on, name, state="quarantined", reason=_stored(reason), trace=trace)
        raise_epoch(on)


def pause(on: Executor, name: str, reason: Sentence, trace: str = "") -> None:
    """Record that a loaded plugin failed too often: it is not called until :func:`resume`."""
    with _audited(on):
        _update(on, name, state="quarantined", reason=_stored(reason), trace=trace, paused_at=now())
        raise_epoch(on)


def resume(on: Executor, name: str) -> None:
    """Try a paused plugin again, at once and in every process."""
    with _audited(on):
        _update(on, name, state="enabled", reason=None, trace="", paused_at=None)
        on.execute(_table(PluginFailure).delete().where(PluginFailure.plugin == name))
        raise_epoch(on)


def note_schema(on: Executor, name: str, schema: Mapping[str, Any] | None) -> None:
    """Record which of a plugin's migrations this database holds."""
    values = {"schema": None if schema is None else dict(schema)}
    _upsert(on, PluginState, {"name": name}, values, _blank("") | values)


def record_failure(engine: Engine, plugin: str, slot: str, error: BaseException) -> None:
    """Count a failure of ``plugin`` in ``slot`` in a transaction of its own.

    :param slot: the hook or place that failed, such as ``validate_ticket``.
    """
    moment = now()
    latest = {"last_at": moment, "error": describe(error), "trace": trace_of(error)}
    with own_transaction(engine) as connection:
        _upsert(
            connection, PluginFailure, {"plugin": plugin, "slot": slot},
            latest | {"count": PluginFailure.count + 1}, latest | {"count": 1, "first_at": moment},
        )  # fmt: skip


def record_crashes(on: Executor, crashed: Iterable[LastCall]) -> None:
    """Count what was called when a process died, and pause whose call is known to have ended it, or is called again.

    Nothing in that process could tell; its successor calls this before it loads plugins.
    """
    for call in crashed:
        moment = now()
        latest = {"last_at": moment, "error": call.error, "trace": call.trace}
        _upsert(
            on, PluginFailure, {"plugin": call.plugin, "slot": call.slot},
            latest | {"count": PluginFailure.count + 1}, latest | {"count": 1, "first_at": moment},
        )  # fmt: skip
        same = PluginFailure.plugin == call.plugin, PluginFailure.slot == call.slot
        times = on.execute(sa.select(PluginFailure.count).where(*same, PluginFailure.error == call.error)).scalar() or 0
        log.error("plugin %s was in %s when %s", call.plugin, call.slot, call.error)
        if call.certain or times >= CRASHES:
            reason = sentence(
                "It was in %(slot)s when %(error)s, and was paused; correct it, then try it again.",
                slot=call.slot, error=call.error,
            )  # fmt: skip
            pause(on, call.plugin, reason, call.trace)


def read_failures(on: Executor, plugin: str | None = None) -> list[Mapping[str, Any]]:
    """Return the recorded failures, latest first: plugin, slot, count, first_at, last_at, error, trace."""
    statement = sa.select(_table(PluginFailure)).order_by(PluginFailure.last_at.desc())
    if plugin is not None:
        statement = statement.where(PluginFailure.plugin == plugin)
    return [dict(row) for row in on.execute(statement).mappings()]


@contextmanager
def _audited(on: Executor) -> Iterator[None]:
    """Write what the block changes about plugins to the audit log."""
    before = read_states(on)
    yield
    record_changes(on, before, read_states(on))


def _settle(on: Executor, declarations: Declarations, anew: str) -> None:
    """Record what follows from the choices; a quarantine stays, except that of ``anew``."""
    rows = read_states(on)
    stuck = {name for name, row in rows.items() if row.wanted and row.state == "quarantined" and name != anew}
    broken = {name for name in stuck if rows[name].paused_at is None}
    verdicts = resolve(declarations, _wanted(rows) - broken, seen=rows)
    stay = {name for name in stuck if verdicts[name].state in ("enabled", "disabled")}
    # What is said of a plugin that works stays true of it.
    stay |= {name for name, row in rows.items() if row.reason and row.state == verdicts[name].state == "enabled"}
    _store(on, {name: verdict for name, verdict in verdicts.items() if name not in stay}, declarations)
    raise_epoch(on)


def _wanted(rows: Mapping[str, StateRow]) -> set[str]:
    return {name for name, row in rows.items() if row.wanted}


def _choose(on: Executor, name: str, *, wanted: bool) -> None:
    _update(on, name, wanted=wanted)


def _update(on: Executor, name: str, **values: Any) -> None:
    table = _table(PluginState)
    on.execute(table.update().where(table.c.name == name).values(**values, updated_at=now()))


def _table(model: type[Base]) -> sa.Table:
    """Return the bare table: these rows are never kept as objects in a session's memory."""
    return cast("sa.Table", model.__table__)


def _version(name: str, declarations: Declarations, rows: Mapping[str, StateRow]) -> str:
    if name in declarations:
        return declarations[name].version
    return rows[name].version if name in rows else ""


def _fields(row: StateRow) -> dict[str, Any]:
    return {"state": row.state, "reason": row.reason, "trace": row.trace, "version": row.version}


def _stored(reason: Sentence | None) -> dict[str, Any] | None:
    return None if reason is None else reason.to_json()


def _blank(version: str) -> dict[str, Any]:
    return {"wanted": False, "state": "disabled", "trace": "", "version": version, "updated_at": now()}


def _unknown(declarations: Declarations, name: str) -> None:
    known = ", ".join(sorted(declarations)) or "–"
    raise NotFound(str(sentence("There is no plugin “%(name)s”. Known plugins: %(known)s.", name=name, known=known)))


def _upsert(
    on: Executor, model: type[Base], key: dict[str, Any], update: dict[str, Any], insert: dict[str, Any] | None = None
) -> None:
    """Insert or update one row in one statement, which takes the write lock before anything is read."""
    statement = insert_into(on, _table(model)).values(**key, **(update if insert is None else insert))
    on.execute(statement.on_conflict_do_update(index_elements=list(key), set_=update))

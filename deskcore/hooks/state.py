"""Reading and writing what is recorded about plugins; no plugin is imported for any of it.

Every function works on a session or connection of the caller, who decides about the transaction:
``with unit_of_work() as session: enable(session, …)``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, TypeAlias, cast

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine, RowMapping

from deskcore.clock import now
from deskcore.errors import NotFound, Refused
from deskcore.extensions import Base, Executor, insert_into
from deskcore.hooks.changes import record_changes
from deskcore.hooks.declarations import PluginDeclaration
from deskcore.hooks.models import PluginFailure, PluginState, SystemState
from deskcore.hooks.resolution import State, Verdict, resolve
from deskcore.hooks.sentences import Sentence, sentence

#: The slot of a plugin that is imported and asked for its contributions.
START = "start"
#: Keys of the desks where nothing may be stored without the checks of a plugin.
Critical: TypeAlias = tuple[str, ...]
#: Stands for all desks.
EVERYWHERE = "*"
Declarations: TypeAlias = Mapping[str, PluginDeclaration]


@dataclass(frozen=True)
class StateRow:
    """What is recorded about one plugin.

    :param wanted: what the administrator chose.
    :param schema: ``{"revision": …, "files": […]}`` of its migrations in this database, or ``None``.
    :param paused_at: since when too many failures keep it from being called, or ``None``.
    :param critical: where nothing may be stored without its checks, as its package said when it was last loaded.
    """

    name: str
    wanted: bool
    state: State
    reason: Sentence | None = None
    trace: str = ""
    version: str = ""
    schema: Mapping[str, Any] | None = None
    paused_at: datetime | None = None
    critical: Critical = ()
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
    rows = on.execute(sa.select(table_of(PluginState)).order_by(PluginState.name)).mappings()
    return {row["name"]: _row(row) for row in rows}


def _row(row: RowMapping) -> StateRow:
    read = {"reason": Sentence.from_json(row["reason"]), "critical": tuple(row["critical"] or ())}
    return StateRow(**{**row, **read})


def current_epoch(on: Executor) -> int:
    """Return the number that rises with every administrative change; 0 before the first."""
    return on.execute(sa.select(SystemState.epoch)).scalar() or 0


def raise_epoch(on: Executor) -> int:
    """Tell every process that something it holds in memory has changed, and return the new epoch."""
    upsert(on, SystemState, {"id": 1}, {"epoch": SystemState.epoch + 1}, {"epoch": 1})
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
            upsert(on, PluginState, {"name": name}, {"version": declaration.version}, values)


def record(
    on: Executor,
    verdicts: Mapping[str, Verdict],
    declarations: Declarations,
    critical: Mapping[str, Critical] = MappingProxyType({}),
) -> None:
    """Store ``verdicts`` where they differ from what is recorded, and raise the epoch if any did.

    :param critical: of the plugins that were loaded, where nothing may be stored without their checks.
    """
    with _audited(on):
        _store(on, verdicts, declarations, critical)


def _store(
    on: Executor,
    verdicts: Mapping[str, Verdict],
    declarations: Declarations,
    critical: Mapping[str, Critical] = MappingProxyType({}),
) -> None:
    rows = read_states(on)
    for name, verdict in verdicts.items():
        row, version = rows.get(name), _version(name, declarations, rows)
        values = {
            "state": verdict.state, "reason": _stored(verdict.reason), "trace": verdict.trace, "version": version,
            "critical": list(critical.get(name, row.critical if row else ())),
        }  # fmt: skip
        if row is None or values != {**_fields(row), "reason": _stored(row.reason)}:
            upsert(on, PluginState, {"name": name}, values | {"updated_at": now()}, _blank(version) | values)
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
    """Record that a loaded plugin failed too often: it is not called until :func:`resume`.

    One that was switched off meanwhile stays so.
    """
    with _audited(on):
        values = {"state": "quarantined", "reason": _stored(reason), "trace": trace, "paused_at": now()}
        _update(on, name, PluginState.wanted.is_(True), **values)
        raise_epoch(on)


def resume(on: Executor, name: str) -> None:
    """Try a paused plugin again, at once and in every process; one that was switched off meanwhile stays so."""
    with _audited(on):
        still = PluginState.wanted.is_(True), PluginState.state.in_(("enabled", "quarantined"))
        _update(on, name, *still, state="enabled", reason=None, trace="", paused_at=None)
        on.execute(table_of(PluginFailure).delete().where(PluginFailure.plugin == name))
        raise_epoch(on)


def note_schema(on: Executor, name: str, schema: Mapping[str, Any] | None) -> None:
    """Record which of a plugin's migrations this database holds."""
    values = {"schema": None if schema is None else dict(schema)}
    upsert(on, PluginState, {"name": name}, values, _blank("") | values)


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


def _update(on: Executor, name: str, *conditions: sa.ColumnElement[bool], **values: Any) -> None:
    table = table_of(PluginState)
    on.execute(table.update().where(table.c.name == name, *conditions).values(**values, updated_at=now()))


def table_of(model: type[Base]) -> sa.Table:
    """Return the bare table: these rows are never kept as objects in a session's memory."""
    return cast("sa.Table", model.__table__)


def _version(name: str, declarations: Declarations, rows: Mapping[str, StateRow]) -> str:
    if name in declarations:
        return declarations[name].version
    return rows[name].version if name in rows else ""


def _fields(row: StateRow) -> dict[str, Any]:
    return {name: getattr(row, name) for name in ("state", "reason", "trace", "version")} | {
        "critical": list(row.critical)
    }


def _stored(reason: Sentence | None) -> dict[str, Any] | None:
    return None if reason is None else reason.to_json()


def _blank(version: str) -> dict[str, Any]:
    blank = {"wanted": False, "state": "disabled", "trace": "", "critical": []}
    return blank | {"version": version, "updated_at": now()}


def _unknown(declarations: Declarations, name: str) -> None:
    known = ", ".join(sorted(declarations)) or "–"
    raise NotFound(str(sentence("There is no plugin “%(name)s”. Known plugins: %(known)s.", name=name, known=known)))


def upsert(
    on: Executor, model: type[Base], key: dict[str, Any], update: dict[str, Any], insert: dict[str, Any] | None = None
) -> None:
    """Insert or update one row in one statement, which takes the write lock before anything is read."""
    statement = insert_into(on, table_of(model)).values(**key, **(update if insert is None else insert))
    on.execute(statement.on_conflict_do_update(index_elements=list(key), set_=update))

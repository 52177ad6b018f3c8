"""What changed about plugins and tables, in the words of the audit log."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy.engine import Connection

from deskcore import audit
from deskcore.extensions import Executor
from deskcore.hooks.resolution import State

if TYPE_CHECKING:
    from deskcore.hooks.state import StateRow

_BECAME: Mapping[State, audit.Action] = {
    "enabled": "plugin.enabled",
    "disabled": "plugin.disabled",
    "blocked": "plugin.blocked",
    "incompatible": "plugin.incompatible",
    "quarantined": "plugin.quarantined",
    "missing": "plugin.missing",
}


def record_changes(on: Executor, before: Mapping[str, StateRow], after: Mapping[str, StateRow]) -> None:
    """Write an entry for every plugin that is recorded differently in ``after``."""
    for name, row in after.items():
        old = before.get(name)
        was, now_is = audit.differences(_public(old), _public(row))
        if was or now_is:
            audit.record(on, _action(old, row), audit.Subject("plugin", name), was, now_is)


@contextmanager
def recorded_move(connection: Connection, plugin: str | None, revision: Callable[[], str]) -> Iterator[None]:
    """Write to the audit log which revision of the tables the block leads to; one revision of the core makes that log.

    :param plugin: whose tables they are; the core's for ``None``.
    :param revision: tells the revision that the database holds.
    """
    held, logged = revision(), audit.exists(connection)
    yield
    there, now_held = audit.exists(connection), revision()
    if there and not logged:
        audit.begin(connection)
    if there and now_held != held:
        subject = audit.Subject("plugin", plugin) if plugin else audit.Subject("installation", "deskcore")
        audit.record(connection, "schema.changed", subject, {"revision": held}, {"revision": now_held})


def _public(row: StateRow | None) -> dict[str, Any]:
    """Return what the log may hold: reasons and traces may quote anything."""
    if row is None:
        return {}
    public = {"wanted": row.wanted, "state": row.state, "version": row.version, "paused": row.paused_at is not None}
    return public | ({"critical": list(row.critical)} if row.critical else {})


def _action(old: StateRow | None, row: StateRow) -> audit.Action:
    """Return what happened to a plugin; what an administrator chose counts more than what became of it."""
    if old is None:
        return "plugin.found"
    if old.wanted != row.wanted:
        return "plugin.enabled" if row.wanted else "plugin.disabled"
    if (old.paused_at is None) != (row.paused_at is None):
        return "plugin.paused" if row.paused_at else "plugin.retried"
    return "plugin.updated" if old.state == row.state else _BECAME[row.state]

"""What changed about desks, in the words of the audit log."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from deskcore import audit
from deskcore.desks.models import DeskHours, DeskOverride, DeskRow, FormVersion, PluginDesk, RequestTypeRow
from deskcore.people.models import Team


@contextmanager
def recorded(session: Session, actor: audit.Actor | None = audit.ITSELF) -> Iterator[None]:
    """Write an entry for every desk that the block changes, with its request types, teams, hours and plugins.

    :param actor: by default the installation, which follows its plugins whoever's request happens to come first.
    """
    before = _desks(session)
    yield
    session.flush()
    after = _desks(session)
    for key, desk in after.items():
        old = before.get(key)
        was, now_is = audit.differences(old or {}, desk)
        if was or now_is:
            audit.record(session, _action(old, desk), audit.Subject("desk", key), was, now_is, actor=actor)
    for key in before.keys() - after.keys():
        audit.record(session, "desk.removed", audit.Subject("desk", key), before[key], actor=actor)


def _action(old: dict[str, Any] | None, desk: dict[str, Any]) -> audit.Action:
    if old is None:
        return "desk.added"
    if old["enabled"] != desk["enabled"]:
        return "desk.enabled" if desk["enabled"] else "desk.disabled"
    return "desk.changed"


def _desks(session: Session) -> dict[str, dict[str, Any]]:
    """Return every desk as the log describes it, by key."""
    found: dict[str, dict[str, Any]] = {}
    by_id: dict[int, dict[str, Any]] = {}
    for row in session.scalars(select(DeskRow)):
        found[row.key] = by_id[row.id] = {
            "plugin": row.plugin,
            "prefix": row.prefix,
            "title": row.title,
            "icon": row.icon,
            "confidential": row.confidential,
            "statuses": [status["key"] for status in row.statuses],
            "position": row.position,
            "enabled": row.enabled,
            "managers_see": row.managers_see,
            "managers_send": row.managers_send,
            "plugins": [],
        } | {f"status.{status['key']}": _status(status) for status in row.statuses}
    for team in session.scalars(select(Team)):
        by_id[team.desk_id][f"team.{team.key}"] = {"title": team.title, "tier": team.tier}
    for hours in session.scalars(select(DeskHours)):
        values = {"time_zone": hours.time_zone, "weekly": hours.weekly, "holidays": hours.holidays}
        by_id[hours.desk_id]["hours"] = values
    for edit in session.scalars(select(DeskOverride)):
        by_id[edit.desk_id][f"edited.{edit.key}"] = True
    for plugin, desk_id in session.execute(select(PluginDesk.plugin, PluginDesk.desk_id).order_by(PluginDesk.plugin)):
        by_id[desk_id]["plugins"].append(plugin)
    types = select(RequestTypeRow, FormVersion.digest).outerjoin(
        FormVersion, FormVersion.id == RequestTypeRow.form_version_id
    )
    for offered, digest in session.execute(types):
        by_id[offered.desk_id][f"request_type.{offered.key}"] = {
            "title": offered.title, "icon": offered.icon, "enabled": offered.enabled, "form": (digest or "")[:12],
        }  # fmt: skip
    return found


def _status(stored: dict[str, Any]) -> dict[str, Any]:
    """Return a status as the log describes it: only what differs from the rest of its category."""
    portal = stored.get("portal")
    return {"category": stored["category"], "title": stored["title"]} | ({"portal": portal} if portal else {})

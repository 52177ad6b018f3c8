"""Bring declared desks and request types into the database, and read the catalogue from there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from threading import Lock
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from deskcore.desks.catalogue import STANDARD_STATUSES, Catalogue
from deskcore.desks.changes import recorded
from deskcore.desks.desk_edits import desk_edits, with_edits
from deskcore.desks.form_versions import apply_overrides, freeze
from deskcore.desks.history import keep_version
from deskcore.desks.models import (
    DeskRow,
    FormVersion,
    NumberSeries,
    PluginDesk,
    RequestTypeRow,
)
from deskcore.desks.reading import read_catalogue, stored_overrides
from deskcore.extensions import db
from deskcore.hooks import state
from deskcore.hooks.contributions import STATUS_CATEGORIES, Desk, RequestType
from deskcore.organisation.services import read_look
from deskcore.people.models import Team
from deskcore.runtime import runtime
from deskcore.viewer import Viewer
from deskcore.work import unit_of_work

if TYPE_CHECKING:
    from deskcore.hooks.contributed import Contributed
    from deskcore.hooks.registry import Registry

_refreshing = Lock()


def load_catalogue(plugins: Registry) -> Catalogue:
    """Read the catalogue, after writing down whatever the plugins declare differently from what is stored.

    In safe mode it is only read: that no plugin was loaded says nothing about its desk.

    :param plugins: the frozen contributions of the enabled plugins.
    """
    if not plugins.safe_mode and _outdated(plugins):
        with unit_of_work() as session:
            state.take_turns(session)
            with recorded(session):
                _store(plugins)
    return read_catalogue(plugins)


def _statuses(desk: Desk) -> list[dict[str, Any]]:
    own = list(desk.statuses)
    missing = [status for status in STANDARD_STATUSES if status.category not in {s.category for s in own}]
    ordered = sorted(own + missing, key=lambda status: STATUS_CATEGORIES.index(status.category))
    return [asdict(status) for status in ordered]


def _desk_values(declared: Contributed[Desk]) -> dict[str, Any]:
    desk = declared.value
    return {
        "plugin": declared.plugin,
        "prefix": desk.prefix,
        "title": asdict(desk.title),
        "icon": desk.icon,
        "confidential": desk.confidential,
        "statuses": _statuses(desk),
        "position": desk.order,
        "enabled": True,
    }


def declared_desk(declared: Contributed[Desk]) -> dict[str, Any]:
    """Return what a plugin says about a desk under the keys that an administrator may edit."""
    values, teams = _desk_values(declared), declared.value.teams
    own = {f"team.{team.key}": asdict(team.title) for team in teams}
    return {"title": values["title"], "statuses": values["statuses"], "enabled": True} | own


def declared_desks(plugins: Registry, desks: Mapping[str, DeskRow]) -> dict[str, Contributed[Desk]]:
    """Return the desks that plugins declare, by key, without those whose key or prefix was taken in the browser."""
    own = [row for row in desks.values() if not row.plugin]
    keys, prefixes = {row.key for row in own}, {row.prefix for row in own}
    found = {item.value.key: item for item in plugins.desks}
    return {key: item for key, item in found.items() if key not in keys and item.value.prefix not in prefixes}


def _outdated(plugins: Registry) -> bool:
    session = db.session
    desks = {row.key: row for row in session.scalars(select(DeskRow))}
    declared, edits = declared_desks(plugins, desks), desk_edits(session())
    if any(row.plugin and row.enabled and key not in declared for key, row in desks.items()):
        return True
    for key, item in declared.items():
        if key not in desks or not _same(desks[key], with_edits(_desk_values(item), edits[desks[key].id])):
            return True
    teams = {(team.desk_id, team.key): (team.title, team.tier) for team in session.scalars(select(Team))}
    for key, item in declared.items():
        desk_id = desks[key].id
        for team in item.value.teams:
            title = edits[desk_id].get(f"team.{team.key}", asdict(team.title))
            if teams.get((desk_id, team.key)) != (title, team.tier):
                return True
    return _types_outdated(plugins, desks)


def _types_outdated(plugins: Registry, desks: dict[str, DeskRow]) -> bool:
    overrides = stored_overrides()
    rows = {(row.desk_id, row.key): row for row in db.session.scalars(select(RequestTypeRow))}
    digests = dict(db.session.execute(select(FormVersion.id, FormVersion.digest)).all())
    declared = set()
    for item in plugins.request_types:
        desk = desks.get(item.value.desk)
        if desk is None:
            continue
        row = rows.get((desk.id, item.value.key))
        if row is None or not row.enabled:
            return True
        if row.declaration is not None:
            continue  # made here before the plugin had one of that name
        offered = apply_overrides(item.value, overrides[row.id])
        if digests.get(row.form_version_id or 0) != freeze(offered.fields)[0] or row.title != asdict(offered.title):
            return True
        declared.add((desk.id, item.value.key))
    return any(row.enabled and row.declaration is None and key not in declared for key, row in rows.items())


def _same(row: Any, values: dict[str, Any]) -> bool:
    return all(getattr(row, key) == value for key, value in values.items())


def _store(plugins: Registry) -> None:
    desks = {row.key: row for row in db.session.scalars(select(DeskRow))}
    declared, edits = declared_desks(plugins, desks), desk_edits(db.session())
    for key, row in desks.items():
        row.enabled = row.enabled and (key in declared or not row.plugin)
    for key, item in declared.items():
        known = desks.get(key)
        desks[key] = _store_desk(known, item, edits[known.id] if known is not None else {})
    overrides = stored_overrides()
    kept = set()
    for declared_type in plugins.request_types:
        desk = desks.get(declared_type.value.desk)
        if desk is not None:
            kept.add(_store_type(desk, declared_type, overrides))
    for type_row in db.session.scalars(select(RequestTypeRow)):
        type_row.enabled = type_row.id in kept or type_row.declaration is not None


def _store_desk(row: DeskRow | None, item: Contributed[Desk], edits: Mapping[str, Any]) -> DeskRow:
    values = with_edits(_desk_values(item), edits)
    if row is None:
        row = DeskRow(key=item.value.key, **values)
        db.session.add(row)
        db.session.flush()
        db.session.add(PluginDesk(plugin=item.plugin, desk_id=row.id))
    for key, value in values.items():
        setattr(row, key, value)
    if db.session.get(NumberSeries, row.prefix) is None:
        db.session.add(NumberSeries(prefix=row.prefix, next=1))
    teams = {team.key: team for team in db.session.scalars(select(Team).where(Team.desk_id == row.id))}
    for declared in item.value.teams:
        team = teams.get(declared.key)
        if team is None:
            team = Team(desk_id=row.id, key=declared.key)
            db.session.add(team)
        team.title, team.tier = edits.get(f"team.{declared.key}", asdict(declared.title)), declared.tier
    db.session.flush()
    return row


def _store_type(desk: DeskRow, item: Contributed[RequestType], overrides: dict[int, dict[str, Any]]) -> int:
    wanted = select(RequestTypeRow).where(RequestTypeRow.desk_id == desk.id, RequestTypeRow.key == item.value.key)
    row = db.session.scalar(wanted)
    if row is None:
        row = RequestTypeRow(desk_id=desk.id, key=item.value.key, title=asdict(item.value.title), plugin=item.plugin)
        db.session.add(row)
        db.session.flush()
    if row.declaration is None:
        row.plugin = item.plugin
        keep_version(row, apply_overrides(item.value, overrides[row.id]))
    return row.id


def refresh() -> None:
    """Swap the application's frozen snapshots for what is recorded now; call it after an administrative change."""
    with _refreshing:
        parts = runtime()
        plugins = parts.plugins.refreshed(db.session)
        parts.catalogue = load_catalogue(plugins)
        parts.look = read_look()
        parts.plugins = plugins


def refresh_if_changed() -> None:
    """Swap the snapshots when the epoch has risen since they were taken; workers ask at each look at their tables."""
    if state.current_epoch(db.session) != runtime().plugins.epoch:
        refresh()


def plugin_viewer(plugin: str) -> Viewer:
    """Return the viewer as which a plugin works by itself: the desks that it was given, and tickets that it holds.

    One that works everywhere need not be given the desks that are not confidential.
    """
    parts = runtime()
    given = set(db.session.scalars(select(PluginDesk.desk_id).where(PluginDesk.plugin == plugin)))
    if plugin in parts.plugins.everywhere:
        given |= {desk.id for desk in parts.catalogue.desks.values() if not desk.confidential}
    section = parts.plugins.sections.get(plugin)
    holds = section is not None and section.holds
    return Viewer(None, "plugin", dict.fromkeys(sorted(given), "agent"), plugin=plugin, holds=holds)

"""Bring declared desks and request types into the database, and read the catalogue from there."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import asdict
from threading import Lock
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from deskcore.desks.catalogue import STANDARD_STATUSES, Catalogue, DeskEntry, RequestTypeEntry, TeamEntry
from deskcore.desks.changes import recorded
from deskcore.desks.form_versions import apply_overrides, freeze
from deskcore.desks.models import DeskRow, FormVersion, NumberSeries, PluginDesk, RequestTypeOverride, RequestTypeRow
from deskcore.extensions import db
from deskcore.hooks import state
from deskcore.hooks.contributions import STATUS_CATEGORIES, Desk, RequestType, Status, Text
from deskcore.people.models import Team
from deskcore.runtime import runtime
from deskcore.viewer import Viewer
from deskcore.work import unit_of_work

if TYPE_CHECKING:
    from deskcore.hooks.registry import Contributed, Registry

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
    return _read(plugins)


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


def _outdated(plugins: Registry) -> bool:
    session = db.session
    desks = {row.key: row for row in session.scalars(select(DeskRow))}
    declared = {item.value.key: item for item in plugins.desks}
    if any(row.enabled != (key in declared) for key, row in desks.items()):
        return True
    for key, item in declared.items():
        if key not in desks or not _same(desks[key], _desk_values(item)):
            return True
    teams = {(team.desk_id, team.key): (team.title, team.tier) for team in session.scalars(select(Team))}
    for key, item in declared.items():
        for team in item.value.teams:
            if teams.get((desks[key].id, team.key)) != (asdict(team.title), team.tier):
                return True
    return _types_outdated(plugins, desks)


def _types_outdated(plugins: Registry, desks: dict[str, DeskRow]) -> bool:
    overrides = _overrides()
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
        offered = apply_overrides(item.value, overrides[row.id])
        if digests.get(row.form_version_id or 0) != freeze(offered.fields)[0] or row.title != asdict(offered.title):
            return True
        declared.add((desk.id, item.value.key))
    return any(row.enabled and key not in declared for key, row in rows.items())


def _same(row: Any, values: dict[str, Any]) -> bool:
    return all(getattr(row, key) == value for key, value in values.items())


def _overrides() -> defaultdict[int, dict[str, Any]]:
    found: defaultdict[int, dict[str, Any]] = defaultdict(dict)
    for row in db.session.scalars(select(RequestTypeOverride)):
        found[row.request_type_id][row.key] = row.value
    return found


def _store(plugins: Registry) -> None:
    declared = {item.value.key: item for item in plugins.desks}
    desks = {row.key: row for row in db.session.scalars(select(DeskRow))}
    for key, row in desks.items():
        row.enabled = key in declared
    for key, item in declared.items():
        desks[key] = _store_desk(desks.get(key), item)
    overrides = _overrides()
    kept = set()
    for declared_type in plugins.request_types:
        desk = desks.get(declared_type.value.desk)
        if desk is not None:
            kept.add(_store_type(desk, declared_type, overrides))
    for type_row in db.session.scalars(select(RequestTypeRow)):
        type_row.enabled = type_row.id in kept


def _store_desk(row: DeskRow | None, item: Contributed[Desk]) -> DeskRow:
    values = _desk_values(item)
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
        team.title, team.tier = asdict(declared.title), declared.tier
    db.session.flush()
    return row


def _store_type(desk: DeskRow, item: Contributed[RequestType], overrides: dict[int, dict[str, Any]]) -> int:
    wanted = select(RequestTypeRow).where(RequestTypeRow.desk_id == desk.id, RequestTypeRow.key == item.value.key)
    row = db.session.scalar(wanted)
    if row is None:
        row = RequestTypeRow(desk_id=desk.id, key=item.value.key, title=asdict(item.value.title), plugin=item.plugin)
        db.session.add(row)
        db.session.flush()
    offered = apply_overrides(item.value, overrides[row.id])
    row.title, row.icon, row.plugin = asdict(offered.title), offered.icon, item.plugin
    row.form_version_id = _form_version(offered)
    db.session.flush()
    return row.id


def _form_version(offered: RequestType) -> int:
    digest, fields = freeze(offered.fields)
    version = db.session.scalar(select(FormVersion).where(FormVersion.digest == digest))
    if version is None:
        version = FormVersion(digest=digest, fields=json.loads(fields))
        db.session.add(version)
        db.session.flush()
    return version.id


def _read(plugins: Registry) -> Catalogue:
    teams = defaultdict(list)
    for team in db.session.scalars(select(Team).order_by(Team.tier, Team.key)):
        teams[team.desk_id].append(TeamEntry(team.id, team.key, Text(**team.title), team.tier))
    desks = {row.key: _entry(row, tuple(teams[row.id])) for row in db.session.scalars(select(DeskRow))}
    overrides = _overrides()
    rows = {(row.desk_id, row.key): row for row in db.session.scalars(select(RequestTypeRow))}
    types = {}
    for item in plugins.request_types:
        desk = desks.get(item.value.desk)
        row = rows.get((desk.id, item.value.key)) if desk else None
        if desk is None or row is None or row.form_version_id is None:
            continue
        offered = apply_overrides(item.value, overrides[row.id])
        open_to_all = bool(overrides[row.id].get("offered", True))
        types[desk.key, row.key] = RequestTypeEntry(
            row.id, row.form_version_id, desk, offered, item.plugin, open_to_all
        )
    ordered = dict(sorted(desks.items(), key=lambda pair: (pair[1].position, pair[0])))
    return Catalogue(plugins.epoch, ordered, types)


def _entry(row: DeskRow, teams: tuple[TeamEntry, ...]) -> DeskEntry:
    statuses = tuple(Status(s["key"], s["category"], Text(**s["title"])) for s in row.statuses)
    return DeskEntry(
        id=row.id,
        key=row.key,
        prefix=row.prefix,
        title=Text(**row.title),
        icon=row.icon,
        confidential=row.confidential,
        enabled=row.enabled,
        plugin=row.plugin,
        statuses=statuses,
        teams=teams,
        position=row.position,
    )


def refresh() -> None:
    """Swap the application's frozen snapshots for what is recorded now; call it after an administrative change."""
    with _refreshing:
        parts = runtime()
        plugins = parts.plugins.refreshed(db.session)
        parts.catalogue = load_catalogue(plugins)
        parts.plugins = plugins


def refresh_if_changed() -> None:
    """Swap the snapshots when the epoch has risen since they were taken; workers ask at each look at their tables."""
    if state.current_epoch(db.session) != runtime().plugins.epoch:
        refresh()


def plugin_viewer(plugin: str) -> Viewer:
    """Return the viewer as which a plugin works by itself: the desks that it was given, and no others."""
    given = db.session.scalars(select(PluginDesk.desk_id).where(PluginDesk.plugin == plugin)).all()
    return Viewer(None, "plugin", dict.fromkeys(given, "agent"), plugin=plugin)

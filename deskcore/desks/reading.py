"""Reading the catalogue: desks, teams and request types as the database has them, with what plugins declare."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from deskcore.desks.catalogue import Catalogue, DeskEntry, RequestTypeEntry, TeamEntry
from deskcore.desks.form_versions import apply_overrides
from deskcore.desks.history import latest_revisions, made_here
from deskcore.desks.hours import Hours
from deskcore.desks.models import DeskHours, DeskRow, RequestTypeOverride, RequestTypeRow, StatusMove
from deskcore.extensions import db
from deskcore.hooks.contributions import Status, Text
from deskcore.people.models import Team

if TYPE_CHECKING:
    from deskcore.hooks.registry import Registry


def read_catalogue(plugins: Registry) -> Catalogue:
    """Return what is offered now.

    :param plugins: the frozen contributions of the enabled plugins.
    """
    teams = defaultdict(list)
    for team in db.session.scalars(select(Team).order_by(Team.tier, Team.key)):
        teams[team.desk_id].append(TeamEntry(team.id, team.key, Text(**team.title), team.tier))
    moves = defaultdict(list)
    for move in db.session.scalars(select(StatusMove).order_by(StatusMove.begun_at)):
        moves[move.desk_id].append(move)
    hours = {
        row.desk_id: Hours(row.time_zone, row.weekly, row.holidays) for row in db.session.scalars(select(DeskHours))
    }
    desks = {
        row.key: replace(_entry(row, tuple(teams[row.id]), moves[row.id]), hours=hours.get(row.id, Hours()))
        for row in db.session.scalars(select(DeskRow))
    }
    ordered = dict(sorted(desks.items(), key=lambda pair: (pair[1].position, pair[0])))
    return Catalogue(plugins.epoch, ordered, _read_types(plugins, desks))


def _read_types(plugins: Registry, desks: dict[str, DeskEntry]) -> dict[tuple[str, str], RequestTypeEntry]:
    # First how far each type got: what is read after it is of that revision or a newer one, never of an older one.
    revisions = latest_revisions()
    overrides = stored_overrides()
    declared = {(item.value.desk, item.value.key): item for item in plugins.request_types}
    by_id = {desk.id: desk for desk in desks.values()}
    places = {key: place for place, key in enumerate(declared)}
    rows = list(db.session.scalars(select(RequestTypeRow).order_by(RequestTypeRow.id)))
    types = {}
    for row in sorted(rows, key=lambda row: places.get((by_id[row.desk_id].key, row.key), len(places))):
        desk, item = by_id[row.desk_id], declared.get((by_id[row.desk_id].key, row.key))
        declaration = made_here(row, desk.key) if row.declaration is not None else item.value if item else None
        if declaration is None or row.form_version_id is None:
            continue
        edits = {} if row.declaration is not None else overrides[row.id]
        types[desk.key, row.key] = RequestTypeEntry(
            id=row.id,
            form_version_id=row.form_version_id,
            desk=desk,
            type=apply_overrides(declaration, edits),
            plugin=row.plugin,
            offered=bool(overrides[row.id].get("offered", True)),
            declaration=declaration,
            revision=revisions.get(row.id, 0),
        )
    return types


def _entry(row: DeskRow, teams: tuple[TeamEntry, ...], moves: Sequence[StatusMove]) -> DeskEntry:
    statuses = tuple(_status(status) for status in row.statuses)
    leaving = {move.status for move in moves if move.state == "moving"}
    present = {status.key for status in statuses}
    return DeskEntry(
        id=row.id,
        key=row.key,
        prefix=row.prefix,
        title=Text(**row.title),
        icon=row.icon,
        confidential=row.confidential,
        enabled=row.enabled,
        plugin=row.plugin,
        statuses=tuple(status for status in statuses if status.key not in leaving),
        teams=teams,
        position=row.position,
        leaving=tuple(status for status in statuses if status.key in leaving),
        former=tuple(
            Status(move.status, move.category, Text(**move.title)) for move in moves if move.status not in present
        ),
        managers_see=row.managers_see and not row.confidential,
        managers_send=row.managers_send and not row.confidential,
    )


def _status(stored: Mapping[str, Any]) -> Status:
    portal = stored.get("portal")
    return Status(stored["key"], stored["category"], Text(**stored["title"]), Text(**portal) if portal else None)


def stored_overrides() -> defaultdict[int, dict[str, Any]]:
    """Return what administrators changed, by id of the request type and key."""
    found: defaultdict[int, dict[str, Any]] = defaultdict(dict)
    for row in db.session.scalars(select(RequestTypeOverride)):
        found[row.request_type_id][row.key] = row.value
    return found

"""The teams of a desk, as an administrator changes them."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import gettext as _
from sqlalchemy import select

from deskcore.desks.administration import changing_desks, declared, edit, read_desk, read_team, title_problems
from deskcore.desks.models import DeskRow
from deskcore.desks.statuses import free_key
from deskcore.errors import Refused
from deskcore.fingerprints import check_unchanged
from deskcore.people.models import Team
from deskcore.runtime import runtime


def declared_teams(row: DeskRow) -> set[str]:
    """Return the keys of the teams that a desk's plugin declares."""
    return {key.removeprefix("team.") for key in declared(row) or {} if key.startswith("team.")}


def add_team(key: str, title: Mapping[str, str], tier: int) -> None:
    """Add a team to a desk."""
    problems, clean = title_problems(title, "team_")
    if problems:
        raise Refused(problems)
    with changing_desks() as session:
        row = read_desk(key)
        known = set(session.scalars(select(Team.key).where(Team.desk_id == row.id)))
        session.add(Team(desk_id=row.id, key=free_key(clean["en"], known, "team"), title=clean, tier=_tier(tier)))


def rename_team(key: str, team_key: str, title: Mapping[str, str], tier: int, seen: str) -> None:
    """Give a team another title or, when no plugin declares it, another tier.

    :raises Conflict: when somebody changed it meanwhile.
    """
    problems, clean = title_problems(title, f"team-{team_key}-")
    if problems:
        raise Refused(problems)
    with changing_desks() as session:
        row = read_desk(key)
        team = read_team(row, team_key)
        check_unchanged([team.title, team.tier], seen, _("Somebody changed the team meanwhile."))
        if f"team.{team_key}" in (declared(row) or {}):
            edit(session, row, f"team.{team_key}", clean)
        else:
            team.tier = _tier(tier)
        team.title = clean


def remove_team(key: str, team_key: str) -> None:
    """Take a team away that nothing needs; whether tickets are with it, the caller has looked up.

    :raises Refused: when a plugin declares it or a request type goes to it.
    """
    with changing_desks() as session:
        row = read_desk(key)
        team = read_team(row, team_key)
        if f"team.{team_key}" in (declared(row) or {}):
            raise Refused(_("The plugin %(plugin)s needs this team. You can rename it.", plugin=row.plugin))
        users = [entry for (desk, _type), entry in runtime().catalogue.types.items() if desk == key]
        used = next((entry for entry in users if entry.type.team == team_key), None)
        if used is not None:
            raise Refused(_("The request type “%(key)s” goes to this team. Change that first.", key=used.type.key))
        session.delete(team)


def _tier(tier: int) -> int:
    return min(max(tier, 1), 3)

"""Whether tickets need a team: an administrator hears yes or no, and never how many."""

from __future__ import annotations

from flask_babel import gettext as _
from sqlalchemy import select

from deskcore.desks.models import DeskRow
from deskcore.errors import Refused
from deskcore.people.models import Team
from deskcore.tickets.models import Ticket
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as


def refuse_used_team(desk: DeskRow, team: str) -> None:
    """Refuse to take a team away that tickets are with; belongs inside the unit of work that takes it away.

    :raises Refused: when tickets are with it.
    """
    with acting_as(SYSTEM) as session:
        its_id = select(Team.id).where(Team.desk_id == desk.id, Team.key == team).scalar_subquery()
        used = session.scalar(select(Ticket.id).where(Ticket.team_id == its_id).limit(1))
    if used:
        raise Refused(_("Tickets are with this team. Give them to another one first."))

"""What tickets need of their desk: it stays while one comes, and an administrator hears of a team yes or no."""

from __future__ import annotations

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from deskcore.desks.catalogue import DeskEntry
from deskcore.desks.models import DeskRow
from deskcore.errors import Refused
from deskcore.people.models import Team
from deskcore.tickets.models import Ticket
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as


def keep_desk(session: Session, desk: DeskEntry) -> None:
    """Let nobody delete a desk before the end of the unit of work, in which a ticket comes to it.

    :raises Refused: when it was deleted meanwhile.
    """
    there = select(DeskRow.id).where(DeskRow.id == desk.id).with_for_update(read=True, key_share=True)
    if session.scalar(there) is None:
        raise desk_gone()


def desk_gone() -> Refused:
    """Return the refusal of a ticket for a desk that was deleted meanwhile."""
    return Refused(_("This desk was deleted a moment ago. Nothing was stored; copy your text and ask another desk."))


def refuse_used_team(desk: DeskRow, team: str) -> None:
    """Refuse to take a team away that tickets are with; belongs inside the unit of work that takes it away.

    :raises Refused: when tickets are with it.
    """
    with acting_as(SYSTEM) as session:
        its_id = select(Team.id).where(Team.desk_id == desk.id, Team.key == team).scalar_subquery()
        used = session.scalar(select(Ticket.id).where(Ticket.team_id == its_id).limit(1))
    if used:
        raise Refused(_("Tickets are with this team. Give them to another one first."))

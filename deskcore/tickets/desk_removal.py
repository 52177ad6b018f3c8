"""Deleting a desk that was made by hand and that nobody ever asked anything."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from deskcore.desks.administration import changing_desks, read_desk
from deskcore.desks.models import DeskHours, DeskRow, NumberSeries, RequestTypeRow
from deskcore.errors import Problem, Refused
from deskcore.organisation.services import one_line
from deskcore.people.locks import lock_person
from deskcore.people.models import DeskGrant, Team
from deskcore.people.services import revoke
from deskcore.tickets.agent_models import SavedReply
from deskcore.tickets.conversation_models import Draft
from deskcore.tickets.models import Ticket, TicketEvent
from deskcore.tickets.view_models import SavedViewRow
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as


@dataclass(frozen=True)
class Attached:
    """How much hangs on a desk, and goes with it."""

    people: int
    teams: int
    request_types: int
    views: int
    replies: int
    drafts: int
    hours: bool


def attached(row: DeskRow) -> Attached:
    """Return what goes with a desk when it is deleted."""
    types = select(RequestTypeRow.id).where(RequestTypeRow.desk_id == row.id)
    with acting_as(SYSTEM) as session:
        return Attached(
            people=_count(session, DeskGrant, DeskGrant.desk_id == row.id),
            teams=_count(session, Team, Team.desk_id == row.id),
            request_types=_count(session, RequestTypeRow, RequestTypeRow.desk_id == row.id),
            views=_count(session, SavedViewRow, SavedViewRow.desk_id == row.id),
            replies=_count(session, SavedReply, SavedReply.desk_id == row.id),
            drafts=_count(session, Draft, Draft.request_type_id.in_(types)),
            hours=_count(session, DeskHours, DeskHours.desk_id == row.id) > 0,
        )


def why_it_stays(row: DeskRow) -> str:
    """Return why a desk cannot be deleted and what can be done instead, or ``""``."""
    if row.plugin:
        return _(
            "The plugin %(plugin)s brings this desk, so it cannot be deleted. Turn the desk or the plugin off instead.",
            plugin=row.plugin,
        )
    if _ever_had_tickets(row):
        return _(
            "This desk has tickets or had some, and their history names it, so it cannot be deleted. Turn it off "
            "instead: it takes nothing new, and open tickets can still be answered and closed."
        )
    return ""


def remove_desk(key: str, typed: str) -> str:
    """Delete a desk with all that hangs on it; return what it was called.

    :param typed: its title, in either language, as a confirmation.
    :raises NotFound: when there is none.
    :raises Refused: when the title is another one, or the desk cannot be deleted.
    """
    try:
        with changing_desks() as session:
            # Whoever opens a ticket draws a number and refers to the desk, in this order; that waits for this, or
            # makes this fail.
            series = select(NumberSeries).where(NumberSeries.prefix == read_desk(key).prefix).with_for_update()
            session.execute(series)
            wanted = select(DeskRow).where(DeskRow.id == read_desk(key).id).with_for_update()
            row = session.scalars(wanted.execution_options(populate_existing=True)).one()
            title = str(row.title["en"])
            named = one_line(typed).casefold() in {str(words).casefold() for words in row.title.values()}
            # Of a confidential desk nobody learns by trying whether it has tickets: one try that is right deletes it.
            if (named or not row.confidential) and (reason := why_it_stays(row)):
                raise Refused(reason)
            if not named:
                raise Refused(Problem(_("Write the title of the desk as it stands above"), "title"))
            _take_everybody_off(session, row)
            session.execute(sa.delete(NumberSeries).where(NumberSeries.prefix == row.prefix))
            session.delete(row)
            session.flush()
    except IntegrityError as error:
        raise Refused(_("Something still needs this desk, so it cannot be deleted. Turn it off instead.")) from error
    return title


def _take_everybody_off(session: Session, row: DeskRow) -> None:
    grants = select(DeskGrant.person_id).where(DeskGrant.desk_id == row.id).order_by(DeskGrant.person_id)
    # All of them are locked before the first entry in the log.
    for person in [lock_person(session, person_id) for person_id in session.scalars(grants).all()]:
        revoke(person, row.key)


def _ever_had_tickets(row: DeskRow) -> bool:
    """A ticket that was once here is still here, or an event says that it was moved; nothing else takes one away."""
    moves = TicketEvent.kind == "moved"
    # Only of such an event these are numbers, and PostgreSQL might look at them before it looks at the kind.
    places = (sa.case((moves, TicketEvent.data[side].as_integer())) for side in ("from", "to"))
    moved = select(TicketEvent.id).where(moves, sa.or_(*(place == row.id for place in places)))
    with acting_as(SYSTEM) as session:
        if session.scalar(select(Ticket.id).where(Ticket.desk_id == row.id).limit(1)) is not None:
            return True
        series = select(NumberSeries.next).where(NumberSeries.prefix == row.prefix)
        return (session.scalar(series) or 1) > 1 or session.scalar(moved.limit(1)) is not None


def _count(session: Session, model: type[object], condition: ColumnElement[bool]) -> int:
    return session.scalar(select(sa.func.count()).select_from(model).where(condition)) or 0

"""The tickets of a status that goes get another one: a few hundred in each transaction, done by a worker.

Each ticket is changed as by any change of its status: its history tells it, its version rises, subscribers hear of
it. Plugins are not asked beforehand, because an objection would leave a ticket in a status that is going, and nothing
is offered to be taken back, because there is nothing to go back to. What was to be undone before is refused from then
on, as after any other change. A worker that ends leaves whole batches behind, and the next one goes on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from deskcore.clock import now
from deskcore.desks.administration import changing_desks, read_desk
from deskcore.desks.catalogue import FINISHED_CATEGORIES
from deskcore.desks.leaving import let_go, may_go, moves_under_way, stop, stored_status, take_away
from deskcore.desks.models import DeskRow, StatusMove
from deskcore.errors import Refused
from deskcore.events.jobs import queue_job
from deskcore.extensions import db
from deskcore.hooks.contributions import Status, Text
from deskcore.runtime import runtime
from deskcore.tickets.models import Ticket
from deskcore.tickets.services.statuses import change_status
from deskcore.tickets.view_statuses import rename_in_views
from deskcore.viewer import SYSTEM, Viewer
from deskcore.work import acting_as, unit_of_work

#: Kind of the job.
JOB = "core.statuses"
#: Tickets of one transaction.
BATCH = 200
#: A request that began before the status went may still give it to a ticket; after so long, none is left.
LATE = timedelta(minutes=1)


def count_with(row: DeskRow, status: str) -> int:
    """Return how many tickets of a desk have a status, whoever may see them."""
    wanted = select(sa.func.count()).select_from(Ticket).where(*_having(row.id, stored_status(row, status)))
    with acting_as(SYSTEM) as session:
        return session.scalar(wanted) or 0


def worn(row: DeskRow, keys: set[str]) -> set[str]:
    """Return those of the statuses that cannot just be left out: tickets have them, or are being given them.

    Belongs inside the unit of work that leaves the others out.
    """
    moving = {key for move in moves_under_way(row) for key in (move.status, move.target)}
    with acting_as(SYSTEM) as session:
        return {
            key
            for key in sorted(keys)
            if key in moving
            or session.scalar(select(Ticket.id).where(*_having(row.id, stored_status(row, key))).limit(1))
        }


def refuse_worn(row: DeskRow, keys: set[str]) -> None:
    """Refuse to leave statuses out that tickets have; belongs inside the unit of work that leaves them out.

    :raises Refused: naming them, or while tickets of the desk are being given another status.
    """
    if moves_under_way(row):
        raise Refused(_("Tickets of this desk are being given another status. Wait until that is done."))
    if used := worn(row, keys):
        said = ", ".join(sorted(used))
        raise Refused(_("Tickets have the status “%(status)s”. Give them another one first.", status=said))


def begin_move(desk: str, status: str, target: str, person_id: int) -> None:
    """Let a worker give all tickets of a status another one, and remove it then.

    :raises NotFound: when the desk has no such status.
    :raises Refused: when it cannot be removed in this way.
    """
    with unit_of_work():
        let_go(desk, status, target, count_with(read_desk(desk), status), person_id)
        queue_job(JOB, {"desk": desk, "status": status})


def move_tickets(payload: Mapping[str, Any]) -> None:
    """Do what :func:`begin_move` asked for; done again after a worker ended, it goes on where it stopped."""
    wanted = select(StatusMove).join(DeskRow, DeskRow.id == StatusMove.desk_id)
    wanted = wanted.where(DeskRow.key == payload.get("desk"), StatusMove.status == payload.get("status"))
    move = db.session.scalar(wanted)
    if move is None or move.state == "stopped":
        return
    place, late, person = (move.desk_id, move.status), move.state == "done", Viewer(move.person_id, "system")
    having = _having(move.desk_id, {"key": move.status, "category": move.category})
    with acting_as(person):
        while _all_moved(place, having, person) and not late and not _ended(place, having, payload):
            pass  # somebody whose request began before the status went has given it to a ticket


def _all_moved(place: tuple[int, str], having: Sequence[ColumnElement[bool]], person: Viewer) -> bool:
    """Give every ticket that has the status the other one; return whether there is another one."""
    after = 0
    while True:
        # Looked for before the lock, which is held for what is written only.
        wanted = select(Ticket.id).where(*having, Ticket.id > after).order_by(Ticket.id).limit(BATCH)
        ids = db.session.scalars(wanted).all()
        if not ids:
            return True
        with unit_of_work() as session:
            move = session.get_one(StatusMove, place, populate_existing=True)
            target = _target(session, move)
            if target is not None:
                move.done += _give(session, having, ids, target, person)
        if target is None:
            with changing_desks() as session:
                stop(session, session.get_one(StatusMove, place, populate_existing=True))
            return False
        after = ids[-1]


def _give(
    session: Session, having: Sequence[ColumnElement[bool]], ids: Sequence[int], target: Status, person: Viewer
) -> int:
    wanted = select(Ticket).where(Ticket.id.in_(ids), *having).order_by(Ticket.id)
    wanted = wanted.with_for_update(of=Ticket, key_share=True).execution_options(populate_existing=True)
    tickets = session.scalars(wanted).all()
    for ticket in tickets:
        desk = runtime().catalogue.desk_by_id(ticket.desk_id)
        held = ticket.held_by and target.category not in ("waiting_approval", *FINISHED_CATEGORIES)
        change_status(session, ticket, desk.status_of("waiting_approval") if held else target, person, "system")
        ticket.version += 1
        ticket.updated_at = now()
    session.flush()
    for ticket in tickets:
        session.expunge(ticket)
    return len(tickets)


def _target(session: Session, move: StatusMove) -> Status | None:
    """Return the status that the tickets get; nothing when it is gone, unless the old one is gone too."""
    row = session.get_one(DeskRow, move.desk_id, populate_existing=True)
    found = next((status for status in row.statuses if status["key"] == move.target), None)
    if found is None and move.state == "done":
        found = next(status for status in row.statuses if status["category"] == move.category)
    return Status(found["key"], found["category"], Text(**found["title"])) if found is not None else None


def _ended(place: tuple[int, str], having: Sequence[ColumnElement[bool]], payload: Mapping[str, Any]) -> bool:
    """Remove the status, unless a ticket has it again."""
    with changing_desks() as session:
        move = session.get_one(StatusMove, place, populate_existing=True)
        if move.state != "moving":
            return True
        if session.scalar(select(Ticket.id).where(*having).limit(1)) is not None:
            return False
        if not may_go(session.get_one(DeskRow, move.desk_id, populate_existing=True), move.status):
            stop(session, move)
            return True
        desk = session.get_one(DeskRow, move.desk_id)
        views = rename_in_views(session, desk, move.status, move.target)
        # How much a confidential desk has to do is nobody else's business.
        said = {"views": views} | ({} if desk.confidential else {"tickets": move.done})
        take_away(session, move, said)
        queue_job(JOB, payload, delay=LATE)
    return True


def _having(desk_id: int, status: Mapping[str, Any]) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions that a ticket has a status; by its category too, which stands in an index."""
    return Ticket.desk_id == desk_id, Ticket.status_category == status["category"], Ticket.status == status["key"]

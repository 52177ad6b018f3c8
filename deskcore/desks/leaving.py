"""Statuses that go although tickets have them: first nobody can choose them any more, at last no ticket has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from deskcore import audit
from deskcore.clock import now
from deskcore.desks.administration import changing_desks, read_desk, replace_statuses
from deskcore.desks.models import DeskRow, StatusMove
from deskcore.errors import NotFound, Refused
from deskcore.extensions import db
from deskcore.hooks.contributions import STATUS_CATEGORIES

Stored = Mapping[str, Any]


def find_move(row: DeskRow, status: str) -> StatusMove | None:
    """Return how the tickets of a status were given another one, or are; nothing when they never were."""
    return db.session.get(StatusMove, (row.id, status), populate_existing=True)


def moves_under_way(row: DeskRow) -> Sequence[StatusMove]:
    """Return the moves of a desk that are not at their end."""
    wanted = select(StatusMove).where(StatusMove.desk_id == row.id, StatusMove.state == "moving")
    return db.session.scalars(wanted.execution_options(populate_existing=True)).all()


def stored_status(row: DeskRow, key: str) -> Stored:
    """Return a status of a desk.

    :raises NotFound: when it has none of that key.
    """
    found = next((status for status in row.statuses if status["key"] == key), None)
    if found is None:
        raise NotFound(_("There is no such status."))
    return found


def targets(row: DeskRow, key: str) -> list[Stored]:
    """Return the statuses that the tickets of another one can get, those of the same meaning first.

    A ticket that somebody has worked on cannot become new again, so only those of another new one can be new.
    """
    own = stored_status(row, key)["category"]
    leaving = {move.status for move in moves_under_way(row)}
    others = [status for status in row.statuses if status["key"] != key and status["key"] not in leaving]
    possible = [status for status in others if status["category"] != "new" or own == "new"]
    return sorted(possible, key=lambda status: status["category"] != own)


def may_go(row: DeskRow, *going: str) -> bool:
    """Tell whether every meaning keeps a status without those that are going."""
    left = {status["category"] for status in row.statuses if status["key"] not in going}
    return left == set(STATUS_CATEGORIES)


def let_go(desk: str, status: str, target: str, total: int, person_id: int | None) -> None:
    """Take a status out of every choice; its tickets are to get another one from now on.

    :param total: how many tickets have it.
    :param person_id: whoever asks for it.
    :raises NotFound: when the desk has no such status.
    :raises Refused: when the other one is none that they can get, or a meaning would be left without a status.
    """
    with changing_desks() as session:
        row = read_desk(desk)
        held = stored_status(row, status)
        under_way = moves_under_way(row)
        if any(move.status == status for move in under_way):
            raise Refused(_("This status is being removed already."))
        if any(move.target == status for move in under_way):
            raise Refused(_("Tickets are being given this status. Wait until that is done."))
        if not any(other["key"] == target for other in targets(row, status)):
            raise Refused(_("Choose the status that the tickets get."))
        if not may_go(row, status, *(move.status for move in under_way)):
            raise Refused(_("Every meaning needs a status, so one of each must stay."))
        move = session.merge(StatusMove(desk_id=row.id, status=status, begun_at=now()))
        move.target, move.category, move.title = target, held["category"], dict(held["title"])
        move.person_id, move.state, move.total, move.done, move.ended_at = person_id, "moving", total, 0, None
        session.flush()
        audit.record(
            session, "desk.status_leaving", audit.Subject("desk", desk), {"status": status}, {"status": target}
        )


def take_away(session: Session, move: StatusMove, said: Mapping[str, Any]) -> None:
    """Take a status away that no ticket has any more; belongs inside ``changing_desks``.

    :param said: what else the log says of it.
    """
    row = session.get_one(DeskRow, move.desk_id, populate_existing=True)
    replace_statuses(session, row, [status for status in row.statuses if status["key"] != move.status])
    move.state, move.ended_at = "done", now()
    session.flush()
    after = {"status": move.target, **said}
    subject = audit.Subject("desk", row.key)
    audit.record(session, "desk.status_removed", subject, {"status": move.status}, after)


def stop(session: Session, move: StatusMove) -> None:
    """End a move whose target is gone: the status can be chosen again; belongs inside ``changing_desks``."""
    move.state, move.ended_at = "stopped", now()
    session.flush()
    row = session.get_one(DeskRow, move.desk_id)
    before, after = {"status": move.status}, {"status": move.target, "complete": False}
    audit.record(session, "desk.status_removed", audit.Subject("desk", row.key), before, after)

"""What follows for a notice from its ticket: a solved one ends it, a merged one hands it on."""

from __future__ import annotations

from sqlalchemy import select

from deskcore.plugin import EventView, TicketView, now, people, session, unit_of_work
from deskcore_announcements import writing
from deskcore_announcements.models import Notice, Parent
from deskcore_announcements.rights import ITSELF


def followed(event: EventView, ticket: TicketView) -> None:
    """End the notices of a ticket that was solved, and tell those whom they affect; a repeated call does nothing.

    A ticket that came to a confidential desk meanwhile ends nothing: when such a ticket is solved, nobody else learns.
    """
    if event.kind == "merged":
        _hand_on(event, ticket)
    elif _is_solved(event, ticket) and not people.is_confidential(ticket.desk):
        for token in _open_notices(ticket.number):
            writing.add_update(token, writing.SOLVED, ITSELF, f"solved {event.id}"[:64], closing=True)


def _is_solved(event: EventView, ticket: TicketView) -> bool:
    """Tell whether an event solved a ticket that is so still; closing alone may mean that it was a duplicate."""
    solves = event.kind == "status_changed" and event.data.get("category") == "resolved"
    return solves and ticket.status_category == "resolved"


def _open_notices(number: str) -> list[str]:
    wanted = select(Notice.token, Notice).join(Parent, Parent.notice_id == Notice.id)
    rows = session().execute(wanted.where(Parent.ticket_id.in_(Parent.id_of(number))))
    return [token for token, notice in rows if notice.state(now()) != "over"]


def _hand_on(event: EventView, ticket: TicketView) -> None:
    """Let the notices of a ticket be those of the one that it was merged into, as far as the plugin sees it."""
    with unit_of_work() as work:
        target = work.scalar(Parent.id_of(str(event.data.get("into") or "")))
        if target is not None:
            theirs = set(work.scalars(select(Parent.notice_id).where(Parent.ticket_id == target)))
            for parent in work.scalars(select(Parent).where(Parent.ticket_id.in_(Parent.id_of(ticket.number)))).all():
                if parent.notice_id in theirs:
                    work.delete(parent)
                else:
                    parent.ticket_id = target

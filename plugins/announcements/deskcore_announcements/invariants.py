"""What must be true of notices as they are stored: none goes on whose ticket is solved."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from sqlalchemy import select

from deskcore.plugin import now, people, session, tickets
from deskcore_announcements.models import Notice, Parent, Update


def solved_tickets_have_no_open_notice(ids: Collection[int]) -> Iterator[tuple[int, str]]:
    """Yield solved tickets with a notice that nobody ever ended; one that was opened again by hand may go on."""
    ended = select(Update.id).where(Update.notice_id == Notice.id, Update.closing.is_(True)).exists()
    wanted = select(Parent.ticket_id, Notice).join(Notice, Notice.id == Parent.notice_id)
    rows = session().execute(wanted.where(Parent.ticket_id.in_(ids), ~ended)).all()
    views = tickets.views({row.ticket_id for row in rows}) if rows else {}
    for ticket_id, notice in rows:
        view = views.get(ticket_id)
        solved = view is not None and view.status_category == "resolved" and not people.is_confidential(view.desk)
        if solved and notice.state(now()) != "over":
            yield ticket_id, "It is solved, and its notice says that it goes on."

"""The notifications of one person: counted, listed and marked as read, with the rights of where they are read."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, func, select, update

from deskcore.plugin import NotFound, TicketView, ViewerView, now, people, session, tickets, unit_of_work
from deskcore_notifications.events import BY_KEY, REASONS
from deskcore_notifications.models import Notice

#: Key of the job that marks one as read whose address was opened: opening a page changes nothing by itself.
READ_JOB = "notifications_read"
#: Rows of a page, and what the bell counts to.
PAGE, MOST = 25, 100
_UNTRACKED = {"synchronize_session": False}


@dataclass(frozen=True)
class Row:
    """A notification as a page shows it.

    :param reason: why the reader is told, with the number of the ticket.
    """

    token: str
    icon: str
    line: str
    who: str
    subject: str
    number: str
    reason: str
    at: datetime
    read: bool


@dataclass(frozen=True)
class Listed:
    """One page of notifications.

    :param more: whether there is another page after it.
    """

    rows: Sequence[Row]
    unread: int
    more: bool


def unread_count(reader: ViewerView) -> int:
    """Return how many notifications somebody has not read, where that person is; for the bell."""
    # As many rows as are counted, and no more: somebody may have thousands.
    unread = select(Notice.id).where(*_of([reader.email], reader.area), Notice.read_at.is_(None)).limit(MOST)
    return int(session().scalar(select(func.count()).select_from(unread.subquery())) or 0)


def listed(reader: ViewerView, language: str, *, unread_only: bool, page: int) -> Listed:
    """Return a page of what somebody was told, the newest first."""
    mine = _of(people.addresses_of(reader.email), reader.area)
    wanted = select(Notice).where(*mine, *([Notice.read_at.is_(None)] if unread_only else []))
    wanted = wanted.order_by(Notice.id.desc()).offset((page - 1) * PAGE).limit(PAGE + 1)
    notices = list(session().scalars(wanted))
    known = tickets.views({notice.ticket_id for notice in notices})
    names = {email: view.name for email, view in people.named({notice.actor for notice in notices}).items()}
    rows = [_row(notice, known[notice.ticket_id], names, language) for notice in notices if notice.ticket_id in known]
    return Listed(rows[:PAGE], unread_count(reader), len(notices) > PAGE)


def find(token: str, reader: ViewerView) -> Notice | None:
    """Return a notification of somebody, as far as that person sees its ticket now."""
    mine = _of(people.addresses_of(reader.email), reader.area, shown=None)
    return session().scalar(select(Notice).where(Notice.token == token, *mine))


def number_of(notice: Notice) -> str:
    """Return the number of the ticket that a notification is about.

    :raises NotFound: when the reader does not see it any more.
    """
    known = tickets.views([notice.ticket_id])
    if notice.ticket_id not in known:
        raise NotFound(_("There is no such ticket."))
    return known[notice.ticket_id].number


def mark_read(reader: ViewerView, tokens: Collection[str] | None) -> None:
    """Mark notifications of somebody as read.

    :param tokens: of these; nothing for all of that person's.
    """
    mine = _of(people.addresses_of(reader.email), reader.area)
    chosen = [Notice.token.in_(tokens)] if tokens is not None else []
    with unit_of_work() as work:
        read = update(Notice).where(*mine, *chosen, Notice.read_at.is_(None)).values(read_at=now())
        work.execute(read, execution_options=_UNTRACKED)


def mark_opened(payload: Mapping[str, Any]) -> None:
    """Mark a notification as read whose address was opened; a job."""
    with unit_of_work() as work:
        read = update(Notice).where(Notice.token == str(payload.get("token")), Notice.read_at.is_(None))
        work.execute(read.values(read_at=now()), execution_options=_UNTRACKED)


def _of(receivers: Sequence[str], area: str, shown: bool | None = True) -> list[ColumnElement[bool]]:
    conditions = [Notice.receiver.in_(receivers), Notice.area == area]
    return conditions if shown is None else [*conditions, Notice.shown.is_(shown)]


def _row(notice: Notice, ticket: TicketView, names: Mapping[str, str], language: str) -> Row:
    event, reason = BY_KEY.get(notice.event), REASONS.get(notice.reason)
    return Row(
        notice.token,
        event.icon if event else "bell",
        event.line.in_language(language) if event else "",
        names.get(notice.actor, ""),
        ticket.subject,
        ticket.number,
        reason.in_language(language).format(it=ticket.number) if reason else "",
        notice.at,
        notice.read_at is not None,
    )

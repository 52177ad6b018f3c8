"""The notifications of one person: counted, listed and marked as read, with the rights of where they are read."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, func, select, update

from deskcore.plugin import NotFound, TicketView, ViewerView, now, people, session, tickets, unit_of_work
from deskcore_notifications.events import BY_KEY, NEWS_REASONS, REASONS
from deskcore_notifications.models import News, Notice

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
    counts = []
    for model in (Notice, News):
        unread = select(model.id).where(*_of([reader.email], reader.area, model=model), model.read_at.is_(None))
        counted = select(func.count()).select_from(unread.limit(MOST).subquery())
        counts.append(counted.scalar_subquery())
    return int(session().scalar(select(counts[0] + counts[1])) or 0)


def listed(reader: ViewerView, language: str, *, unread_only: bool, page: int) -> Listed:
    """Return a page of what somebody was told, the newest first."""
    addresses = people.addresses_of(reader.email)
    mine = _of(addresses, reader.area)
    wanted = select(Notice).where(*mine, *([Notice.read_at.is_(None)] if unread_only else []))
    wanted = wanted.order_by(Notice.id.desc()).offset((page - 1) * PAGE).limit(PAGE + 1)
    notices = list(session().scalars(wanted))
    known = tickets.views({notice.ticket_id for notice in notices})
    names = {email: view.name for email, view in people.named({notice.actor for notice in notices}).items()}
    rows = [_row(notice, known[notice.ticket_id], names, language) for notice in notices if notice.ticket_id in known]
    news = _news(addresses, reader.area, language, unread_only=unread_only) if page == 1 else []
    together = sorted([*rows[:PAGE], *news], key=lambda row: row.at, reverse=True)
    return Listed(together, unread_count(reader), len(notices) > PAGE)


def _news(addresses: Sequence[str], area: str, language: str, *, unread_only: bool) -> list[Row]:
    """Return the newest of what no ticket is about, which stands among the rest of the first page."""
    wanted = select(News).where(*_of(addresses, area, model=News), *([News.read_at.is_(None)] if unread_only else []))
    return [_news_row(each, language) for each in session().scalars(wanted.order_by(News.id.desc()).limit(PAGE))]


def find(token: str, reader: ViewerView) -> Notice | None:
    """Return a notification of somebody, as far as that person sees its ticket now."""
    mine = _of(people.addresses_of(reader.email), reader.area, shown=None)
    return session().scalar(select(Notice).where(Notice.token == token, *mine))


def find_news(token: str, reader: ViewerView) -> News | None:
    """Return something that somebody was told of and that no ticket is about."""
    mine = _of(people.addresses_of(reader.email), reader.area, shown=None, model=News)
    return session().scalar(select(News).where(News.token == token, *mine))


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
    addresses = people.addresses_of(reader.email)
    with unit_of_work() as work:
        for model in (Notice, News):
            mine = _of(addresses, reader.area, model=model)
            chosen = [model.token.in_(tokens)] if tokens is not None else []
            read = update(model).where(*mine, *chosen, model.read_at.is_(None)).values(read_at=now())
            work.execute(read, execution_options=_UNTRACKED)


def mark_opened(payload: Mapping[str, Any]) -> None:
    """Mark a notification as read whose address was opened; a job."""
    with unit_of_work() as work:
        for model in (Notice, News):
            read = update(model).where(model.token == str(payload.get("token")), model.read_at.is_(None))
            work.execute(read.values(read_at=now()), execution_options=_UNTRACKED)


def _of(
    receivers: Sequence[str], area: str, shown: bool | None = True, model: type[Notice] | type[News] = Notice
) -> list[ColumnElement[bool]]:
    conditions = [model.receiver.in_(receivers), model.area == area]
    return conditions if shown is None else [*conditions, model.shown.is_(shown)]


def _news_row(news: News, language: str) -> Row:
    event, reason = BY_KEY.get(news.event), NEWS_REASONS.get(news.reason)
    return Row(
        news.token,
        event.icon if event else "bell",
        event.line.in_language(language) if event else "",
        "",
        news.title(language),
        "",
        reason.in_language(language) if reason else "",
        news.at,
        news.read_at is not None,
    )


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

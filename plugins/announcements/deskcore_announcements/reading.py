"""What somebody reads: what is going on now, what is planned, and what was lately; a page asks once for all of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import selectinload

from deskcore.plugin import PersonView, ViewerView, now, people, session
from deskcore_announcements.models import KINDS, PUBLIC, Affected, Notice, Parent, Seen

#: How long what is over stands on the status page, and how many of it; how many are current at most.
LATELY, MOST_OVER, MOST = timedelta(days=30), 50, 50


@dataclass(frozen=True)
class Shown:
    """A notice as somebody reads it.

    :param affected: how many people it affects; ``mine``: whether the reader is one of them.
    """

    notice: Notice
    affected: int
    mine: bool


def current(reader: ViewerView | None, *, service: str = "") -> list[Shown]:
    """Return what is going on and what is planned, what does not work first; nothing that is for others.

    :param reader: nobody for whoever is not signed in.
    :param service: only what names this request type, as ``desk/key``.
    """
    found = _shown(reader, _not_over(), Notice.kind.in_(PUBLIC))
    chosen = [each for each in found if not service or service in each.notice.services]
    return for_reader(chosen, reader)


def with_updates(found: Sequence[Shown]) -> list[Shown]:
    """Return the same notices with everything that was said of them, read at once."""
    if found:
        ids = [each.notice.id for each in found]
        wanted = select(Notice).where(Notice.id.in_(ids)).options(selectinload(Notice.updates))
        session().scalars(wanted.execution_options(populate_existing=True)).all()
    return list(found)


def lately(reader: ViewerView | None) -> list[Shown]:
    """Return what is over since a month at most, the latest first, with its updates."""
    moment = now()
    over = Notice.ends_at <= moment, Notice.ends_at > moment - LATELY
    wanted = _wanted(reader).where(*over, Notice.kind.in_(PUBLIC)).order_by(Notice.ends_at.desc(), Notice.id.desc())
    rows = session().execute(wanted.options(selectinload(Notice.updates)).limit(MOST_OVER))
    return for_reader([Shown(*row) for row in rows], reader)


def find(token: str, reader: ViewerView | None) -> Shown | None:
    """Return a public notice that somebody may read, also one that is over."""
    found = _shown(reader, Notice.token == token, Notice.kind.in_(PUBLIC))
    return next(iter(for_reader(found, reader)), None)


def announced(reader: ViewerView) -> list[Notice]:
    """Return what was announced to the desks of somebody who has not read it yet, the newest first."""
    read = select(Seen.notice_id).where(Seen.notice_id == Notice.id, Seen.person == reader.email).exists()
    mine = Notice.kind == "team", Notice.desk.in_(reader.desks), _not_over(), Notice.starts_at <= now(), ~read
    return list(session().scalars(select(Notice).where(*mine).order_by(Notice.id.desc()).limit(MOST)))


def of_desks(desks: Iterable[str], *, over: bool) -> list[Shown]:
    """Return the notices of some desks for those who work there, the newest first."""
    there = ~_not_over() if over else _not_over()
    wanted = _wanted(None).where(Notice.desk.in_(list(desks)), there).order_by(Notice.id.desc())
    return [Shown(*row) for row in session().execute(wanted.limit(MOST))]


def of_ticket(number: str) -> list[Shown]:
    """Return the notices whose ticket this is, as far as whoever asks sees it, the newest first."""
    wanted = _wanted(None).join(Parent, Parent.notice_id == Notice.id).where(Parent.ticket_id.in_(Parent.id_of(number)))
    return [Shown(*row) for row in session().execute(wanted.order_by(Notice.id.desc()).limit(MOST))]


def affected_by(notice: Notice) -> list[PersonView]:
    """Return who said that a notice affects them, by name; those who left are not among them."""
    emails = session().scalars(select(Affected.person).where(Affected.notice_id == notice.id)).all()
    return sorted(people.named(emails).values(), key=lambda each: (each.name, each.email))


def number_of(notice: Notice) -> str:
    """Return the number of the ticket of a notice; nothing where whoever asks does not see it."""
    newest = select(Parent.ticket_id).where(Parent.notice_id == notice.id).order_by(Parent.id.desc()).limit(1)
    ticket_id = session().scalar(newest)
    return session().scalar(Parent.number_of(ticket_id)) or "" if ticket_id is not None else ""


def for_reader(found: Sequence[Shown], reader: ViewerView | None) -> list[Shown]:
    """Return those of some notices that are for somebody: only what is for some places asks where that person is."""
    if not any(each.notice.departments or each.notice.locations for each in found):
        return list(found)
    me = people.named([reader.email]).get(reader.email) if reader is not None else None
    return [each for each in found if is_for(each.notice, me)]


def is_for(notice: Notice, person: PersonView | None) -> bool:
    """Tell whether a notice is for somebody; nobody is whoever is not signed in."""
    if not notice.departments and not notice.locations:
        return True
    there = person is not None and (person.department in notice.departments or person.location in notice.locations)
    return bool(there)


def _shown(reader: ViewerView | None, *conditions: ColumnElement[bool]) -> list[Shown]:
    rows = session().execute(_wanted(reader).where(*conditions).order_by(Notice.id.desc()).limit(MOST))
    return sorted((Shown(*row) for row in rows), key=_importance)


def _importance(shown: Shown) -> tuple[bool, int]:
    return shown.notice.starts_at > now(), KINDS.index(shown.notice.kind)


def _wanted(reader: ViewerView | None) -> Select[Notice, int, bool]:
    """Return the query for notices, with how many they affect, and whether the reader is one of them."""
    affected = select(func.count()).where(Affected.notice_id == Notice.id).correlate(Notice).scalar_subquery()
    mine = select(Affected.person).where(Affected.notice_id == Notice.id, Affected.person == _email(reader)).exists()
    return select(Notice, Notice.affected_before + affected, mine)


def _email(reader: ViewerView | None) -> str:
    return reader.email if reader is not None else ""


def _not_over() -> ColumnElement[bool]:
    return and_(Notice.resolved_at.is_(None), or_(Notice.ends_at.is_(None), Notice.ends_at > now()))

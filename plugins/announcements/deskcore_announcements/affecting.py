"""What readers do with notices: they say that it affects them, want to hear of new ones, or have read what is for them.

Whoever says that a notice affects him or her is counted with its ticket and told how it goes on. That person takes no
part in the ticket: its words are those of whoever asked, and are not for everybody with the same trouble.
"""

from __future__ import annotations

from flask_babel import gettext as _
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from deskcore.plugin import NotFound, Refused, ViewerView, now, people, session, unit_of_work
from deskcore_announcements.models import Affected, Notice, Seen, Subscriber
from deskcore_announcements.reading import find

_UNTRACKED = {"synchronize_session": False}


def affects(token: str, reader: ViewerView, *, does: bool = True) -> Notice:
    """Note that a notice affects somebody, too, or that it does not; said again, it changes nothing.

    :raises NotFound: when it is not for that person.
    :raises Refused: when it is over, or counts nobody.
    """
    shown = find(token, reader)
    if shown is None:
        raise _missing()
    notice = shown.notice
    if does and (not notice.counted or notice.state(now()) != "current"):
        raise Refused(_("This is over. If something still does not work for you, send us a request."))
    mine = people.addresses_of(reader.email)
    with unit_of_work() as work:
        there = Affected.notice_id == notice.id, Affected.person.in_(mine)
        if not does:
            work.execute(delete(Affected).where(*there), execution_options=_UNTRACKED)
        elif work.scalar(select(Affected.person).where(*there).limit(1)) is None:
            _once(work, Affected(notice_id=notice.id, person=reader.email))
    return notice


def subscribe(reader: ViewerView, *, wants: bool) -> None:
    """Note whether somebody wants to be told of new notices."""
    mine = people.addresses_of(reader.email)
    with unit_of_work() as work:
        if not wants:
            work.execute(delete(Subscriber).where(Subscriber.person.in_(mine)), execution_options=_UNTRACKED)
        elif work.get(Subscriber, reader.email) is None:
            _once(work, Subscriber(person=reader.email))


def subscribes(reader: ViewerView) -> bool:
    """Tell whether somebody wants to be told of new notices."""
    return session().scalar(select(Subscriber.person).where(Subscriber.person == reader.email)) is not None


def read(token: str, reader: ViewerView) -> None:
    """Note that somebody has read what was announced to a desk of that person.

    :raises NotFound: when nothing of that name was.
    """
    with unit_of_work() as work:
        wanted = select(Notice).where(Notice.token == token, Notice.kind == "team", Notice.desk.in_(reader.desks))
        notice = work.scalar(wanted)
        if notice is None:
            raise _missing()
        if work.get(Seen, (notice.id, reader.email)) is None:
            _once(work, Seen(notice_id=notice.id, person=reader.email))


def _once(work: Session, row: Affected | Subscriber | Seen) -> None:
    """Store a row, unless the same person did so at the same moment."""
    try:
        with work.begin_nested():
            work.add(row)
    except IntegrityError:
        pass


def _missing() -> NotFound:
    return NotFound(_("There is no such notice, or it is not for you."))

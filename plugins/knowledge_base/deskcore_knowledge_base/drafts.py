"""What somebody has begun to write, kept while it is written: one draft of each person at each place."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from flask_babel import gettext as _
from sqlalchemy import delete, select

from deskcore.plugin import Conflict, Problem, Refused, now, session, unit_of_work
from deskcore_knowledge_base.models import MAX_BODY, Draft

#: What is kept of a form.
KEYS = ("title", "summary", "body", "language", "category", "visibility", "desk", "review_on", "version", "pair")
#: Characters of a draft, and how long somebody who stopped writing counts as writing.
_MOST, _WRITING = 2 * MAX_BODY, timedelta(hours=1)


@dataclass(frozen=True)
class Stamp:
    """What a page knows of the draft at its place.

    :param place: ``new``, or what is changed, translated, or written about.
    :param revision: of the draft that the page shows; ``""`` for none.
    :param page: another one each time that the form is opened.
    :param step: how often this page has saved; what arrives late does not win over what was saved after it.
    """

    place: str
    revision: str = ""
    page: str = ""
    step: int = 0


def find(place: str, person: str) -> Draft | None:
    """Return what somebody has begun to write at a place."""
    return session().scalar(select(Draft).where(Draft.place == place, Draft.person == person))


def writing(place: str, without: str) -> Sequence[Draft]:
    """Return what others are writing at a place now, the last first."""
    recent = select(Draft).where(Draft.place == place, Draft.person != without, Draft.saved_at > now() - _WRITING)
    return session().scalars(recent.order_by(Draft.saved_at.desc(), Draft.id)).all()


def keep(stamp: Stamp, person: str, content: Mapping[str, str]) -> Draft:
    """Keep what somebody has written so far.

    :param content: by the names of :data:`KEYS`.
    :raises Conflict: when another page of that person has kept something that this page does not know.
    :raises Refused: when it is too long.
    """
    if sum(map(len, content.values())) > _MOST:
        raise Refused(Problem(_("Write at most %(count)s characters, or two articles.", count=MAX_BODY), "body"))
    with unit_of_work() as work:
        wanted = select(Draft).where(Draft.place == stamp.place, Draft.person == person)
        row = work.scalar(wanted.with_for_update())
        if row is None:
            row = Draft(place=stamp.place, person=person)
            work.add(row)
        elif row.page == stamp.page and stamp.step <= row.step:
            return row
        elif row.page != stamp.page and row.revision != stamp.revision:
            raise Conflict(_("You wrote something else here on another page meanwhile."))
        row.revision, row.page, row.step = secrets.token_urlsafe(9), stamp.page, stamp.step
        row.content, row.saved_at = dict(content), now()
    return row


def discard(place: str, person: str) -> None:
    """Forget what somebody has begun to write at a place."""
    gone = delete(Draft).where(Draft.place == place, Draft.person == person)
    with unit_of_work() as work:
        work.execute(gone.execution_options(synchronize_session=False))

"""Rating a request: by whoever asked for it, once, and changed within a week."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Select, select

from deskcore.plugin import (
    Conflict,
    NotFound,
    Problem,
    Refused,
    TicketScoped,
    now,
    people,
    session,
    tickets,
    unit_of_work,
)
from deskcore_satisfaction import words
from deskcore_satisfaction.models import MAX_COMMENT, Survey
from deskcore_satisfaction.rules import Rules

#: For so long a rating can be changed.
CHANGE = timedelta(days=7)
#: Key of the job that tells the desk.
TELL_JOB = "satisfaction_tell"
#: What can be done with a question now.
Standing = Literal["open", "changeable", "settled", "over"]


@dataclass(frozen=True)
class Mine:
    """What somebody was asked about one request, and how it stands.

    :param days_left: whole days, counted up, for which it can still be answered or changed.
    """

    token: str
    rating: int | None
    comment: str
    rated_at: datetime | None
    version: int
    standing: Standing
    days_left: int

    @property
    def can_rate(self) -> bool:
        """Whether a rating would be taken now."""
        return self.standing in ("open", "changeable")


def mine_of(survey: Survey) -> Mine:
    """Return a question as whoever was asked sees it."""
    standing, until = _standing(survey)
    days = max(0, -(-(until - now()) // timedelta(days=1)))
    return Mine(survey.token, survey.rating, survey.comment, survey.rated_at, survey.version, standing, days)


def about(number: str, email: str) -> Mine | None:
    """Return what somebody was asked about a request, the last time; nothing where nobody asked that person."""
    survey = session().scalar(_asked(people.addresses_of(email)).where(_of(number)).order_by(Survey.id.desc()).limit(1))
    return mine_of(survey) if survey is not None else None


def waiting_for(email: str, limit: int) -> Sequence[Survey]:
    """Return what somebody was asked and has not answered, the last first."""
    # By the present address alone: the first page is everybody's, and rows follow people at night.
    wanted = _asked([email]).where(Survey.rating.is_(None))
    wanted = wanted.where(Survey.asked_at > now() - Rules.now().answer)
    return session().scalars(wanted.order_by(Survey.asked_at.desc()).limit(limit)).all()


def find(token: str, email: str) -> Survey:
    """Return what somebody was asked, by the name that links carry.

    :raises NotFound: when that person was asked no such thing, or is not asked any more.
    """
    survey = session().scalar(_asked(people.addresses_of(email)).where(Survey.token == token[:24]))
    if survey is None:
        raise NotFound(_("There is nothing to rate here."))
    return survey


def rate(token: str, email: str, rating: int | None, comment: str, version: int) -> None:
    """Store what somebody thinks of how it went; the same once more changes nothing.

    :param token: of the question; ``email``: of whoever rates; ``version``: of the rating as that person saw it.
    :raises NotFound: when that person was not asked.
    :raises Refused: naming what to correct, or when it is too late.
    :raises Conflict: when it was rated otherwise meanwhile.
    """
    said = comment.strip()
    if rating not in words.WORDS:
        raise Refused(Problem(_("Choose one of the five answers."), "rating"))
    if len(said) > MAX_COMMENT:
        raise Refused(Problem(_("Use at most %(count)s characters.", count=MAX_COMMENT), "comment"))
    with unit_of_work() as work:
        wanted = select(Survey).where(Survey.id == find(token, email).id).with_for_update()
        survey = work.scalars(wanted.execution_options(populate_existing=True)).one()
        if (survey.rating, survey.comment) == (rating, said):
            return
        if not mine_of(survey).can_rate:
            raise Refused(_("It is too late to rate this. If something is still wrong, write to us on the request."))
        if survey.version != version:
            raise Conflict(_("You rated this meanwhile, in another window or by another link."), survey.version)
        survey.rated_at = survey.rated_at or now()
        if survey.rating != rating:
            survey.handled_at, survey.handled_by, survey.handled_note = None, "", ""
        survey.rating, survey.comment, survey.version = rating, said, survey.version + 1
        work.flush()
        tickets.do_later(TELL_JOB, {"token": survey.token})


def _standing(survey: Survey) -> tuple[Standing, datetime]:
    if survey.rated_at is not None:
        until = survey.rated_at + CHANGE
        return ("changeable" if until > now() else "settled"), until
    until = (survey.asked_at or survey.due_at) + Rules.now().answer
    return ("open" if until > now() else "over"), until


def _asked(addresses: Sequence[str]) -> Select[Survey]:
    return select(Survey).where(Survey.requester.in_(addresses), Survey.state == "asked")


def _of(number: str) -> ColumnElement[bool]:
    return Survey.ticket_id == TicketScoped.id_of(number.upper()[:20]).scalar_subquery()

"""Who is away now, and who is there instead: asked for one desk, because a deputy counts only where both work."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import aliased

from deskcore.clock import now
from deskcore.extensions import db
from deskcore.people.absence_models import Absence
from deskcore.people.models import DeskGrant, Person

_DEPUTY, _DEPUTY_GRANT = aliased(Person), aliased(DeskGrant)


@dataclass(frozen=True)
class Absentee:
    """Somebody who is away now.

    :param until: when the absence is over.
    :param deputy_id: who stands in on the desk that was asked about; nothing where nobody does.
    """

    id: int
    name: str
    email: str
    until: datetime
    text: str = ""
    deputy_id: int | None = None


def is_on() -> ColumnElement[bool]:
    """Return the condition that an :class:`Absence` has begun and is not over."""
    at = now()
    return and_(Absence.begins_at <= at, Absence.ends_at > at)


def absent_on(desk_id: int) -> dict[int, Absentee]:
    """Return by id who of a desk is away now, in one statement; of deputies only those who work there, too."""
    columns = Person.id, Person.name, Person.email, Absence.ends_at, Absence.text, _DEPUTY.id.label("deputy_id")
    wanted = select(*columns).join(Absence, Absence.person_id == Person.id)
    wanted = wanted.join(DeskGrant, and_(DeskGrant.person_id == Person.id, DeskGrant.desk_id == desk_id))
    here = and_(_DEPUTY_GRANT.person_id == Absence.deputy_id, _DEPUTY_GRANT.desk_id == desk_id)
    wanted = wanted.outerjoin(_DEPUTY_GRANT, here)
    wanted = wanted.outerjoin(_DEPUTY, and_(_DEPUTY.id == _DEPUTY_GRANT.person_id, _DEPUTY.active))
    return {row.id: Absentee(*row) for row in db.session.execute(wanted.where(is_on()))}


def absence_now(person_id: int) -> Absence | None:
    """Return the absence of somebody that is on now."""
    return db.session.scalar(select(Absence).where(Absence.person_id == person_id, is_on()).limit(1))


def absences_now(ids: Sequence[int]) -> dict[int, datetime]:
    """Return until when those of these people are away who are, in one statement."""
    wanted = select(Absence.person_id, Absence.ends_at).where(Absence.person_id.in_(ids), is_on())
    return dict(db.session.execute(wanted).all()) if ids else {}


def absences_about(person_id: int) -> tuple[Absentee | None, list[Absentee]]:
    """Return the absence of somebody that is on, and by name for whom that person stands in now; in one statement.

    Who no longer works on a desk of the absent one stands in for nobody there.
    """
    columns = Person.id, Person.name, Person.email, Absence.ends_at, Absence.text, Absence.deputy_id
    wanted = select(*columns).join(Absence, Absence.person_id == Person.id)
    mine, theirs = aliased(DeskGrant), aliased(DeskGrant)
    both = mine.person_id == person_id, theirs.person_id == Person.id, theirs.desk_id == mine.desk_id
    together = exists().where(*both)
    about = or_(Absence.person_id == person_id, and_(Absence.deputy_id == person_id, together))
    found = [Absentee(*row) for row in db.session.execute(wanted.where(about, is_on()).order_by(Person.name))]
    own = next((each for each in found if each.id == person_id), None)
    return own, [each for each in found if each.id != person_id]


def whoever_is_there(person_id: int, away: Mapping[int, Absentee], may: Callable[[int], bool]) -> int | None:
    """Return who gets what is for somebody: that person, the deputy, or the deputy's deputy; or nobody.

    It ends because nobody is asked twice.

    :param away: from :func:`absent_on`.
    :param may: tells whether somebody may have it; nobody else ever gets it.
    """
    asked: set[int] = set()
    following: int | None = person_id
    while following is not None and following in away and following not in asked:
        asked.add(following)
        following = away[following].deputy_id
    if following is None or following in away or not may(following):
        return None
    return following

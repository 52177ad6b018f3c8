"""Days on which people are away: planned by themselves, by who leads their desk, or by an administrator."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import format_date
from flask_babel import gettext as _
from sqlalchemy import and_, select
from sqlalchemy.orm import Session, joinedload

from deskcore import audit
from deskcore.alphabet import alphabetical
from deskcore.clock import now
from deskcore.errors import NotAllowed, NotFound, Problem, Refused
from deskcore.extensions import db
from deskcore.fingerprints import check_unchanged, fingerprint
from deskcore.people.absence_models import Absence
from deskcore.people.absence_news import note_change
from deskcore.people.locks import lock_person
from deskcore.people.models import DeskGrant, Person
from deskcore.people.services import about, find_person
from deskcore.runtime import runtime
from deskcore.viewer import current_viewer
from deskcore.work import unit_of_work

#: Characters of what colleagues should know.
LONGEST = 300
#: Nobody plans further ahead; a year that is mistyped is noticed.
FURTHEST = timedelta(days=730)
#: How a day is written in a sentence.
_DAY = "d MMM y"
_NEXT_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Days:
    """What is planned.

    :param deputy: address of who stands in; ``""`` for nobody.
    :param text: what colleagues should know.
    """

    first: date
    last: date
    deputy: str = ""
    text: str = ""


def may_plan_for(person: Person, desks: Collection[int]) -> bool:
    """Tell whether the present viewer plans somebody's absences: that person, their lead, an administrator.

    :param desks: on which the person works.
    """
    roles = current_viewer().desk_roles
    return _chooses_freely(person) or any(roles.get(desk) == "lead" for desk in desks)


def _chooses_freely(person: Person) -> bool:
    viewer = current_viewer()
    return viewer.area == "system" or viewer.administrator or viewer.person_id == person.id


def desks_and_absences(person: Person) -> tuple[set[int], Sequence[Absence]]:
    """Return on which desks somebody works, and the absences that are not over, the nearest first; in one statement.

    Of whoever works on no desk there are none. Each comes with its deputy.
    """
    still = and_(Absence.person_id == DeskGrant.person_id, Absence.ends_at > now())
    wanted = select(DeskGrant.desk_id, Absence).outerjoin(Absence, still).where(DeskGrant.person_id == person.id)
    rows = db.session.execute(wanted.order_by(Absence.begins_at).options(joinedload(Absence.deputy))).all()
    found = {row.Absence.id: row.Absence for row in rows if row.Absence is not None}
    return {row.desk_id for row in rows}, list(found.values())


def today_of(person: Person) -> date:
    """Return which day it is where somebody lives."""
    return now().astimezone(_zone_of(person)).date()


def possible_deputies(person: Person) -> list[Person]:
    """Return by name the people who work on a desk on which somebody works, too.

    A lead who plans for others chooses among the people of their own desks: who works elsewhere may be a secret.
    """
    mine = select(DeskGrant.desk_id).where(DeskGrant.person_id == person.id)
    if not _chooses_freely(person):
        mine = mine.where(DeskGrant.desk_id.in_(list(current_viewer().desk_roles)))
    there = select(DeskGrant.person_id).where(DeskGrant.desk_id.in_(mine))
    wanted = select(Person).where(Person.id.in_(there), Person.id != person.id, Person.active)
    return sorted(db.session.scalars(wanted), key=lambda each: (alphabetical(each.name), each.email))


def seen_of(absence: Absence) -> str:
    """Return the fingerprint of an absence as a form shows it."""
    return fingerprint([absence.first_day, absence.last_day, absence.deputy_id, absence.text])


def plan_absence(person: Person, days: Days) -> str:
    """Say that somebody is away, and return the name of the absence; to say the same twice changes nothing.

    :raises NotAllowed: for anybody who may not plan it.
    :raises Refused: when the days make no sense, lie in the past or overlap, or the deputy cannot stand in.
    """
    with unit_of_work() as session:
        row = _planner(session, person)
        wanted = {**_days(row, days, today_of(row)), "deputy_id": _deputy_id(row, days.deputy)}
        same = select(Absence).where(Absence.person_id == row.id, Absence.first_day == days.first)
        known = session.scalar(same.where(Absence.last_day == days.last, Absence.ends_at > now()))
        if known is not None and known.deputy_id == wanted["deputy_id"] and known.text == wanted["text"]:
            return known.token
        _check_free(session, row, wanted)
        absence = Absence(token=secrets.token_urlsafe(16), person_id=row.id, **wanted)
        session.add(absence)
        note_change(session, "planned", absence)
        audit.record(session, "absence.planned", about(row), after=_said(session, absence))
        return absence.token


def change_absence(person: Person, token: str, days: Days, seen: str) -> None:
    """Change an absence that is not over; a first day that has come stays possible.

    :param seen: fingerprint of what the form showed, from :func:`seen_of`.
    :raises NotFound: when there is no such absence any more.
    :raises Conflict: when somebody changed it meanwhile.
    """
    with unit_of_work() as session:
        row = _planner(session, person)
        absence = _stored(session, row, token)
        check_unchanged(
            [absence.first_day, absence.last_day, absence.deputy_id, absence.text],
            seen,
            _("Somebody changed this absence meanwhile."),
        )
        earliest = min(absence.first_day, today_of(row))
        deputy_id = _deputy_id(row, days.deputy) or _out_of_sight(row, absence.deputy_id)
        wanted = {**_days(row, days, earliest), "deputy_id": deputy_id}
        _check_free(session, row, wanted, absence.id)
        before, former_deputy_id = _said(session, absence), absence.deputy_id
        for column, value in wanted.items():
            setattr(absence, column, value)
        changed = audit.differences(before, _said(session, absence))
        if any(changed):
            note_change(session, "changed", absence, former_deputy_id)
            audit.record(session, "absence.changed", about(row), *changed)


def end_absence(person: Person, token: str) -> None:
    """Take an absence back: one that has begun is over, another one never comes.

    :raises NotFound: when there is no such absence any more.
    """
    with unit_of_work() as session:
        row = _planner(session, person)
        absence = _stored(session, row, token)
        before = _said(session, absence)
        note_change(session, "taken_back", absence)
        session.delete(absence)
        audit.record(session, "absence.ended", about(row), before)


def _planner(session: Session, person: Person) -> Person:
    row = lock_person(session, person.id)
    desks = session.scalars(select(DeskGrant.desk_id).where(DeskGrant.person_id == row.id)).all()
    if not may_plan_for(row, desks):
        raise NotAllowed(_("Absences are planned by the person, by who leads their desk, or by an administrator."))
    return row


def _stored(session: Session, person: Person, token: str) -> Absence:
    wanted = select(Absence).where(Absence.token == token.replace("\0", "")[:43], Absence.person_id == person.id)
    found = session.scalar(wanted.where(Absence.ends_at > now()))
    if found is None:
        raise NotFound(_("There is no such absence, or it is over."))
    return found


def _days(person: Person, days: Days, earliest: date) -> dict[str, Any]:
    """Return what is stored of the days.

    :param earliest: the first day from which on it can be planned.
    """
    problems = []
    if days.first < earliest:
        problems.append(Problem(_("Choose a first day that has not passed yet"), "first"))
    if days.last < days.first:
        problems.append(Problem(_("Choose a last day that does not come before the first one"), "last"))
    elif days.last > today_of(person) + FURTHEST:
        problems.append(Problem(_("Choose a last day within the next two years"), "last"))
    elif days.last < today_of(person):
        problems.append(Problem(_("Choose a last day that has not passed yet"), "last"))
    text = " ".join(days.text.replace("\0", "").split())
    if len(text) > LONGEST:
        problems.append(Problem(_("Use at most %(count)s characters", count=LONGEST), "text"))
    if problems:
        raise Refused(problems)
    zone = _zone_of(person)
    begins_at, ends_at = _midnight(days.first, zone), _midnight(days.last + _NEXT_DAY, zone)
    return {
        "first_day": days.first,
        "last_day": days.last,
        "begins_at": begins_at,
        "ends_at": ends_at,
        "text": text,
    }


def _deputy_id(person: Person, email: str) -> int | None:
    if not email:
        return None
    found = find_person(email)
    if found is not None and found.id == person.id:
        raise Refused(Problem(_("Choose somebody else as the deputy"), "deputy"))
    if found is None or found.id not in {each.id for each in possible_deputies(person)}:
        raise Refused(Problem(_("Choose a deputy who works on one of the same desks"), "deputy"))
    return found.id


def _out_of_sight(person: Person, deputy_id: int | None) -> int | None:
    """Return a deputy whom the viewer could not choose, and so did not take away either."""
    if _chooses_freely(person) or deputy_id in {each.id for each in possible_deputies(person)}:
        return None
    return deputy_id


def _check_free(session: Session, person: Person, wanted: dict[str, Any], but: int = 0) -> None:
    overlapping = select(Absence).where(
        Absence.person_id == person.id,
        Absence.id != but,
        Absence.ends_at > now(),
        Absence.first_day <= wanted["last_day"],
        Absence.last_day >= wanted["first_day"],
    )
    other = session.scalar(overlapping.order_by(Absence.first_day).limit(1))
    if other is not None:
        said = _(
            "An absence from %(first)s to %(last)s is planned already. Change that one, or choose other days.",
            first=_written(other.first_day),
            last=_written(other.last_day),
        )
        raise Refused(Problem(said, "first"))


def _said(session: Session, absence: Absence) -> dict[str, Any]:
    """Return what the log keeps of an absence; what its text says is nobody's business there."""
    deputy = session.get(Person, absence.deputy_id) if absence.deputy_id else None
    said = {"first_day": absence.first_day.isoformat(), "last_day": absence.last_day.isoformat()}
    return said | ({"deputy": deputy.email} if deputy else {})


def _written(day: date) -> str:
    return str(format_date(day, _DAY))  # type: ignore[no-untyped-call]


def _zone_of(person: Person) -> ZoneInfo:
    return ZoneInfo(person.time_zone or runtime().config.time_zone)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)

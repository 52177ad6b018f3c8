"""Who decides in the place of whom: on certain days, or when the time runs out."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from sqlalchemy import select

from deskcore.plugin import NotFound, PersonView, Problem, Refused, now, people, session, unit_of_work
from deskcore_approvals.models import Delegation


def delegates_now() -> dict[str, str]:
    """Return who stands in for whom now: a day begins and ends where whoever is away lives."""
    day = timedelta(1)
    about = Delegation.since <= now().date() + day, Delegation.until >= now().date() - day
    rows = session().scalars(select(Delegation).where(*about).order_by(Delegation.id)).all()
    known = people.named({row.principal for row in rows}) if rows else {}
    here = ((row, known[row.principal]) for row in rows if row.principal in known)
    return {row.principal: row.delegate for row, person in here if _holds(row, _today(person))}


def deputy_of(email: str) -> str:
    """Return who is asked when somebody does not decide in time, or ``""``."""
    wanted = select(Delegation.delegate).where(Delegation.principal == email, Delegation.since.is_(None))
    return session().scalar(wanted.order_by(Delegation.id.desc()).limit(1)) or ""


def delegations_of(email: str) -> Sequence[Delegation]:
    """Return what somebody has arranged, without what is over."""
    person = people.get(email)
    wanted = select(Delegation).where(Delegation.principal == email)
    if person is not None:
        wanted = wanted.where((Delegation.until >= _today(person)) | Delegation.until.is_(None))
    return session().scalars(wanted.order_by(Delegation.since, Delegation.id)).all()


def delegate(principal: str, to: str, since: date | None, until: date | None) -> None:
    """Let somebody decide in the place of ``principal``.

    :param since: first day; without both days it is for when the time runs out.
    :raises Refused: naming each field to correct: ``delegate``, ``since``, ``until``.
    """
    person, away = people.get(to), people.get(principal)
    problems = []
    if person is None:
        problems.append(Problem(_("Enter the address of a person who works here."), "delegate"))
    elif person.email == principal:
        problems.append(Problem(_("Choose somebody other than yourself."), "delegate"))
    if (since is None) != (until is None):
        problems.append(Problem(_("Enter both days, or none."), "since" if since is None else "until"))
    elif since is not None and until is not None and until < since:
        problems.append(Problem(_("Enter a last day that is not before the first day."), "until"))
    elif until is not None and away is not None and until < _today(away):
        problems.append(Problem(_("Enter today or a later day."), "until"))
    if problems or person is None:
        raise Refused(problems)
    with unit_of_work() as work:
        row = Delegation(token=secrets.token_urlsafe(12), principal=principal, delegate=person.email)
        row.since, row.until = since, until
        work.add(row)


def take_back(principal: str, token: str) -> None:
    """End a delegation.

    :raises NotFound: when ``principal`` has none of this name.
    """
    with unit_of_work() as work:
        wanted = select(Delegation).where(Delegation.token == token, Delegation.principal == principal)
        row = work.scalar(wanted)
        if row is None:
            raise NotFound(_("There is no such delegation."))
        work.delete(row)


def _holds(row: Delegation, today: date) -> bool:
    return row.since is not None and row.until is not None and row.since <= today <= row.until


def _today(person: PersonView) -> date:
    return now().astimezone(ZoneInfo(person.time_zone)).date()

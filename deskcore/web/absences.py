"""Out of office: what is planned for somebody and the form that plans it, the same on each page about a person."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from flask import redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from deskcore import clock
from deskcore.desks.form_views import ErrorView, OptionView
from deskcore.errors import Conflict, Problem, Refused
from deskcore.extensions import db
from deskcore.people.absence_models import Absence
from deskcore.people.absences import (
    LONGEST,
    Days,
    change_absence,
    desks_and_absences,
    end_absence,
    may_plan_for,
    plan_absence,
    possible_deputies,
    seen_of,
    today_of,
)
from deskcore.people.models import DeskGrant, Person
from deskcore.viewer import current_viewer
from deskcore.web.templating import toast

_FIELDS = ("token", "first", "last", "deputy", "text")


@dataclass(frozen=True)
class Planned:
    """An absence as a page shows it.

    :param seen: fingerprint of what the page shows; ``values`` fill the form that changes it.
    :param deputy: who stands in, where the reader may know it.
    """

    token: str
    seen: str
    begins_at: datetime
    ends_at: datetime
    begun: bool
    deputy: str
    text: str
    values: Mapping[str, str]


@dataclass(frozen=True)
class Plan:
    """The absences of somebody who works on a desk, and the form that plans one.

    :param may: whether the reader plans them; without that there is no form.
    :param values: of the form: what was typed, when it was refused.
    :param changes: the absence that the form changes; nothing for a new one.
    :param form: whether the form is shown.
    """

    absences: Sequence[Planned]
    may: bool = False
    values: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    deputies: Sequence[OptionView] = ()
    changes: Planned | None = None
    today: str = ""
    longest: int = LONGEST
    form: bool = False

    @property
    def now(self) -> Planned | None:
        """The absence that is on."""
        return next((each for each in self.absences if each.begun), None)

    @property
    def summary(self) -> list[ErrorView]:
        """The errors for the summary above the page."""
        return [ErrorView(message, f"o-{name}" if name else "") for name, message in self.errors.items()]


def plan_of(person: Person, refused: Refused | None = None, *, with_form: bool = True) -> Plan | None:
    """Return what is planned for somebody; nothing for a person who works on no desk.

    ``?absence=`` names the one that the form changes, ``?absence=new`` asks for the form.

    :param refused: why the form that was sent was not accepted; it is shown as it was typed.
    :param with_form: show the form to whoever may plan, without being asked for it.
    """
    desks, stored = desks_and_absences(person)
    if not desks:
        return None
    may = may_plan_for(person, desks)
    known = _known_to_the_reader(person) if stored else None
    found = [_planned(row, known) for row in stored]
    if not may or not (with_form or refused is not None or "absence" in request.args):
        return Plan(found, may)
    wanted = request.form.get("token", "") if refused is not None else request.args.get("absence", "")
    changes = next((each for each in found if each.token == wanted), None)
    values = {name: request.form.get(name, "") for name in _FIELDS} if refused else changes.values if changes else {}
    chosen = values.get("deputy", "")
    people = [(each.email, each.name) for each in possible_deputies(person)]
    offered = [("", _("Nobody stands in")), *people]
    deputies = [OptionView(email, name, selected=email == chosen) for email, name in offered]
    errors, today = _messages(refused), today_of(person).isoformat()
    return Plan(found, may, values, errors, deputies, changes, today, form=True)


def receive(person: Person, page: Callable[[Refused], str], back: str) -> ResponseReturnValue:
    """Do what the form asks for, and lead back to the page that it stands on.

    :param page: renders that page with what to correct, for :func:`plan_of`.
    :param back: its address.
    """
    try:
        toast(_done(person))
    except Refused as refused:
        return page(refused), refused.status
    except Conflict as conflict:  # what is stored now stands beside what was typed
        return page(Refused(conflict.message)), conflict.status
    return redirect(back, 303)


def _done(person: Person) -> str:
    """Do what the form asks for, and return what to say.

    :raises Refused: when it cannot be done so.
    :raises Conflict: when somebody changed the absence meanwhile.
    """
    form = request.form
    if "end" in form:
        end_absence(person, form["end"])
        return _("The absence is over.") if form.get("begun") else _("The absence was taken back.")
    days = Days(_day("first"), _day("last"), form.get("deputy", ""), form.get("text", ""))
    if form.get("token"):
        change_absence(person, form["token"], days, form.get("seen", ""))
        return _("The absence was changed.")
    plan_absence(person, days)
    return _("The absence is planned.")


def _day(name: str) -> date:
    try:
        return date.fromisoformat(request.form.get(name, "").strip())
    except ValueError:
        wanted = _("Choose the first day") if name == "first" else _("Choose the last day")
        raise Refused(Problem(wanted, name)) from None


def _messages(refused: Refused | None) -> dict[str, str]:
    found: dict[str, str] = {}
    for problem in refused.problems if refused is not None else ():
        found.setdefault(problem.field, problem.message)
    return found


def _known_to_the_reader(person: Person) -> set[int] | None:
    """Return with whom the reader works, because who works on another desk may be a secret; nothing for everybody."""
    viewer = current_viewer()
    if viewer.administrator or viewer.person_id == person.id:
        return None
    mine = list(viewer.desk_roles)
    return set(db.session.scalars(select(DeskGrant.person_id).where(DeskGrant.desk_id.in_(mine))))


def _planned(row: Absence, known: set[int] | None) -> Planned:
    deputy = row.deputy if row.deputy is not None and (known is None or row.deputy.id in known) else None
    values = {
        "first": row.first_day.isoformat(),
        "last": row.last_day.isoformat(),
        "deputy": deputy.email if deputy else "",
        "text": row.text,
    }
    begun = row.begins_at <= clock.now()
    name = deputy.name if deputy else ""
    return Planned(row.token, seen_of(row), row.begins_at, row.ends_at, begun, name, row.text, values)

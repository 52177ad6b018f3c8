"""What an administrator changes about people: their particulars, their access and their API tokens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, or_, select, tuple_
from sqlalchemy.orm import Session, joinedload

from deskcore import audit
from deskcore.clock import now
from deskcore.errors import NotFound, Problem, Refused
from deskcore.extensions import db
from deskcore.fingerprints import check_unchanged
from deskcore.people.locks import lock_person
from deskcore.people.models import ApiToken, DeskGrant, Person, is_somebody
from deskcore.people.services import (
    about,
    clean_name,
    department_named,
    find_person,
    get_person,
    location_named,
)
from deskcore.work import unit_of_work

#: What lists of people can be narrowed to.
KINDS = ("all", "desks", "rights", "closed")
#: What an administrator may write about somebody, and how long it may be.
LONGEST: Mapping[str, int] = {"name": 200, "job_title": 200, "phone": 60, "department": 200, "location": 200}
_WORDS = 5
#: So much of a token's hash names it; it says nothing about the secret.
_HANDLE = 16


def list_people(
    text: str, kind: str, limit: int, after: tuple[str, str] | None = None, before: tuple[str, str] | None = None
) -> list[Person]:
    """Return people by name and address, closed accounts too.

    :param text: words that must all stand in the name or the address.
    :param kind: ``desks`` for those who work on one, ``rights`` for administrators and auditors, ``closed``.
    :param after: name and address of the person the page begins behind; ``before`` likewise, of the one it ends at.
    """
    place = tuple_(Person.name, Person.email)
    wanted = select(Person).options(joinedload(Person.department)).where(*_narrowed(text, kind)).limit(limit)
    if before is not None:
        wanted = wanted.where(place < before).order_by(Person.name.desc(), Person.email.desc())
        return list(reversed(db.session.scalars(wanted).all()))
    if after is not None:
        wanted = wanted.where(place > after)
    return list(db.session.scalars(wanted.order_by(Person.name, Person.email)).all())


def _narrowed(text: str, kind: str) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [
        or_(Person.name.icontains(word, autoescape=True), Person.email.icontains(word, autoescape=True))
        for word in text.split()[:_WORDS]
    ]
    if kind == "desks":
        conditions.append(Person.id.in_(select(DeskGrant.person_id)))
    elif kind == "rights":
        conditions.append(or_(Person.administrator, Person.auditor))
    elif kind == "closed":
        conditions.append(Person.active.is_(False))
    return [*conditions, is_somebody()]


def whole_person(email: str) -> Person:
    """Return somebody with department, location and manager.

    :raises NotFound: when nobody has the address.
    """
    options = (joinedload(Person.department), joinedload(Person.location), joinedload(Person.manager))
    wanted = select(Person).where(Person.id == get_person(email).id).options(*options)
    return db.session.scalars(wanted.execution_options(populate_existing=True)).one()


def particulars(person: Person) -> dict[str, str]:
    """Return what a form about somebody holds; the person comes from :func:`whole_person`."""
    return {
        "name": person.name,
        "job_title": person.job_title,
        "phone": person.phone,
        "department": person.department.name if person.department else "",
        "location": person.location.name if person.location else "",
        "manager": person.manager.email if person.manager else "",
        "language": person.language,
    }


def change_person(email: str, values: Mapping[str, str], seen: str) -> None:
    """Store somebody's particulars.

    :param seen: fingerprint of the particulars that the form showed.
    :raises Refused: naming the fields to correct.
    :raises Conflict: when somebody changed them meanwhile.
    """
    with unit_of_work() as session:
        lock_person(session, get_person(email).id)
        person = whole_person(email)
        before = particulars(person)
        check_unchanged(before, seen, _("Somebody changed this person meanwhile."))
        clean = checked_particulars(values, person)
        _write(session, person, clean)
        was, is_now = audit.differences(before, clean)
        if is_now:
            audit.record(session, "person.changed", about(person), was, is_now)


def checked_particulars(values: Mapping[str, str], person: Person | None = None) -> dict[str, str]:
    """Return particulars as they may be stored.

    :param person: whose they are; nobody is their own manager.
    :raises Refused: naming the fields to correct.
    """
    clean = {key: clean_name(values.get(key, "")) for key in LONGEST}
    problems = [
        Problem(_("Use at most %(count)s characters", count=longest), key)
        for key, longest in LONGEST.items()
        if len(clean_name(values.get(key, ""))) > longest
    ]
    if not clean["name"]:
        problems.append(Problem(_("Write the name"), "name"))
    clean["language"] = values.get("language", "") if values.get("language") in ("en", "pl") else ""
    clean["manager"] = values.get("manager", "").strip()
    manager = find_person(clean["manager"]) if clean["manager"] else None
    if clean["manager"] and manager is None:
        problems.append(Problem(_("We know nobody with this address. Leave it empty or correct it"), "manager"))
    elif manager is not None:
        clean["manager"] = manager.email
        if person is not None and manager.id == person.id:
            problems.append(Problem(_("Nobody is their own manager. Leave it empty or correct it"), "manager"))
    if problems:
        raise Refused(problems)
    return clean


def columns_of(session: Session, clean: Mapping[str, str]) -> dict[str, Any]:
    """Return checked particulars as columns, adding a department or location that is new."""
    manager = find_person(clean["manager"]) if clean["manager"] else None
    department = department_named(clean["department"]) if clean["department"] else None
    location = location_named(clean["location"]) if clean["location"] else None
    return {
        "job_title": clean["job_title"],
        "phone": clean["phone"],
        "language": clean["language"],
        "department_id": department.id if department else None,
        "location_id": location.id if location else None,
        "manager_id": manager.id if manager else None,
    }


def _write(session: Session, person: Person, clean: Mapping[str, str]) -> None:
    for column, value in {"name": clean["name"], **columns_of(session, clean)}.items():
        setattr(person, column, value)
    session.flush()


def reactivate(email: str) -> None:
    """Give somebody access again; the password still works, and API tokens have to be made anew."""
    with unit_of_work() as session:
        person = get_person(email)
        row = lock_person(session, person.id)
        if not row.active:
            row.active = True
            audit.record(session, "person.reactivated", about(row), {"active": False}, {"active": True})


def tokens_of(person: Person) -> Sequence[ApiToken]:
    """Return somebody's API tokens that still work, the newest first."""
    works = ApiToken.revoked_at.is_(None), or_(ApiToken.expires_at.is_(None), ApiToken.expires_at > now())
    wanted = select(ApiToken).where(ApiToken.person_id == person.id, *works).order_by(ApiToken.created_at.desc())
    return db.session.scalars(wanted).all()


def token_handle(token: ApiToken) -> str:
    """Return what names a token in addresses."""
    return token.token_hash[:_HANDLE]


def revoke_token(email: str, handle: str) -> str:
    """Void one API token; return what it was for.

    :raises NotFound: when the person has no such token that works.
    """
    with unit_of_work() as session:
        person = get_person(email)
        lock_person(session, person.id)
        found = next((token for token in tokens_of(person) if token_handle(token) == handle), None)
        if found is None:
            raise NotFound(_("There is no such token."))
        found.revoked_at = now()
        session.flush()
        audit.record(session, "token.revoked", about(person), {"purpose": found.name})
        return found.name

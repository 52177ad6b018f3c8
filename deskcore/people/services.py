"""People, their passwords and their rights: the only code that writes them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from flask_babel import gettext as _
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from deskcore import audit
from deskcore.composing import composed
from deskcore.desks.models import DeskRow
from deskcore.errors import NotFound, Problem, Refused
from deskcore.extensions import db, insert_into
from deskcore.people.former import refuse_taken, taken
from deskcore.people.handed_out import void_handed_out
from deskcore.people.locks import lock_person
from deskcore.people.models import (
    ApiToken,
    Department,
    DeskGrant,
    Location,
    OneTimeLink,
    Person,
    SignIn,
    Team,
    TeamMember,
    is_somebody,
)
from deskcore.work import unit_of_work

#: argon2id with the library's defaults, which follow RFC 9106's second recommended option.
_hasher = PasswordHasher()
#: Compared with when nobody has the address, so that the answer takes as long as for somebody who has: the hash of a
#: word that was forgotten at once. To make one at each start took 0.15 s.
_NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$8Z9Yic4EvAHJkUb1WY/sCA$TdZ+u3qG5JLzolseQN1wQ3f7nPHW7nHuj1BpGeH/i8M"
MAX_PASSWORD = 1024
MIN_PASSWORD = 10
_Place = TypeVar("_Place", Department, Location)
_ADDRESS = re.compile(r"[^\s@<>\",;:\\]+@[^\s@<>\",;:\\.]+(\.[^\s@<>\",;:\\.]+)+")


def normalise_email(address: str) -> str:
    """Return the one spelling under which an address is stored and compared.

    Only ASCII letters are lowered, and nothing is normalised: Unicode would turn the dotless i or the Kelvin sign
    into the letter of somebody else's address. What cannot be seen or stored has no place in one.

    :raises Refused: when it is no address.
    """
    lowered = "".join(char.lower() if char.isascii() else char for char in address.strip())
    unseen = any(unicodedata.category(char)[0] == "C" for char in lowered)
    if unseen or len(lowered) > 254 or not _ADDRESS.fullmatch(lowered):
        raise Refused(Problem(_("Enter an e-mail address such as name@example.com"), "email"))
    return lowered


def clean_name(name: str) -> str:
    """Return a display name without line breaks, control and direction-changing characters."""
    kept = (" " if unicodedata.category(char) == "Cc" else char for char in composed(name))
    return " ".join("".join(char for char in kept if unicodedata.category(char) not in ("Cf", "Cs")).split())[:200]


def hash_password(password: str) -> str:
    """Return the argon2id hash of a new password.

    :raises Refused: when it is shorter than 10 characters or longer than 1,024 bytes.
    """
    if len(password) < MIN_PASSWORD:
        raise Refused(Problem(_("Use at least %(count)s characters", count=MIN_PASSWORD), "password"))
    if len(password.encode(errors="replace")) > MAX_PASSWORD:
        raise Refused(Problem(_("Use at most %(count)s characters", count=MAX_PASSWORD), "password"))
    return _hasher.hash(password)


def password_matches(stored: str | None, password: str) -> bool:
    """Tell whether a password fits a stored hash, in the same time whether or not there is one."""
    too_long = len(password.encode(errors="replace")) > MAX_PASSWORD
    try:
        _hasher.verify(stored or _NOBODY, "" if too_long else password)
    except (Argon2Error, InvalidHashError):
        return False
    return stored is not None and not too_long


def find_person(email: str) -> Person | None:
    """Return the person with this address, or nothing; nobody is who stands for all who send anonymously."""
    try:
        address = normalise_email(email)
    except Refused:
        return None
    return db.session.scalar(select(Person).where(Person.email == address, is_somebody()))


def get_person(email: str) -> Person:
    """Return the person with this address.

    :raises NotFound: when nobody has it.
    """
    person = find_person(email)
    if person is None:
        raise NotFound(_("Nobody here has the address %(email)s.", email=email))
    return person


def create_person(email: str, name: str, password: str | None = None, **values: Any) -> Person:
    """Add somebody.

    :param password: without one the person signs in only after a reset link.
    :param values: further columns of :class:`~deskcore.people.models.Person`.
    :raises Refused: when the address is wrong or taken, or the password too short.
    """
    address = normalise_email(email)
    hashed = hash_password(password) if password else None
    with unit_of_work() as session:
        refuse_taken(session, address)
        columns = {"password_hash": hashed} | values | {"email": address, "name": clean_name(name) or address}
        # Somebody else may be adding the same person at this moment.
        row = insert_into(session, Person).values(columns).on_conflict_do_nothing(index_elements=["email"])
        added = session.scalar(row.returning(Person.id))
        if added is None:
            raise taken(address)
        person = session.get_one(Person, added)
        audit.record(session, "person.created", about(person), after=_described(session, person))
    return person


def about(person: Person) -> audit.Subject:
    """Return somebody as the subject of an entry of the audit log."""
    return audit.Subject("person", person.email, person.id)


def _described(session: Session, person: Person) -> dict[str, Any]:
    """Return what the audit log keeps of somebody: what is set, in words instead of ids, and never the password."""
    columns = ("name", "administrator", "auditor", "active", "job_title", "phone", "external_id")
    values: dict[str, Any] = {column: getattr(person, column) for column in columns}
    for column, model, label in (
        ("department_id", Department, "name"),
        ("location_id", Location, "name"),
        ("manager_id", Person, "email"),
    ):
        row = session.get(model, getattr(person, column) or 0)
        values[column.removesuffix("_id")] = getattr(row, label, None)
    values["password"] = person.password_hash is not None
    return {key: value for key, value in values.items() if value}


def set_password(person: Person, password: str) -> None:
    """Give somebody a new password and end all their sign-ins."""
    hashed = hash_password(password)
    with unit_of_work() as session:
        replace_password(session, person, hashed)
        audit.record(session, "password.set", about(person))


def replace_password(session: Session, person: Person, hashed: str) -> None:
    """Store a new password; no sign-in and no link for a new password outlives the old one.

    :param session: of the unit of work that it belongs to.
    """
    lock_person(session, person.id).password_hash = hashed
    session.execute(delete(SignIn).where(SignIn.person_id == person.id))
    session.execute(delete(OneTimeLink).where(OneTimeLink.person_id == person.id, OneTimeLink.used_at.is_(None)))


def deactivate(person: Person, *, left_open: int = 0) -> None:
    """Take away somebody's access at once: no sign-in, no token, no session lives on.

    :param left_open: how much is open with that person, in spite of which it is done.
    :raises Refused: when nobody would be an administrator any more.
    """
    with unit_of_work() as session:
        row = lock_person(session, person.id)
        was_active, row.active = row.active, False
        session.execute(delete(SignIn).where(SignIn.person_id == person.id))
        ended = session.execute(delete(ApiToken).where(ApiToken.person_id == person.id).returning(ApiToken.id)).all()
        if was_active or ended:
            after = {"active": False, "tokens_ended": len(ended)} | ({"left_open": left_open} if left_open else {})
            audit.record(session, "person.deactivated", about(person), {"active": was_active}, after)
        session.flush()
        left = session.scalar(select(Person.id).where(Person.administrator, Person.active).limit(1))
        if was_active and row.administrator and left is None:
            raise _last_administrator()


def set_rights(person: Person, *, administrator: bool | None = None, auditor: bool | None = None) -> None:
    """Make somebody an administrator or auditor, or take that away; it acts with the next request.

    :param administrator: may change the configuration; ``None`` leaves it as it is, as with ``auditor``.
    :param auditor: may read the audit log.
    :raises Refused: when nobody would be an administrator any more.
    """
    wanted = {"administrator": administrator, "auditor": auditor}
    with unit_of_work() as session:
        row = lock_person(session, person.id)
        held = {right: getattr(row, right) for right in wanted}
        for right, value in wanted.items():
            setattr(row, right, held[right] if value is None else value)
        session.flush()
        before, after = audit.differences(held, {right: getattr(row, right) for right in wanted})
        if after:
            audit.record(session, "rights.changed", about(row), before, after)
        # After the entry, where writers wait for one another: two administrators may be taken off at the same moment.
        left = session.scalar(select(Person.id).where(Person.administrator, Person.active).limit(1))
        if held["administrator"] and left is None:
            raise _last_administrator()


def _last_administrator() -> Refused:
    return Refused(_("Somebody must stay an administrator: make another person one first."))


def update_profile(person: Person, values: Mapping[str, Any]) -> None:
    """Store somebody's own settings: language, theme, density, time zone, shortcuts and their keys, hidden panels."""
    with unit_of_work() as session:
        row = session.get_one(Person, person.id)
        for key in ("language", "theme", "density", "time_zone", "shortcuts", "own_keys", "hidden_panels"):
            if key in values:
                setattr(row, key, values[key])


def grant(person: Person, desk_key: str, role: str = "agent") -> None:
    """Let somebody work on a desk.

    On a confidential desk, nothing that was handed out before opens it: tokens and links for a password end.

    :param role: ``agent`` or ``lead``.
    :raises NotFound: when there is no such desk.
    """
    if role not in ("agent", "lead"):
        raise Refused(f"A role on a desk is agent or lead, not {role!r}.")
    with unit_of_work() as session:
        desk = session.scalar(select(DeskRow).where(DeskRow.key == desk_key))
        if desk is None:
            raise NotFound(f"There is no desk “{desk_key}”.")
        lock_person(session, person.id)
        held = session.get(DeskGrant, (person.id, desk.id), populate_existing=True)
        before = {"desk": desk_key, "role": held.role} if held else {}
        after = {"desk": desk_key, "role": role}
        if before == after:
            return
        session.merge(DeskGrant(person_id=person.id, desk_id=desk.id, role=role))
        ended = void_handed_out(session, person) if desk.confidential else {}
        audit.record(session, "grant.given", about(person), before, after | ended)


def revoke(person: Person, desk_key: str) -> None:
    """Take somebody off a desk; it acts with the next request."""
    with unit_of_work() as session:
        lock_person(session, person.id)
        desk = select(DeskRow.id).where(DeskRow.key == desk_key).scalar_subquery()
        mine = delete(DeskGrant).where(DeskGrant.person_id == person.id, DeskGrant.desk_id == desk)
        for role in session.scalars(mine.returning(DeskGrant.role)).all():
            audit.record(session, "grant.withdrawn", about(person), {"desk": desk_key, "role": role})


def join_team(person: Person, desk_key: str, team_key: str) -> None:
    """Put somebody into a team of a desk.

    :raises NotFound: when the desk has no such team.
    """
    with unit_of_work() as session:
        wanted = select(Team.id).join(DeskRow, DeskRow.id == Team.desk_id)
        team_id = session.scalar(wanted.where(DeskRow.key == desk_key, Team.key == team_key))
        if team_id is None:
            raise NotFound(f"The desk “{desk_key}” has no team “{team_key}”.")
        lock_person(session, person.id)
        if session.get(TeamMember, (team_id, person.id), populate_existing=True) is None:
            session.add(TeamMember(team_id=team_id, person_id=person.id))
            audit.record(session, "team.joined", about(person), after={"desk": desk_key, "team": team_key})


def department_named(name: str) -> Department:
    """Return the department with this name, adding it when it is new; belongs inside a unit of work."""
    return _named(Department, name)


def location_named(name: str) -> Location:
    """Return the location with this name, adding it when it is new; belongs inside a unit of work."""
    return _named(Location, name)


def _named(model: type[_Place], name: str) -> _Place:
    """Return the row with this name; two that add the same at once get the same one."""
    wanted = select(model).where(model.name == name)
    found = db.session.scalar(wanted)
    if found is None:
        row = insert_into(db.session, model).values(name=name)
        db.session.execute(row.on_conflict_do_nothing(index_elements=["name"]))
        found = db.session.scalars(wanted).one()
    return found

"""Assistants: people who may ask in the name of others whom they do not lead; administrators name them."""

from __future__ import annotations

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, func, select

from deskcore import audit
from deskcore.alphabet import alphabetical
from deskcore.errors import NotAllowed, Problem, Refused
from deskcore.extensions import db
from deskcore.people.assistant_models import Assistant
from deskcore.people.locks import lock_person
from deskcore.people.models import Person
from deskcore.people.services import about, find_person
from deskcore.viewer import current_viewer
from deskcore.work import unit_of_work

#: For so many others somebody may ask; whoever asks for more of them works on a desk.
MOST = 50


def named_for(person_id: int) -> ColumnElement[bool]:
    """Return the condition on :class:`Person` that somebody was named to ask for that person."""
    return Person.id.in_(select(Assistant.for_id).where(Assistant.person_id == person_id))


def asks_for(person: Person) -> list[Person]:
    """Return for whom somebody was named to ask, by name; also those who have no access now."""
    return _by_name(Person.id.in_(select(Assistant.for_id).where(Assistant.person_id == person.id)))


def assistants_of(person: Person) -> list[Person]:
    """Return who was named to ask in the name of somebody, and has access, by name."""
    mine = select(Assistant.person_id).where(Assistant.for_id == person.id)
    return _by_name(Person.id.in_(mine) & Person.active)


def _by_name(wanted: ColumnElement[bool]) -> list[Person]:
    found = db.session.scalars(select(Person).where(wanted))
    return sorted(found, key=lambda each: (alphabetical(each.name), each.email))


def name_assistant(person: Person, email: str) -> Person:
    """Let somebody ask for the person with this address, and return that person; to say so twice changes nothing.

    :raises NotAllowed: for anybody but an administrator: whoever is asked for cannot be made to agree by a colleague.
    :raises Refused: naming the field, when there is nobody to ask for.
    """
    with unit_of_work() as session:
        _require_administrator()
        row, found = lock_person(session, person.id), find_person(email)
        if found is None or not found.active:
            raise Refused(Problem(_("We know nobody with this address who has access"), "for"))
        if found.id == row.id:
            raise Refused(Problem(_("Everybody asks for themselves anyway. Enter somebody else’s address"), "for"))
        if session.get(Assistant, (row.id, found.id)) is not None:
            return found
        count = session.scalar(select(func.count()).select_from(Assistant).where(Assistant.person_id == row.id)) or 0
        if count >= MOST:
            raise Refused(Problem(_("One person may ask for %(count)s others at most", count=MOST), "for"))
        session.add(Assistant(person_id=row.id, for_id=found.id))
        audit.record(session, "assistant.named", about(row), after={"asks_for": found.email})
        return found


def withdraw_assistant(person: Person, email: str) -> None:
    """Let somebody no longer ask for the person with this address; what was asked for already stays as it is.

    :raises NotAllowed: for anybody but an administrator.
    """
    with unit_of_work() as session:
        _require_administrator()
        row, found = lock_person(session, person.id), find_person(email)
        named = session.get(Assistant, (row.id, found.id)) if found is not None else None
        if found is None or named is None:
            return
        session.delete(named)
        audit.record(session, "assistant.withdrawn", about(row), {"asks_for": found.email})


def _require_administrator() -> None:
    viewer = current_viewer()
    if not viewer.administrator and viewer.area != "system":
        raise NotAllowed(_("Who may ask for whom is decided by an administrator."))

"""Seeing pages as somebody else sees them: begun and ended on the record, for a quarter of an hour at most."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from flask_babel import gettext as _
from sqlalchemy import delete, select

from deskcore import audit
from deskcore.clock import now
from deskcore.errors import Refused
from deskcore.extensions import db, insert_into
from deskcore.people.models import DeskGrant, Person, SeeAs
from deskcore.people.services import about, get_person
from deskcore.people.signing_in import secret_hash
from deskcore.viewer import current_viewer
from deskcore.work import unit_of_work

LASTS = timedelta(minutes=15)
Ending = Literal["stopped", "signed out", "time is up"]


@dataclass(frozen=True)
class Seen:
    """Somebody whose view another one takes.

    :param until: when it ends by itself.
    """

    person: Person
    desk_roles: Mapping[int, str]
    until: datetime


def begin_seeing(token: str, email: str) -> None:
    """Let the browser with this sign-in see pages as somebody else does.

    :raises Refused: when the other one is oneself or has no access.
    """
    with unit_of_work() as session:
        person, until = get_person(email), now() + LASTS
        if not person.active:
            raise Refused(_("This person has no access, and so sees nothing."))
        if person.id == current_viewer().person_id:
            raise Refused(_("You see the helpdesk as yourself already."))
        values = {"person_id": person.id, "until": until}
        # A button that is pressed twice begins it twice at the same moment.
        row = insert_into(session, SeeAs).values(token_hash=secret_hash(token), **values)
        session.execute(row.on_conflict_do_update(index_elements=["token_hash"], set_=values))
        audit.record(session, "see_as.begun", about(person), after={"until": until})


def end_seeing(token: str, ending: Ending) -> None:
    """End it; nothing happens where nothing was begun."""
    with unit_of_work() as session:
        ended = delete(SeeAs).where(SeeAs.token_hash == secret_hash(token)).returning(SeeAs.person_id)
        person_id = session.scalar(ended)
        if person_id is not None:
            audit.record(session, "see_as.ended", about(session.get_one(Person, person_id)), after={"reason": ending})


def seen_person(person_id: int, until: datetime) -> Seen | None:
    """Return the other one with the roles on desks, or nothing when the account was closed meanwhile."""
    rows = db.session.execute(
        select(Person, DeskGrant.desk_id, DeskGrant.role)
        .outerjoin(DeskGrant, DeskGrant.person_id == Person.id)
        .where(Person.id == person_id, Person.active)
    ).all()
    if not rows:
        return None
    roles = {row.desk_id: row.role for row in rows if row.desk_id is not None}
    return Seen(rows[0][0], roles, until)

"""The one order in which changes of people wait for one another: the person first, the log last."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from deskcore.people.models import Person


def lock_person(session: Session, person_id: int) -> Person:
    """Return somebody as stored now, whom nobody else changes until the end of the unit of work.

    Call it before anything is read that decides what is written, and before the first entry in the log: writers
    wait for one another there, so whoever held its end and then asked for a person could wait for ever. Rows that
    only refer to the person are not held up.
    """
    wanted = select(Person).where(Person.id == person_id).with_for_update(key_share=True)
    return session.scalars(wanted.execution_options(populate_existing=True)).one()

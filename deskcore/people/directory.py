"""The people of the organisation, a page at a time."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import or_, select, tuple_
from sqlalchemy.orm import joinedload

from deskcore.extensions import db
from deskcore.people.models import Person

#: So many words of a search are looked at.
_WORDS = 5


def people_by_name(
    text: str = "", *, limit: int, after: tuple[str, str] | None = None, only: int | None = None
) -> Sequence[Person]:
    """Return active people by name and address, with department, location and manager.

    :param text: words that must all stand in the name or the address.
    :param after: name and address of the person the page begins behind.
    :param only: id of the one person who may be found at all.
    """
    options = joinedload(Person.department), joinedload(Person.location), joinedload(Person.manager)
    wanted = select(Person).where(Person.active).options(*options).order_by(Person.name, Person.email).limit(limit)
    if only is not None:
        wanted = wanted.where(Person.id == only)
    if after is not None:
        wanted = wanted.where(tuple_(Person.name, Person.email) > after)
    for word in text.split()[:_WORDS]:
        wanted = wanted.where(
            or_(Person.name.icontains(word, autoescape=True), Person.email.icontains(word, autoescape=True))
        )
    return db.session.scalars(wanted).all()

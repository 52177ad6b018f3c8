"""Who works on a desk, for the menus in which somebody is chosen, and the names of others whom a page mentions."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import false, or_, select, true, union_all

from deskcore.alphabet import alphabetical
from deskcore.extensions import db
from deskcore.people.models import DeskGrant, Person

#: Agents whom a menu names at once; where there are more, it fetches them when it is opened.
MENU = 20


@dataclass(frozen=True)
class Agent:
    """Somebody who works on a desk."""

    id: int
    name: str
    email: str


@dataclass(frozen=True)
class Colleagues:
    """The agents of a desk by name, and the names of everybody else who was asked for."""

    agents: Sequence[Agent]
    by_id: dict[int, str]
    by_email: dict[str, str]


def desk_agents(desk_ids: Sequence[int], most: int | None = None) -> list[Agent]:
    """Return the active agents of these desks by name, in one statement.

    :param most: where there are more, none is returned.
    """
    here = select(DeskGrant.person_id).where(DeskGrant.desk_id.in_(desk_ids))
    wanted = select(Person.id, Person.name, Person.email).where(Person.id.in_(here), Person.active)
    found = db.session.execute(wanted.limit(None if most is None else most + 1)).all()
    return [] if most is not None and len(found) > most else _by_name(Agent(*row) for row in found)


def colleagues(desk_id: int, ids: Collection[int], emails: Collection[str]) -> Colleagues:
    """Return the active agents of a desk, and the names of further people, in one statement.

    :param ids: people whom the page mentions by id; ``emails``: those it mentions by address.
    """
    columns = (Person.id, Person.name, Person.email)
    here = select(DeskGrant.person_id).where(DeskGrant.desk_id == desk_id)
    agents = select(*columns, true().label("works")).where(Person.id.in_(here), Person.active)
    others = select(*columns, false().label("works")).where(or_(Person.id.in_(ids), Person.email.in_(emails)))
    rows = db.session.execute(union_all(agents, others) if ids or emails else agents).all()
    working = _by_name(Agent(row.id, row.name, row.email) for row in rows if row.works)
    return Colleagues(working, {row.id: row.name for row in rows}, {row.email: row.name for row in rows})


def _by_name(agents: Iterable[Agent]) -> list[Agent]:
    return sorted(agents, key=lambda agent: (alphabetical(agent.name), agent.email))

"""Who works on a desk, for the menus in which somebody is chosen, and the names of others whom a page mentions."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Row, bindparam, false, or_, select, true, union_all

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


_COLUMNS = (Person.id, Person.name, Person.email)
_HERE = select(DeskGrant.person_id).where(DeskGrant.desk_id.in_(bindparam("desks", expanding=True)))
#: Built once: putting a statement together takes longer than running it.
_AGENTS = select(*_COLUMNS, true().label("works")).where(Person.id.in_(_HERE), Person.active)
_OTHERS = select(*_COLUMNS, false().label("works")).where(
    or_(Person.id.in_(bindparam("ids", expanding=True)), Person.email.in_(bindparam("emails", expanding=True)))
)
_AGENTS_AND_OTHERS = union_all(_AGENTS, _OTHERS)


def desk_agents(desk_ids: Sequence[int], most: int | None = None) -> list[Agent]:
    """Return the active agents of these desks by name, in one statement.

    :param most: where there are more, none is returned.
    """
    wanted = _AGENTS if most is None else _AGENTS.limit(most + 1)
    found = db.session.execute(wanted, {"desks": desk_ids}).all()
    return [] if most is not None and len(found) > most else _agents(found)


def colleagues(desk_id: int, ids: Collection[int], emails: Collection[str]) -> Colleagues:
    """Return the active agents of a desk, and the names of further people, in one statement.

    :param ids: people whom the page mentions by id; ``emails``: those it mentions by address.
    """
    wanted = _AGENTS_AND_OTHERS if ids or emails else _AGENTS
    rows = db.session.execute(wanted, {"desks": [desk_id], "ids": [*ids], "emails": [*emails]}).all()
    names = {row.id: row.name for row in rows}
    return Colleagues(_agents(row for row in rows if row.works), names, {row.email: row.name for row in rows})


def _agents(rows: Iterable[Row[int, str, str, bool]]) -> list[Agent]:
    agents = (Agent(row.id, row.name, row.email) for row in rows)
    return sorted(agents, key=lambda agent: (alphabetical(agent.name), agent.email))

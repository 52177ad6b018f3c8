"""Who works on a desk, for the menus in which somebody is chosen, and the names of others whom a page mentions."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Row, and_, bindparam, cast, false, null, or_, select, true, type_coerce, union_all

from deskcore.alphabet import alphabetical
from deskcore.clock import now
from deskcore.extensions import UTCDateTime, db
from deskcore.people.absence_models import Absence
from deskcore.people.models import DeskGrant, Person
from deskcore.tickets.query_language.moments import bound

#: Agents whom a menu names at once; where there are more, it fetches them when it is opened.
MENU = 20


@dataclass(frozen=True)
class Agent:
    """Somebody who works on a desk.

    :param away_until: when an absence that is on now is over.
    """

    id: int
    name: str
    email: str
    away_until: datetime | None = None


@dataclass(frozen=True)
class Colleagues:
    """The agents of a desk by name, and the names of everybody else who was asked for."""

    agents: Sequence[Agent]
    by_id: dict[int, str]
    by_email: dict[str, str]


_COLUMNS = (Person.id, Person.name, Person.email)
_AT = bound(now)
_IS_ON = Absence.begins_at <= _AT, Absence.ends_at > _AT
_HERE = select(DeskGrant.person_id).where(DeskGrant.desk_id.in_(bindparam("desks", expanding=True)))
#: Of somebody who is there, nothing: the join is an outer one.
_UNTIL: sa.ColumnElement[datetime | None] = type_coerce(Absence.ends_at, UTCDateTime())
#: Built once: putting a statement together takes longer than running it.
_AGENTS = (
    select(*_COLUMNS, _UNTIL.label("away_until"), true().label("works"))
    .outerjoin(Absence, and_(Absence.person_id == Person.id, *_IS_ON))
    .where(Person.id.in_(_HERE), Person.active)
)
_NEVER: sa.ColumnElement[Any] = cast(null(), UTCDateTime()).label("away_until")
_OTHERS = select(*_COLUMNS, _NEVER, false().label("works")).where(
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


def _agents(rows: Iterable[Row[int, str, str, datetime | None, bool]]) -> list[Agent]:
    agents = (Agent(row.id, row.name, row.email, row.away_until) for row in rows)
    return sorted(agents, key=lambda agent: (alphabetical(agent.name), agent.email))

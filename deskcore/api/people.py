"""Who is calling, and whom one can ask for."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from deskcore.api.answers import Me, PersonPage
from deskcore.api.authentication import caller
from deskcore.api.blueprint import blueprint
from deskcore.api.examples import ME, SOMEBODY, page
from deskcore.api.parameters import PeopleWanted
from deskcore.api.representations import person_short
from deskcore.people.absentees import absences_now
from deskcore.people.directory import people_by_name
from deskcore.people.models import Person
from deskcore.runtime import runtime
from deskcore.tickets.cursors import make_cursor, read_cursor


@blueprint.operation("GET", "/me", Me, tag="People", example=ME)
def get_me() -> dict[str, Any]:
    """Tell who is calling.

    Names the person the token stands for, and what it allows.
    """
    who, parts = caller(), runtime()
    roles = {desk.key: who.desk_roles[desk.id] for desk in parts.catalogue.desks.values() if desk.id in who.desk_roles}
    return {
        "name": who.person.name,
        "email": who.person.email,
        "language": who.person.language,
        "time_zone": who.person.time_zone or parts.config.time_zone,
        "administrator": who.person.administrator,
        "area": who.area,
        "scopes": sorted(who.scopes),
        "expires_at": who.expires_at,
        "desks": [{"key": key, "role": role} for key, role in roles.items()],
    }


@blueprint.operation(
    "GET",
    "/people",
    PersonPage,
    tag="People",
    scopes=["people:read"],
    query=PeopleWanted,
    example=page(SOMEBODY),
)
def list_people(query: dict[str, Any]) -> dict[str, Any]:
    """List people.

    Those who have an account, by name. A workspace token finds everybody, because an agent may open a ticket for
    anybody; a portal token finds its own person and nobody else.
    """
    who, words = caller(), query.get("q", "")
    bound = f"people {words}"
    after = tuple(read_cursor(bound, query["after"])) if "after" in query else None
    only = who.person.id if who.area == "portal" else None
    found = people_by_name(words, limit=query["limit"] + 1, after=after, only=only)
    shown = found[: query["limit"]]
    following = make_cursor(bound, [shown[-1].name, shown[-1].email]) if len(found) > len(shown) else None
    away = absences_now([person.id for person in shown])
    return {"items": [_item(person, away.get(person.id)) for person in shown], "next": following}


def _item(person: Person, absent_until: datetime | None) -> dict[str, Any]:
    return {
        "name": person.name,
        "email": person.email,
        "job_title": person.job_title,
        "phone": person.phone,
        "department": person.department.name if person.department else None,
        "location": person.location.name if person.location else None,
        "manager": person_short(person.manager),
        "absent_until": absent_until,
    }

"""Who is calling."""

from __future__ import annotations

from typing import Any

from deskcore.api.authentication import caller
from deskcore.api.blueprint import blueprint
from deskcore.api.schemas import Me
from deskcore.runtime import runtime

_EXAMPLE = {
    "name": "Marek Nowak",
    "email": "marek.nowak@meridian.example",
    "language": "pl",
    "time_zone": "Europe/Warsaw",
    "administrator": False,
    "area": "workspace",
    "scopes": ["desks:read", "tickets:read", "tickets:write"],
    "expires_at": "2027-03-02T08:15:00Z",
    "desks": [{"key": "it", "role": "agent"}],
}


@blueprint.operation("GET", "/me", Me, tag="People", example=_EXAMPLE)
def get_me() -> dict[str, Any]:
    """Tell who the token stands for and what it allows."""
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

"""What can be asked of whom: desks and request types."""

from __future__ import annotations

from typing import Any

from flask import g
from flask_babel import gettext as _

from deskcore.api.answers import DeskPage, RequestTypePage
from deskcore.api.authentication import caller
from deskcore.api.blueprint import blueprint
from deskcore.api.examples import DESK, REQUEST_TYPE, page
from deskcore.api.parameters import TypesWanted
from deskcore.desks.catalogue import DeskEntry, RequestTypeEntry
from deskcore.desks.schemas import json_schema
from deskcore.errors import Problem, Refused
from deskcore.runtime import runtime


def desks_shown() -> list[DeskEntry]:
    """Return the desks that the caller may name: in the workspace one's own, in the portal all that are open."""
    who = caller()
    desks = runtime().catalogue.desks.values()
    return [desk for desk in desks if (desk.enabled if who.area == "portal" else desk.id in who.desk_roles)]


def desk_named(key: str) -> DeskEntry:
    """Return the desk that a caller names.

    :raises Refused: when there is none, or the caller may not know that there is one.
    """
    for desk in desks_shown():
        if desk.key == key:
            return desk
    raise Refused(Problem(_("There is no desk “%(desk)s”.", desk=key), "desk"))


def type_named(desk: DeskEntry, key: str) -> RequestTypeEntry:
    """Return the request type that a caller names.

    :raises Refused: when the desk has none of that name.
    """
    entry = runtime().catalogue.types.get((desk.key, key))
    if entry is None:
        raise Refused(Problem(_("This desk has no request type “%(name)s”.", name=key), "request_type"))
    return entry


@blueprint.operation("GET", "/desks", DeskPage, tag="Desks", scopes=["desks:read"], example=page(DESK))
def list_desks() -> dict[str, Any]:
    """List desks.

    With a workspace token those one works on, with a portal token those that take requests.
    """
    return {"items": [_desk(desk) for desk in desks_shown()], "next": None}


def _desk(desk: DeskEntry) -> dict[str, Any]:
    works = caller().area == "workspace"
    statuses = [
        {"key": status.key, "category": status.category, "title": status.title.in_language(g.language)}
        for status in desk.statuses
    ]
    teams = [{"key": team.key, "title": team.title.in_language(g.language), "tier": team.tier} for team in desk.teams]
    return {
        "key": desk.key,
        "title": desk.title.in_language(g.language),
        "open": desk.enabled,
        "statuses": statuses if works else [],
        "teams": teams if works else [],
    }


@blueprint.operation(
    "GET",
    "/request-types",
    RequestTypePage,
    tag="Desks",
    scopes=["desks:read"],
    query=TypesWanted,
    example=page(REQUEST_TYPE),
)
def list_request_types(query: dict[str, Any]) -> dict[str, Any]:
    """List request types.

    That is what can be asked for, with the JSON Schema of each form's answers.
    """
    shown = {desk_named(query["desk"]).key} if "desk" in query else {desk.key for desk in desks_shown()}
    return {"items": [_type(entry) for entry in runtime().catalogue.offered() if entry.desk.key in shown], "next": None}


def _type(entry: RequestTypeEntry) -> dict[str, Any]:
    return {
        "key": entry.type.key,
        "desk": entry.desk.key,
        "title": entry.type.title.in_language(g.language),
        "summary": entry.type.summary.in_language(g.language),
        "fields_": json_schema(entry.type, g.language),
    }

"""Operations of the API: visits, which break in every way when their guest is called so."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields
from sqlalchemy import select

from deskcore.plugin import NotFound, Refused, session, unit_of_work
from deskcore_dummy_all.models import Visit


class VisitItem(Schema):
    """A visit."""

    guest = fields.String(required=True)
    badge = fields.String(required=True)


class VisitPage(Schema):
    """Visits."""

    items = fields.List(fields.Nested(VisitItem), required=True)


class VisitsWanted(Schema):
    """Which visits are wanted."""

    guest = fields.String(load_default="", metadata={"description": "Whose."})


class VisitBody(Schema):
    """A visit to announce."""

    guest = fields.String(required=True)


def list_visits(query: dict[str, Any]) -> Any:
    """List visits of a guest."""
    guest = query["guest"]
    if guest == "exit":
        raise SystemExit(3)
    if guest == "broken":
        raise ValueError("the secret of the visitor")
    if guest == "garbage":
        return {"items": object()}
    if guest == "nobody":
        raise NotFound("We expect nobody of this name.")
    return {"items": session().scalars(select(Visit).where(Visit.guest == guest)).all()}


def announce(badge: str, body: dict[str, Any]) -> Visit:
    """Announce a visitor."""
    if not badge.startswith("B-"):
        raise Refused("A badge begins with B-.")
    with unit_of_work() as work:
        visit = work.scalar(select(Visit).where(Visit.badge == badge)) or Visit(badge=badge)
        visit.guest = body["guest"]
        work.add(visit)
    return visit

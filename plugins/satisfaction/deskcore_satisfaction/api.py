"""Operations of the API, under ``/api/v1/x/satisfaction``: ratings of a ticket, and of a desk."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from flask_babel import gettext as _
from marshmallow import Schema, fields, validate
from sqlalchemy import select, tuple_

from deskcore.plugin import ApiResource, NotFound, Problem, Refused, TicketScoped, people, session, tickets
from deskcore_satisfaction.models import Survey

#: Ratings of one answer.
_PAGE, _MOST = 25, 100


class RatingSchema(Schema):
    """A question that somebody was asked, and the answer as far as there is one."""

    number = fields.String(required=True)
    desk = fields.String(required=True)
    request_type = fields.String(required=True)
    rating = fields.Integer(required=True, allow_none=True)
    comment = fields.String(required=True)
    asked_at = fields.DateTime(required=True, format="iso")
    rated_at = fields.DateTime(required=True, allow_none=True, format="iso")
    handled_at = fields.DateTime(required=True, allow_none=True, format="iso")


class RatingsSchema(Schema):
    """Ratings, and after which one the next page begins; ``null`` after the last."""

    items = fields.List(fields.Nested(RatingSchema), required=True)
    next = fields.String(required=True, allow_none=True)


class PageSchema(Schema):
    """Which page of the ratings."""

    limit = fields.Integer(load_default=_PAGE, validate=validate.Range(1, _MOST))
    after = fields.String(load_default="", validate=validate.Length(max=24))


def of_ticket(number: str) -> Mapping[str, Any]:
    """List what was asked about a ticket, and the ratings; in the portal for whoever was asked alone."""
    me = people.asking()
    wanted = select(Survey).where(
        Survey.ticket_id.in_(TicketScoped.id_of(number.upper()[:20])), Survey.state == "asked"
    )
    if me.area == "portal":
        wanted = wanted.where(Survey.requester.in_(people.addresses_of(me.email)))
    found = session().scalars(wanted.order_by(Survey.id.desc()).limit(_MOST)).all()
    if not found:
        raise NotFound(_("Nobody was asked about such a ticket."))
    return {"items": list(_shown(found)), "next": None}


def of_desk(desk: str, query: Mapping[str, Any]) -> Mapping[str, Any]:
    """List the ratings of a desk, the last first; agents get those of what they solved, leads all."""
    me = people.asking()
    if me.area != "workspace" or desk not in me.desks:
        raise NotFound(_("There is no such desk."))
    wanted = select(Survey).where(Survey.desk == desk, Survey.rating.is_not(None))
    if me.desks[desk] != "lead":
        wanted = wanted.where(Survey.agent == me.email)
    if query["after"]:
        last = session().scalar(wanted.where(Survey.token == query["after"]))
        if last is None:
            raise Refused(Problem(_("There is no such page; begin with the first."), "after"))
        wanted = wanted.where(tuple_(Survey.rated_at, Survey.id) < (last.rated_at, last.id))
    newest = wanted.order_by(Survey.rated_at.desc(), Survey.id.desc())
    found = session().scalars(newest.limit(query["limit"] + 1)).all()
    page = found[: query["limit"]]
    return {"items": list(_shown(page)), "next": page[-1].token if len(found) > len(page) else None}


def _shown(surveys: Iterable[Survey]) -> Iterable[Mapping[str, Any]]:
    known = tickets.views({survey.ticket_id for survey in surveys})
    for survey in surveys:
        if survey.ticket_id in known:
            names = ("desk", "request_type", "rating", "comment", "asked_at", "rated_at", "handled_at")
            yield {"number": known[survey.ticket_id].number} | {name: getattr(survey, name) for name in names}


_MOMENT = datetime(2026, 11, 23, 9, 30, tzinfo=UTC).isoformat()
EXAMPLE = {
    "items": [
        {
            "number": "IT-2394",
            "desk": "it",
            "request_type": "incident",
            "rating": 4,
            "comment": "Quick, thank you.",
            "asked_at": _MOMENT,
            "rated_at": _MOMENT,
            "handled_at": None,
        }
    ],
    "next": None,
}
RESOURCES = [
    ApiResource("satisfaction_of_ticket", "GET", "/tickets/<number>", of_ticket, answer=RatingsSchema, example=EXAMPLE),
    ApiResource(
        "satisfaction_of_desk",
        "GET",
        "/desks/<desk>",
        of_desk,
        answer=RatingsSchema,
        query=PageSchema,
        example=EXAMPLE,
        order=110,
    ),
]

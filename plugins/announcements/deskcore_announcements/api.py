"""Operations of the API, under ``/api/v1/x/announcements``: what the status page says, for programs."""

from __future__ import annotations

from typing import Any

from flask import after_this_request, request
from marshmallow import Schema, fields
from werkzeug.wrappers import Response

from deskcore.plugin import ApiResource, now, people
from deskcore_announcements import reading
from deskcore_announcements.reading import Shown


class NoticeSchema(Schema):
    """A notice."""

    key = fields.String(required=True)
    desk = fields.String(required=True)
    kind = fields.String(required=True)
    state = fields.String(required=True)
    title = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    text = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    services = fields.List(fields.String(), required=True)
    affected = fields.Integer(required=True)
    affects_me = fields.Boolean(required=True)
    starts_at = fields.DateTime(required=True, format="iso")
    next_update_at = fields.DateTime(required=True, format="iso", allow_none=True)
    ends_at = fields.DateTime(required=True, format="iso", allow_none=True)
    resolved_at = fields.DateTime(required=True, format="iso", allow_none=True)
    updated_at = fields.DateTime(required=True, format="iso")


class NoticesSchema(Schema):
    """What is going on, what is planned, and what was during the last 30 days."""

    items = fields.List(fields.Nested(NoticeSchema), required=True)


def list_notices() -> dict[str, Any]:
    """List the notices: what is going on, what is planned, and what was during the last 30 days."""
    reader = people.asking()
    after_this_request(_with_etag)
    return {"items": [_shown(each) for each in (*reading.current(reader), *reading.lately(reader))]}


def _with_etag(response: Response) -> Response:
    """Let a program that asks every minute get an answer only when something changed."""
    response.add_etag()
    return response.make_conditional(request)


def _shown(shown: Shown) -> dict[str, Any]:
    notice = shown.notice
    same = ("desk", "kind", "services", "starts_at", "next_update_at", "ends_at", "resolved_at", "updated_at")
    return {key: getattr(notice, key) for key in same} | {
        "key": notice.token,
        "state": notice.state(now()),
        "title": {"en": notice.title_en, "pl": notice.title_pl},
        "text": {"en": notice.latest.en, "pl": notice.latest.pl},
        "affected": shown.affected,
        "affects_me": shown.mine,
    }


NOTICE = {
    "key": "p9hXc2WqTz0a",
    "desk": "it",
    "kind": "problem",
    "state": "current",
    "title": {"en": "E-mail arrives late", "pl": "Poczta przychodzi z\u00a0opóźnieniem"},
    "text": {"en": "We found the cause and are fixing it.", "pl": "Przyczyna jest znana, usuwamy ją."},
    "services": ["it/incident"],
    "affected": 12,
    "affects_me": False,
    "starts_at": "2026-11-20T08:10:00+00:00",
    "next_update_at": "2026-11-20T11:00:00+00:00",
    "ends_at": None,
    "resolved_at": None,
    "updated_at": "2026-11-20T09:40:00+00:00",
}
RESOURCES = [
    ApiResource("announcements_list", "GET", "/notices", list_notices, NoticesSchema, example={"items": [NOTICE]}),
]

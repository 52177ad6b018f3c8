"""Signed cursors for keyset paging: bound to their query, and refused when edited; whoever wishes can read them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import current_app
from flask_babel import gettext as _
from itsdangerous import BadData, URLSafeSerializer

from deskcore.errors import Problem, Refused


def _serializer(query: str) -> URLSafeSerializer:
    return URLSafeSerializer(current_app.secret_key or "", salt="cursor:" + query)


def make_cursor(query: str, values: list[Any]) -> str:
    """Return a cursor for the row with these sort values.

    :param query: what the list was asked for; the cursor works for the same query only.
    """
    plain = [{"t": value.isoformat()} if isinstance(value, datetime) else value for value in values]
    cursor: str = _serializer(query).dumps(plain)
    return cursor


def read_cursor(query: str, cursor: str) -> list[Any]:
    """Return the sort values in a cursor.

    :raises Refused: when it was edited or belongs to another query.
    """
    try:
        plain = _serializer(query).loads(cursor)
    except BadData as error:
        raise stale_cursor() from error
    return [datetime.fromisoformat(value["t"]) if isinstance(value, dict) else value for value in plain]


def stale_cursor() -> Refused:
    """Return the refusal of a cursor that leads nowhere."""
    return Refused(Problem(_("This page link is no longer valid. Start from the first page."), "after"))

"""What a plugin's call has around it in a thread of its own: application, language and viewer, but not the request."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from flask import Flask, current_app, g, has_app_context, has_request_context, request
from flask_babel import force_locale, get_locale, get_timezone

from deskcore.extensions import db
from deskcore.lent import Lent, lent_here
from deskcore.origin import come_from, origin
from deskcore.work import fence

Surroundings = Callable[[], AbstractContextManager[None]]


def of_now(lent: Lent, *, page: bool = False) -> Surroundings:
    """Return a context for another thread that is like here: with a session, hence a transaction, of its own.

    :param lent: what the call may do to the database.
    :param page: the call adds to a page, and builds addresses; it still sees nothing of the request.
    """
    if not has_app_context():
        return lambda: _bare(lent)
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    reader = (str(get_locale()), get_timezone()) if "babel" in app.extensions else None
    viewer = db.session().info.get("viewer") if "sqlalchemy" in app.extensions else None
    where, fenced = origin(), fence.get()
    address = request.host_url if page and has_request_context() else ""

    @contextmanager
    def entered() -> Iterator[None]:
        with _bare(lent), app.test_request_context(base_url=address) if address else app.app_context():
            come_from(where)
            fence.set(fenced)
            if viewer is not None:
                db.session().info["viewer"] = viewer
            with _read_by(reader):
                yield

    return entered


@contextmanager
def _read_by(reader: tuple[str, Any] | None) -> Iterator[None]:
    if reader is None:
        yield
        return
    with force_locale(reader[0]):
        g._flask_babel.babel_tzinfo = reader[1]
        yield


@contextmanager
def _bare(lent: Lent) -> Iterator[None]:
    token = lent_here.set(lent)
    try:
        yield
    finally:
        lent_here.reset(token)

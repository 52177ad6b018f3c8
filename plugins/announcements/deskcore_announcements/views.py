"""Pages at ``/status``: what is going on, what is planned, what was lately; some organisations show it to everybody."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _

from deskcore.plugin import NotAllowed, NotFound, ViewerView, now, people, setting
from deskcore_announcements import affecting, reading, words

pages = Blueprint("announcements", __name__)


def signed_in() -> ViewerView | None:
    """Return who reads; nobody for whoever is not signed in."""
    try:
        return people.asking()
    except NotAllowed:
        return None


@pages.get("", endpoint="status")
def status() -> ResponseReturnValue:
    """Show everything, or that everything works; whoever is not signed in and has it already gets a few bytes."""
    reader = signed_in()
    if reader is None and not setting("announcements", "public_status"):
        return redirect(url_for("auth.login", next=url_for("announcements.status")), 302)
    current, lately = reading.with_updates(reading.current(reader)), reading.lately(reader)
    if reader is not None:
        return _page(current, lately, reader)
    tag = _tag([*current, *lately])
    response = Response(status=304) if request.if_none_match.contains_weak(tag) else _page(current, lately, None)
    response.set_etag(tag, weak=True)
    response.headers["Cache-Control"] = "private, no-cache"
    return response


def _page(current: Sequence[reading.Shown], lately: Sequence[reading.Shown], reader: ViewerView | None) -> Response:
    moment = now()
    page = render_template(
        "announcements/status.html",
        now=[each for each in current if each.notice.state(moment) == "current"],
        planned=[each for each in current if each.notice.state(moment) == "planned"],
        lately=lately,
        reader=reader,
        words=words,
        subscribed=reader is not None and affecting.subscribes(reader),
    )
    return make_response(page)


def _tag(shown: Sequence[reading.Shown]) -> str:
    """Return what names the page as it is now.

    The minute is part of it: the page says how long ago something was, and its frame may change without any notice.
    """
    moment = now()
    known = [(each.notice.token, each.notice.updated_at, each.notice.state(moment), each.affected) for each in shown]
    said = repr((str(get_locale()), f"{moment:%Y-%m-%d %H:%M}", known))
    return hashlib.sha256(said.encode()).hexdigest()[:16]


@pages.get("/<token>")
def notice(token: str) -> ResponseReturnValue:
    """Show one notice with everything that was said of it."""
    reader = signed_in()
    if reader is None and not setting("announcements", "public_status"):
        return redirect(url_for("auth.login", next=request.path), 302)
    shown = reading.find(token, reader)
    if shown is None:
        raise NotFound(_("There is no such notice, or it is not for you."))
    state = shown.notice.state(now())
    return render_template("announcements/notice.html", shown=shown, state=state, reader=reader, words=words)

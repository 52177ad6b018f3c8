"""Pages at ``/status``: what is going on, what is planned, what was lately; some organisations show it to everybody."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
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
    """Show everything, or that everything works."""
    reader = signed_in()
    if reader is None and not setting("announcements", "public_status"):
        return redirect(url_for("auth.login", next=url_for("announcements.status")), 302)
    moment, current = now(), reading.with_updates(reading.current(reader))
    return render_template(
        "announcements/status.html",
        now=[each for each in current if each.notice.state(moment) == "current"],
        planned=[each for each in current if each.notice.state(moment) == "planned"],
        lately=reading.lately(reader),
        reader=reader,
        words=words,
        subscribed=reader is not None and affecting.subscribes(reader),
    )


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

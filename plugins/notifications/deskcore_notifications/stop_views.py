"""The page to which the link of a letter leads that ends e-mail: opening it changes nothing, sending it does."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from deskcore.plugin import NotAllowed, people, tickets
from deskcore_notifications import stopping
from deskcore_notifications.events import BY_KEY
from deskcore_notifications.mail_server import PLUGIN
from deskcore_notifications.stopping import BadLink, Ends

linked = Blueprint("notifications_stop", __name__)


@linked.get("/stop/<signed>")
def confirm(signed: str) -> ResponseReturnValue:
    """Say what a link ends, and ask for a confirmation."""
    return _answer(signed, act=False)


@linked.post("/stop/<signed>")
def stop(signed: str) -> ResponseReturnValue:
    """End it: for a mail program, which sends what RFC 8058 wants, and for the button of the page."""
    form = request.form
    return _answer(signed, act="confirmed" in form or form.get("List-Unsubscribe") == "One-Click")


def _answer(signed: str, *, act: bool) -> ResponseReturnValue:
    reader = _signed_in()
    with tickets.as_plugin(PLUGIN):
        try:
            ends = stopping.read_link(signed)
        except BadLink as error:
            return _over(error)
        if reader not in ("", *people.addresses_of(ends.receiver)):
            return _page(_("This link was made for somebody else. Sign out first, or change your own settings.")), 403
        number = stopping.number_of(ends)
        if act:
            stopping.stop(ends)
    return _page(ends=ends, number=number, done=act)


def _signed_in() -> str:
    try:
        return people.asking().email
    except NotAllowed:
        return ""


def _over(error: BadLink) -> ResponseReturnValue:
    if error.expired:
        return _page(_("This link is too old. Sign in and choose in your settings what you are told.")), 410
    return _page(_("This link is not complete, or was changed. Open it again from the message.")), 404


def _page(problem: str = "", *, ends: Ends | None = None, number: str = "", done: bool = False) -> str:
    return render_template(
        "notifications/stop.html",
        problem=problem,
        ends=ends,
        number=number,
        done=done,
        ending=[BY_KEY[key].title for key in ends.events] if ends is not None else [],
        fixed=[BY_KEY[key].title for key in ends.fixed] if ends is not None else [],
    )

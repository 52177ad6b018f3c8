"""The administrator's page about e-mail: whether it goes out, what did not, and a message to try it."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from deskcore.plugin import NotFound, people
from deskcore_notifications import line, sending, trouble
from deskcore_notifications.composing import test_letter
from deskcore_notifications.mail_server import Away, MailServer, NotNow, Refused, access
from deskcore_notifications.models import new_token

pages = Blueprint("notifications_admin", __name__)


@pages.get("/mail")
def mail() -> str:
    """Show how the mail server does, and which letters were given up."""
    return _page()


@pages.post("/mail/again")
def again() -> ResponseReturnValue:
    """Send a letter again that was given up."""
    if not trouble.again(request.form.get("token", "")):
        raise NotFound(_("This letter is not there any more, or was sent meanwhile."))
    flash(_("It is sent again."), "toast")
    return redirect(url_for("notifications_admin.mail"), 303)


@pages.post("/mail/now")
def now() -> ResponseReturnValue:
    """Do not wait any longer for a server that was away."""
    line.try_now()
    sending.send_soon()
    flash(_("The server is tried again."), "toast")
    return redirect(url_for("notifications_admin.mail"), 303)


@pages.post("/mail/test")
def test() -> ResponseReturnValue:
    """Send a message to whoever asks, at once, and say what the server said."""
    to, me = access(), people.get(people.asking().email)
    if to is None or me is None:
        return _page(_("Say in the settings which mail server there is, and from which address to send.")), 422
    try:
        with MailServer(to) as server:
            server.hand_over(test_letter(me, to.sender, new_token()), me.email)
    except (Away, NotNow, Refused) as error:
        return _page(_("The mail server did not take the message. It said: %(words)s", words=error)), 422
    flash(_("The mail server took a message to %(address)s.", address=me.email), "toast")
    return redirect(url_for("notifications_admin.mail"), 303)


def _page(problem: str = "") -> str:
    to = access()
    return render_template(
        "notifications/mail.html",
        server=to,
        health=trouble.health(),
        waiting=sending.waiting(),
        lost=trouble.lost(),
        problem=problem,
        failed=bool(problem),
    )

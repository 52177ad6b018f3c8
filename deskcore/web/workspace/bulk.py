"""One action over several ticked tickets of a list; each ticket is changed on its own."""

from __future__ import annotations

from collections.abc import Callable

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from deskcore.errors import DeskcoreError, Refused
from deskcore.hooks.contributions import PRIORITIES
from deskcore.tickets.services import assign, set_priority
from deskcore.web.templating import toast
from deskcore.web.viewer import current_person, safe_next
from deskcore.web.workspace.area import blueprint

#: Tickets that one bulk action changes at most: a full page.
MOST = 100


@blueprint.post("/tickets/bulk")
def bulk() -> ResponseReturnValue:
    """Do what the pressed button says to every ticked ticket, and name those that were skipped."""
    numbers = list(dict.fromkeys(request.form.getlist("number")))[:MOST]
    back = safe_next(request.form.get("back"), url_for("workspace.queue"))
    change = _change()
    if not numbers:
        flash(_("Tick the tickets first."), "error")
        return redirect(back)
    done, skipped = 0, []
    for number in numbers:
        try:
            change(number)
            done += 1
        except DeskcoreError as error:
            skipped.append(f"{number}: {error.message}")
    if done:
        toast(ngettext("%(num)s ticket changed.", "%(num)s tickets changed.", done))
    if skipped:
        flash(_("Not changed – %(reasons)s", reasons=" ".join(skipped[:10])), "error")
    return redirect(back)


def _change() -> Callable[[str], None]:
    """Return what is done to each ticket.

    :raises Refused: when no known button was pressed.
    """
    assignee, priority = request.form.get("assignee"), request.form.get("priority", "")
    if assignee is not None:
        email = current_person().email if assignee == "me" else assignee
        return lambda number: assign(number, email or None)
    if priority in PRIORITIES:
        return lambda number: set_priority(number, priority)
    raise Refused(_("Choose what to do with the tickets."))

"""“Take next”: the most urgent ticket that nobody has is assigned and opened."""

from __future__ import annotations

from flask import redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from deskcore.people.absentees import absence_now
from deskcore.tickets.services import take_next
from deskcore.web.templating import last_day, toast
from deskcore.web.viewer import current_person
from deskcore.web.workspace.area import blueprint
from deskcore.web.workspace.filters import read_list
from deskcore.web.workspace.surroundings import came_from


@blueprint.post("/next")
def take() -> ResponseReturnValue:
    """Take the next ticket of the list in the address, or of all the agent's desks, and open it."""
    found = came_from() or read_list({"queue": "unassigned"})
    number = take_next(found.query)
    if number is None:
        toast(_("All clear: nothing here waits for somebody to take it."))
        return redirect(found.url(), 303)
    absence = absence_now(current_person().id)
    if absence is None:
        toast(_("%(number)s is yours now.", number=number))
    else:
        day = last_day(absence.ends_at)
        toast(_("%(number)s is yours now, although you are away until %(day)s.", number=number, day=day))
    return redirect(url_for("workspace.ticket", number=number, **found.carried), 303)

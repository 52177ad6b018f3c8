"""Absences that who leads a desk plans for its agents, and agents for themselves."""

from __future__ import annotations

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from deskcore.errors import Conflict, Refused
from deskcore.people.services import get_person
from deskcore.web.absences import receive, shown_again
from deskcore.web.templating import toast
from deskcore.web.workspace.area import blueprint
from deskcore.web.workspace.people import person_page


@blueprint.post("/people/<email>/absences")
def person_absence(email: str) -> ResponseReturnValue:
    """Plan, change or end an absence of somebody who works on a desk."""
    found = get_person(email)
    try:
        toast(receive(found))
    except (Conflict, Refused) as error:
        return person_page(found.email, shown_again(error)), error.status
    return redirect(url_for("workspace.person", email=found.email, _anchor="out"), 303)

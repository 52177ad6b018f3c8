"""Absences that an administrator plans for somebody."""

from __future__ import annotations

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from deskcore.errors import Conflict, Refused
from deskcore.people.services import get_person
from deskcore.web.absences import receive, shown_again
from deskcore.web.admin.area import blueprint
from deskcore.web.admin.person_page import person_page
from deskcore.web.templating import toast


@blueprint.post("/people/<email>/absences")
def person_absence(email: str) -> ResponseReturnValue:
    """Plan, change or end an absence of somebody."""
    found = get_person(email)
    try:
        toast(receive(found))
    except (Conflict, Refused) as error:
        return person_page(email, absence=shown_again(error)), error.status
    return redirect(url_for("admin.person", email=found.email, _anchor="out"), 303)

"""Absences that who leads a desk plans for its agents, and agents for themselves."""

from __future__ import annotations

from flask import url_for
from flask.typing import ResponseReturnValue

from deskcore.people.services import get_person
from deskcore.web.absences import receive
from deskcore.web.workspace.area import blueprint
from deskcore.web.workspace.people import person_page


@blueprint.post("/people/<email>/absences")
def person_absence(email: str) -> ResponseReturnValue:
    """Plan, change or end an absence of somebody who works on a desk."""
    found = get_person(email)
    back = url_for("workspace.person", email=found.email, _anchor="out")
    return receive(found, lambda refused: person_page(found.email, refused), back)

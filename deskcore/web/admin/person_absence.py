"""Absences that an administrator plans for somebody."""

from __future__ import annotations

from flask import url_for
from flask.typing import ResponseReturnValue

from deskcore.people.services import get_person
from deskcore.web.absences import receive
from deskcore.web.admin.area import blueprint
from deskcore.web.admin.person_page import person_page


@blueprint.post("/people/<email>/absences")
def person_absence(email: str) -> ResponseReturnValue:
    """Plan, change or end an absence of somebody."""
    found = get_person(email)
    back = url_for("admin.person", email=found.email, _anchor="out")
    return receive(found, lambda refused: person_page(email, absence=refused), back)

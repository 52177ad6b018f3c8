"""For whom somebody may ask without leading that person."""

from __future__ import annotations

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from deskcore.errors import Refused
from deskcore.people.assistants import name_assistant, withdraw_assistant
from deskcore.people.models import Person
from deskcore.people.services import get_person
from deskcore.web.admin.area import blueprint
from deskcore.web.admin.editing import given, typed_again
from deskcore.web.admin.person_page import person_page
from deskcore.web.templating import toast


@blueprint.post("/people/<email>/asks-for")
def person_asks_for(email: str) -> ResponseReturnValue:
    """Let somebody ask for another person."""
    person, values = get_person(email), given(("for",))
    try:
        found = name_assistant(person, values["for"])
    except Refused as refused:
        return person_page(email, assistant_form=typed_again(refused, values)), 422
    toast(_("Saved. Requests for others: %(name)s can ask for %(other)s.", name=person.name, other=found.name))
    return _back(person)


@blueprint.post("/people/<email>/asks-for/withdraw")
def person_asks_no_more(email: str) -> ResponseReturnValue:
    """Let somebody no longer ask for another person."""
    person = get_person(email)
    withdraw_assistant(person, request.form.get("for", ""))
    toast(_("Saved. Requests that were sent stay as they are."))
    return _back(person)


def _back(person: Person) -> Response:
    return redirect(url_for("admin.person", email=person.email, _anchor="asks-for"), 303)

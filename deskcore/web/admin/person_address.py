"""Another e-mail address for somebody, and the former ones."""

from __future__ import annotations

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from deskcore.errors import Conflict, Refused
from deskcore.fingerprints import fingerprint
from deskcore.people.addresses import change_address, give_up_address, known_as
from deskcore.web.admin.area import blueprint
from deskcore.web.admin.editing import conflict, differences, given, typed_again
from deskcore.web.admin.person_page import person_page
from deskcore.web.templating import toast


@blueprint.post("/people/<email>/address")
def person_address(email: str) -> ResponseReturnValue:
    """Give somebody another address."""
    values = given(("email",))
    try:
        person = change_address(email, values["email"], request.form.get("seen", ""))
    except Refused as refused:
        return person_page(known_as(email).email, address_form=typed_again(refused, values)), 422
    except Conflict as error:
        stored = known_as(email).email
        rows = differences({"email": _("E-mail address")}, {"email": stored}, values)
        return conflict(error.message, rows, fingerprint(stored), url_for("admin.person", email=stored))
    toast(_("%(name)s signs in as %(email)s from now on.", name=person.name, email=person.email))
    return redirect(url_for("admin.person", email=person.email), 303)


@blueprint.post("/people/<email>/address/former")
def person_address_give_up(email: str) -> ResponseReturnValue:
    """Forget a former address of somebody."""
    former = request.form.get("address", "")
    give_up_address(email, former)
    toast(_("%(email)s can become somebody else’s address.", email=former))
    return redirect(url_for("admin.person", email=known_as(email).email), 303)

"""What somebody may do, the link with which a password is set, and API tokens."""

from __future__ import annotations

from typing import Any

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from deskcore.desks.models import DeskRow
from deskcore.errors import Conflict, NotAllowed, Refused
from deskcore.extensions import db
from deskcore.fingerprints import fingerprint
from deskcore.people.administration import revoke_token
from deskcore.people.granting import change_rights, read_rights
from deskcore.people.services import get_person
from deskcore.people.signing_in import make_reset_link
from deskcore.people.tokens import SCOPES, make_token
from deskcore.runtime import runtime
from deskcore.web.admin.area import blueprint
from deskcore.web.admin.editing import conflict, differences
from deskcore.web.admin.person_page import link_reason, person_page, role_labels, token_reason
from deskcore.web.templating import toast
from deskcore.web.viewer import language

_DAYS = range(1, 3651)


@blueprint.post("/people/<email>/rights")
def person_rights(email: str) -> ResponseReturnValue:
    """Store somebody's rights as a whole."""
    person = get_person(email)
    wanted = _wanted()
    try:
        change_rights(email, wanted, request.form.get("seen", ""))
    except Refused as refused:
        db.session.expire_all()
        return person_page(email, rights_error=refused.message, rights=wanted), 422
    except Conflict as error:
        stored = read_rights(person)
        rows = differences(_labels(), _in_words(stored), _in_words(stored | wanted | _together(stored, wanted)))
        return conflict(error.message, rows, fingerprint(stored), url_for("admin.person", email=email))
    toast(_("The rights of %(name)s were saved.", name=person.name))
    return redirect(url_for("admin.person", email=email), 303)


def _wanted() -> dict[str, Any]:
    roles = {key.removeprefix("desk."): value for key, value in request.form.items() if key.startswith("desk.")}
    return {right: request.form.get(right) == "yes" for right in ("administrator", "auditor")} | {"desks": roles}


def _together(stored: dict[str, Any], wanted: dict[str, Any]) -> dict[str, Any]:
    """A desk that the form does not hold stays as it is."""
    return {"desks": {**stored["desks"], **wanted["desks"]}}


def _labels() -> dict[str, str]:
    spoken = language()
    desks = {f"desk.{row.key}": row.title[spoken] for row in db.session.scalars(select(DeskRow))}
    return {"administrator": _("Administrator"), "auditor": _("Auditor")} | desks


def _in_words(rights: dict[str, Any]) -> dict[str, str]:
    words = {True: _("Yes"), False: _("No")}
    roles = {f"desk.{key}": role_labels().get(role, "") for key, role in rights["desks"].items() if role}
    return {right: words[rights[right]] for right in ("administrator", "auditor")} | roles


@blueprint.post("/people/<email>/reset-link")
def person_reset_link(email: str) -> ResponseReturnValue:
    """Make a link with which the person sets a password once; it is shown this once."""
    person = get_person(email)
    reason = link_reason(person)
    if reason:
        raise NotAllowed(reason)
    url = f"{runtime().config.base_url.rstrip('/')}/reset/{make_reset_link(person)}"
    minutes = runtime().config.reset_link_minutes
    note = _("It works once, for %(minutes)s minutes. Give it to %(name)s only.", minutes=minutes, name=person.name)
    return person_page(email, secret={"kind": _("Link to a new password"), "value": url, "note": note})


@blueprint.post("/people/<email>/tokens")
def person_token(email: str) -> ResponseReturnValue:
    """Make an API token; it is shown this once."""
    person = get_person(email)
    reason = token_reason(person)
    if reason:
        raise NotAllowed(reason)
    purpose, days = " ".join(request.form.get("purpose", "").split()), request.form.get("days", "365")
    scopes = [scope for scope in request.form.getlist("scope") if scope in SCOPES]
    if not purpose or not scopes or not (days.isascii() and days.isdecimal() and int(days[:6]) in _DAYS):
        error = _("Say what the token is for, choose what it may do, and for how many days it lives (1 to 3650).")
        return person_page(email, token_error=error), 422
    made = make_token(person, purpose, scopes=scopes, days=int(days))
    note = _("It is shown this once. Store it where the program finds it.")
    return person_page(email, secret={"kind": _("API token"), "value": made.token, "note": note})


@blueprint.post("/people/<email>/tokens/<handle>/revoke")
def person_token_revoke(email: str, handle: str) -> ResponseReturnValue:
    """Void an API token at once."""
    purpose = revoke_token(email, handle)
    toast(_("The token “%(purpose)s” no longer works.", purpose=purpose))
    return redirect(url_for("admin.person", email=email), 303)

"""People: found, added, changed, let in and out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from deskcore.errors import Conflict, Refused
from deskcore.events.jobs import queue_job
from deskcore.extensions import db
from deskcore.fingerprints import fingerprint
from deskcore.people.addresses import known_as
from deskcore.people.administration import (
    KINDS,
    LONGEST,
    change_person,
    checked_particulars,
    columns_of,
    list_people,
    particulars,
    reactivate,
    whole_person,
)
from deskcore.people.former import refuse_taken
from deskcore.people.models import Person
from deskcore.people.services import create_person, get_person, normalise_email
from deskcore.tickets.cursors import make_cursor, read_cursor
from deskcore.tickets.leaving import StillOpen, close_account
from deskcore.tickets.managers import JOB
from deskcore.web.admin.area import blueprint
from deskcore.web.admin.editing import Typed, conflict, differences, given, options, typed_again
from deskcore.web.admin.person_page import person_page
from deskcore.web.templating import toast
from deskcore.work import unit_of_work

PAGE = 50
_FIELDS = (*LONGEST, "manager", "language")


@blueprint.get("/people")
def people() -> ResponseReturnValue:
    """List people a page at a time; ``?q=`` searches, ``?kind=`` narrows."""
    text = " ".join(request.args.get("q", "").split())[:100]
    kind = request.args.get("kind", "all")
    kind = kind if kind in KINDS else "all"
    try:
        found, previous, following = _page(text, kind)
    except Refused:  # an old or shortened link: the list itself is still right
        return redirect(_url(text, kind))
    return render_template(
        "admin/people.html", people=found, text=text, kind=kind, tabs=_tabs(text, kind),
        previous_url=previous, next_url=following,
    )  # fmt: skip


def _page(text: str, kind: str) -> tuple[list[Person], str, str]:
    """Return a page of people, and the addresses of the pages before and after it.

    :raises Refused: when a cursor was edited or belongs to another list.
    """
    name = f"people {kind} {text}"
    after, before = request.args.get("after", ""), request.args.get("before", "")
    places = {key: _place(name, cursor) for key, cursor in (("before", before), ("after", after)) if cursor}
    places = {"before": places["before"]} if before else places
    found = list_people(text, kind, PAGE + 1, **places)
    more = len(found) > PAGE
    found = found[-PAGE:] if before else found[:PAGE]
    earlier = bool(found) and (more if before else bool(after))
    later = bool(found) and (bool(before) or more)
    return (
        found,
        _url(text, kind, before=make_cursor(name, [found[0].name, found[0].email])) if earlier else "",
        _url(text, kind, after=make_cursor(name, [found[-1].name, found[-1].email])) if later else "",
    )


def _place(name: str, cursor: str) -> tuple[str, str]:
    first, second = read_cursor(name, cursor)
    return str(first), str(second)


def _url(text: str, kind: str, **place: str) -> str:
    values: dict[str, Any] = {"q": text or None, "kind": kind if kind != "all" else None, **place}
    return url_for("admin.people", **values)


def _tabs(text: str, kind: str) -> list[dict[str, Any]]:
    labels = {
        "all": _("All"),
        "desks": _("Work on a desk"),
        "rights": _("Administrators and auditors"),
        "closed": _("Without access"),
    }
    return [{"label": label, "url": _url(text, key), "current": key == kind} for key, label in labels.items()]


@blueprint.get("/people/new")
def person_new() -> str:
    """Show the form for somebody new."""
    return _new_page(Typed({}))


@blueprint.post("/people/new")
def person_add() -> ResponseReturnValue:
    """Add somebody; the first password is set by a link."""
    values = given(("email", *_FIELDS))
    try:
        with unit_of_work() as session:
            clean = _checked(values)
            person = create_person(values["email"], clean["name"], None, **columns_of(session, clean))
    except Refused as refused:
        return _new_page(typed_again(refused, values)), 422
    toast(_("%(name)s was added. Make a link with which the password is set.", name=person.name))
    return redirect(url_for("admin.person", email=person.email), 303)


def _checked(values: Mapping[str, str]) -> dict[str, str]:
    """Check everything at once: a wrong address is told together with a missing name."""
    refuse_taken(db.session(), values["email"].strip().lower())
    return checked_particulars(values)


def _new_page(form: Typed) -> str:
    return render_template(
        "admin/person_new.html",
        form=form,
        languages=options(language_labels(), form.values.get("language", "")),
        summary=form.summary("p-"),
        failed=bool(form.errors),
    )


@blueprint.get("/people/<email>")
def person(email: str) -> ResponseReturnValue:
    """Show somebody: particulars, rights, tokens, access; a former address leads to the present one."""
    found = known_as(email)
    if found.email != normalise_email(email):
        return redirect(url_for("admin.person", email=found.email))
    return person_page(found.email)


@blueprint.post("/people/<email>")
def person_save(email: str) -> ResponseReturnValue:
    """Store somebody's particulars."""
    values = given(_FIELDS)
    try:
        with unit_of_work():
            change_person(email, values, request.form.get("seen", ""))
            queue_job(JOB)  # the requests of this person may be for another manager's eyes now
    except Refused as refused:
        return person_page(email, particulars_form=typed_again(refused, values)), 422
    except Conflict as error:
        stored = particulars(whole_person(email))
        rows = differences(field_labels(), stored, values)
        return conflict(error.message, rows, fingerprint(stored), url_for("admin.person", email=email))
    toast(_("Saved."))
    return redirect(url_for("admin.person", email=email), 303)


@blueprint.post("/people/<email>/access")
def person_access(email: str) -> ResponseReturnValue:
    """Take away somebody's access, or give it back."""
    found = get_person(email)
    try:
        if request.form.get("on") == "1":
            reactivate(email)
            toast(_("%(name)s has access again.", name=found.name))
        else:
            close_account(email, anyway=request.form.get("anyway") == "1")
            toast(_("%(name)s has no access any more; sign-ins and tokens have ended.", name=found.name))
    except StillOpen as still:
        return person_page(email, still_open=[problem.message for problem in still.problems]), 422
    except Refused as refused:
        db.session.expire_all()
        return person_page(email, access_error=refused.message), 422
    return redirect(url_for("admin.person", email=email), 303)


def field_labels() -> dict[str, str]:
    """Return what the fields of a person are called."""
    return {
        "name": _("Name"),
        "job_title": _("Job title"),
        "phone": _("Phone"),
        "department": _("Department"),
        "location": _("Location"),
        "manager": _("Manager"),
        "language": _("Language"),
    }


def language_labels() -> dict[str, str]:
    """Return the languages somebody can read."""
    return {"": _("As in the browser"), "en": "English", "pl": "Polski"}

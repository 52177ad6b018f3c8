"""The first run, in five steps: organisation, administrator, language, mail, sample data.

The first two are open only with the secret that the server printed, and only while there is nobody; the others are
the new administrator's.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from deskcore.desks.form_views import ErrorView, OptionView
from deskcore.errors import NotFound, Problem, Refused
from deskcore.extensions import db
from deskcore.fingerprints import fingerprint
from deskcore.organisation.services import LONGEST, change_look, one_line, read_look, texts_of
from deskcore.people.first_run import first_administrator, is_setup_token, nobody_is_here
from deskcore.people.services import MIN_PASSWORD, update_profile
from deskcore.people.signing_in import SignedIn, begin_session
from deskcore.runtime import runtime
from deskcore.web.route_classes import classify
from deskcore.web.templating import toast
from deskcore.web.viewer import begin, language, signed_in_person

blueprint = Blueprint("setup", __name__, url_prefix="/setup")
classify(blueprint, "public")


@blueprint.get("/<secret>")
def enter(secret: str) -> ResponseReturnValue:
    """Let in whoever has the secret that the server printed, while there is nobody."""
    if not is_setup_token(runtime().config.secret_key, secret) or not nobody_is_here(db.session):
        raise NotFound(_("There is no such page."))
    session["setup"] = secret
    return redirect(url_for("setup.organisation"))


def _require_secret() -> None:
    if not is_setup_token(runtime().config.secret_key, session.get("setup", "")) or not nobody_is_here(db.session):
        raise NotFound(_("There is no such page."))


def _require_administrator() -> None:
    person = signed_in_person()
    if person is None or not person.administrator:
        raise NotFound(_("There is no such page."))


@blueprint.get("/organisation")
def organisation() -> str:
    """Ask for the name of the organisation."""
    _require_secret()
    return _page("organisation", {"organisation": session.get("setup_organisation", "")})


@blueprint.post("/organisation")
def save_organisation() -> ResponseReturnValue:
    """Keep the name until there is somebody to change it."""
    _require_secret()
    name = one_line(request.form.get("organisation", ""))
    if not 0 < len(name) <= LONGEST["organisation"]:
        problem = _("Write the name, with at most %(count)s characters", count=LONGEST["organisation"])
        return _page("organisation", {"organisation": name}, [Problem(problem, "organisation")]), 422
    session["setup_organisation"] = name
    return redirect(url_for("setup.administrator"), 303)


@blueprint.get("/administrator")
def administrator() -> str:
    """Ask who the administrator is."""
    _require_secret()
    return _page("administrator", {})


@blueprint.post("/administrator")
def save_administrator() -> ResponseReturnValue:
    """Make the first person and sign in."""
    _require_secret()
    values = {key: request.form.get(key, "") for key in ("email", "name")}
    try:
        if not one_line(values["name"]):
            raise Refused(Problem(_("Write the name"), "name"))
        person = first_administrator(values["email"], values["name"], request.form.get("password", ""))
    except Refused as refused:
        return _page("administrator", values, list(refused.problems)), 422
    _name_organisation(session.get("setup_organisation", ""))
    begin(SignedIn(person, begin_session(person, request.user_agent.string)))
    return redirect(url_for("setup.language"), 303)


def _name_organisation(name: str) -> None:
    held = texts_of(read_look())
    if name and name != runtime().config.organisation:
        change_look(held | {"organisation": name}, fingerprint(held))


@blueprint.get("/language", endpoint="language")
def language_step() -> str:
    """Ask for the language of those who have not chosen one."""
    _require_administrator()
    return _page("language", {"language": read_look().language or language()})


@blueprint.post("/language")
def save_language() -> ResponseReturnValue:
    """Store the language, for the administrator too."""
    _require_administrator()
    chosen, person = request.form.get("language", ""), signed_in_person()
    if chosen not in ("en", "pl") or person is None:
        return _page("language", {}, [Problem(_("Choose a language"), "language")]), 422
    held = texts_of(read_look())
    change_look(held | {"language": chosen}, fingerprint(held))
    update_profile(person, {"language": chosen})
    return redirect(url_for("setup.mail"), 303)


@blueprint.get("/mail")
def mail() -> str:
    """Say that mail is not there yet."""
    _require_administrator()
    return _page("mail", {})


@blueprint.get("/sample")
def sample() -> str:
    """Say where sample data is."""
    _require_administrator()
    return _page("sample", {})


@blueprint.post("/finish")
def finish() -> ResponseReturnValue:
    """Lead to the administration."""
    _require_administrator()
    toast(_("The helpdesk is set up. What is left stands on this page."))
    return redirect(url_for("admin.home"), 303)


def _page(step: str, values: dict[str, str], problems: list[Problem] | None = None) -> str:
    problems = problems or []
    labels = _labels()
    here = list(labels).index(step)
    return render_template(
        "setup.html",
        step=step,
        title=labels[step],
        steps=[_step(label, place, here) for place, label in enumerate(labels.values())],
        values=values,
        languages=[OptionView(*each, selected=values.get("language") == each[0]) for each in _LANGUAGES],
        shortest=MIN_PASSWORD,
        errors={problem.field: problem.message for problem in problems},
        summary=[ErrorView(problem.message, problem.field) for problem in problems],
        failed=bool(problems),
    )


_LANGUAGES = (("en", "English"), ("pl", "Polski"))


def _labels() -> dict[str, str]:
    return {
        "organisation": _("Organisation"),
        "administrator": _("Administrator"),
        "language": _("Language"),
        "mail": _("Mail"),
        "sample": _("Sample data"),
    }


def _step(label: str, place: int, here: int) -> dict[str, Any]:
    return {"label": label, "state": "past" if place < here else "now" if place == here else "next"}

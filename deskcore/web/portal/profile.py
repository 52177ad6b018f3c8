"""My own settings: language, look, time zone, keys, password, and where I am signed in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import available_timezones

from flask import redirect, render_template, request, url_for
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import func, select
from werkzeug.wrappers import Response

from deskcore.clock import now
from deskcore.desks.form_views import ErrorView, OptionView
from deskcore.errors import Refused
from deskcore.extensions import db
from deskcore.people.models import Person, SignIn
from deskcore.people.services import MIN_PASSWORD, update_profile
from deskcore.people.signing_in import change_password
from deskcore.runtime import runtime
from deskcore.web.portal.area import blueprint
from deskcore.web.templating import toast
from deskcore.web.viewer import current_person, language, session_token, works

LANGUAGES = ("", "en", "pl")
THEMES = ("", "light", "dark")
DENSITIES = ("comfortable", "compact")


@blueprint.get("/profile")
def profile() -> str:
    """Show the signed-in person's settings."""
    return _page({})


def _page(errors: Mapping[str, str], typed_zone: str | None = None) -> str:
    person = current_person()
    alive = SignIn.person_id == person.id, SignIn.expires_at > now()
    return render_template(
        "portal/profile.html",
        person=person,
        languages=_options(_languages(), person.language),
        themes=_options(_themes(), person.theme),
        densities=_options(_densities(), person.density),
        zone=person.time_zone if typed_zone is None else typed_zone,
        zones=sorted(zone for zone in available_timezones() if zone.startswith("Europe/")),
        own_zone=runtime().config.time_zone,
        keys=works(),
        sessions=db.session.scalar(select(func.count()).select_from(SignIn).where(*alive)),
        shortest=MIN_PASSWORD,
        errors=errors,
        summary=[ErrorView(message, f"p-{field}" if field else "") for field, message in errors.items()],
        failed=bool(errors),
    )


def _languages() -> dict[str, str]:
    return {"": _("As in the browser"), "en": "English", "pl": "Polski"}


def _themes() -> dict[str, str]:
    return {"": _("As in the system"), "light": _("Light"), "dark": _("Dark")}


def _densities() -> dict[str, str]:
    return {"comfortable": _("Comfortable"), "compact": _("Compact")}


def _options(labels: Mapping[str, str], chosen: str) -> list[OptionView]:
    return [OptionView(value, label, selected=value == chosen) for value, label in labels.items()]


@blueprint.post("/profile/settings")
def save_settings() -> Any:
    """Store the settings; one outside its list is left as it is."""
    zone = request.form.get("time_zone", "").strip()
    if zone and zone not in available_timezones():
        return _page({"time_zone": _("Enter a time zone such as Europe/Warsaw")}, zone), 422
    person, form = current_person(), request.form
    update_profile(
        person,
        {
            "language": _one_of(form.get("language"), LANGUAGES, person.language),
            "theme": _one_of(form.get("theme"), THEMES, person.theme),
            "density": _one_of(form.get("density"), DENSITIES, person.density),
            "time_zone": zone,
            "shortcuts": "shortcuts" in form if works() else person.shortcuts,
        },
    )
    chosen = form.get("language")
    return _saved(chosen if chosen in ("en", "pl") else language())


def _one_of(value: str | None, allowed: tuple[str, ...], present: str) -> str:
    return value if value in allowed else present


def _saved(chosen: str) -> Response:
    """Say that it was saved, in the language that was just chosen."""
    with force_locale(chosen):
        toast(_("Your settings were saved."))
    return redirect(url_for("portal.profile"), 303)


@blueprint.post("/profile/password")
def save_password() -> Any:
    """Change the password: other browsers are signed out."""
    person: Person = current_person()
    try:
        change_password(person, request.form.get("old_password", ""), request.form.get("password", ""), session_token())
    except Refused as refused:
        return _page({each.field or "password": each.message for each in refused.problems}), 422
    toast(_("Your password was changed. Other browsers were signed out."))
    return redirect(url_for("portal.profile"), 303)

"""My own settings: language, look, time zone, keys, password, and where I am signed in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import available_timezones

from flask import redirect, render_template, request, url_for
from flask_babel import force_locale
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from deskcore.desks.form_views import ErrorView, OptionView
from deskcore.errors import NotFound, Refused
from deskcore.people.assistants import asks_for, assistants_of
from deskcore.people.models import Person
from deskcore.people.services import MIN_PASSWORD, update_profile
from deskcore.people.signing_in import change_password, end_all_sessions, secret_hash, sign_ins_of
from deskcore.runtime import runtime
from deskcore.web.absences import plan_of, receive
from deskcore.web.browsers import browser_name
from deskcore.web.portal.area import blueprint
from deskcore.web.templating import toast
from deskcore.web.viewer import begin, current_person, language, session_token, works

LANGUAGES = ("", "en", "pl")
THEMES = ("", "light", "dark")
DENSITIES = ("comfortable", "compact")
#: Sign-ins that are listed, those used last.
_LISTED = 10


@dataclass(frozen=True)
class SignInView:
    """One browser in which the reader is signed in.

    :param seen_at: when it was last used, to the hour.
    :param here: whether it is the one that asks.
    """

    browser: str
    created_at: datetime
    seen_at: datetime
    here: bool


@blueprint.get("/profile")
def profile() -> str:
    """Show the signed-in person's settings."""
    return _page({})


def _page(errors: Mapping[str, str], typed_zone: str | None = None, refused: Refused | None = None) -> str:
    person = current_person()
    absences = plan_of(person, refused) if works() else None
    sign_ins = _sign_ins(person)
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
        sign_ins=sign_ins[:_LISTED],
        sign_in_count=len(sign_ins),
        shortest=MIN_PASSWORD,
        errors=errors,
        absences=absences,
        assistants=assistants_of(person),
        asks_for=[each for each in asks_for(person) if each.active],
        summary=[ErrorView(message, f"p-{field}" if field else "") for field, message in errors.items()]
        + (absences.summary if absences else []),
        failed=bool(errors) or refused is not None,
    )


def _sign_ins(person: Person) -> list[SignInView]:
    here = secret_hash(session_token())
    return [
        SignInView(browser_name(row.browser), row.created_at, row.seen_at, row.token_hash == here)
        for row in sign_ins_of(person)
    ]


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


@blueprint.post("/profile/absences")
def save_absence() -> Any:
    """Plan, change or end an absence of the signed-in person."""
    if not works():
        raise NotFound(_("There is no such page."))
    return receive(
        current_person(), lambda refused: _page({}, refused=refused), url_for("portal.profile", _anchor="out")
    )


@blueprint.post("/profile/password")
def save_password() -> Any:
    """Change the password: other browsers are signed out, and this one goes on under a fresh cookie."""
    person, form = current_person(), request.form
    old, new = form.get("old_password", ""), form.get("password", "")
    try:
        signed_in = change_password(person, old, new, request.remote_addr or "", request.user_agent.string)
    except Refused as refused:
        return _page({each.field or "password": each.message for each in refused.problems}), 422
    begin(signed_in)
    toast(_("Your password was changed. Other browsers were signed out."))
    return redirect(url_for("portal.profile"), 303)


@blueprint.post("/profile/sign-out-others")
def sign_out_others() -> Response:
    """Sign the reader out of every browser but this one."""
    end_all_sessions(current_person(), keep=session_token())
    toast(_("Other browsers were signed out."))
    return redirect(url_for("portal.profile"), 303)

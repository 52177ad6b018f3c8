"""Signing in and out, passwords that were forgotten, and the language of the page."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from deskcore.desks.form_views import ErrorView
from deskcore.errors import NotFound, Refused, TooMany
from deskcore.people.services import MIN_PASSWORD, update_profile
from deskcore.people.signing_in import end_all_sessions, reset_link, sign_in, use_reset_link
from deskcore.runtime import runtime
from deskcore.web.route_classes import classify
from deskcore.web.templating import toast
from deskcore.web.viewer import begin, end, safe_next, signed_in_person

blueprint = Blueprint("auth", __name__)
classify(blueprint, "public")


@blueprint.get("/login")
def login() -> Any:
    """Ask who is there; somebody signed in goes straight on."""
    return redirect(_target()) if signed_in_person() else _login_page()


@blueprint.post("/login")
def check_login() -> Any:
    """Sign somebody in, or say in the same words whatever was wrong."""
    email, password = request.form.get("email", ""), request.form.get("password", "")
    try:
        signed_in = sign_in(email, password, request.remote_addr or "", request.user_agent.string)
    except TooMany as error:
        return _login_page(error.message, email), 429, {"Retry-After": str(error.retry_after)}
    except Refused as error:
        return _login_page(error.message, email), 422
    begin(signed_in)
    return redirect(_target(), 303)


def _target() -> str:
    return safe_next(request.values.get("next"), url_for("portal.home"))


def _login_page(error: str = "", email: str = "") -> str:
    return render_template(
        "auth/login.html",
        email=email[:254],
        next=_target(),
        error=error,
        summary=[ErrorView(error, "email")] if error else (),
        failed=bool(error),
    )


@blueprint.post("/logout")
def logout() -> Response:
    """Sign this browser out."""
    end()
    toast(_("You are signed out."))
    return redirect(url_for("auth.login"), 303)


@blueprint.post("/sign-out-everywhere")
def sign_out_everywhere() -> Response:
    """Sign the person out of every browser, this one too."""
    person = signed_in_person()
    if person is not None:
        end_all_sessions(person)
        end()
        toast(_("You are signed out everywhere."))
    return redirect(url_for("auth.login"), 303)


@blueprint.route("/forgot", methods=["GET", "POST"])
def forgot() -> str:
    """Say who makes a link for a new password: the same to everybody, whatever address is sent here."""
    if request.method == "POST":
        # An administrator makes the link. The ask is counted, and no address is looked up.
        reset_link("", request.remote_addr or "")
    return render_template("auth/forgot.html", minutes=runtime().config.reset_link_minutes)


@blueprint.get("/reset/<secret>")
def reset(secret: str) -> str:
    """Ask for the new password; whether the link still works is told when it is used."""
    return _reset_page(secret)


@blueprint.post("/reset/<secret>")
def use_reset(secret: str) -> Any:
    """Set the new password and lead to the sign-in."""
    try:
        use_reset_link(secret, request.form.get("password", ""))
    except Refused as error:
        return _reset_page(secret, error), 422
    end()
    toast(_("Your new password is set. Sign in with it."))
    return redirect(url_for("auth.login"), 303)


def _reset_page(secret: str, error: Refused | None = None) -> str:
    problems = error.problems if error else ()
    return render_template(
        "auth/reset.html",
        secret=secret,
        shortest=MIN_PASSWORD,
        error=next((each.message for each in problems if each.field), ""),
        summary=[ErrorView(each.message, each.field) for each in problems],
        failed=bool(problems),
    )


@blueprint.post("/language/<code>")
def language(code: str) -> Response:
    """Switch the language, for this browser and for whoever is signed in."""
    if code not in ("en", "pl"):
        raise NotFound("There is no such language.")
    session["language"] = code
    person = signed_in_person()
    if person is not None:
        update_profile(person, {"language": code})
    return redirect(safe_next(request.form.get("next"), url_for("portal.home")), 303)

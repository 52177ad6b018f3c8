"""Pages for leads at ``/x/satisfaction/low``: low ratings that wait for them, and what was done about one."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from deskcore.plugin import Conflict, Refused, people
from deskcore_satisfaction import handling
from deskcore_satisfaction.words import WORDS

pages = Blueprint("satisfaction_desk", __name__)


@pages.get("/low", endpoint="list")
def show_list() -> str:
    """Show the low ratings that wait for the reader."""
    return render_template("satisfaction/low_list.html", cases=handling.waiting(), words=WORDS)


@pages.get("/low/<number>")
def low(number: str) -> str:
    """Show a low rating, and ask what was done about it."""
    return _page(handling.find(number), "")


@pages.post("/low/<number>")
def deal_with(number: str) -> ResponseReturnValue:
    """Note what was done."""
    note, typed = request.form.get("note", ""), request.form.get("version", "")
    try:
        handling.deal_with(number, note, int(typed) if typed.isdecimal() and len(typed) < 9 else 0)
    except Refused as error:
        return _page(handling.find(number), note, error.problems[0].message), 422
    except Conflict as error:
        return _page(handling.find(number), note, notice=error.message), 409
    flash(_("Noted. The ticket's timeline says so."), "toast")
    return redirect(url_for("satisfaction_desk.list"), 303)


def _page(case: handling.Case, note: str, error: str = "", notice: str = "") -> str:
    survey = case.survey
    known = people.named({survey.requester, survey.agent, survey.handled_by})
    return render_template(
        "satisfaction/low.html",
        survey=survey,
        ticket=case.ticket,
        words=WORDS,
        names={email: view.name for email, view in known.items()},
        note=note,
        error=error,
        notice=notice,
        failed=bool(error),
    )

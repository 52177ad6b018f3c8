"""Pages under ``/x/finance_desk/``: where two people write down that a bank account is right."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from deskcore.plugin import Conflict, Refused, ViewerView, people, require_permission
from deskcore_finance_desk import account
from deskcore_finance_desk.account import PERMISSION, Call
from deskcore_finance_desk.models import REJECTED

pages = Blueprint("finance_desk", __name__)

Answer = Response | str | tuple[str, int]


@pages.get("/accounts/<number>")
def show(number: str) -> Answer:
    """Show what was done about the bank account in a ticket, and what is missing."""
    require_permission(PERMISSION)
    return _page(number)


@pages.post("/accounts/<number>/call")
def call(number: str) -> Answer:
    """Write down a call to the supplier."""
    given = Call(*(request.form.get(key, "") for key in ("phone", "spoke_with", "note")))
    return _done(number, _("The call is written down."), lambda by: account.write_down_call(number, by, given))


@pages.post("/accounts/<number>/confirm")
def confirm(number: str) -> Answer:
    """Write down that a second person confirms the account."""
    return _done(number, _("The account is confirmed."), lambda by: account.confirm(number, by))


@pages.post("/accounts/<number>/reject")
def reject(number: str) -> Answer:
    """Write down that the account is not to be used."""
    reason = request.form.get("reason", "")
    return _done(
        number, _("It is written down that this account is not used."), lambda by: account.reject(number, by, reason)
    )


def _done(number: str, said: str, work: Callable[[ViewerView], None]) -> Answer:
    require_permission(PERMISSION)
    try:
        work(people.asking())
    except Refused as refused:
        return _page(number, {problem.field: problem.message for problem in refused.problems}), 422
    except Conflict as conflict:
        return _page(number, {"": conflict.message}), 409
    flash(said)
    return redirect(url_for("finance_desk.show", number=number), 303)


def _page(number: str, errors: dict[str, str] | None = None) -> str:
    about, done = account.account_record(number), account.checks_of(number)
    return render_template(
        "finance_desk/account.html",
        about=about,
        done=done,
        missing=account.missing(about.request_type, account.done_by(done), (about.requester, about.opened_by)),
        finished=any(each.kind == REJECTED for each in done),
        may=people.asking().email not in (about.requester, about.opened_by),
        errors=errors or {},
        form=request.form,
    )

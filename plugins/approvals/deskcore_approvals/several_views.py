"""The pages on which several requests are approved or rejected at once: first what would happen, then it happens."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from deskcore.plugin import Refused, people
from deskcore_approvals import several
from deskcore_approvals.inbox import MOST
from deskcore_approvals.links import VERDICTS
from deskcore_approvals.views import Sent, pages

__all__ = ["pages"]

#: Reasons that are told after deciding.
_TOLD = 5


@pages.get("/several")
def preview_several() -> str:
    """Show exactly what would be decided, and what would be left out and why."""
    verdict, ticked = request.args.get("action", ""), _ticked(request.args.getlist("pick"))
    return _preview(verdict, ticked if verdict in VERDICTS else {}, Sent())


@pages.post("/several")
def decide_several() -> ResponseReturnValue:
    """Decide about everything that the page before named, and name what was left out."""
    verdict, ticked = request.form.get("action", ""), _ticked(request.form.getlist("pick"))
    comment = request.form.get("comment", "")
    if verdict not in VERDICTS:
        raise Refused(_("Choose what to do."))
    try:
        done, left = several.carry_out(verdict, ticked, comment)
    except Refused as error:
        return _preview(verdict, ticked, Sent({"comment": comment}, error.problems)), 422
    if done and verdict == "approve":
        flash(ngettext("%(num)s request approved.", "%(num)s requests approved.", done), "toast")
    elif done:
        flash(ngettext("%(num)s request rejected.", "%(num)s requests rejected.", done), "toast")
    if left:
        reasons = dict.fromkeys(f"{each.subject}: {each.reason}" if each.subject else each.reason for each in left)
        flash(_("Left as it is – %(reasons)s", reasons=" ".join(islice(reasons, _TOLD))), "error")
    return redirect(url_for("approvals.inbox"), 303)


def _preview(verdict: str, ticked: dict[str, int], sent: Sent) -> str:
    plan = several.plan(ticked, people.asking().email)
    failed = bool(sent.problems)
    return render_template("approvals/several.html", verdict=verdict, plan=plan, sent=sent, failed=failed)


def _ticked(values: Iterable[str]) -> dict[str, int]:
    """Return the versions that a page showed, by token; what was edited is left out."""
    pairs = [value.partition(":") for value in values][:MOST]
    return {token: int(version) for token, _colon, version in pairs if version.isdecimal() and len(version) < 9}

"""Emergency access: asking for it, confirming it as a second person, knowing of it as a lead, and ending it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from deskcore.errors import NotFound, Problem, Refused
from deskcore.runtime import runtime
from deskcore.tickets.services import emergency as service
from deskcore.tickets.services.emergency import MAX_REASON, EmergencyView
from deskcore.viewer import current_viewer
from deskcore.web.portal.area import blueprint
from deskcore.web.templating import toast


@dataclass(frozen=True)
class Trouble:
    """A problem with the form, where it leads to the field."""

    message: str
    id: str


@blueprint.get("/emergency-access")
def emergency() -> str:
    """Show what the reader asked for, may confirm, or is told of."""
    return _page()


@blueprint.post("/emergency-access")
def ask_emergency() -> ResponseReturnValue:
    """Ask to see a ticket."""
    _check_reader()
    try:
        service.ask(request.form.get("number", ""), request.form.get("reason", ""))
    except Refused as refusal:
        return _page(refusal.problems), 422
    toast(_("Asked. Another administrator or a lead of the desk must confirm it."))
    return redirect(url_for("portal.emergency"), 303)


@blueprint.post("/emergency-access/<token>/confirm")
def confirm_emergency(token: str) -> ResponseReturnValue:
    """Let somebody see what they asked for."""
    return _done(lambda: service.decide(token, agreed=True), _("Confirmed."))


@blueprint.post("/emergency-access/<token>/refuse")
def refuse_emergency(token: str) -> ResponseReturnValue:
    """Refuse what somebody asked for."""
    return _done(lambda: service.decide(token, agreed=False), _("Refused."))


@blueprint.post("/emergency-access/<token>/end")
def end_emergency(token: str) -> ResponseReturnValue:
    """End an access before its time."""
    return _done(lambda: service.end(token), _("The emergency access has ended."))


@blueprint.post("/emergency-access/<token>/noticed")
def notice_emergency(token: str) -> ResponseReturnValue:
    """Say, as a lead, that one knows of it."""
    return _done(lambda: service.notice(token), _("Noted."))


def _done(act: Callable[[], None], said: str) -> ResponseReturnValue:
    _check_reader()
    try:
        act()
    except Refused as refusal:
        return _page(refusal.problems), 422
    toast(said)
    return redirect(url_for("portal.emergency"), 303)


def _check_reader() -> None:
    if not service.may_ask(current_viewer()):
        raise NotFound(_("There is no such page."))


def _page(problems: Sequence[Problem] = ()) -> str:
    _check_reader()
    found = service.emergencies()
    wrong = {problem.field: problem.message for problem in problems}
    return render_template(
        "portal/emergency.html",
        to_decide=[each for each in found if each.may_decide],
        told=[each for each in found if each.to_notice],
        others=[(each, _state(each)) for each in found if not each.may_decide and not each.to_notice],
        hours=runtime().config.break_glass_hours,
        most=MAX_REASON,
        problems=[Trouble(problem.message, problem.field) for problem in problems],
        wrong=wrong,
        typed=request.form,
        failed=bool(problems),
    )


def _state(each: EmergencyView) -> str:
    if each.row.state == "asked":
        return _("Waiting for somebody to confirm it") if each.running else _("Nobody confirmed it in time")
    if each.row.state == "given":
        return _("Lasts") if each.running else _("Has ended")
    return _("Refused") if each.row.state == "refused" else _("Has ended")

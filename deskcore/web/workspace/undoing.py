"""The button of a toast that takes back what was just done."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from deskcore.errors import Refused
from deskcore.tickets.undo import Undone, undo
from deskcore.web.templating import toast
from deskcore.web.viewer import safe_next
from deskcore.web.workspace.area import blueprint

#: Skipped tickets that are named; of more, the count is enough.
_NAMED = 10


def undo_url(token: str, back: str) -> str:
    """Return where a POST takes back what was offered, and leads to ``back`` afterwards; ``""`` for no token."""
    return url_for("workspace.take_back", offer=token, back=back) if token else ""


@blueprint.post("/undo/<offer>")
def take_back(offer: str) -> ResponseReturnValue:
    """Take back what was just done; what cannot be is named with the reason."""
    back = safe_next(request.args.get("back"), url_for("workspace.queue"))
    try:
        undone = undo(offer)
    except Refused as refusal:
        flash(refusal.message, "error")
    else:
        _say(undone)
    return redirect(back, 303)


def _say(undone: Undone) -> None:
    count = len(undone.done)
    if count == 1:
        toast(_("Undone: %(number)s is as it was.", number=undone.done[0]))
    elif count:
        toast(ngettext("Undone: %(num)s ticket is as it was.", "Undone: %(num)s tickets are as they were.", count))
    if undone.skipped:
        reasons = [f"{number}: {reason}" if number else reason for number, reason in undone.skipped[:_NAMED]]
        more = len(undone.skipped) - len(reasons)
        if more:
            reasons.append(ngettext("And %(num)s more.", "And %(num)s more.", more))
        flash(_("Not undone – %(reasons)s", reasons=" ".join(reasons)), "error")

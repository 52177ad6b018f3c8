"""“Merge 3 into one”: the page on which one of the ticked tickets is chosen to go on, and the merge of the others."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from deskcore.errors import Refused
from deskcore.tickets.merging_many import merge_many, plan_merges
from deskcore.tickets.undo import offer_undo
from deskcore.web.templating import toast
from deskcore.web.viewer import safe_next
from deskcore.web.workspace.area import Item, blueprint, show
from deskcore.web.workspace.bulk import read_versions
from deskcore.web.workspace.undoing import undo_url


@blueprint.get("/tickets/merge")
def merge_several() -> ResponseReturnValue:
    """Show what merging the tickets in the address would do; ``?into=`` is the one that goes on."""
    numbers = request.args.getlist("number")
    back = safe_next(request.args.get("back"), url_for("workspace.queue"))
    if len(numbers) < 2:
        flash(_("Tick at least two tickets to merge them."), "error")
        return redirect(back, 303)
    try:
        plan = plan_merges(numbers, request.args.get("into", ""))
    except Refused as refusal:
        flash(refusal.message, "error")
        return redirect(back, 303)

    def instead(number: str) -> str:
        return url_for("workspace.merge_several", number=numbers, into=number, back=back)

    crumbs = [Item(_("Back to the list"), back), Item(_("Merge"))]
    return show("workspace/merge_several.html", plan=plan, instead=instead, back=back, crumbs=crumbs)


@blueprint.post("/tickets/merge")
def merge_several_now() -> ResponseReturnValue:
    """Merge the tickets of the plan, and name those that were skipped."""
    form = request.form
    back = safe_next(form.get("back"), url_for("workspace.queue"))
    into = form.get("into", "").strip()[:20]
    outcome = merge_many(read_versions(form.get("seen", "")), into, "follow" in form)
    if outcome.skipped:
        reasons = " ".join(f"{number}: {reason}" for number, reason in outcome.skipped)
        flash(_("Not merged – %(reasons)s", reasons=reasons), "error")
    if not outcome.done:
        return redirect(back, 303)
    count, page = len(outcome.done), url_for("workspace.ticket", number=into)
    said = ngettext("%(num)s ticket was merged into this one.", "%(num)s tickets were merged into this one.", count)
    toast(said, undo_url(offer_undo(outcome.changes), page))
    return redirect(url_for("workspace.ticket", number=into), 303)

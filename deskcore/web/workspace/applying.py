"""What a plugin can do to one ticket: it is chosen, shown exactly, done, and taken back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from deskcore.errors import Conflict, Refused
from deskcore.hooks.work_parts import BulkChoice
from deskcore.tickets.bulk import Planned, Wish, plan_for
from deskcore.tickets.edits import Edits
from deskcore.tickets.foreseeing import foreseen
from deskcore.tickets.loading import find_ticket
from deskcore.tickets.models import Ticket
from deskcore.tickets.services.editing import edit
from deskcore.tickets.undo import offer_undo
from deskcore.web import bulk_actions
from deskcore.web.bulk_actions import Offered
from deskcore.web.templating import toast
from deskcore.web.workspace.area import Item, blueprint, form_key, show, viewer_view
from deskcore.web.workspace.bulk import edits_print
from deskcore.web.workspace.edit_words import part_views
from deskcore.web.workspace.surroundings import marked_list, surroundings
from deskcore.web.workspace.undoing import undo_url


@blueprint.get("/tickets/<number>/apply/<action>")
def apply(number: str, action: str) -> ResponseReturnValue:
    """Offer what an action can do to a ticket, or show exactly what ``?choice=`` would do."""
    row, offered = find_ticket(number), bulk_actions.find(action)
    if row.number != number.upper():
        return redirect(url_for("workspace.apply", number=row.number, action=action), 301)
    if choice := request.args.get("choice", ""):
        try:
            wished = bulk_actions.edits(action, choice, viewer_view())
        except Refused:
            return _choices(row, offered, failed=True)
        return _preview(row, offered, choice, wished)
    words = " ".join(request.args.get("words", "").replace("\0", "").split())[:200]
    found = bulk_actions.choices(action, words, viewer_view())
    return _choices(row, offered, found.value or (), words, failed=found.failed)


def _choices(
    row: Ticket, offered: Offered, choices: Sequence[BulkChoice] = (), words: str = "", *, failed: bool = False
) -> str:
    page: dict[str, Any] = {"choices": choices, "words": words, "failed": failed}
    return show("workspace/apply_choices.html", here=marked_list(row), **_about(row, offered), **page)


@blueprint.post("/tickets/<number>/apply/<action>")
def apply_now(number: str, action: str) -> ResponseReturnValue:
    """Do it: all of it together, or nothing."""
    row, offered, choice = find_ticket(number), bulk_actions.find(action), request.form.get("choice", "")
    wished = bulk_actions.edits(action, choice, viewer_view())
    if request.form.get("of") != edits_print(wished):
        changed = _("It was changed meanwhile. Look at what it would do now.")
        return _preview(row, offered, choice, wished, [changed], 409)
    version = request.form.get("version", "")
    seen = int(version) if version.isdecimal() and len(version) < 10 else None
    try:
        edited = edit(row.number, wished, seen, request.form.get("idempotency_key", ""))
    except Conflict:
        said = _("Somebody changed this ticket meanwhile. Look at what it would do now.")
        return _preview(find_ticket(number), offered, choice, wished, [said], 409)
    except Refused as refusal:
        said_why = [problem.message for problem in refusal.problems]
        return _preview(find_ticket(number), offered, choice, wished, said_why, 422)
    back = url_for("workspace.ticket", number=row.number, **surroundings())
    if not edited.again:
        offer = offer_undo(edited.changes)
        bulk_actions.tell_done(action, choice, [row.number], viewer_view())
        toast(_("Done: %(name)s", name=wished.name or offered.label), undo_url(offer, back))
    place = "held" if any(each.held for each in edited.changes) else None
    return redirect(url_for("workspace.ticket", number=row.number, **surroundings(), _anchor=place), 303)


def _preview(
    row: Ticket, offered: Offered, choice: str, wished: Edits, problems: Sequence[str] = (), status: int = 200
) -> ResponseReturnValue:
    """Show what a choice would do to a ticket as it is now, and what stands in the way."""
    planned, silent = _planned(row, wished)
    reasons = [planned.reason] if planned.reason and not planned.already else []
    page = {
        "planned": planned,
        "parts": part_views(planned.desk, planned.parts) if planned.parts else (),
        "reasons": reasons,
        "silent": silent,
        "choice": choice,
        "of": edits_print(wished),
        "name": wished.name or offered.label,
        "key": form_key(),
        "problems": [each for each in problems if each not in reasons],
        "note_stays": bool(wished.note and wished != Edits(note=wished.note, name=wished.name)),
    }
    context = _about(row, offered) | page
    return make_response(show("workspace/apply.html", here=marked_list(row), **context), status)


def _planned(row: Ticket, wished: Edits) -> tuple[Planned, Sequence[str]]:
    """Return what edits would do to a ticket, and the plugins that did not say whether they agree."""
    asked_for = Wish(edits=wished)
    try:
        plan = foreseen(asked_for, plan_for(asked_for, [row.number]))
    except Refused as refusal:
        return Planned(row.number, row.version, row.subject, reason=refusal.message), ()
    return [*plan.changed, *plan.skipped][0], plan.silent


def _about(row: Ticket, offered: Offered) -> dict[str, Any]:
    given = surroundings()
    back = url_for("workspace.ticket", number=row.number, **given)
    way = [Item(row.number, back), Item(offered.label)]
    return {"ticket": row, "offered": offered, "crumbs": way, "back": back, "context": given}

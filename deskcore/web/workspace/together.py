"""One reply to a ticket and to all that belong to it, and solving these together: first exactly who gets it."""

from __future__ import annotations

from collections.abc import Sequence

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from deskcore.errors import Conflict, Problem, Refused
from deskcore.tickets import services
from deskcore.tickets.loading import find_ticket
from deskcore.tickets.services.held_replies import HELD
from deskcore.tickets.services.together import FOLLOWING, open_children, readers_of
from deskcore.tickets.undo import offer_undo
from deskcore.web import drafts
from deskcore.web.templating import toast
from deskcore.web.uploads import received_files
from deskcore.web.vocabulary import status_look
from deskcore.web.workspace.area import Item, blueprint, form_key, show
from deskcore.web.workspace.composer import Typed, panes, place_of, posted_uploads, writing_of
from deskcore.web.workspace.held import take_back_url
from deskcore.web.workspace.seen import Seen
from deskcore.web.workspace.surroundings import surroundings
from deskcore.web.workspace.undoing import undo_url
from deskcore.web.workspace.writing import FILES


@blueprint.get("/tickets/<number>/reply-all")
def reply_to_all(number: str) -> ResponseReturnValue:
    """Show who would get a reply to a ticket and to its open children, and the form for it."""
    return _page(number, Typed())


@blueprint.post("/tickets/<number>/reply-all")
def reply_to_all_now(number: str) -> ResponseReturnValue:
    """Send one reply to a ticket and to the children that were left ticked."""
    form, place = request.form, place_of(find_ticket(number), "reply")
    body, then, chosen = form.get("body", ""), form.get("then", ""), form.getlist("child")
    received, refused = received_files(FILES)
    uploads = [*posted_uploads(), *received.get("files", [])]
    seen, keeping = Seen.read(form.get("version", "")), writing_of(body, "", uploads)
    problems: Sequence[Problem]
    try:
        if refused:
            raise Refused(refused)
        with drafts.kept_when_it_breaks(drafts.stamp_of(place), keeping):
            sent = services.hold_replies(
                number,
                body,
                chosen,
                seen.version,
                form.get("idempotency_key", ""),
                then,
                drafts.stamp_of(place),
                seen.others,
                uploads,
            )
    except Conflict as conflict:
        problems, status = (Problem(conflict.message, "body"),), 409
    except Refused as refusal:
        problems, status = refusal.problems, 422
    else:
        count = len(sent.done)
        said = ngettext("The reply goes to %(num)s ticket.", "The reply goes to %(num)s tickets.", count)
        in_time = ngettext("It goes out in %(num)s s.", "It goes out in %(num)s s.", HELD.seconds)
        toast(f"{said} {in_time}", take_back_url(number, sent.token, surroundings()))
        _say_skipped(sent.skipped)
        return redirect(url_for("workspace.ticket", number=number, **surroundings(), _anchor="held"), 303)
    kept = drafts.keep(drafts.stamp_of(place, form_key()).next(), keeping)
    return _page(number, Typed("reply", body, uploads=uploads, kept=kept), problems, chosen, then), status


@blueprint.post("/tickets/<number>/solve-children")
def solve_children(number: str) -> ResponseReturnValue:
    """Solve the open children of a ticket together."""
    back = url_for("workspace.ticket", number=number, **surroundings())
    solved = services.solve_children(number)
    if solved.done:
        count = len(solved.done)
        said = ngettext("%(num)s ticket was solved.", "%(num)s tickets were solved.", count)
        toast(said, undo_url(offer_undo(solved.changes), back))
    _say_skipped(solved.skipped)
    return redirect(url_for("workspace.ticket", number=number, **surroundings()), 303)


def _say_skipped(skipped: Sequence[tuple[str, str]]) -> None:
    if skipped:
        reasons = " ".join(f"{number}: {reason}" for number, reason in skipped)
        flash(_("Left out – %(reasons)s", reasons=reasons), "error")


def _page(
    number: str,
    typed: Typed,
    problems: Sequence[Problem] = (),
    chosen: Sequence[str] | None = None,
    then: str = "",
) -> str:
    ticket = find_ticket(number)
    address = url_for("workspace.ticket", number=ticket.number, **surroundings())
    return show(
        "workspace/reply_all.html",
        ticket=ticket,
        own=readers_of(ticket),
        children=open_children(ticket),
        chosen=chosen,
        pane=panes(ticket, typed, problems, surroundings(), drafted=True)["reply"],
        following=[(key, str(status_look(key).word) if key else _("Leave each as it is")) for key in FOLLOWING],
        then=then,
        seen=f"{ticket.version}-{ticket.last_seq}",
        back=address,
        context=surroundings(),
        crumbs=[Item(ticket.number, address), Item(_("Reply to all parts"))],
        failed=bool(problems),
    )

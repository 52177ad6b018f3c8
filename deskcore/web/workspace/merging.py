"""The page on which a ticket is merged into another one: first which one and what would happen, then the merge."""

from __future__ import annotations

import re
from collections.abc import Sequence

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from deskcore.errors import Conflict, NotFound, Problem, Refused
from deskcore.runtime import runtime
from deskcore.tickets import services
from deskcore.tickets.loading import find_ticket
from deskcore.tickets.merge_candidates import Candidate, candidates, searched
from deskcore.tickets.merged import destination
from deskcore.tickets.models import Ticket
from deskcore.tickets.services.merging import Merge, offered_instead, preview
from deskcore.tickets.undo import offer_undo
from deskcore.web.templating import toast
from deskcore.web.viewer import current_person, language
from deskcore.web.workspace.area import Item, blueprint, show
from deskcore.web.workspace.seen import Seen
from deskcore.web.workspace.surroundings import surroundings
from deskcore.web.workspace.undoing import undo_url

_NUMBER = re.compile(r"[A-Za-z]{2,5}-[0-9A-Za-z]{1,12}")
#: Characters of what is looked for.
_LONGEST = 200


@blueprint.get("/tickets/<number>/merge")
def merge(number: str) -> ResponseReturnValue:
    """Offer tickets to merge one into; ``?into=`` shows what that would do, ``?find=`` looks for others."""
    words = " ".join(request.args.get("find", "").replace("\0", "").split())[:_LONGEST]
    into = words if _NUMBER.fullmatch(words) else request.args.get("into", "")
    return _page(number, into.strip(), "" if _NUMBER.fullmatch(words) else words)


@blueprint.post("/tickets/<number>/merge")
def merge_now(number: str) -> ResponseReturnValue:
    """Merge a ticket into another one."""
    form, ticket = request.form, find_ticket(number)
    into, version = form.get("into", "").strip(), Seen.read(form.get("version", "")).version
    back = url_for("workspace.ticket", number=ticket.number, **surroundings())
    try:
        target = _found(into)
        change = services.merge(number, target.number, "follow" in form, version)
    except Refused as refusal:
        return _page(number, into, problem=refusal.message), 422
    except Conflict as conflict:
        return _page(number, into, problem=conflict.message), 409
    said = _("%(number)s was merged into this ticket.", number=ticket.number)
    toast(said, undo_url(offer_undo([change]), back))
    return redirect(url_for("workspace.ticket", number=target.number, **surroundings()), 303)


@blueprint.post("/tickets/<number>/apart")
def take_apart(number: str) -> ResponseReturnValue:
    """Let a merged ticket stand for itself again."""
    ticket = find_ticket(number)
    try:
        other = services.take_apart(ticket.number, Seen.read(request.form.get("version", "")).version)
    except (Conflict, Refused) as refusal:
        flash(refusal.message, "error")
    else:
        toast(_("It stands for itself again. %(number)s goes on without it.", number=other))
    return redirect(url_for("workspace.ticket", number=number, **surroundings()), 303)


def _found(into: str) -> Ticket:
    """Return the ticket that somebody wrote.

    :raises Refused: when there is none, or it is out of sight.
    """
    if not into:
        raise Refused(Problem(_("Choose the ticket that it should be merged into."), "into"))
    try:
        return find_ticket(into)
    except NotFound as error:
        raise Refused(Problem(error.message, "into")) from error


def _page(number: str, into: str = "", words: str = "", problem: str = "") -> str:
    ticket = find_ticket(number)
    plan: Merge | None = None
    if into and destination(ticket) is None:
        try:
            plan = preview(ticket, _found(into))
        except Refused as refusal:
            problem = problem or refusal.message
    address = url_for("workspace.ticket", number=ticket.number, **surroundings())
    return show(
        "workspace/merge.html",
        ticket=ticket,
        plan=plan,
        instead="" if plan or not into else _other_than(ticket, offered_instead(into)),
        words=words,
        found=_offered(ticket, words),
        there_title=_desk_title(plan.into) if plan else "",
        seen=f"{ticket.version}-{ticket.last_seq}",
        back=address,
        context=surroundings(),
        crumbs=[Item(ticket.number, address), Item(_("Merge"))],
        problem=problem,
    )


def _other_than(ticket: Ticket, number: str) -> str:
    return number if number != ticket.number else ""


def _offered(ticket: Ticket, words: str) -> Sequence[Candidate]:
    return searched(ticket, words, current_person().id) if words else candidates(ticket)


def _desk_title(ticket: Ticket) -> str:
    return runtime().catalogue.desk_by_id(ticket.desk_id).title.in_language(language())

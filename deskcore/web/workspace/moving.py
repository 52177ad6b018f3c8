"""The page on which a ticket is moved to another desk: first who gains and who loses sight of it, then the move."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from deskcore.desks.catalogue import DeskEntry
from deskcore.errors import Conflict, NotFound, Problem, Refused
from deskcore.people.models import Person
from deskcore.runtime import runtime
from deskcore.tickets import services
from deskcore.tickets.loading import find_ticket
from deskcore.tickets.models import Ticket
from deskcore.tickets.services.moving import Move, preview
from deskcore.tickets.undo import offer_undo
from deskcore.web.templating import toast
from deskcore.web.viewer import language
from deskcore.web.workspace.area import Item, blueprint, show
from deskcore.web.workspace.panels import handover_groups
from deskcore.web.workspace.seen import Seen
from deskcore.web.workspace.surroundings import surroundings
from deskcore.web.workspace.undoing import undo_url


@dataclass(frozen=True)
class Left:
    """Somebody who takes part and would not go along.

    :param roles: as what, in words.
    """

    person: Person
    roles: str


@blueprint.get("/tickets/<number>/move")
def move(number: str) -> ResponseReturnValue:
    """Show what a move would do; ``?to=desk/team`` says where to."""
    return _page(number, request.args.get("to", ""))


@blueprint.post("/tickets/<number>/move")
def move_now(number: str) -> ResponseReturnValue:
    """Move a ticket to another desk."""
    form = request.form
    to = form.get("to", "")
    ticket, (there, team) = find_ticket(number), _target(to)
    back = url_for("workspace.ticket", number=ticket.number, **surroundings())
    try:
        if there is None or there.id == ticket.desk_id:
            raise Refused(Problem(_("Choose the desk that should take it."), "to"))
        version, keep = Seen.read(form.get("version", "")).version, form.getlist("keep")
        moved = services.escalate(number, there.key, team, version, notes="notes" in form, keep=keep)
    except Refused as refusal:
        return _page(number, to, refusal.message), 422
    except Conflict as conflict:
        return _page(number, to, conflict.message), 409
    words = _("It is with %(desk)s now.", desk=there.title.in_language(language()))
    toast(words, undo_url(offer_undo([moved.change]), back))
    if _is_seen(moved.number):
        return redirect(url_for("workspace.ticket", number=moved.number, **surroundings()), 303)
    return redirect(url_for("workspace.queue", **{"queue": "open"} | surroundings()), 303)


def _is_seen(number: str) -> bool:
    try:
        find_ticket(number)
    except NotFound:
        return False
    return True


def _target(to: str) -> tuple[DeskEntry | None, str]:
    key, _slash, team = to.partition("/")
    return runtime().catalogue.desks.get(key), team


def _page(number: str, to: str, problem: str = "") -> str:
    ticket = find_ticket(number)
    here = runtime().catalogue.desk_by_id(ticket.desk_id)
    there, team = _target(to)
    plan = None
    if there is not None and there.id != here.id:
        try:
            plan = preview(ticket, there)
        except Refused as refusal:
            problem = problem or refusal.message
    found = there.team(team) if there is not None and team else None
    address = url_for("workspace.ticket", number=ticket.number, **surroundings())
    return show(
        "workspace/move.html",
        ticket=ticket,
        plan=plan,
        to=to,
        left=_left(plan) if plan else (),
        here_title=here.title.in_language(language()),
        opens_up=here.confidential and there is not None and not there.confidential,
        there_title=there.title.in_language(language()) if there else "",
        team=found.title.in_language(language()) if found else "",
        groups=[group for group in handover_groups(ticket, here) if group.desk != here.key],
        seen=_seen(ticket),
        back=address,
        context=surroundings(),
        crumbs=[Item(ticket.number, address), Item(_("Move to another desk"))],
        problem=problem,
    )


def _seen(ticket: Ticket) -> str:
    return f"{ticket.version}-{ticket.last_seq}"


def _left(plan: Move) -> Sequence[Left]:
    words = {"reporter": _("reported it"), "follower": _("follows it"), "manager": _("manager")}
    people = {person.id: person for _role, person in plan.left}
    return [
        Left(person, ", ".join(words[role] for role, other in plan.left if other.id == person.id))
        for person in people.values()
    ]

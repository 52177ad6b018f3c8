"""What an agent does to a ticket besides writing: each a small form, guarded by the version that was seen."""

from __future__ import annotations

from collections.abc import Callable

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from deskcore.errors import Conflict, NotFound, Problem, Refused
from deskcore.runtime import runtime
from deskcore.tickets import holding, services
from deskcore.tickets.loading import find_ticket, ticket_view
from deskcore.tickets.timeline import Change
from deskcore.tickets.undo import offer_undo
from deskcore.web import slots
from deskcore.web.templating import toast
from deskcore.web.viewer import current_person, language
from deskcore.web.vocabulary import priority_look
from deskcore.web.workspace.absent import away_from, said_of
from deskcore.web.workspace.area import blueprint, viewer_view
from deskcore.web.workspace.composer import Typed
from deskcore.web.workspace.seen import Seen
from deskcore.web.workspace.surroundings import surroundings
from deskcore.web.workspace.ticket import Trouble, ticket_page
from deskcore.web.workspace.undoing import undo_url

#: Hidden fields that belong to the form and not to what it asks for.
_OF_THE_FORM = ("csrf_token", "version")
#: What was done, in words, and what of it can be taken back.
Done = tuple[str, Change | None]


@blueprint.post("/tickets/<number>/assign")
def assign(number: str) -> ResponseReturnValue:
    """Give a ticket to an agent (``me`` is the reader), or to nobody.

    Of somebody who is away the page asks first who should have it; ``anyway`` is the answer.
    """
    wanted, me = request.form.get("assignee", ""), current_person().email
    email = me if wanted == "me" else wanted
    instead, asked = request.form.get("anyway") == "deputy", "anyway" in request.form
    absent = away_from(find_ticket(number), email) if email != me else None
    if absent is not None and not asked:
        return redirect(url_for("workspace.ticket", number=number, away=email, **surroundings()), 303)

    def change(version: int | None) -> Done:
        done = services.assign(number, email or None, version, stand_in=instead)
        if not email:
            return _("Nobody has it now."), done
        if instead:
            return _("Assigned to whoever stands in.") if done else "", done
        return _("Assigned to you.") if email == me else said_of(absent), done

    return _changed(number, change)


@blueprint.post("/tickets/<number>/status")
def status(number: str) -> ResponseReturnValue:
    """Move a ticket to another status."""
    key = request.form.get("status", "")

    def change(version: int | None) -> Done:
        done = services.set_status(number, key, version)
        desk = runtime().catalogue.desk_by_id(find_ticket(number).desk_id)
        return _("Status: %(status)s", status=desk.status(key).title.in_language(language())), done

    return _changed(number, change)


@blueprint.post("/tickets/<number>/release")
def release(number: str) -> ResponseReturnValue:
    """Let a ticket go that waits for a plugin which is off, with the reason."""
    reason = request.form.get("reason", "")

    def change(version: int | None) -> Done:
        holding.release(number, reason, version)
        return _("The ticket goes on without the approval."), None

    return _changed(number, change)


@blueprint.post("/tickets/<number>/priority")
def priority(number: str) -> ResponseReturnValue:
    """Set a ticket's priority."""
    key = request.form.get("priority", "")

    def change(version: int | None) -> Done:
        done = services.set_priority(number, key, version)
        return _("Priority: %(priority)s", priority=priority_look(key).word), done

    return _changed(number, change)


@blueprint.post("/tickets/<number>/tags")
def tags(number: str) -> ResponseReturnValue:
    """Replace a ticket's tags; they are written with commas or spaces between them."""
    wanted = request.form.get("tags", "").replace(",", " ").split()

    def change(version: int | None) -> Done:
        done = services.set_tags(number, wanted, version)
        return _("Tags saved."), done

    return _changed(number, change)


@blueprint.post("/tickets/<number>/escalate")
def escalate(number: str) -> ResponseReturnValue:
    """Hand a ticket to another team; to another desk leads a page that first shows what it would do."""
    desk_key, _slash, team = request.form.get("to", "").partition("/")
    there = runtime().catalogue.desks.get(desk_key)
    if there is not None and there.id != find_ticket(number).desk_id:
        return redirect(url_for("workspace.move", number=number, to=f"{desk_key}/{team}", **surroundings()), 303)

    def change(version: int | None) -> Done:
        if desk_key not in runtime().catalogue.desks:
            raise Refused(Problem(_("Choose the team that should take it."), "to"))
        services.escalate(number, desk_key, team, version)
        return _("%(number)s was handed over.", number=number.upper()), None

    return _changed(number, change)


@blueprint.post("/tickets/<number>/follow")
def follow(number: str) -> ResponseReturnValue:
    """Add a follower by address, or remove one."""
    added, removed = request.form.get("person", "").strip(), request.form.get("remove", "")

    def change(version: int | None) -> Done:
        if removed:
            services.remove_participant(number, removed)
            return _("Follower removed."), None
        services.add_participant(number, added)
        return _("Follower added."), None

    return _changed(number, change)


@blueprint.post("/tickets/<number>/named")
def named(number: str) -> ResponseReturnValue:
    """Leave a ticket to named people, name one more or one less, or open it to the whole desk again."""
    added, removed = request.form.get("member", "").strip(), request.form.get("remove", "")

    def change(version: int | None) -> Done:
        if added:
            services.name_person(number, added, version)
            return _("Person named."), None
        if removed:
            services.take_name_off(number, removed, version)
            return _("Person no longer named."), None
        if request.form.get("for") == "desk":
            services.open_to_desk(number, version)
            return _("The whole desk sees it now."), None
        services.leave_to_named(number, version)
        return _("Only named people of the desk see it now."), None

    return _changed(number, change)


@blueprint.post("/tickets/<number>/link")
def link(number: str) -> ResponseReturnValue:
    """Link a ticket to another one."""
    other, kind = request.form.get("other", "").strip(), request.form.get("kind", "related")

    def change(version: int | None) -> Done:
        try:
            done = services.link(number, other, kind)
        except NotFound as error:
            raise Refused(Problem(error.message, "other")) from error
        return _("%(number)s was linked.", number=other.upper()), done

    return _changed(number, change)


@blueprint.post("/tickets/<number>/actions/<plugin>/<key>")
def plugin_action(number: str, plugin: str, key: str) -> ResponseReturnValue:
    """Run an action that a plugin offers for this ticket."""

    def change(version: int | None) -> Done:
        outcome = slots.run_action(plugin, key, ticket_view(find_ticket(number)), viewer_view())
        if outcome.failed:
            flash(_("The plugin %(name)s could not do this. The failure was recorded.", name=plugin), "error")
            return "", None
        if outcome.value is None:
            raise NotFound(_("This action is not offered here."))
        return outcome.value, None

    return _changed(number, change)


def _changed(number: str, change: Callable[[int | None], Done]) -> ResponseReturnValue:
    """Do something and lead back to the ticket, or show why it was not done and how to insist."""
    seen = Seen.on_page(number)
    try:
        said, done = change(seen.version)
    except Conflict:
        again = {name: value for name, value in request.form.items() if name not in _OF_THE_FORM}
        return ticket_page(number, Typed(), Trouble(since=seen, again=again, again_url=request.full_path.rstrip("?")))
    except Refused as refusal:
        return ticket_page(number, Typed(), Trouble(refusal.problems))
    back = _afterwards(number)
    if said:
        toast(said, undo_url(offer_undo([done]), back))
    return redirect(back)


def _afterwards(number: str) -> str:
    """Return the address of the ticket, or of the list when it went where the agent sees nothing."""
    try:
        find_ticket(number)
    except NotFound:
        return url_for("workspace.queue", **{"queue": "open"} | surroundings())
    return url_for("workspace.ticket", number=number, **surroundings())

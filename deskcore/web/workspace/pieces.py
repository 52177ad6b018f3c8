"""Pieces of a page that are asked for by themselves: a panel that opens, agents, saved replies, the read mark."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from deskcore.errors import NotFound
from deskcore.people.services import update_profile
from deskcore.tickets.loading import find_ticket, ticket_view
from deskcore.tickets.models import Ticket
from deskcore.tickets.saved_replies import filled, saved_replies
from deskcore.tickets.services import mark_read
from deskcore.web import slots
from deskcore.web.plugin_commands import filled_tools
from deskcore.web.templating import toast
from deskcore.web.viewer import current_person
from deskcore.web.workspace.area import blueprint, viewer_view
from deskcore.web.workspace.colleagues import desk_agents
from deskcore.web.workspace.insertion import desk_of, status_after, values_for
from deskcore.web.workspace.mine import my_desks
from deskcore.web.workspace.seen import Seen
from deskcore.web.workspace.surroundings import surroundings


@blueprint.get("/tickets/<number>/panels/<plugin>/<panel>")
def plugin_panel(number: str, plugin: str, panel: str) -> ResponseReturnValue:
    """Show what a plugin's panel holds, without the page around it."""
    found = slots.panel(plugin, panel, ticket_view(find_ticket(number)), viewer_view())
    if found is None:
        raise NotFound(_("There is no such panel."))
    return render_template("workspace/piece_panel.html", panel=found, number=number)


@blueprint.post("/tickets/<number>/panels/<plugin>/<panel>")
def hide_panel(number: str, plugin: str, panel: str) -> ResponseReturnValue:
    """Show a plugin's panel no more beside any ticket, or again; for this agent alone."""
    find_ticket(number)
    person, name = current_person(), f"{plugin}-{panel}"
    hidden = set(person.hidden_panels or ())
    if not slots.panels_there([name]) and name not in hidden:
        raise NotFound(_("There is no such panel."))
    hides = request.form.get("hidden") == "1"
    hidden = hidden | {name} if hides else hidden - {name}
    update_profile(person, {"hidden_panels": sorted(hidden) or None})
    toast(
        _("The panel is hidden. It can be shown again below the others.") if hides else _("The panel is shown again.")
    )
    return redirect(url_for("workspace.ticket", number=number, **surroundings()), 303)


@blueprint.get("/tickets/agents")
def agents() -> ResponseReturnValue:
    """Show the agents to whom tickets of a list can be assigned, without the page around them."""
    return render_template(
        "workspace/piece_agents.html", agents=desk_agents([desk.id for desk in my_desks()]), chosen=None
    )


@blueprint.get("/tickets/<number>/agents")
def agents_for(number: str) -> ResponseReturnValue:
    """Show the colleagues to whom a ticket can be assigned, without the page around them."""
    ticket = find_ticket(number)
    others = [agent for agent in desk_agents([ticket.desk_id]) if agent.id != current_person().id]
    return render_template("workspace/piece_agents.html", agents=others, chosen=ticket.assignee_id)


@blueprint.get("/tickets/<number>/saved-replies")
def saved_replies_for(number: str) -> ResponseReturnValue:
    """Show the saved replies as they would stand in an answer to this ticket, without the page around them."""
    ticket = find_ticket(number)
    tools = filled_tools(ticket_view(ticket), viewer_view())
    return render_template("workspace/piece_replies.html", choices=choices_for(ticket), tools=tools, number=number)


def choices_for(ticket: Ticket, words: str = "") -> list[dict[str, Any]]:
    """Return the agent's saved replies, filled in for a ticket, each with the address that inserts it."""
    values, desk, given = values_for(ticket), desk_of(ticket), surroundings()
    return [
        {
            "name": reply.name,
            "text": filled(reply.body, values),
            "status": status_after(reply, desk),
            "category": reply.category,
            "shared": reply.desk_id is not None,
            "url": url_for("workspace.ticket", number=ticket.number, **given, macro=reply.token, _anchor="composer"),
        }
        for reply in saved_replies(words)
    ]


@blueprint.post("/tickets/<number>/read")
def read(number: str) -> ResponseReturnValue:
    """Note how far the agent has read; the page sends it by itself, and looking at a page writes nothing."""
    seen = Seen.read(request.form.get("version", "")).seq
    if seen:
        mark_read(number, seen)
    else:
        find_ticket(number)
    return "", 204

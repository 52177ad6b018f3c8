"""Saved replies: what an agent says often, and what a desk's lead or an administrator gives to others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from deskcore.desks.forms import OptionView
from deskcore.errors import Conflict, Problem, Refused
from deskcore.hooks.contributions import STATUS_CATEGORIES
from deskcore.tickets.agent_models import SavedReply
from deskcore.tickets.loading import find_ticket, ticket_view
from deskcore.tickets.saved_replies import (
    VARIABLES,
    Wanted,
    add_saved_reply,
    change_saved_reply,
    delete_saved_reply,
    find_saved_reply,
    may_change,
    may_share_with_all,
    not_yours,
    saved_replies,
    unknown_variables,
)
from deskcore.viewer import current_viewer
from deskcore.web.plugin_commands import filled_tools, tools
from deskcore.web.templating import toast
from deskcore.web.viewer import desk_roles, language
from deskcore.web.vocabulary import status_look
from deskcore.web.workspace.area import Item, blueprint, form_key, show, viewer_view
from deskcore.web.workspace.mine import my_desks
from deskcore.web.workspace.pieces import choices_for


@dataclass(frozen=True)
class ReplyView:
    """A saved reply in the list.

    :param shared: with whom, ``""`` for one's own.
    :param unknown: what stands in its braces and means nothing.
    :param url: where it can be changed, ``""`` for whoever may not.
    """

    name: str
    body: str
    category: str
    shared: str
    unknown: Sequence[str]
    url: str


@blueprint.get("/macros")
def macros() -> ResponseReturnValue:
    """List the saved replies; ``?ticket=`` offers to insert each into the answer to that ticket."""
    words = " ".join(request.args.get("q", "").replace("\0", "").split())[:200]
    number = request.args.get("ticket", "")
    if number:
        ticket = find_ticket(number)
        choices, offered = choices_for(ticket, words), filled_tools(ticket_view(ticket), viewer_view())
        return show(
            "workspace/macros.html", words=words, ticket=ticket, found=(), choices=choices, tools=offered, tabs=()
        )
    found = [_view(reply) for reply in saved_replies(words)]
    return show("workspace/macros.html", words=words, ticket=None, choices=(), found=found, tools=tools(), tabs=_tabs())


def _tabs() -> list[Item]:
    """Return the pages on which agents look after what they say and do often: this one, and those of plugins."""
    own = Item(_("Saved replies"), url_for("workspace.macros"), current=True)
    return [own, *(Item(tool.label, tool.url) for tool in tools() if tool.url)]


def _view(reply: SavedReply) -> ReplyView:
    titles = {desk.id: desk.title.in_language(language()) for desk in my_desks()}
    may = may_change(reply, current_viewer())
    return ReplyView(
        reply.name,
        reply.body,
        reply.category,
        _shared_with(reply, titles),
        unknown_variables(reply.body),
        url_for("workspace.macro", reply=reply.token) if may else "",
    )


def _shared_with(reply: SavedReply, titles: Mapping[int, str]) -> str:
    if reply.everyone:
        return _("Shared with everybody")
    return _("Shared with %(desk)s", desk=titles.get(reply.desk_id, "")) if reply.desk_id else ""


@blueprint.get("/macros/new")
def new_macro() -> ResponseReturnValue:
    """Ask for a new one; ``?body=`` begins with a text."""
    return _form(Wanted("", request.args.get("body", "")[:10_000]))


@blueprint.post("/macros")
def add_macro() -> ResponseReturnValue:
    """Keep a new one."""
    wanted = _sent()
    try:
        add_saved_reply(wanted, request.form.get("idempotency_key", ""))
    except Refused as refusal:
        return _form(wanted, problems=refusal.problems)
    return _kept(wanted)


@blueprint.get("/macros/<reply>")
def macro(reply: str) -> ResponseReturnValue:
    """Show one to be changed."""
    return _form(_stored(_changeable(reply)), reply)


@blueprint.post("/macros/<reply>")
def change_macro(reply: str) -> ResponseReturnValue:
    """Change one; a text that crosses somebody else's change is kept beside it."""
    wanted, version = _sent(), request.form.get("version", "")
    try:
        change_saved_reply(reply, wanted, int(version) if version.isdecimal() and len(version) < 10 else None)
    except Conflict:
        return _form(wanted, reply, crossed=True)
    except Refused as refusal:
        return _form(wanted, reply, refusal.problems)
    return _kept(wanted)


@blueprint.post("/macros/<reply>/delete")
def delete_macro(reply: str) -> ResponseReturnValue:
    """Delete one."""
    toast(_("“%(name)s” was deleted.", name=delete_saved_reply(reply)))
    return redirect(url_for("workspace.macros"), 303)


def _changeable(token: str) -> SavedReply:
    reply = find_saved_reply(token)
    if not may_change(reply, current_viewer()):
        raise not_yours(reply)
    return reply


def _stored(reply: SavedReply) -> Wanted:
    keys = {desk.id: desk.key for desk in my_desks()}
    desk = f"desk:{keys.get(reply.desk_id, '')}" if reply.desk_id else ""
    return Wanted(reply.name, reply.body, reply.category, "all" if reply.everyone else desk)


def _sent() -> Wanted:
    form = request.form
    body = form.get("body", "").replace("\r\n", "\n")
    return Wanted(form.get("name", ""), body, form.get("category", ""), form.get("share", ""))


def _kept(wanted: Wanted) -> ResponseReturnValue:
    unknown = unknown_variables(wanted.body)
    if unknown:
        marked = ", ".join(f"{{{name}}}" for name in unknown)
        toast(_("Saved. Nothing is filled in for %(names)s.", names=marked))
    else:
        toast(_("Saved."))
    return redirect(url_for("workspace.macros"), 303)


def _form(
    wanted: Wanted, token: str = "", problems: Sequence[Problem] = (), crossed: bool = False
) -> ResponseReturnValue:
    stored = _changeable(token) if token else None
    errors = {problem.field: problem.message for problem in problems}
    title = stored.name if stored else _("New saved reply")
    context: dict[str, Any] = {
        "wanted": wanted,
        "stored": stored,
        "crossed": crossed,
        "key": request.form.get("idempotency_key") or form_key(),
        "statuses": _statuses(wanted.category),
        "shares": _shares(wanted.share),
        "variables": _meanings(),
        "errors": errors,
        "summary": [{"id": f"macro-{field}", "message": message} for field, message in errors.items()],
        "crumbs": [Item(_("Saved replies"), url_for("workspace.macros")), Item(title)],
        "failed": bool(errors) or crossed,
    }
    return make_response(show("workspace/macro.html", **context), 409 if crossed else 422 if errors else 200)


def _statuses(chosen: str) -> list[OptionView]:
    words = [(name, str(status_look(name).word)) for name in STATUS_CATEGORIES if name != "new"]
    return [OptionView(value, word, selected=value == chosen) for value, word in [("", _("As it is")), *words]]


def _shares(chosen: str) -> list[OptionView]:
    """Return with whom it can be shared; nothing for those who only keep their own."""
    led = [(desk.key, desk.title.in_language(language())) for desk in my_desks() if desk_roles()[desk.id] == "lead"]
    options = [("", _("Only me")), *((f"desk:{key}", _("Everybody on %(desk)s", desk=title)) for key, title in led)]
    if may_share_with_all(current_viewer()):
        options.append(("all", _("All agents")))
    return [OptionView(value, word, selected=value == chosen) for value, word in options] if len(options) > 1 else []


def _meanings() -> Mapping[str, str]:
    """Return what each variable is replaced with, in words."""
    words = {
        "requester": _("the requester's name"),
        "first_name": _("the requester's first name"),
        "number": _("the ticket's number"),
        "subject": _("the ticket's subject"),
        "desk": _("the name of the desk"),
        "me": _("your name"),
    }
    return {name: words[name] for name in VARIABLES}

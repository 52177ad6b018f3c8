"""Pages under ``/x/macros/``: the macros that an agent may use, and the form of one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from deskcore.plugin import Conflict, NotAllowed, Problem, Refused, ViewerView, has_permission, people, tickets
from deskcore_macros import keeping, offering, starters
from deskcore_macros.keeping import PRIORITIES, STATUSES, Wanted
from deskcore_macros.library import SHARE, find, macros, may_change
from deskcore_macros.models import Macro, new_token
from deskcore_macros.offering import shared_with

pages = Blueprint("macros", __name__)


@dataclass(frozen=True)
class Choice:
    """One choice of a select."""

    value: str
    label: str
    selected: bool = False


@pages.get("/", endpoint="library")
def show_library() -> str:
    """Show all macros that the agent may use, or those that have the words."""
    me, words = people.asking(), " ".join(request.args.get("q", "").replace("\0", "").split())[:200]
    return render_template("macros/library.html", words=words, found=_lines(me, macros(me, words)))


def _lines(me: ViewerView, found: Sequence[Macro]) -> list[dict[str, Any]]:
    titles = {key: title.in_language(me.language) for key, title in people.desks().items()}
    names = {email: person.name for email, person in people.named(each.assignee for each in found).items()}
    return [
        {
            "macro": each,
            "edits": keeping.edits_of(each),
            "assignee": names.get(each.assignee, each.assignee),
            "team": keeping.teams(me).get(each.team, each.team) if each.team else "",
            "shared": shared_with(each, titles) if each.desk or each.everyone else "",
            "url": url_for("macros.macro", token=each.token) if may_change(me, each) else "",
            "unknown": _unknown(each),
        }
        for each in found
    ]


def _unknown(macro: Macro | Wanted) -> list[str]:
    return list(dict.fromkeys((*tickets.unknown_variables(macro.reply), *tickets.unknown_variables(macro.note))))


@pages.post("/starters", endpoint="take_starters")
def take_starters() -> ResponseReturnValue:
    """Give the agent macros to begin with."""
    count = starters.take(people.asking())
    flash(ngettext("%(num)s macro added.", "%(num)s macros added.", count), "toast")
    return redirect(url_for("macros.library"), 303)


@pages.get("/new", endpoint="new_macro")
def new_macro() -> ResponseReturnValue:
    """Ask for a new one."""
    return _form(Wanted(), new_token())


@pages.post("/", endpoint="add_macro")
def add_macro() -> ResponseReturnValue:
    """Keep a new one."""
    wanted, token = _sent(), request.form.get("token", "")[:24]
    try:
        keeping.add(people.asking(), wanted, token)
    except Refused as refusal:
        return _form(wanted, token, problems=refusal.problems)
    return _kept(wanted)


@pages.get("/<token>", endpoint="macro")
def show_macro(token: str) -> ResponseReturnValue:
    """Show one to be changed."""
    stored = _changeable(token)
    return _form(keeping.stored(stored), token, stored)


@pages.post("/<token>", endpoint="change_macro")
def change_macro(token: str) -> ResponseReturnValue:
    """Change one; what crosses somebody else's change is kept beside it."""
    wanted, version = _sent(), request.form.get("version", "")
    seen = int(version) if version.isdecimal() and len(version) < 10 else 0
    try:
        keeping.change(people.asking(), token, wanted, seen)
    except Conflict:
        return _form(wanted, token, _changeable(token), crossed=True)
    except Refused as refusal:
        return _form(wanted, token, _changeable(token), refusal.problems)
    return _kept(wanted)


@pages.post("/<token>/delete", endpoint="delete_macro")
def delete_macro(token: str) -> ResponseReturnValue:
    """Delete one."""
    flash(_("“%(name)s” was deleted.", name=keeping.delete(people.asking(), token)), "toast")
    return redirect(url_for("macros.library"), 303)


@pages.get("/<token>/try", endpoint="try_macro")
def try_macro(token: str) -> ResponseReturnValue:
    """Lead to what a macro would do to a ticket; nothing is done there without asking."""
    macro, number = find(people.asking(), token), request.args.get("ticket", "").strip()[:20]
    if not tickets.ids_of([number.upper()]):
        flash(_("There is no ticket %(number)s.", number=number or "–"), "error")
        return redirect(url_for("macros.macro", token=macro.token), 303)
    address = url_for("workspace.apply", number=number.upper(), action=offering.ACTION, choice=macro.token)
    return redirect(address, 303)


def _changeable(token: str) -> Macro:
    me = people.asking()
    macro = find(me, token)
    if not may_change(me, macro):
        raise NotAllowed(_("This macro is shared, and somebody else looks after it."))
    return macro


def _sent() -> Wanted:
    form = request.form
    texts: Any = {name: form.get(name, "").replace("\r\n", "\n") for name in ("reply", "note")}
    plain: Any = {name: form.get(name, "").strip() for name in ("status", "priority", "team", "share")}
    tags: Any = {name: _tags(form.get(name, "")) for name in ("add", "remove")}
    assignee = form.get("assignee", "keep")
    return Wanted(form.get("name", ""), **texts, **plain, **tags, assignee=assignee, follow="follow" in form)


def _tags(text: str) -> tuple[str, ...]:
    """Return tags as they were typed, if they cannot be kept, so that nothing of them is lost."""
    typed = tuple(text.replace(",", " ").split())
    try:
        return tickets.clean_tags(typed)
    except Refused:
        return typed


def _kept(wanted: Wanted) -> ResponseReturnValue:
    unknown = ", ".join(f"{{{name}}}" for name in _unknown(wanted))
    said = _("Saved. Nothing is filled in for %(names)s.", names=unknown) if unknown else _("Saved.")
    flash(said, "toast")
    return redirect(url_for("macros.library"), 303)


def _form(
    wanted: Wanted, token: str, stored: Macro | None = None, problems: Sequence[Problem] = (), crossed: bool = False
) -> ResponseReturnValue:
    me, errors = people.asking(), {problem.field: problem.message for problem in problems}
    context: dict[str, Any] = {
        "wanted": wanted,
        "token": token,
        "stored": stored,
        "crossed": crossed,
        "errors": errors,
        "summary": [{"id": f"m-{field}", "message": message} for field, message in errors.items()],
        "failed": bool(errors) or crossed,
        "statuses": STATUSES,
        "priorities": PRIORITIES,
        "assignees": _assignees(me, wanted.assignee),
        "teams": _options({"": _("As it is"), **keeping.teams(me)}, wanted.team),
        "shares": _shares(me, wanted.share),
        "variables": _variables(),
        "unknown": _unknown(wanted),
    }
    return render_template("macros/macro.html", **context), 409 if crossed else 422 if errors else 200


def _options(labels: Mapping[str, str], chosen: str) -> list[Choice]:
    return [Choice(value, label, value == chosen) for value, label in labels.items()]


def _assignees(me: ViewerView, chosen: str) -> list[Choice]:
    labels = {"keep": _("As it is"), "me": _("Whoever applies it"), "nobody": _("Nobody")}
    agents = {
        each.email: each for desk in me.desks for role in ("agent", "lead") for each in people.on_desk(desk, role)
    }
    if chosen not in labels and chosen not in agents and (person := people.get(chosen)) is not None:
        agents[chosen] = person
    return _options(labels | {each.email: each.name for each in agents.values()}, chosen)


def _shares(me: ViewerView, chosen: str) -> list[Choice]:
    titles = people.desks()
    labels = {"": _("Only me")}
    labels |= {
        f"desk:{key}": _("Everybody on %(desk)s", desk=titles[key].in_language(me.language)) for key in keeping.led(me)
    }
    if has_permission(SHARE):
        labels["all"] = _("All agents")
    return _options(labels, chosen) if len(labels) > 1 else []


def _variables() -> dict[str, str]:
    """Return what each variable is replaced with, in words."""
    return {
        "requester": _("the requester's name"),
        "first_name": _("the requester's first name"),
        "number": _("the ticket's number"),
        "subject": _("the ticket's subject"),
        "desk": _("the name of the desk"),
        "me": _("your name"),
    }

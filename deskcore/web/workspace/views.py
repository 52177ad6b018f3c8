"""Pages on which lists are saved as views, renamed, shared and deleted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from deskcore.errors import Conflict, NotAllowed, NotFound, Refused
from deskcore.tickets import views as saved
from deskcore.tickets.views import NewView, SavedView, may_change, may_share
from deskcore.viewer import current_viewer
from deskcore.web.templating import toast
from deskcore.web.viewer import language
from deskcore.web.workspace.area import blueprint, form_key, show
from deskcore.web.workspace.chips import label
from deskcore.web.workspace.filters import ListState, read_list
from deskcore.web.workspace.mine import forget_views, my_desks, my_views


@dataclass(frozen=True)
class Choice:
    """Who finds a view."""

    value: str
    label: str
    hint: str
    selected: bool


@dataclass(frozen=True)
class Listed:
    """A view among all of them."""

    view: SavedView
    url: str
    words: str
    shared: str
    may_change: bool


@blueprint.get("/views")
def views() -> str:
    """Show all views that the agent finds."""
    viewer = current_viewer()
    desks = {desk.id: desk.title.in_language(language()) for desk in my_desks()}
    shared = {"me": _("Only you"), "all": _("All agents")}
    found = [
        Listed(
            view,
            url_for("workspace.queue", view=view.key),
            ", ".join(label(item) for item in read_list({"q": view.query}).items) or _("All tickets"),
            shared.get(view.sharing) or desks.get(view.desk_id or 0, ""),
            may_change(viewer, view),
        )
        for view in my_views()
    ]
    return show("workspace/views.html", here="views", found=found)


@blueprint.get("/views/new")
def new_view() -> ResponseReturnValue:
    """Ask for the name of a list that is to be kept."""
    return _form(read_list(request.args), None, {})


@blueprint.post("/views")
def save_view() -> ResponseReturnValue:
    """Keep a list under a name."""
    state = read_list(request.form)
    try:
        key = saved.save_view(_given(state), request.form.get("idempotency_key", ""))
    except Refused as refusal:
        return _form(state, None, {problem.field: problem.message for problem in refusal.problems}), 422
    toast(_("The view is saved."))
    return redirect(url_for("workspace.queue", view=key), 303)


@blueprint.get("/views/<key>")
def edit_view(key: str) -> ResponseReturnValue:
    """Show what a view keeps, with what the list in the address has instead."""
    view = _view(key)
    kept = {"q": view.query, "sort": view.sort, "columns": ",".join(view.columns), "limit": str(view.page_size)}
    state = read_list({**kept, **{name: request.args[name] for name in kept if name in request.args}})
    return _form(state, view, {})


@blueprint.post("/views/<key>")
def change_view(key: str) -> ResponseReturnValue:
    """Keep what a view is to be from now on."""
    view, state = _view(key), read_list(request.form)
    version = request.form.get("version", "")
    try:
        saved.change_view(key, _given(state), int(version) if version.isdecimal() and len(version) < 10 else 0)
    except Refused as refusal:
        return _form(state, view, {problem.field: problem.message for problem in refusal.problems}), 422
    except Conflict as conflict:
        words = _("It is now called “%(name)s” and shows: %(query)s", name=view.name, query=view.query or "–")
        return _form(state, view, {"": f"{conflict.message} {words}"}), 409
    toast(_("The view is saved."))
    return redirect(url_for("workspace.queue", view=key), 303)


@blueprint.post("/views/<key>/delete")
def delete_view(key: str) -> ResponseReturnValue:
    """Delete a view; no ticket changes."""
    name = saved.delete_view(key)
    forget_views()
    toast(_("The view “%(name)s” was deleted.", name=name))
    return redirect(url_for("workspace.views"), 303)


def _view(key: str) -> SavedView:
    """Return a view that the agent may change; what one does not find does not exist."""
    view = next((view for view in my_views() if view.key == key), None)
    if view is None:
        raise NotFound(_("There is no such view."))
    if not may_change(current_viewer(), view):
        raise NotAllowed(_("Only the person who made this view can change it."))
    return view


def _given(state: ListState) -> NewView:
    sharing, _colon, desk_key = request.form.get("sharing", "me").partition(":")
    desk = next((desk for desk in my_desks() if desk.key == desk_key), None)
    text, sort, columns, limit = state.saved
    return NewView(request.form.get("name", ""), text, sort, columns, limit, sharing, desk.id if desk else None)


def _form(state: ListState, view: SavedView | None, errors: Mapping[str, str]) -> str:
    name = request.form.get("name", view.name if view else "")
    page: dict[str, Any] = {
        "view": view,
        "state": state,
        "name": name,
        "errors": errors,
        "chips": [label(item) for item in state.items],
        "sharings": _sharings(view),
        "key": form_key(),
    }
    return show("workspace/view.html", **page)


def _sharings(view: SavedView | None) -> list[Choice]:
    """Return with whom the view may be shared; what it is now stays possible."""
    viewer = current_viewer()
    keys = {desk.id: desk.key for desk in my_desks()}
    now = (
        "me" if view is None else f"desk:{keys.get(view.desk_id or 0, '')}" if view.sharing == "desk" else view.sharing
    )
    chosen = request.form.get("sharing", now)
    found = [("me", _("Only me"), "")]
    for desk in my_desks():
        if may_share(viewer, "desk", desk.id) or now == f"desk:{desk.key}":
            title = desk.title.in_language(language())
            found.append((f"desk:{desk.key}", title, _("Everybody who works on this desk finds it.")))
    if may_share(viewer, "all", None) or now == "all":
        found.append(("all", _("All agents"), _("Each sees only the tickets of their own desks.")))
    return [Choice(value, words, hint, value == chosen) for value, words, hint in found]

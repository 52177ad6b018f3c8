"""Who may call which routes: each blueprint has a class, and a route of none keeps the application from starting."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Literal

from flask import Blueprint, Flask, flash, g, redirect, request, url_for
from flask.sansio.app import App as SansioApp
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from deskcore.clock import now
from deskcore.errors import NotAllowed
from deskcore.extensions import db
from deskcore.people.signing_in import secret_hash, touch_session
from deskcore.viewer import Area, Viewer
from deskcore.web.seeing import only_look, seeing_is_over
from deskcore.web.viewer import SignedInPerson, keep_up, signed_in_user

Access = Literal["public", "portal", "workspace", "admin", "audit"]

#: How exactly the table knows when a sign-in was last used.
_NOTED_EVERY = timedelta(hours=1)
#: What an open page asks by itself, again and again: nobody who has gone home stays signed in by it.
_UNATTENDED = frozenset({"workspace.live", "workspace.leave", "workspace.news"})


def classify(blueprint: Blueprint, access: Access) -> None:
    """Say who may call a blueprint's routes; a route of no class keeps the application from starting.

    :param access: ``public``, or an area in which one must be signed in: ``portal`` for everybody, ``workspace``
        for those who work on a desk, ``admin`` for administrators, ``audit`` for administrators and auditors.
    """
    blueprint.before_request(partial(_require, access))
    blueprint.record(lambda state: _remember_class(state.app, state.name, access))


def classify_registered(app: Flask, name: str, access: Access) -> None:
    """Say who may call the routes of a blueprint that was registered, and that outlives the application.

    A plugin's blueprint belongs to its module: in tests one serves several applications, one after another.
    """
    app.before_request_funcs.setdefault(name, []).insert(0, partial(_require, access))
    _remember_class(app, name, access)


def _remember_class(app: SansioApp, name: str, access: Access) -> None:
    app.extensions.setdefault("deskcore_access", {})[name] = access


def check_routes_are_classified(app: Flask) -> None:
    """Refuse to start with a route that nobody classified.

    :raises RuntimeError: naming the endpoint.
    """
    classes = app.extensions.get("deskcore_access", {})
    for rule in app.url_map.iter_rules():
        # The outermost: what it asks of callers, it asks for the blueprints inside it.
        blueprint, inside, _name = rule.endpoint.partition(".")
        if rule.endpoint != "static" and not (inside and blueprint in classes):
            raise RuntimeError(
                f"the route {rule.rule} ({rule.endpoint}) says nothing about who may call it: classify() its blueprint"
            )


def _require(access: Access) -> Response | None:
    user = signed_in_user()
    if user is None and access == "public":
        return None
    if user is None:
        return _to_sign_in()
    area: Area = "workspace" if access == "workspace" else "portal"
    keep_up(g.get("epoch") or 0)
    db.session().info["viewer"] = Viewer(
        user.person.id, area, user.desk_roles, user.person.administrator, user.person.auditor
    )
    _note_use(user)
    if g.pop("seeing_is_over", False):
        seeing_is_over(user.token)
    if user.seen is not None:
        only_look(user.seen)
    elif not _may(user, access):
        raise NotAllowed(_("You don't have access to this page."))
    return None


def _may(user: SignedInPerson, access: Access) -> bool:
    if access == "workspace":
        return bool(user.desk_roles)
    if access in ("admin", "audit"):
        return user.person.administrator or (access == "audit" and user.person.auditor)
    return True


def _note_use(user: SignedInPerson) -> None:
    """Note that a sign-in is still used, once an hour and not at every page, because a page writes nothing else."""
    if request.endpoint in _UNATTENDED:
        return
    if "seen_at" in g and now() - g.seen_at > _NOTED_EVERY:
        touch_session(secret_hash(user.token))


def _to_sign_in() -> Response:
    if request.method not in ("GET", "HEAD"):
        flash(_("You were signed out. Sign in and we'll bring you back here."))
    target = request.full_path.rstrip("?") if request.method == "GET" else request.path
    return redirect(url_for("auth.login", next=target))

"""Pages and static files of plugins: under ``/x/<plugin>/`` or a path that it claims, gone with the plugin."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, wraps
from typing import Any

from flask import Blueprint, Flask, Response, abort, g, send_from_directory
from werkzeug.exceptions import HTTPException

from deskcore.desks.services import refresh_if_changed
from deskcore.errors import DeskcoreError
from deskcore.extensions import db
from deskcore.hooks.page_parts import PluginBlueprint
from deskcore.hooks.registry import Registry
from deskcore.outages import trouble_of
from deskcore.runtime import runtime
from deskcore.web.admin.area import admin_context
from deskcore.web.portal.area import portal_context
from deskcore.web.route_classes import classify, classify_registered
from deskcore.web.security import take_from_anywhere
from deskcore.web.workspace.area import workspace_context

#: What gives pages of an area the menu of that area.
_MENUS: dict[str, Callable[[], dict[str, Any]]] = {
    "public": portal_context,
    "portal": portal_context,
    "workspace": workspace_context,
    "admin": admin_context,
}

blueprint = Blueprint("plugin_static", __name__)
classify(blueprint, "public")


@blueprint.get("/plugins/<plugin>/static/<path:name>")
def static_file(plugin: str, name: str) -> Response:
    """Send a static file of an active plugin."""
    _require_active(plugin)
    folder = runtime().plugins.declarations[plugin].path
    if folder is None:
        abort(404)
    response = send_from_directory(folder / "static", name)
    response.headers["Cache-Control"] = "no-cache"
    return response


def init_app(app: Flask, plugins: Registry) -> None:
    """Add the routes of every loaded plugin; those of an inactive one answer 404."""
    app.register_blueprint(blueprint)
    for item in plugins.blueprints:
        try:
            _add(app, item.plugin, item.value)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            # BaseException: a plugin that calls sys.exit() must not keep the others from starting.
            with app.app_context():
                runtime().callers.failed(item.plugin, "register_blueprints", error)


def _add(app: Flask, plugin: str, item: PluginBlueprint) -> None:
    pages = item.blueprint
    if pages.name in app.blueprints:
        raise ValueError(f"a blueprint “{pages.name}” is there already: give it another name")
    # First of all, so that nothing that it adds is without a guard should it fail half-way; and once more after it is
    # known who asks, which may have told that it was switched off.
    classify_registered(app, pages.name, item.access)
    guards = app.before_request_funcs[pages.name]
    guards[:] = [partial(_require_active, plugin), *guards, partial(_require_still_active, plugin)]
    if item.access in _MENUS:
        app.template_context_processors.setdefault(pages.name, []).append(_MENUS[item.access])
    app.register_blueprint(pages, url_prefix=item.claims or f"/x/{plugin}")
    if item.one_click:
        take_from_anywhere(app, pages)
    for endpoint, view in app.view_functions.items():
        if endpoint.startswith(f"{pages.name}."):
            app.view_functions[endpoint] = _watched(app, plugin, endpoint, view)


def _watched(app: Flask, plugin: str, endpoint: str, view: Callable[..., Any]) -> Callable[..., Any]:
    """Return a page that is measured; one that fails is named, and answered like any other error."""
    slot = f"page {endpoint}"

    @wraps(view)
    def watched(*arguments: Any, **values: Any) -> Any:
        callers = runtime().callers
        try:
            with callers.answering(plugin, slot):
                return app.make_response(app.ensure_sync(view)(*arguments, **values))
        except (DeskcoreError, HTTPException, KeyboardInterrupt):
            raise
        except BaseException as error:
            # It may still hold the lock that recording needs.
            db.session.rollback()
            if not trouble_of(error):
                callers.failed(plugin, slot, error)
            if isinstance(error, Exception):
                raise
            raise RuntimeError(f"the page {endpoint} raised {type(error).__name__}") from None

    return watched


def _require_active(plugin: str) -> None:
    if not runtime().plugins.active(plugin):
        abort(404)


def _require_still_active(plugin: str) -> None:
    if "epoch" not in g:  # nobody is signed in
        refresh_if_changed()
    _require_active(plugin)

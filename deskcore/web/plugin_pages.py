"""Pages and static files of plugins: under ``/x/<plugin>/``, gone with the plugin."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, wraps
from typing import Any

from flask import Blueprint, Flask, Response, abort, send_from_directory
from werkzeug.exceptions import HTTPException

from deskcore.errors import DeskcoreError
from deskcore.extensions import db
from deskcore.hooks.registry import Registry
from deskcore.outages import trouble_of
from deskcore.runtime import runtime
from deskcore.web.viewer import classify, classify_registered

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
        pages, plugin = item.value.blueprint, item.plugin
        app.register_blueprint(pages, url_prefix=f"/x/{plugin}")
        classify_registered(app, pages.name, item.value.access)
        app.before_request_funcs[pages.name].insert(0, partial(_require_active, plugin))
        for endpoint, view in app.view_functions.items():
            if endpoint.startswith(f"{pages.name}."):
                app.view_functions[endpoint] = _watched(app, plugin, endpoint, view)


def _watched(app: Flask, plugin: str, endpoint: str, view: Callable[..., Any]) -> Callable[..., Any]:
    """Return a page that is measured; one that fails is named, and answered like any other error."""
    slot = f"page {endpoint}"

    @wraps(view)
    def watched(*arguments: Any, **values: Any) -> Any:
        callers, limits = runtime().callers, runtime().plugins.breaker.limits
        try:
            with callers.watching(plugin, slot, limits.deadline):
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

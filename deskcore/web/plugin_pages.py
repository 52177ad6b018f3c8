"""Pages and static files of plugins: under ``/x/<plugin>/``, gone with the plugin."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, Flask, Response, abort, send_from_directory

from deskcore.hooks.registry import Registry
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


def _require_active(plugin: str) -> None:
    if not runtime().plugins.active(plugin):
        abort(404)

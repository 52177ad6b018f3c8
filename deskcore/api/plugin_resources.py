"""What plugins add to the API, under ``/api/v1/x/<plugin>``: gone with the plugin, and its failures its own."""

from __future__ import annotations

import inspect
import logging
import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial, wraps
from typing import Any

from flask import Flask
from werkzeug.exceptions import HTTPException, InternalServerError, NotFound

from deskcore.api.blueprint import ApiBlueprint
from deskcore.desks.permissions import require_permission
from deskcore.errors import DeskcoreError
from deskcore.extensions import csrf, db
from deskcore.hooks.page_parts import ApiResource
from deskcore.hooks.registry import Registry
from deskcore.outages import trouble_of
from deskcore.runtime import runtime

log = logging.getLogger("deskcore.api")

_EXTENSION = "deskcore_plugin_resources"
_PART = re.compile(r"<(\w+)>")


class PluginApiBlueprint(ApiBlueprint):
    """The operations of one plugin; whatever goes wrong in one of them is the plugin's failure.

    :param plugin: name of the plugin.
    """

    def __init__(self, plugin: str, resources: Sequence[ApiResource]) -> None:
        # No blueprint of a plugin's own can have this name: it must be an identifier.
        super().__init__(f"api-x-{plugin}", __name__, url_prefix=f"/api/v1/x/{plugin}")
        self.plugin = plugin
        #: Rights that are needed, by the key of the resource.
        self._permissions = {resource.key: resource.permission for resource in resources}
        self.before_request(partial(_require_active, plugin))
        for resource in resources:
            self._add(resource)

    def path_parameters(self, rule: str) -> list[Mapping[str, Any]]:
        """Return how the parts of an address are described: by their names."""
        return [_described(name) for name in _PART.findall(rule)]

    def contained(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Let a failure of the plugin be counted, and be answered with 500 and nothing about it."""

        @wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            # Once more: that it was switched off may have become known with the token.
            _require_active(self.plugin)
            if permission := self._permissions[function.__name__]:
                require_permission(permission)
            return _called(self.plugin, partial(function, *args, **kwargs), f"api {function.__name__}")

        return call

    def _add(self, resource: ApiResource) -> None:
        reads = resource.method == "GET"
        register = self.operation(
            resource.method,
            resource.rule,
            resource.answer,
            tag=self.plugin,
            scopes=["plugins:read" if reads else "plugins:write"],
            query=resource.query,
            body=resource.body,
            example=_thawed(resource.example),
            sends=_thawed(resource.sends),
            errors=(404, 422) if reads else (404, 409, 422),
        )
        register(_named(resource))


def init_app(app: Flask, plugins: Registry) -> None:
    """Add the resources of every loaded plugin."""
    found: dict[str, list[ApiResource]] = {}
    for item in plugins.api_resources:
        found.setdefault(item.plugin, []).append(item.value)
    blueprints = app.extensions[_EXTENSION] = {}
    for plugin, resources in sorted(found.items()):
        try:
            blueprint = PluginApiBlueprint(plugin, resources)
            csrf.exempt(blueprint)
            app.extensions.setdefault("deskcore_access", {})[blueprint.name] = "token"
            app.register_blueprint(blueprint)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            # BaseException: a schema that calls sys.exit() must not keep the others from starting.
            with app.app_context():
                runtime().callers.failed(plugin, "register_api_resources", error)
        else:
            blueprints[plugin] = blueprint


def blueprints_of(app: Flask) -> list[PluginApiBlueprint]:
    """Return the blueprints of the active plugins, by name."""
    found: dict[str, PluginApiBlueprint] = app.extensions[_EXTENSION]
    return [blueprint for plugin, blueprint in found.items() if runtime().plugins.active(plugin)]


def _require_active(plugin: str) -> None:
    if not runtime().plugins.active(plugin):
        raise NotFound


def _called(plugin: str, call: Callable[[], Any], slot: str) -> Any:
    """Return what the plugin answers; what it refuses is not a failure, and neither is an outage."""
    callers = runtime().callers
    try:
        with callers.answering(plugin, slot):
            return call()
    except (DeskcoreError, HTTPException, KeyboardInterrupt):
        raise
    except BaseException as error:
        # BaseException: a plugin that calls sys.exit() must not end the server.
        if isinstance(error, Exception) and trouble_of(error):
            raise
        if db.session().in_transaction():
            db.session.rollback()
        callers.failed(plugin, slot, error)
        raise InternalServerError from None


def _named(resource: ApiResource) -> Callable[..., Any]:
    """Return the view under the resource's own key."""

    def view(*args: Any, **kwargs: Any) -> Any:
        return resource.view(*args, **kwargs)

    view.__name__ = resource.key
    view.__doc__ = inspect.getdoc(resource.view) or resource.key.replace("_", " ").capitalize() + "."
    return view


def _described(name: str) -> dict[str, Any]:
    schema = {"type": "string", "minLength": 1}
    said = f"The {name.replace('_', ' ')}."
    return {"in": "path", "name": name, "required": True, "description": said, "schema": schema, "example": name}


def _thawed(value: Any) -> Any:
    """Return plain data as JSON has it: contributions are frozen."""
    if isinstance(value, Mapping):
        return {key: _thawed(inner) for key, inner in value.items()}
    return [_thawed(inner) for inner in value] if isinstance(value, (list, tuple)) else value

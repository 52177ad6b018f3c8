"""The description of the API in OpenAPI 3.1, made from the same schemas that check what is sent.

It is made when somebody first asks for it, because a start must not wait for what most processes never show. It is
public, and so is the reference made from it: both say the same in every installation of one version. Whoever sends a
token, or is signed in, also gets what the plugins that are on add.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

import flask_smorest
from apispec.ext.marshmallow import MarshmallowPlugin
from apispec.ext.marshmallow.common import resolve_schema_cls
from flask import Flask, Response, current_app, request
from flask_babel import force_locale

from deskcore import __version__
from deskcore.api.answers import Document, ProblemDocument
from deskcore.api.authentication import authenticate
from deskcore.api.blueprint import blueprint
from deskcore.api.described import INTRODUCTION, PROBLEM_HEADERS, TAGS
from deskcore.api.examples import WRONG
from deskcore.api.plugin_resources import PluginApiBlueprint, blueprints_of
from deskcore.api.problems import KINDS, MEDIA_TYPE
from deskcore.runtime import runtime

EXTENSION = "deskcore_api"


class DescribedApi(flask_smorest.Api):  # type: ignore[misc]
    """flask-smorest with our own problem documents, and without its error handler for the whole application."""

    ERROR_SCHEMA = ProblemDocument
    DEFAULT_ERROR_RESPONSE_NAME = None

    def _register_error_handlers(self) -> None:
        """Register nothing: errors are answered by path, and pages keep their error pages."""

    def _register_etag_headers(self) -> None:
        """Describe nothing: operations describe the headers that they read."""

    _register_pagination_header = _register_etag_headers

    def _register_responses(self) -> None:
        for status in HTTPStatus:
            response = _problem(status) if status >= 400 else {"description": status.phrase}
            self.spec.components.response(status.name, response, lazy=True)


def _problem(status: HTTPStatus) -> dict[str, Any]:
    response: dict[str, Any] = {"description": status.phrase, "headers": PROBLEM_HEADERS.get(status, {})}
    shown: dict[str, Any] = {"schema": ProblemDocument}
    if status in KINDS:
        kind = KINDS[status]
        shown["example"] = {
            "type": f"urn:deskcore:problem:{kind.name}",
            "title": str(kind.title),
            "status": status.value,
            "detail": str(kind.detail),
            "errors": [WRONG] if status == HTTPStatus.UNPROCESSABLE_ENTITY else [],
        }
    return response | {"content": {MEDIA_TYPE: shown}}


def schema_name(schema: Any) -> str:
    """Return the name of a schema in the description; a plugin's is prefixed, so that no two are ever equal."""
    found = resolve_schema_cls(schema)
    one = found[0] if isinstance(found, list) else found
    assert not isinstance(one, str)
    package = one.__module__.split(".")[0]
    prefix = "" if package in ("deskcore", "marshmallow") else package.removeprefix("deskcore_") + "_"
    return prefix + one.__name__.removesuffix("Schema").removesuffix("Item")


class Description:
    """The descriptions of one application's API, each made once: without plugins, and with those that are on."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        #: By the plugins that it describes: the document, and how it is sent.
        self._made: dict[tuple[str, ...], tuple[dict[str, Any], str]] = {}

    def document(self, *, plugins: bool = False) -> dict[str, Any]:
        """Return the whole document, in English whoever asks first.

        :param plugins: with what plugins add; one whose schemas cannot be described is left out, and has failed.
        """
        return self._get(plugins)[0]

    def text(self, *, plugins: bool = False) -> str:
        """Return the document as it is sent."""
        return self._get(plugins)[1]

    def _get(self, plugins: bool) -> tuple[dict[str, Any], str]:
        added = blueprints_of(self._app) if plugins else []
        names = tuple(blueprint.plugin for blueprint in added)
        if names not in self._made:
            with force_locale("en"):
                document = self._document([one for one in added if self._can_be_described(one)])
            self._made[names] = document, json.dumps(document, ensure_ascii=False)
        return self._made[names]

    def _can_be_described(self, blueprint: PluginApiBlueprint) -> bool:
        try:
            self._document([blueprint])
        except Exception as error:
            runtime().callers.failed(blueprint.plugin, "api description", error)
            return False
        return True

    def _document(self, added: Sequence[PluginApiBlueprint]) -> dict[str, Any]:
        described = DescribedApi(
            self._app,
            spec_kwargs={
                "title": "Deskcore",
                "version": __version__,
                "openapi_version": "3.1.0",
                "marshmallow_plugin": MarshmallowPlugin(schema_name_resolver=schema_name),
                "info": {"description": INTRODUCTION},
                "security": [{"token": []}],
                "externalDocs": {"url": "/api/docs", "description": "The same for people."},
            },
        )
        bearer = {"type": "http", "scheme": "bearer", "description": "An API token, made with `deskcore user token`."}
        described.spec.components.security_scheme("token", bearer)
        for tag in (*TAGS, *map(_tag, added)):
            described.spec.tag(tag)
        for one in (blueprint, *added):
            one.register_views_in_doc(described, self._app, described.spec, name=one.name, parameters=None)
        document: dict[str, Any] = described.spec.to_dict()
        for (schema, *_modifiers), name in described.ma_plugin.converter.refs.items():
            document["components"]["schemas"][name]["description"] = inspect.getdoc(schema)
        return document


def _tag(added: PluginApiBlueprint) -> dict[str, str]:
    declaration = runtime().plugins.declarations.get(added.plugin)
    return {"name": added.plugin, "description": declaration.description if declaration else ""}


def init_app(app: Flask) -> None:
    """Register the API on ``app``; nothing of its description is made yet."""
    app.register_blueprint(blueprint)
    app.extensions[EXTENSION] = Description(app)


def description() -> Description:
    """Return the current application's description of its API."""
    found: Description = current_app.extensions[EXTENSION]
    return found


@blueprint.operation("GET", "/openapi.json", Document, tag="Description", errors=(401, 429), public=True)
def get_description() -> Response:
    """Return this description.

    With a token it includes what the plugins of this installation add, under `/api/v1/x/`.
    """
    known = "Authorization" in request.headers
    if known:
        authenticate()
    return Response(description().text(plugins=known), content_type="application/json")

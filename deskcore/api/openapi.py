"""The description of the API in OpenAPI 3.1, made from the same schemas that check what is sent."""

from __future__ import annotations

import http
from typing import Any

import flask_smorest
from apispec.ext.marshmallow import MarshmallowPlugin
from apispec.ext.marshmallow.common import resolve_schema_cls
from flask import Flask, Response, current_app, json
from flask_smorest.utils import prepare_response

from deskcore import __version__
from deskcore.api.blueprint import blueprint
from deskcore.api.problems import MEDIA_TYPE
from deskcore.api.schemas import Document, ProblemDocument

EXTENSION = "deskcore_api"

_DESCRIPTION = """The helpdesk for programs.

Send a token as `Authorization: Bearer dc_…`; it stands for a person in one area. With an area of `portal` you see
and do what that person can in the portal, with `workspace` what an agent can on the desks the person works on.

Errors are problem documents (RFC 9457) in the language of `Accept-Language`. Lists come in pages: follow `next`.
Moments are RFC 3339 in UTC. Fields that are not described here are refused.
"""
_TAGS = (
    {"name": "Tickets", "description": "Open, read and work on tickets."},
    {"name": "Desks", "description": "What can be asked of whom."},
    {"name": "People", "description": "Who is calling."},
    {"name": "Description", "description": "This document."},
)


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
        for status in http.HTTPStatus:
            response: dict[str, Any] = {"description": status.phrase}
            if status >= 400:
                response["schema"] = self.ERROR_SCHEMA
            prepare_response(response, self.spec, MEDIA_TYPE)
            self.spec.components.response(status.name, response, lazy=True)


def schema_name(schema: Any) -> str:
    """Return the name of a schema in the description; a plugin's is prefixed, so that no two are ever equal."""
    found = resolve_schema_cls(schema)
    one = found[0] if isinstance(found, list) else found
    assert not isinstance(one, str)
    package = one.__module__.split(".")[0]
    prefix = "" if package in ("deskcore", "marshmallow") else package.removeprefix("deskcore_") + "_"
    return prefix + one.__name__.removesuffix("Schema").removesuffix("Item")


def describe(app: Flask) -> DescribedApi:
    """Register the API's blueprint on ``app``, together with its description."""
    described = DescribedApi(
        app,
        spec_kwargs={
            "title": "Deskcore",
            "version": __version__,
            "openapi_version": "3.1.0",
            "marshmallow_plugin": MarshmallowPlugin(schema_name_resolver=schema_name),
            "info": {"description": _DESCRIPTION},
            "security": [{"token": []}],
        },
    )
    bearer = {"type": "http", "scheme": "bearer", "description": "An API token, made with `deskcore user token`."}
    described.spec.components.security_scheme("token", bearer)
    for tag in _TAGS:
        described.spec.tag(tag)
    described.register_blueprint(blueprint)
    app.extensions[EXTENSION] = described
    return described


@blueprint.operation("GET", "/openapi.json", Document, tag="Description", public=True)
def get_description() -> Response:
    """Return this description."""
    document = current_app.extensions[EXTENSION].spec.to_dict()
    # A blueprint's own name becomes a tag even where every operation has a better one.
    document["tags"] = [tag for tag in document["tags"] if tag["description"]]
    return Response(json.dumps(document), content_type="application/json")

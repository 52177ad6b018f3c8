"""The API's blueprint: one decorator says everything about an operation, to Flask and to OpenAPI alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from http import HTTPStatus
from typing import Any, TypeVar

import flask_smorest
from flask import request
from marshmallow import Schema

from deskcore.api.authentication import authenticate, begin, require
from deskcore.api.parsing import StrictParser

View = TypeVar("View", bound=Callable[..., Any])

#: What any operation may answer besides its success.
_COMMON = (401, 403, 429, 500, 503)
_NUMBER = {
    "in": "path",
    "name": "number",
    "required": True,
    "description": "The ticket's number.",
    "schema": {"type": "string", "pattern": "^[A-Z]{2,5}-[0-9A-Z]+$"},
    "example": "IT-2394",
}


class ApiBlueprint(flask_smorest.Blueprint):  # type: ignore[misc]
    """Operations of the API under one prefix, each with its scopes, schemas and texts."""

    ARGUMENTS_PARSER = StrictParser()

    def operation(
        self,
        method: str,
        rule: str,
        answer: type[Schema],
        *,
        tag: str,
        scopes: Sequence[str] = (),
        status: int = 200,
        query: type[Schema] | None = None,
        body: type[Schema] | None = None,
        headers: type[Schema] | None = None,
        example: Any = None,
        sends: Any = None,
        errors: Sequence[int] = (),
        public: bool = False,
    ) -> Callable[[View], View]:
        """Register a view as one operation; its name is the operation id, its docstring the description.

        What callers send reaches the view as the keyword arguments ``query``, ``body`` and ``headers``.

        :param scopes: what the token must allow, all of them.
        :param example: an answer; ``sends``: a body.
        :param errors: statuses of the problems that are this operation's own.
        :param public: callable without a token.
        """

        def decorate(view: View) -> View:
            function: Any = self.response(status, answer, example=example)(view)
            for location, schema in (("json", body), ("query", query), ("headers", headers)):
                if schema is not None:
                    name = "body" if location == "json" else location
                    shown = {"example": sends} if location == "json" else {}
                    function = self.arguments(schema, location=location, arg_name=name, **shown)(function)
            for code in (*errors, *(() if public else _COMMON)):
                function = self.alt_response(code, response=HTTPStatus(code).name)(function)
            function = self.doc(operationId=_camel(view.__name__), **({"security": []} if public else {}))(function)
            function = _guarded(function, tuple(scopes), public)
            parameters = [_NUMBER] if "<number>" in rule else None
            self.add_url_rule(rule, view.__name__, function, parameters=parameters, tags=[tag], methods=[method])
            return view

        return decorate


def _guarded(view: Callable[..., Any], scopes: tuple[str, ...], public: bool) -> Callable[..., Any]:
    """Let nothing of a request be read before it is known whose it is and what it may do."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        begin()
        if not public:
            authenticate()
            require(*scopes)
        answer = view(*args, **kwargs)
        answer.headers["Vary"] = "Authorization, Accept-Language"
        return answer

    # OPTIONS answers 405: there is nothing to negotiate, and nothing to learn without a token.
    guarded.provide_automatic_options = False  # type: ignore[attr-defined]
    guarded.scopes = scopes  # type: ignore[attr-defined]
    return guarded


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def path_of(*parts: str) -> str:
    """Return the address of a resource, for ``Location``."""
    return "/".join((request.script_root + "/api/v1", *parts))


blueprint = ApiBlueprint("api", __name__, url_prefix="/api/v1")

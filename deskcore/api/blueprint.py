"""The API's blueprint: one decorator says everything about an operation, to Flask and to OpenAPI alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from http import HTTPStatus
from typing import Any, TypeVar

import flask_smorest
from flask import request
from marshmallow import Schema

from deskcore.api.authentication import authenticate, begin, require
from deskcore.api.described import HEADERS, PATH_PARAMETERS
from deskcore.api.parsing import StrictParser
from deskcore.api.problems import VARY

View = TypeVar("View", bound=Callable[..., Any])

#: What any operation may answer besides its success.
_COMMON = (400, 401, 403, 429, 500, 503)
#: What operations that read a body may answer besides.
_BODY = (408, 413, 415, 507)
_BYTES = {"type": "string", "format": "binary"}


class ApiBlueprint(flask_smorest.Blueprint):  # type: ignore[misc]
    """Operations of the API under one prefix, each with its scopes, schemas and texts."""

    ARGUMENTS_PARSER = StrictParser()

    def operation(
        self,
        method: str,
        rule: str,
        answer: type[Schema] | None,
        *,
        tag: str,
        scopes: Sequence[str] = (),
        status: int = 200,
        query: type[Schema] | None = None,
        body: type[Schema] | None = None,
        content: Mapping[str, Any] | None = None,
        headers: type[Schema] | None = None,
        gives: Sequence[str] = (),
        example: Any = None,
        sends: Any = None,
        errors: Sequence[int] = (),
        public: bool = False,
    ) -> Callable[[View], View]:
        """Register a view as one operation; its name is the operation id, its docstring the description.

        What callers send reaches the view as the keyword arguments ``query``, ``body`` and ``headers``.

        :param answer: of the answer's JSON; ``None`` for the bytes of a file.
        :param scopes: what the token must allow, all of them.
        :param content: what a body may hold by its media type, where it is no JSON; the view reads and limits it.
        :param gives: names of the answer's own headers.
        :param example: an answer; ``sends``: a body; ``errors``: statuses of the answers that are its own.
        :param public: callable without a token.
        """

        def decorate(view: View) -> View:
            function = self._answering(view, status, answer, example, gives)
            function = self._reading(function, {"json": body, "query": query, "headers": headers}, sends)
            refusals = (*errors, *(_BODY if body or content else ()), *(() if public else _COMMON))
            function = self._described(_camel(view.__name__), function, refusals, None if public else scopes, content)
            function = _guarded(self.contained(function), tuple(scopes), public)
            parts = self.path_parameters(rule)
            self.add_url_rule(rule, view.__name__, function, parameters=parts, tags=[tag], methods=[method])
            return view

        return decorate

    def path_parameters(self, rule: str) -> list[Mapping[str, Any]]:
        """Return how the parts of an address are described."""
        return [described for name, described in PATH_PARAMETERS.items() if f"<{name}>" in rule]

    def contained(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return what is called once it is known who calls: reading what was sent, the view, making the answer."""
        return function

    def _answering(
        self, view: Callable[..., Any], status: int, answer: type[Schema] | None, example: Any, gives: Sequence[str]
    ) -> Any:
        shape = {"content_type": "*/*"} if answer is None else {"example": example}
        given = {name: HEADERS[name] for name in gives}
        return self.response(status, answer or _BYTES, headers=given or None, **shape)(view)

    def _reading(self, function: Any, schemas: Mapping[str, type[Schema] | None], sends: Any) -> Any:
        """Let each place be read by its schema, the last one first."""
        for location, schema in schemas.items():
            if schema is not None:
                name, shown = ("body", {"example": sends}) if location == "json" else (location, {})
                function = self.arguments(schema, location=location, arg_name=name, **shown)(function)
        return function

    def _described(
        self, name: str, function: Any, errors: Sequence[int], scopes: Sequence[str] | None, content: Any
    ) -> Any:
        """Say what the operation is called, which errors it may answer, and what it needs; ``None`` for no token."""
        for code in errors:
            function = self.alt_response(code, response=HTTPStatus(code).name)(function)
        security = [] if scopes is None else [{"token": list(scopes)}]
        more = {"requestBody": {"required": True, "content": dict(content)}} if content else {}
        return self.doc(operationId=name, security=security, **more)(function)


def _guarded(view: Callable[..., Any], scopes: tuple[str, ...], public: bool) -> Callable[..., Any]:
    """Let nothing of a request be read before it is known whose it is and what it may do."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        begin()
        if not public:
            authenticate()
            require(*scopes)
        answer = view(*args, **kwargs)
        answer.headers["Vary"] = VARY
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

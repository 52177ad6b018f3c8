"""Reads what callers send, strictly: nothing is guessed, converted, or taken twice."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

import marshmallow as ma
from flask import Request
from flask_babel import gettext as _
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from deskcore.api.fields import UNKNOWN
from deskcore.desks.fields.cleaning import clean_line
from deskcore.errors import Problem, Refused

#: Bytes of a JSON body; files do not travel in it.
MAX_JSON = 2 * 1024 * 1024
#: How deep arrays and objects may be nested.
MAX_DEPTH = 32
#: Digits of a number; more than any database column holds would fit no field.
MAX_DIGITS = 15
#: So many unknown fields are named; more of them say nothing new.
NAMED = 20

# A string up to its end, or to the end of the text, so that every character is looked at once.
_TOKENS = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?\Z)|[\[\]{}]', re.DOTALL)


class StrictParser(FlaskParser):
    """Reads JSON bodies, query strings and headers for the API's schemas."""

    DEFAULT_UNKNOWN_BY_LOCATION = {**FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION, "json": ma.RAISE, "query": ma.RAISE}

    def load_json(self, req: Request, schema: ma.Schema) -> Any:
        """Return the body as plain JSON data.

        :raises UnsupportedMediaType: when it is not declared as JSON.
        :raises BadRequest: when it is no JSON.
        """
        if not req.is_json:
            raise UnsupportedMediaType
        return read_json(req.get_data(cache=False))

    def load_querystring(self, req: Request, schema: ma.Schema) -> Any:
        """Return the query string's parameters, each given once.

        :raises Refused: naming a parameter that is given twice.
        """
        repeated = [name for name, values in req.args.lists() if len(values) > 1]
        if repeated:
            raise Refused([Problem(_("This is given more than once."), _shown(name)) for name in repeated[:NAMED]])
        return req.args.to_dict()

    def handle_error(self, error: ma.ValidationError, *args: Any, **kwargs: Any) -> NoReturn:
        """Turn what a schema found into the problems that the answer lists.

        :raises Refused: always.
        """
        messages = error.messages
        # One level names the place it was read from, such as ``json``.
        inner = next(iter(messages.values())) if isinstance(messages, Mapping) else messages
        raise Refused(list(_problems(inner, ()))) from error


def read_json(body: bytes) -> Any:
    """Return the data in a JSON text; one that another reader might understand differently is refused.

    :raises BadRequest: for what is no JSON, or nested too deeply.
    :raises Refused: for a key that stands twice in an object, and for numbers that no field can hold.
    """
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadRequest(_("The body must be JSON in UTF-8.")) from error
    if _depth(text) > MAX_DEPTH:
        raise BadRequest(_("The body is nested too deeply."))
    try:
        return json.loads(
            text, object_pairs_hook=_object, parse_int=_integer, parse_float=_fraction, parse_constant=_constant
        )
    except ValueError as error:
        raise BadRequest(_("The body is not valid JSON.")) from error


def _depth(text: str) -> int:
    deepest = depth = 0
    for token in _TOKENS.finditer(text):
        mark = token[0]
        if mark in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif mark in "]}":
            depth -= 1
    return deepest


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        counted = Counter(key for key, _value in pairs)
        twice = [key for key, count in counted.items() if count > 1]
        raise Refused([Problem(_("This is given more than once."), _shown(key)) for key in twice[:NAMED]])
    return found


def _integer(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise Refused(_("A number is too large."))
    return int(digits)


def _fraction(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value) or len(digits) > 2 * MAX_DIGITS:
        raise Refused(_("A number is too large."))
    return value


def _constant(name: str) -> NoReturn:
    raise Refused(_("%(name)s is not a number.", name=name))


def _problems(messages: Any, path: tuple[str, ...]) -> Iterator[Problem]:
    if isinstance(messages, Mapping):
        for key, inner in list(messages.items())[:NAMED]:
            yield from _problems(inner, path if key == "_schema" else (*path, _shown(key)))
    else:
        for message in messages if isinstance(messages, list) else [messages]:
            yield Problem(_sentence(message, path), ".".join(path))


def _sentence(message: Any, path: tuple[str, ...]) -> str:
    if message == UNKNOWN:
        return str(_("There is no field called “%(name)s” here. Leave it out.", name=path[-1] if path else ""))
    return str(message)


def _shown(key: object) -> str:
    return clean_line(str(key)[:200])[:80]

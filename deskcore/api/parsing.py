"""Reads what callers send, strictly: nothing is guessed, converted, or taken twice."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, NoReturn

import marshmallow as ma
from flask import Request, g
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
#: So many problems of one body are named; more of them say nothing new.
NAMED = 20

# A string up to its end, or to the end of the text, so that every character is looked at once.
_TOKENS = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?\Z)|[\[\]{}]', re.DOTALL)
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")

Path = tuple[str, ...]


@dataclass(frozen=True)
class PlacedProblem(Problem):
    """One thing to correct in a JSON body.

    :param path: keys and indexes that lead to it.
    """

    path: Path = ()


class StrictParser(FlaskParser):
    """Reads JSON bodies, query strings and headers for the API's schemas."""

    DEFAULT_UNKNOWN_BY_LOCATION = {**FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION, "json": ma.RAISE, "query": ma.RAISE}

    def load_json(self, req: Request, schema: ma.Schema) -> Any:
        """Return the body as plain JSON data.

        :raises UnsupportedMediaType: when it is not declared as JSON in UTF-8.
        :raises BadRequest: when it is no JSON.
        """
        _require_json(req)
        # Headers and parameters were read before: whatever is found wrong from here on stands in this body.
        g.api_body_is_json = True
        return read_json(req.get_data(cache=False))

    def load_querystring(self, req: Request, schema: ma.Schema) -> Any:
        """Return the query string's parameters, each given once.

        :raises Refused: naming a parameter that is given twice.
        """
        repeated = [name for name, values in req.args.lists() if len(values) > 1]
        if repeated:
            raise Refused([Problem(_("This is given more than once."), shown(name)) for name in repeated[:NAMED]])
        return req.args.to_dict()

    def handle_error(self, error: ma.ValidationError, *args: Any, **kwargs: Any) -> NoReturn:
        """Turn what a schema found into the problems that the answer lists.

        :raises Refused: always.
        """
        messages = error.messages
        # One level names the place it was read from, such as ``json``.
        inner = next(iter(messages.values())) if isinstance(messages, Mapping) else messages
        raise refusal(inner) from error


def refusal(messages: Any) -> Refused:
    """Return what a schema found as the problems that the answer lists."""
    return Refused(list(_problems(messages, ())))


def _require_json(req: Request) -> None:
    require_plain(req)
    if req.mimetype != "application/json":
        raise UnsupportedMediaType
    if req.mimetype_params.get("charset", "utf-8").lower() not in ("utf-8", "utf8"):
        raise UnsupportedMediaType(_("Send JSON in UTF-8, and leave the charset out."))


def require_plain(req: Request) -> None:
    """Refuse a body that would have to be decoded first.

    :raises UnsupportedMediaType: when it is compressed, or otherwise encoded.
    """
    if req.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise UnsupportedMediaType(_("Send the body as it is, without a Content-Encoding."))


def read_json(body: bytes) -> Any:
    """Return the data in a JSON text; one that another reader might understand differently is refused.

    :raises BadRequest: for what is no JSON, or nested too deeply.
    :raises Refused: naming each key that stands twice in its object, each number that no field can hold, and each
        text with half of a surrogate pair.
    """
    text = _decoded(body)
    if _depth(text) > MAX_DEPTH:
        raise BadRequest(_("The body is nested more than %(limit)s levels deep.", limit=MAX_DEPTH))
    try:
        data = json.loads(
            text, object_pairs_hook=_object, parse_int=_integer, parse_float=_fraction, parse_constant=_constant
        )
    except json.JSONDecodeError as error:
        place = {"line": error.lineno, "column": error.colno}
        raise BadRequest(_("The body is not valid JSON: see line %(line)s, column %(column)s.", **place)) from error
    faults = list(islice(_faults(data, ()), NAMED))
    if faults:
        raise Refused(faults)
    return data


def _decoded(body: bytes) -> str:
    if body.startswith(b"\xef\xbb\xbf"):
        raise BadRequest(_("The body begins with a byte order mark. Leave it out."))
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadRequest(_("The body must be JSON in UTF-8: byte %(place)s is not.", place=error.start + 1)) from error


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


class _Repeating(dict[str, Any]):
    """An object in which a key stands more than once."""

    repeated: tuple[str, ...] = ()


@dataclass(frozen=True)
class _NoNumber:
    """Stands for a number that no field can hold, until it is known where."""

    sentence: str


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    counted = Counter(key for key, _value in pairs)
    repeating = _Repeating(found)
    repeating.repeated = tuple(key for key, count in counted.items() if count > 1)
    return repeating


def _integer(digits: str) -> int | _NoNumber:
    return int(digits) if len(digits) <= MAX_DIGITS else _NoNumber(_("A number is too large."))


def _fraction(digits: str) -> float | _NoNumber:
    value = float(digits)
    storable = math.isfinite(value) and len(digits) <= 2 * MAX_DIGITS
    return value if storable else _NoNumber(_("A number is too large."))


def _constant(name: str) -> _NoNumber:
    return _NoNumber(_("%(name)s is not a number.", name=name))


def _faults(value: Any, path: Path) -> Iterator[Problem]:
    """Yield what makes a body ambiguous or impossible to store, each with its place."""
    if isinstance(value, _NoNumber):
        yield _placed(value.sentence, path)
    elif isinstance(value, str):
        if _LONE_SURROGATE.search(value):
            yield _placed(_("This holds half of a surrogate pair, which is no character."), path)
    elif isinstance(value, dict):
        for key in getattr(value, "repeated", ()):
            yield _placed(_("This is given more than once."), (*path, key))
        for key, inner in value.items():
            if _LONE_SURROGATE.search(key):
                yield _placed(_("This holds half of a surrogate pair, which is no character."), (*path, key))
            yield from _faults(inner, (*path, key))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _faults(inner, (*path, str(place)))


def _problems(messages: Any, path: Path) -> Iterator[Problem]:
    if isinstance(messages, Mapping):
        for key, inner in list(messages.items())[:NAMED]:
            yield from _problems(inner, path if key == "_schema" else (*path, str(key)))
    else:
        for message in messages if isinstance(messages, list) else [messages]:
            yield _placed(_sentence(message, path), path)


def _placed(message: str, path: Path) -> Problem:
    named = tuple(shown(key) for key in path)
    return PlacedProblem(message, ".".join(named), named)


def _sentence(message: Any, path: Path) -> str:
    if message == UNKNOWN:
        return str(_("There is no field called “%(name)s” here. Leave it out.", name=shown(path[-1]) if path else ""))
    return str(message)


def shown(key: str) -> str:
    """Return a caller's own word as an answer may repeat it: one line, at most 80 characters."""
    return clean_line(key[:200])[:80]

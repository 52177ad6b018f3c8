"""Every route of a plugin, and addresses at which it answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import AnyConverter, BaseConverter, FloatConverter, IntegerConverter, Rule, UUIDConverter
from werkzeug.test import TestResponse

#: Methods that only ask.
ASKING = ("GET", "HEAD", "OPTIONS")
#: What stands in an address for a part that is no text, by its converter.
_STAND_INS: Mapping[type[BaseConverter], Callable[[Any], str]] = {
    IntegerConverter: lambda converter: str(converter.min or 1),
    FloatConverter: lambda converter: str(converter.min or 1.5),
    UUIDConverter: lambda converter: "00000000-0000-4000-8000-000000000000",
    AnyConverter: lambda converter: sorted(converter.items)[0],
}


@dataclass(frozen=True)
class Route:
    """A rule of the URL map with one of its methods.

    :param access: who may call it: the class of its blueprint, or ``token`` in the API.
    :param parts: the parts of the address that vary, each with what stands there; empty for a text.
    """

    method: str
    rule: str
    access: str
    parts: Mapping[str, str]
    of: Rule

    def __str__(self) -> str:
        return f"{self.method} {self.rule}"

    @property
    def is_api(self) -> bool:
        """Whether programs call it, with a token."""
        return self.rule.startswith("/api/")

    def address(self, number: str, given: Mapping[str, Any]) -> str:
        """Return an address that leads here.

        :param number: of a ticket; it stands for every part of the address that is a text.
        :param given: values of single parts.
        """
        values = {name: str(given.get(name, usual or number)) for name, usual in self.parts.items()}
        found = self.of.build({name: self.of._converters[name].to_python(value) for name, value in values.items()})
        assert found is not None, f"no address leads to {self}"
        return found[1]


def routes_of(app: Flask, plugin: str) -> Iterator[Route]:
    """Yield every route that a plugin adds, pages first; static files and automatic ``OPTIONS`` are left out."""
    classes: Mapping[str, str] = app.extensions["deskcore_access"]
    prefixes = (f"/x/{plugin}/", f"/api/v1/x/{plugin}/")
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: (rule.rule.startswith("/api/"), rule.rule)):
        blueprint = rule.endpoint.partition(".")[0]
        own = blueprint == plugin or blueprint.startswith(f"{plugin}_")
        if not (own or f"{rule.rule}/".startswith(prefixes)):
            continue
        parts = {name: _stand_in(converter) for name, converter in rule._converters.items()}
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield Route(method, rule.rule, classes.get(blueprint, "token"), parts, rule)


def _stand_in(converter: BaseConverter) -> str:
    return next((make(converter) for kind, make in _STAND_INS.items() if isinstance(converter, kind)), "")


@dataclass(frozen=True)
class Answered:
    """What came of a call: an answer, or what the route raised."""

    answer: TestResponse | None = None
    error: Exception | None = None

    @property
    def status(self) -> int:
        """The status of the answer; 500 where the route raised."""
        return self.answer.status_code if self.answer is not None else 500

    @property
    def why(self) -> str:
        """Why there is no answer."""
        return f"{type(self.error).__name__}: {self.error}" if self.error is not None else "its log says why"

    @property
    def text(self) -> str:
        """Head and body of the answer."""
        if self.answer is None:
            return str(self.error)
        return f"{self.answer.headers}\n{self.answer.get_data().decode(errors='replace')}"


def call(client: FlaskClient, method: str, address: str, fields: Mapping[str, str]) -> Answered:
    """Call an address with ``fields``: in the query, as a form, or as a document in the API."""
    place = "query_string" if method in ASKING else "json" if address.startswith("/api/") else "data"
    more: dict[str, Any] = {place: dict(fields)} if fields else {}
    try:
        answer = client.open(address, method=method, buffered=True, **more)
        answer.close()
        return Answered(answer)
    except Exception as error:
        return Answered(error=error)

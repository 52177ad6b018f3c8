"""Schemas of the API's description in words: each field with its type and its limits."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Schema = Mapping[str, Any]

_REFERENCE = "#/components/schemas/"


@dataclass(frozen=True)
class Row:
    """A field, or another thing that has a name and a type.

    :param kind: its type and limits in words.
    :param shape: name of the schema that tells more, or ``""``.
    :param place: for a parameter: ``path``, ``query`` or ``header``.
    """

    name: str
    kind: str
    required: bool
    text: str
    shape: str = ""
    place: str = ""


class Shapes:
    """The named schemas of a document.

    :param document: in OpenAPI 3.1.
    """

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._schemas: Mapping[str, Schema] = document["components"]["schemas"]

    def rows(self, schema: Schema) -> list[Row]:
        """Return the fields of an object; of anything else, one row without a name."""
        found = self._schemas[reference(schema)] if reference(schema) else schema
        if "properties" not in found:
            return [Row("", kind_of(found), True, found.get("description", ""))]
        required = found.get("required", ())
        return [
            Row(name, kind_of(field), name in required, field.get("description", ""), reference(field))
            for name, field in found["properties"].items()
        ]

    def given(self, schemas: Iterable[str]) -> Iterator[tuple[str, str, list[Row]]]:
        """Yield name, title and fields of these schemas and of all that they hold, each once, in order of names."""
        reached: set[str] = set()
        waiting = list(schemas)
        while waiting:
            name = waiting.pop()
            if name and name not in reached:
                reached.add(name)
                waiting += [row.shape for row in self.rows(self._schemas[name])]
        for name in sorted(reached):
            yield name, self._schemas[name].get("description", ""), self.rows(self._schemas[name])


def rows_of_parameters(parameters: Sequence[Mapping[str, Any]]) -> list[Row]:
    """Return the parts of an address, the parameters and the headers that an operation takes."""
    return [
        Row(
            one["name"],
            kind_of(one["schema"]),
            one.get("required", False),
            one.get("description", ""),
            place=one["in"],
        )
        for one in parameters
    ]


def reference(schema: Schema) -> str:
    """Return the name of the schema that this one refers to, as itself, in a list or beside null; else ``""``."""
    for inner in (schema, schema.get("items", {}), *schema.get("anyOf", ()), *schema.get("allOf", ())):
        if "$ref" in inner:
            return str(inner["$ref"]).removeprefix(_REFERENCE)
    return ""


def kind_of(schema: Schema) -> str:
    """Return a schema's type and limits in words."""
    return ", ".join([_type(schema), *_limits(schema)])


def _type(schema: Schema) -> str:
    named = reference(schema)
    kinds = schema.get("type", "object")
    kinds = [kinds] if isinstance(kinds, str) else list(kinds)
    if "array" in kinds:
        return f"list of {named or _type(schema.get('items', {}))}"
    if named:
        nullable = {"type": "null"} in schema.get("anyOf", ())
        return f"{named} or null" if nullable else named
    if schema.get("format") == "binary":
        return "bytes"
    return " or ".join(kinds)


def _limits(schema: Schema) -> Iterator[str]:
    if "enum" in schema:
        yield "one of " + ", ".join(str(choice) for choice in schema["enum"])
    if schema.get("format") in ("email", "date-time", "uri"):
        yield {"email": "an e-mail address", "date-time": "RFC 3339", "uri": "an address"}[schema["format"]]
    if "maxLength" in schema:
        yield f"at most {schema['maxLength']} characters"
    if "maxItems" in schema:
        yield f"at most {schema['maxItems']} of them"
    if "minimum" in schema:
        yield f"at least {schema['minimum']}"
    if "default" in schema:
        yield f"{json.dumps(schema['default'])} by default"
    if "items" in schema and "maxLength" in schema["items"]:
        yield f"each of at most {schema['items']['maxLength']} characters"

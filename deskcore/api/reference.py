"""The readable reference: the description that programs read, arranged for a page."""

from __future__ import annotations

import html
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from markupsafe import Markup

from deskcore.api.openapi import description
from deskcore.api.shapes import Row, Shapes, reference, rows_of_parameters

Document = Mapping[str, Any]
Named = tuple[str, str, list[Row]]


@dataclass(frozen=True)
class Operation:
    """One operation as the page shows it.

    :param anchor: its name, by which links point at it.
    :param receives: parts of the address, parameters and headers; ``fields``: of its body, by media type.
    :param request: a call with curl; ``answer``: what comes back. Both are for the inside of an element.
    :param gives: name of the schema of the answer, or ``""`` where it is a file.
    :param errors: statuses besides success.
    """

    anchor: str
    method: str
    path: str
    summary: str
    text: str
    scopes: Sequence[str]
    receives: Sequence[Row]
    fields: Mapping[str, Sequence[Row]]
    request: Markup
    status: str
    answer: Markup
    gives: str
    errors: Sequence[str]


@dataclass(frozen=True)
class Group:
    """The operations of one resource."""

    name: str
    text: str
    operations: Sequence[Operation]


@dataclass(frozen=True)
class Status:
    """An answer other than success.

    :param kind: the ``type`` of its problem document, or ``""`` for an answer that is no problem.
    """

    code: str
    phrase: str
    kind: str
    text: str


@dataclass(frozen=True)
class Reference:
    """Everything that the page shows.

    :param introduction: paragraphs, with ``**strong**`` words and ```code```.
    :param shapes: name, title and fields of the schemas of answers.
    """

    version: str
    introduction: Sequence[str]
    groups: Sequence[Group]
    statuses: Sequence[Status]
    shapes: Sequence[Named]


def made_reference(base_url: str, *, plugins: bool = False) -> Reference:
    """Return the reference of the current application.

    :param base_url: the address that the examples call.
    :param plugins: with what plugins add.
    """
    document = description().document(plugins=plugins)
    shapes = Shapes(document)
    groups = list(_groups(document, shapes, base_url))
    operations = [operation for group in groups for operation in group.operations]
    return Reference(
        version=document["info"]["version"],
        introduction=document["info"]["description"].strip().split("\n\n"),
        groups=groups,
        statuses=[_status(document, code) for code in sorted({code for one in operations for code in one.errors})],
        shapes=list(shapes.given([*(operation.gives for operation in operations), "ProblemDocument"])),
    )


def _groups(document: Document, shapes: Shapes, base_url: str) -> Iterator[Group]:
    for tag in document["tags"]:
        operations = [
            _operation(shapes, base_url + path, path, method, operation, item.get("parameters", []))
            for path, item in document["paths"].items()
            for method, operation in item.items()
            if method != "parameters" and tag["name"] in operation["tags"]
        ]
        yield Group(tag["name"], tag["description"], operations)


def _operation(
    shapes: Shapes, url: str, path: str, method: str, operation: Document, inherited: Sequence[Document]
) -> Operation:
    parameters = [*inherited, *operation.get("parameters", [])]
    contents = operation.get("requestBody", {}).get("content", {})
    status, success = next(one for one in operation["responses"].items() if one[0].startswith("2"))
    [told] = success["content"].values()
    return Operation(
        anchor=operation["operationId"],
        method=method.upper(),
        path=path,
        summary=operation["summary"],
        text=operation.get("description", ""),
        scopes=[scope for way in operation["security"] for scope in way["token"]],
        receives=rows_of_parameters(parameters),
        fields={kind: shapes.rows(content["schema"]) for kind, content in contents.items()},
        request=_verbatim(_curl(method.upper(), _address(url, parameters), contents, operation["security"])),
        status=status,
        answer=_verbatim(json.dumps(told["example"], ensure_ascii=False, indent=1) if told.get("example") else ""),
        gives=reference(told["schema"]),
        errors=sorted(code for code in operation["responses"] if code != status),
    )


def _status(document: Document, code: str) -> Status:
    known = HTTPStatus(int(code))
    described = document["components"]["responses"][known.name]
    [example] = [told["example"] for told in described.get("content", {}).values()] or [{}]
    return Status(code, known.phrase, example.get("type", ""), example.get("detail", ""))


def _verbatim(text: str) -> Markup:
    """Return ``text`` escaped but for quotes: examples are full of them, and mean nothing inside an element."""
    return Markup(html.escape(text, quote=False))  # noqa: S704


def _address(url: str, parameters: Sequence[Document]) -> str:
    """Return an address with an example in each of its parts, and the parameters that it cannot do without."""
    for one in parameters:
        if one["in"] == "path":
            url = url.replace(f"{{{one['name']}}}", one["example"])
    needed = [one for one in parameters if one["in"] == "query" and one.get("required")]
    shown = (f"{one['name']}={one['schema'].get('example', '…')}" for one in needed)
    return url + ("?" if needed else "") + "&".join(shown)


def _curl(method: str, address: str, contents: Document, security: Sequence[Document]) -> str:
    words = ["curl" if method == "GET" else f"curl -X {method}"]
    words += ['-H "Authorization: Bearer $TOKEN"'] if security else []
    if "multipart/form-data" in contents:
        words.append("-F file=@outlook.log")
    elif "application/json" in contents:
        sent = json.dumps(contents["application/json"].get("example"), ensure_ascii=False)
        words += ['-H "Content-Type: application/json"', f"-d '{sent}'"]
    return " \\\n  ".join([*words, f"'{address}'"])

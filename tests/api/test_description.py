"""The OpenAPI document: complete, well formed, and true of what is really answered."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from tests.api.conftest import Program

PROBLEM = "application/problem+json"
TYPES = {"array", "boolean", "integer", "null", "number", "object", "string"}
Document = dict[str, Any]


@pytest.fixture
def database() -> str:
    """The description says the same whatever the database: ask on one."""
    return "sqlite"


@pytest.fixture
def document(stranger: Program) -> Document:
    found: Document = stranger.get("/openapi.json").get_json()
    return found


def operations(document: Document) -> Iterator[tuple[str, str, Document]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method != "parameters":
                yield path, method, operation


def nodes(value: Any) -> Iterator[Document]:
    if isinstance(value, dict):
        yield value
        for key, inner in value.items():
            if key not in ("example", "examples", "default", "enum"):
                yield from nodes(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from nodes(inner)


def target(document: Document, reference: str) -> Any:
    found: Any = document
    for step in reference.removeprefix("#/").split("/"):
        found = found[step]
    return found


def test_it_is_openapi_3_1(document: Document) -> None:
    assert document["openapi"].startswith("3.1.")
    assert {"title", "version", "description"} <= set(document["info"])
    assert document["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
    assert document["security"] == [{"token": []}]


def test_every_route_and_method_is_described_and_nothing_else(app: Flask, document: Document) -> None:
    routes = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/v")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert {(path, method) for path, method, _operation in operations(document)} == routes
    assert len(routes) == 19


def test_every_operation_has_a_name_a_tag_words_and_answers(document: Document) -> None:
    declared = {tag["name"] for tag in document["tags"]}
    names = [operation["operationId"] for _path, _method, operation in operations(document)]
    assert len(set(names)) == len(names)
    for path, method, operation in operations(document):
        assert set(operation["tags"]) <= declared, (path, method)
        assert operation["summary"], (path, method)
        assert any(status.startswith("2") for status in operation["responses"]), (path, method)


def test_every_operation_shows_an_example_of_its_json(document: Document) -> None:
    for path, method, operation in operations(document):
        if path.endswith(("openapi.json", "{key}", "{key}/reveal")):
            continue
        success = next(answer for status, answer in operation["responses"].items() if status.startswith("2"))
        assert success["content"]["application/json"]["example"], (path, method)
        sent = operation.get("requestBody", {}).get("content", {})
        assert "application/json" not in sent or sent["application/json"]["example"], (path, method)


def test_every_problem_shows_an_example_that_names_its_kind(document: Document) -> None:
    for name, answer in document["components"]["responses"].items():
        for told in answer.get("content", {}).values():
            assert set(told["example"]) == {"type", "title", "status", "detail", "errors"}, name
            assert told["example"]["type"].startswith("urn:deskcore:problem:"), name


def test_every_operation_says_which_scopes_it_needs(app: Flask, document: Document) -> None:
    for path, method, operation in operations(document):
        rule = path.replace("{", "<").replace("}", ">")
        [endpoint] = [
            found.endpoint
            for found in app.url_map.iter_rules()
            if found.rule == rule and method.upper() in (found.methods or ())
        ]
        needed = list(vars(app.view_functions[endpoint])["scopes"])
        assert operation["security"] == ([] if path.endswith("openapi.json") else [{"token": needed}]), path


def test_a_start_makes_no_description(app: Flask) -> None:
    app.test_client().get("/login")
    assert not app.extensions["deskcore_api"]._made


def test_the_description_is_in_english_whoever_asks_first(stranger: Program) -> None:
    document = stranger.get("/openapi.json", headers={"Accept-Language": "pl"}).get_json()
    assert document["components"]["responses"]["NOT_FOUND"]["content"][PROBLEM]["example"]["title"] == "Not found"


def test_what_everybody_may_read_names_no_plugin(app: Flask, stranger: Program) -> None:
    plugins = app.extensions["deskcore"].plugins.loaded
    assert plugins
    for answer in (stranger.get("/openapi.json"), app.test_client().get("/api/docs")):
        assert not [name for name in plugins if name in answer.text]


def test_every_reference_leads_somewhere(document: Document) -> None:
    references = [node["$ref"] for node in nodes(document) if "$ref" in node]
    assert references
    for reference in references:
        assert target(document, reference), reference


def test_every_schema_uses_only_types_that_exist(document: Document) -> None:
    for node in nodes(document["components"]["schemas"]):
        kind = node.get("type", [])
        if isinstance(kind, (str, list)):
            assert set([kind] if isinstance(kind, str) else kind) <= TYPES, node
        assert "nullable" not in node


def test_every_schema_says_what_it_is_and_every_parameter_its_type(document: Document) -> None:
    for name, schema in document["components"]["schemas"].items():
        assert schema["description"].endswith("."), name
    for path, method, operation in operations(document):
        for parameter in operation.get("parameters", ()):
            assert parameter["schema"]["type"], (path, method, parameter["name"])
            assert parameter["description"], (path, method, parameter["name"])


def test_every_part_of_a_path_is_described(document: Document) -> None:
    for path, item in document["paths"].items():
        described = {parameter["name"] for parameter in item.get("parameters", ()) if parameter["in"] == "path"}
        assert described == set(re.findall(r"{(\w+)}", path))


def test_what_is_described_as_a_problem_is_sent_as_one(document: Document) -> None:
    for _path, _method, operation in operations(document):
        for status, answer in operation["responses"].items():
            if status.startswith(("4", "5")):
                assert list(target(document, answer["$ref"])["content"]) == ["application/problem+json"]


def test_no_schema_says_id(document: Document) -> None:
    properties = {name for node in nodes(document["components"]) for name in node.get("properties", ())}
    assert "number" in properties
    assert not {name for name in properties if name == "id" or name.endswith("_id")}


def test_names_of_schemas_come_from_no_other_package(document: Document) -> None:
    assert {"Ticket", "TicketPage", "ProblemDocument"} <= set(document["components"]["schemas"])
    assert not [name for name in document["components"]["schemas"] if "_" in name]


def test_a_plugins_schema_is_prefixed_with_its_name() -> None:
    from marshmallow import Schema

    from deskcore.api.openapi import schema_name

    theirs = type("TicketItem", (Schema,), {"__module__": "deskcore_fleet_desk.api"})
    assert schema_name(theirs) == "fleet_desk_Ticket"


def test_answers_hold_what_the_description_promises(document: Document, marek: Program) -> None:
    number = marek.opens()
    schemas = document["components"]["schemas"]
    for path, name in ((f"/tickets/{number}", "Ticket"), ("/me", "Me")):
        assert set(marek.get(path).get_json()) == set(schemas[name]["properties"]), name
    for path, name in (
        ("/desks", "Desk"),
        ("/request-types", "RequestType"),
        (f"/tickets/{number}/timeline", "Timeline"),
    ):
        assert set(marek.get(path).get_json()["items"][0]) == set(schemas[name]["properties"]), name


def test_examples_use_only_what_is_declared(document: Document) -> None:
    for path, method, operation in operations(document):
        for node in nodes({"responses": operation["responses"], "body": operation.get("requestBody", {})}):
            if "example" in node and "$ref" in node.get("schema", {}):
                schema = target(document, node["schema"]["$ref"])
                assert set(node["example"]) <= set(schema["properties"]), (path, method)

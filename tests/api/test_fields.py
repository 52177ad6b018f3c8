"""Every field that the API returns, by resource and role, written down to be read: a new one must be added here.

A line names the fields of one resource. ``-`` marks a field that this role gets empty, whatever it holds for others.
What stands below a free form (answers, extra, changes, the schema of a form) is the form's own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest
from flask import Flask

from deskcore.people.services import get_person
from deskcore.tickets import services
from deskcore.viewer import Viewer
from deskcore.work import acting_as
from tests.api.conftest import Program

FREE = {"answers", "extra", "changes", "fields"}
TICKET = (
    "number desk request_type subject description status status_category priority requester.name requester.email "
    "assignee.name answers version created_at updated_at due_at"
)
FILE = "key name size sealed media_type url"
LINE = "seq kind at author.name plugin channel body attachments.key attachments.name attachments.size "
LINE += "attachments.sealed attachments.media_type attachments.url changes"
PERSON = "name email job_title phone department location manager.name"

#: By address: what an agent of the desk, the requester, and a follower get.
EXPECTED: dict[str, tuple[str, str, str]] = {
    "/me": (
        "name email language time_zone administrator area scopes expires_at desks.key desks.role",
        "name email language time_zone administrator area scopes expires_at -desks",
        "name email language time_zone administrator area scopes expires_at -desks",
    ),
    "/desks": (
        "key title open statuses.key statuses.category statuses.title teams.key teams.title teams.tier",
        "key title open -statuses -teams",
        "key title open -statuses -teams",
    ),
    "/request-types": ("key desk title summary fields",) * 3,
    "/people": (f"{PERSON} absent_until manager.email", f"{PERSON} absent_until", f"{PERSON} absent_until"),
    "/search?q={number}": ("kind title url snippet score",) * 3,
    "/tickets": (
        f"{TICKET} assignee.email team tags extra",
        f"{TICKET} -team -tags -extra",
        f"{TICKET} -team -tags -extra",
    ),
    "/tickets/{number}": (
        f"{TICKET} assignee.email team tags extra",
        f"{TICKET} -team -tags -extra",
        f"{TICKET} -team -tags -extra",
    ),
    "/tickets/{number}/timeline": (f"{LINE} author.email",) * 3,
    "/tickets/{number}/attachments": (f"{FILE} seq kind at",) * 3,
}
#: Kinds of lines, and names of files, by role.
LINES = (
    {"opened", "message", "note", "assigned", "escalated", "tags_changed", "status_changed", "participant_added"},
    {"opened", "message", "assigned", "status_changed", "participant_added"},
)
FILES = ({"shown.txt", "hidden.txt"}, {"shown.txt"})


@pytest.fixture
def database() -> str:
    """What is returned is the same on both databases."""
    return "sqlite"


@pytest.fixture
def callers(marek: Program, anna: Program, program: Any) -> tuple[Program, Program, Program]:
    """An agent of the desk, a requester and a follower."""
    return marek, anna, program("jan.wojcik")


@pytest.fixture
def number(app: Flask, callers: tuple[Program, Program, Program]) -> str:
    """Open a ticket in which everything has a value."""
    marek, anna, _jan = callers
    number = anna.opens()
    marek.patch(f"/tickets/{number}", {"team": "l2", "assignee": "ola.mazur@meridian.example", "tags": ["vip"]})
    for name, internal in (("shown.txt", "false"), ("hidden.txt", "true")):
        sent = {"file": (BytesIO(b"x"), name), "internal": internal}
        assert marek.call("POST", f"/tickets/{number}/attachments", data=sent).status_code == 201
    with app.app_context():
        person = get_person("marek.nowak@meridian.example")
        desk_id = app.extensions["deskcore"].catalogue.desk("it").id
        with acting_as(Viewer(person.id, "workspace", {desk_id: "agent"})):
            services.add_participant(number, "jan.wojcik@meridian.example")
    return number


def paths(value: Any, path: str = "") -> Iterator[str]:
    """Yield the dotted names of what is in an answer."""
    if isinstance(value, dict) and path.rpartition(".")[2] not in FREE:
        for name, inner in value.items():
            yield from paths(inner, f"{path}.{name}" if path else name)
    elif isinstance(value, list) and any(isinstance(inner, dict) for inner in value):
        for inner in value:
            yield from paths(inner, path)
    else:
        yield path


def returned(answer: Any) -> set[str]:
    """Return what an answer holds: a list that is empty once and filled another time counts as filled."""
    items = answer.get("items", [answer])
    found = {path for item in items for path in paths(item)}
    return {path for path in found if not any(other.startswith(path + ".") for other in found)}


@pytest.mark.parametrize("role", [0, 1, 2], ids=["agent", "requester", "follower"])
def test_what_is_returned_is_what_was_reviewed(
    role: int, number: str, callers: tuple[Program, Program, Program]
) -> None:
    wrong = {}
    for address, expected in EXPECTED.items():
        answer = callers[role].get(address.replace("{number}", number)).get_json()
        words = expected[role].split()
        if returned(answer) != {word.lstrip("-") for word in words}:
            wrong[address] = returned(answer) ^ {word.lstrip("-") for word in words}
        for item in answer.get("items", [answer]):
            wrong |= {f"{address} {word}": item[word[1:]] for word in words if word[0] == "-" and item[word[1:]]}
    assert wrong == {}


@pytest.mark.parametrize("role", [1, 2], ids=["requester", "follower"])
def test_the_portal_tells_no_address_but_ones_own_and_the_requesters(
    role: int, number: str, callers: tuple[Program, Program, Program]
) -> None:
    told = "".join(callers[role].get(address.replace("{number}", number)).text for address in EXPECTED)
    known = {"anna.kowalska", "jan.wojcik"} if role == 2 else {"anna.kowalska"}
    assert set(re.findall(r"([\w.]+)@meridian", told)) == known


@pytest.mark.parametrize("role", [0, 1, 2], ids=["agent", "requester", "follower"])
def test_a_history_holds_the_lines_of_its_role(
    role: int, number: str, callers: tuple[Program, Program, Program]
) -> None:
    lines = callers[role].get(f"/tickets/{number}/timeline").get_json()["items"]
    files = callers[role].get(f"/tickets/{number}/attachments").get_json()["items"]
    assert {line["kind"] for line in lines} == LINES[min(role, 1)]
    assert {file["name"] for file in files} == FILES[min(role, 1)]


def test_the_table_names_every_resource_that_is_read(app: Flask) -> None:
    read = {
        rule.rule.removeprefix("/api/v1").replace("<number>", "{number}")
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/v1/") and "GET" in (rule.methods or ())
    }
    bytes_and_description = {"/tickets/{number}/attachments/<key>", "/openapi.json"}
    assert {address.partition("?")[0] for address in EXPECTED} == read - bytes_and_description

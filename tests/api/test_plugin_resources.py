"""What a plugin adds to the API is like the core's own, goes with the plugin, and breaks nothing but itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from marshmallow import Schema

from conftest import app_with_dummy
from deskcore.extensions import db
from deskcore.hooks import state
from deskcore.hooks.checks import check_content
from deskcore.hooks.contributions import Text
from deskcore.hooks.errors import BadContribution
from deskcore.hooks.failures import read_failures
from deskcore.hooks.installation_parts import Permission
from deskcore.hooks.page_parts import ApiResource
from deskcore.people.services import find_person, grant
from deskcore.runtime import runtime
from tests.api.conftest import Program

VISITS = "/x/dummy_all/visits"
PROBLEM = "application/problem+json"


@pytest.fixture
def app(database_url: str, tmp_path: Path) -> Iterator[Flask]:
    """Build an application that has the dummy plugin too; Ola leads its desk and Marek works there."""
    found = app_with_dummy(tmp_path, database_url)
    found.config["WTF_CSRF_ENABLED"] = False
    found.testing = True
    with found.app_context():
        for name, role in (("ola.mazur", "lead"), ("marek.nowak", "agent")):
            person = find_person(f"{name}@meridian.example")
            assert person is not None
            grant(person, "dummy", role)
        db.session.remove()
    yield found
    with found.app_context():
        db.engine.dispose()


@pytest.fixture
def ola(program: Callable[..., Program]) -> Program:
    """Ola leads the dummy's desk."""
    return program("ola.mazur")


def put(caller: Program, badge: str = "B-1", guest: object = "Jan") -> int:
    return caller.call("PUT", f"{VISITS}/{badge}", json={"guest": guest}).status_code


def failures(app: Flask) -> dict[str, int]:
    with app.app_context(), db.engine.connect() as connection:
        return {str(row["slot"]): int(row["count"]) for row in read_failures(connection)}


def test_what_was_put_is_listed(ola: Program, marek: Program) -> None:
    assert put(ola) == put(ola) == 200
    assert marek.get(f"{VISITS}?guest=Jan").get_json() == {"items": [{"guest": "Jan", "badge": "B-1"}]}


def test_a_right_comes_with_the_role_that_it_names(ola: Program, marek: Program, anna: Program) -> None:
    assert [put(caller) for caller in (ola, marek, anna)] == [200, 403, 403]
    refused = marek.call("PUT", f"{VISITS}/B-1", json={"not": "looked at"})
    assert (refused.status_code, "dummy_all.greet" in refused.get_json()["detail"]) == (403, True)


def test_a_token_of_the_portal_holds_no_right_of_an_agent(program: Callable[..., Program]) -> None:
    assert put(program("ola.mazur", area="portal")) == 403


@pytest.mark.parametrize(("scope", "reads", "writes"), [("plugins:read", 200, 403), ("plugins:write", 403, 200)])
def test_reading_and_writing_have_a_scope_each(
    program: Callable[..., Program], scope: str, reads: int, writes: int
) -> None:
    caller = program("ola.mazur", scopes=[scope])
    assert (caller.get(f"{VISITS}?guest=Jan").status_code, put(caller)) == (reads, writes)


def test_without_a_token_nothing_is_told(stranger: Program) -> None:
    answer = stranger.get(f"{VISITS}?guest=Jan")
    assert (answer.status_code, answer.content_type) == (401, PROBLEM)


def test_what_was_sent_is_checked_like_everywhere(ola: Program) -> None:
    assert put(ola, guest=7) == 422
    unknown = ola.call("PUT", f"{VISITS}/B-1", json={"guest": "Jan", "colour": "red"})
    assert [one["field"] for one in unknown.get_json()["errors"]] == ["colour"]
    assert ola.call("PUT", f"{VISITS}/B-1", data="guest=Jan").status_code == 415
    assert ola.get(f"{VISITS}?guest=Jan&guest=Eva").status_code == 422
    assert ola.call("POST", VISITS, json={}).status_code == 405


def test_what_the_plugin_refuses_is_no_failure(app: Flask, ola: Program) -> None:
    assert put(ola, badge="7") == 422
    assert ola.get(f"{VISITS}?guest=nobody").get_json()["detail"] == "We expect nobody of this name."
    assert failures(app) == {}


@pytest.mark.parametrize("guest", ["broken", "exit", "garbage"])
def test_a_failure_is_the_plugins_and_tells_nothing(app: Flask, marek: Program, guest: str) -> None:
    answer = marek.get(f"{VISITS}?guest={guest}")
    assert (answer.status_code, answer.content_type) == (500, PROBLEM)
    assert answer.get_json()["detail"] == "Something broke on our side. Try again later."
    assert "dummy" not in answer.text
    assert "secret" not in answer.text
    assert failures(app) == {"api dummy_all_visits": 1}
    assert marek.get("/me").status_code == 200


def test_one_that_fails_again_and_again_is_paused_and_the_core_goes_on(marek: Program) -> None:
    codes = [marek.get(f"{VISITS}?guest=broken").status_code for _ in range(6)]
    assert (codes[0], codes[-1]) == (500, 404)
    assert marek.get("/desks").status_code == 200


def test_what_is_off_answers_like_what_does_not_exist(app: Flask, marek: Program, stranger: Program) -> None:
    there_is_not = marek.get("/x/dummy_all/nothing").get_json()
    with app.app_context(), state.own_transaction(db.engine) as connection:
        state.disable(connection, runtime().plugins.declarations, "dummy_all")
    assert marek.get(f"{VISITS}?guest=Jan").get_json() == there_is_not
    assert stranger.get(f"{VISITS}?guest=Jan").status_code == 404
    assert "dummy_all" not in marek.get("/openapi.json").text


def test_who_sends_a_token_reads_what_plugins_add(marek: Program, stranger: Program) -> None:
    document = marek.get("/openapi.json").get_json()
    [listing] = document["paths"]["/api/v1/x/dummy_all/visits"].values()
    assert (listing["operationId"], listing["summary"]) == ("dummyAllVisits", "List visits of a guest.")
    assert listing["security"] == [{"token": ["plugins:read"]}]
    assert {"dummy_all_Visit", "dummy_all_VisitPage"} <= set(document["components"]["schemas"])
    assert "dummy_all" in [tag["name"] for tag in document["tags"]]
    assert "dummy_all" not in stranger.get("/openapi.json").text
    assert Program(stranger.browser.application, "dc_" + "x" * 43).get("/openapi.json").status_code == 401


def test_the_reference_shows_it_to_people_who_are_signed_in(app: Flask) -> None:
    browser = app.test_client()
    assert "dummy_all" not in browser.get("/api/docs").text
    browser.post("/login", data={"email": "anna.kowalska@meridian.example", "password": "meridian-demo"})
    page = browser.get("/api/docs").text
    assert "/api/v1/x/dummy_all/visits/{badge}" in page
    assert "Announce a visitor" in page


class VisitItem(Schema):
    """A visit."""


RESOURCE = {"key": "dummy", "method": "GET", "rule": "/visits", "view": dict, "answer": VisitItem}


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"key": "visits"}, "must be named"),
        ({"method": "POST"}, "none of GET, PUT, PATCH, DELETE"),
        ({"rule": "visits"}, "must look like"),
        ({"rule": "/visits/<path:all>"}, "must look like"),
        ({"rule": "/visits/<query>"}, "must look like"),
        ({"view": "list_visits"}, "must have a function"),
        ({"answer": dict}, "classes of marshmallow"),
        ({"body": VisitItem()}, "classes of marshmallow"),
        ({"permission": "dummy.greet"}, "does not add"),
    ],
)
def test_a_resource_that_cannot_work_is_refused_at_the_start(wrong: dict[str, object], sentence: str) -> None:
    resource = ApiResource(**(RESOURCE | wrong))  # type: ignore[arg-type]
    with pytest.raises(BadContribution) as refused:
        check_content("dummy", {"register_api_resources": (resource,)})
    assert sentence in str(refused.value.reason)


def test_a_right_that_is_added_can_be_asked_for() -> None:
    permission = Permission("dummy.greet", Text("Greet", "Witanie"))
    resource = ApiResource(**(RESOURCE | {"permission": permission.key}))  # type: ignore[arg-type]
    check_content("dummy", {"register_permissions": (permission,), "register_api_resources": (resource,)})

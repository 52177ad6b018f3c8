"""Who is kept out, and how everything that goes wrong is answered."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from deskcore.api.parsing import MAX_JSON
from deskcore.clock import now
from deskcore.people.models import ApiToken, Person
from deskcore.people.services import find_person, revoke
from deskcore.people.tokens import revoke_tokens
from deskcore.work import unit_of_work
from tests.api.conftest import INCIDENT, Program

OPERATIONS = [
    ("GET", "/me"),
    ("GET", "/desks"),
    ("GET", "/request-types"),
    ("GET", "/tickets"),
    ("POST", "/tickets"),
    ("GET", "/tickets/IT-1"),
    ("PATCH", "/tickets/IT-1"),
    ("POST", "/tickets/IT-1/merge"),
    ("POST", "/tickets/IT-1/messages"),
    ("POST", "/tickets/IT-1/transitions"),
    ("GET", "/tickets/IT-1/timeline"),
    ("POST", "/tickets/IT-1/attachments"),
    ("GET", "/tickets/IT-1/attachments"),
    ("GET", "/tickets/IT-1/attachments/abcdefgh"),
    ("POST", "/tickets/IT-1/answers/what/reveal"),
    ("POST", "/tickets/IT-1/attachments/what/reveal"),
    ("GET", "/search"),
    ("GET", "/people"),
]


def test_without_a_token_nothing_is_told_or_read(stranger: Program) -> None:
    for method, path in OPERATIONS:
        answer = stranger.call(method, path, data="[" * 1000)
        assert answer.status_code == 401, path
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        assert answer.content_type == "application/problem+json"


def test_a_token_that_was_changed_is_not_valid(marek: Program, stranger: Program) -> None:
    for header in (
        "Bearer",
        "Bearer ",
        "Bearer dc_",
        "Bearer {token}x",
        "Bearer {cut}",
        "Bearer {token} ",
        "Bearer  {token}",
        "Bearer {token},{token}",
        "Basic {token}",
        "{token}",
        "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9.",
        "Bearer dc_" + "A" * 43,
        "Bearer dc_" + "A" * 100_000,
    ):
        sent = header.format(token=marek.token, cut=marek.token[:-1])
        assert stranger.get("/me", headers={"Authorization": sent}).status_code == 401, sent[:100]
    assert stranger.get("/me", headers={"Authorization": f"bearer {marek.token}"}).status_code == 200


def test_a_token_stops_with_its_time_its_person_and_its_revocation(app: Flask, program: Callable[..., Program]) -> None:
    expired, revoked, left = program("ola.mazur"), program("marek.nowak"), program("jan.wojcik")
    with app.app_context():
        with unit_of_work() as session:
            ola, jan = find_person("ola.mazur@meridian.example"), find_person("jan.wojcik@meridian.example")
            assert ola
            assert jan
            old = update(ApiToken).where(ApiToken.person_id == ola.id)
            session.execute(old.values(expires_at=now() - timedelta(seconds=1)))
            session.execute(update(Person).where(Person.id == jan.id).values(active=False))
        marek = find_person("marek.nowak@meridian.example")
        assert marek
        revoke_tokens(marek)
    answers = [one.get("/me") for one in (expired, revoked, left)]
    assert [answer.status_code for answer in answers] == [401, 401, 401]
    assert len({answer.text for answer in answers}) == 1


def test_a_right_that_is_taken_away_is_gone_with_the_next_request(app: Flask, marek: Program, anna: Program) -> None:
    number = anna.opens()
    assert marek.get(f"/tickets/{number}").status_code == 200
    with app.app_context():
        person = find_person("marek.nowak@meridian.example")
        assert person
        revoke(person, "it")
    assert marek.get(f"/tickets/{number}").status_code == 404
    assert marek.get("/tickets").get_json()["items"] == []
    assert marek.post("/tickets", INCIDENT).status_code == 422


def test_a_token_does_only_what_its_scopes_allow(program: Callable[..., Program]) -> None:
    nosy = program("marek.nowak", scopes=["desks:read"])
    for method, path in OPERATIONS:
        if path not in ("/me", "/desks", "/request-types"):
            answer = nosy.call(method, path, json={} if method != "GET" else None)
            assert answer.status_code == 403, path
            assert "scope" in answer.get_json()["detail"]


def test_a_token_that_may_only_read_writes_nothing(program: Callable[..., Program], marek: Program) -> None:
    number = marek.opens()
    reader = program("marek.nowak", scopes=["tickets:read"])
    assert reader.get(f"/tickets/{number}").status_code == 200
    for method, path in OPERATIONS:
        if method != "GET":
            assert reader.call(method, path.replace("IT-1", number), json={}).status_code == 403


def test_a_cookie_signs_nobody_in_here(sign_in: Callable[[str], FlaskClient]) -> None:
    browser = sign_in("marek.nowak")
    assert browser.get("/api/v1/me").status_code == 401
    assert browser.post("/api/v1/tickets", json=INCIDENT).status_code == 401


def test_no_form_token_is_asked_for(app: Flask, anna: Program) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    assert anna.post("/tickets", INCIDENT).status_code == 201


def test_nobody_acts_for_somebody_else_by_a_header(marek: Program) -> None:
    headers = {"X-On-Behalf-Of": "admin@meridian.example", "From": "admin@meridian.example"}
    assert marek.get("/me", headers=headers).get_json()["email"] == "marek.nowak@meridian.example"


def test_a_method_is_never_overridden(marek: Program) -> None:
    headers = {"X-HTTP-Method-Override": "DELETE", "X-Method-Override": "PATCH"}
    number = marek.opens()
    assert marek.call("GET", f"/tickets/{number}?_method=DELETE", headers=headers).get_json()["number"] == number
    posted = marek.post("/tickets?_method=DELETE", INCIDENT, headers=headers)
    assert posted.status_code == 201


def test_other_methods_are_refused_before_anything_else(stranger: Program) -> None:
    for method in ("OPTIONS", "TRACE", "PROPFIND", "DELETE", "PUT", "PATCH"):
        answer = stranger.call(method, "/tickets")
        assert answer.status_code == 405, method
        assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "POST"}
        assert answer.get_json()["type"] == "urn:deskcore:problem:method-not-allowed"


def test_what_one_may_not_see_looks_like_what_does_not_exist(anna: Program, program: Callable[..., Program]) -> None:
    number = anna.opens()
    jan = program("jan.wojcik")
    for method, suffix, body in (
        ("GET", "", None),
        ("GET", "/timeline", None),
        ("POST", "/messages", {"body": "x"}),
        ("PATCH", "", {"priority": "low"}),
        ("POST", "/transitions", {"status": "open"}),
        ("GET", "/attachments", None),
        ("GET", "/attachments/abcdefgh", None),
        ("POST", "/attachments", {"body": "x"}),
    ):
        foreign = jan.call(method, f"/tickets/{number}{suffix}", json=body)
        missing = jan.call(method, f"/tickets/IT-99{suffix}", json=body)
        assert foreign.status_code in (403, 404)
        assert foreign.text.replace(number, "IT-99") == missing.text


def test_an_impossible_number_is_simply_not_found(marek: Program) -> None:
    for number in ("%00", "IT-1%00", "1", "it", "IT-1' OR 1=1", "%F0%9F%92%A9", "I" * 5000):
        assert marek.get(f"/tickets/{number}").status_code == 404, number


def test_an_agent_of_no_desk_there_cannot_name_it(app: Flask, program: Callable[..., Program]) -> None:
    marek = program("marek.nowak")
    with app.app_context():
        person = find_person("marek.nowak@meridian.example")
        assert person
        revoke(person, "it")
    there, nowhere = marek.get("/tickets?desk=it"), marek.get("/tickets?desk=xx")
    assert (there.status_code, nowhere.status_code) == (422, 422)
    assert there.get_json()["errors"] == [{"field": "desk", "message": "There is no desk “it”."}]
    assert nowhere.get_json()["errors"] == [{"field": "desk", "message": "There is no desk “xx”."}]


def test_only_json_is_read(marek: Program) -> None:
    for kind in ("application/x-python-pickle", "text/plain", "application/x-www-form-urlencoded", ""):
        answer = marek.call("POST", "/tickets", data=b"gASV", headers={"Content-Type": kind})
        assert answer.status_code == 415, kind


def test_broken_json_is_malformed(marek: Program) -> None:
    for body in (b"[" * 100_000, b'{"desk": "it"', b""):
        answer = marek.call("POST", "/tickets", data=body, content_type="application/json")
        assert (answer.status_code, answer.get_json()["type"]) == (400, "urn:deskcore:problem:malformed"), body[:40]


def test_what_another_reader_might_read_differently_is_refused(marek: Program) -> None:
    for body in (
        '{"subject":' + "9" * 100_000 + "}",
        '{"priority":NaN}',
        '{"desk":"it","desk":"hr"}',
        "[]",
        "null",
        "17",
    ):
        answer = marek.call("POST", "/tickets", data=body, content_type="application/json")
        assert (answer.status_code, answer.get_json()["type"]) == (422, "urn:deskcore:problem:invalid"), body[:40]


def test_a_key_that_stands_twice_is_named(marek: Program) -> None:
    answer = marek.call("POST", "/tickets", data='{"desk":"it","desk":"hr"}', content_type="application/json")
    assert [error["field"] for error in answer.get_json()["errors"]] == ["desk"]


def test_a_thousand_unknown_fields_are_not_all_named(marek: Program) -> None:
    answer = marek.post("/tickets", {f"field{place}": 1 for place in range(1000)} | INCIDENT)
    assert answer.status_code == 422
    assert len(answer.get_json()["errors"]) == 20


def test_a_body_that_is_too_large_is_refused_unread(marek: Program) -> None:
    answer = marek.call("POST", "/tickets", data=b" " * (MAX_JSON + 1), content_type="application/json")
    assert answer.status_code == 413
    assert str(MAX_JSON) in answer.get_json()["detail"]


def test_what_does_not_exist_is_a_problem_document_too(app: Flask) -> None:
    for path in ("/api", "/api/", "/api/v1", "/api/v2/me", "/api/v1/nothing", "/api/v1/setup"):
        answer = app.test_client().get(path)
        assert (answer.status_code, answer.content_type) == (404, "application/problem+json"), path


def test_a_strange_host_is_told_so_in_the_same_form(app: Flask) -> None:
    answer = app.test_client().get("/api/v1/me", headers={"Host": "attacker.test"})
    assert (answer.status_code, answer.content_type) == (400, "application/problem+json")
    assert "attacker" not in answer.text


def test_a_nul_in_a_parameter_is_named(marek: Program) -> None:
    for query, field in (("q=a%00", "q"), ("%00=a", ""), ("desk=%00", "desk")):
        answer = marek.get(f"/tickets?{query}")
        assert (answer.status_code, answer.get_json()["errors"][0]["field"]) == (422, field), query


def test_the_charset_and_the_encoding_are_not_chosen_by_the_sender(marek: Program) -> None:
    for kind, status in (
        ("application/json; charset=utf-8", 422),
        ('application/json; charset="UTF-8"', 422),
        ("application/json; charset=latin-1", 415),
        ("application/merge-patch+json", 415),
    ):
        assert marek.call("POST", "/tickets", data=b"{}", content_type=kind).status_code == status, kind
    packed = {"Content-Encoding": "gzip"}
    answer = marek.call("POST", "/tickets", data=b"{}", content_type="application/json", headers=packed)
    assert (answer.status_code, "Content-Encoding" in answer.get_json()["detail"]) == (415, True)


def test_pages_keep_their_error_pages(app: Flask) -> None:
    for path in ("/no-such-page", "/apiary"):
        answer = app.test_client().get(path)
        assert (answer.status_code, answer.mimetype) == (404, "text/html")


def test_a_problem_document_has_the_members_of_the_standard(anna: Program) -> None:
    document = anna.post("/tickets", {"desk": "it"}).get_json()
    assert set(document) == {"type", "title", "status", "detail", "errors"}
    assert document["status"] == 422
    assert document["errors"] == [{"field": "request_type", "message": "This is needed.", "pointer": "/request_type"}]


def test_a_problem_speaks_the_callers_language(stranger: Program) -> None:
    answer = stranger.get("/me", headers={"Accept-Language": "pl-PL, en;q=0.5"})
    assert answer.get_json()["title"] == "Potrzebny token"
    assert stranger.get("/me", headers={"Accept-Language": "de"}).get_json()["title"] == "Token needed"


def test_an_unexpected_error_tells_nothing_about_itself(app: Flask) -> None:
    from deskcore.api.problems import problem_response

    with app.test_request_context("/api/v1/me"):
        answer = problem_response(RuntimeError("secret of the house"))
    assert answer.status_code == 500
    assert "secret" not in answer.get_data(as_text=True)
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_wait_is_told_in_seconds(app: Flask) -> None:
    from deskcore.api.problems import problem_response
    from deskcore.errors import TooMany

    with app.test_request_context("/api/v1/me"):
        answer = problem_response(TooMany("Wait.", 30))
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "30")


def test_debugging_cannot_be_switched_on(stranger: Program, marek: Program) -> None:
    assert stranger.get("/me?debug=1&__debugger__=yes&cmd=resource").status_code == 401
    assert marek.get("/me?debug=1&__debugger__=yes&cmd=resource").status_code == 200


def test_no_answer_is_kept_or_guessed_at(marek: Program) -> None:
    for method, path in [*OPERATIONS, ("GET", "/openapi.json"), ("GET", "/nothing")]:
        answer = marek.call(method, path, json={} if method != "GET" else None)
        assert answer.headers["Cache-Control"] == "no-store", path
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "Set-Cookie" not in answer.headers


def test_every_operation_says_which_scopes_it_needs(app: Flask) -> None:
    free = {"api.get_me", "api.get_description"}
    views = {name: view for name, view in app.view_functions.items() if name.startswith("api.")}
    assert len(views) == len(OPERATIONS) + 1, "add the operation to OPERATIONS"
    assert {name for name, view in views.items() if not vars(view)["scopes"]} == free

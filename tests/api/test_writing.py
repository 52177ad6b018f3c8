"""What programs change: open, write, assign, move; once, and never over somebody else's change."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from deskcore.people.assistants import name_assistant
from deskcore.people.services import get_person
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as
from tests.api.conftest import INCIDENT, Program
from tests.tickets.test_managers import let

pytestmark = pytest.mark.parametrize("database", ["sqlite", "postgresql"])

ANNA, PIOTR = "anna.kowalska@meridian.example", "piotr.zielinski@meridian.example"


def test_a_requester_opens_a_ticket_and_is_told_where_it_is(anna: Program) -> None:
    answer = anna.post("/tickets", INCIDENT)
    ticket = answer.get_json()
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"/api/v1/tickets/{ticket['number']}"
    assert answer.headers["ETag"] == f'"{ticket["number"]}-v1"'
    assert ticket["requester"]["email"] == ANNA
    assert anna.get(f"/tickets/{ticket['number']}").get_json() == ticket


def test_subject_and_description_may_be_given(anna: Program) -> None:
    answers = {"service": "mail"}
    number = anna.opens(subject="Mail is down", description="Since nine.", answers=answers)
    ticket = anna.get(f"/tickets/{number}").get_json()
    assert (ticket["subject"], ticket["description"]) == ("Mail is down", "Since nine.")
    assert ticket["answers"]["what_happened"] == "Since nine."


def test_an_agent_opens_for_somebody_with_a_priority(marek: Program, anna: Program) -> None:
    number = marek.opens(requester=ANNA, priority="urgent")
    assert marek.get(f"/tickets/{number}").get_json()["priority"] == "urgent"
    assert anna.get(f"/tickets/{number}").status_code == 200


def test_whoever_may_ask_for_others_does_so_by_the_rule_of_the_portal(
    app: Flask, program: Callable[..., Program], anna: Program, marek: Program
) -> None:
    piotr, jan, ola = (program(name) for name in ("piotr.zielinski", "jan.wojcik", "ola.mazur"))
    hers, his = {"requester": ANNA}, {"requester": PIOTR}

    def refused(caller: Program, body: dict[str, str]) -> str:
        answer = caller.post("/tickets", INCIDENT | body)
        assert answer.status_code == 422
        [error] = answer.get_json()["errors"]
        assert error["field"] == "requester"
        return str(error["message"])

    assert refused(piotr, hers) == "This can be asked for yourself only."
    with app.app_context():
        let(send=True)
        with acting_as(SYSTEM):
            name_assistant(get_person("jan.wojcik@meridian.example"), PIOTR)
    for caller, body, sender in ((piotr, hers, "Anna Kowalska"), (jan, his, "Piotr Zieliński")):
        number = caller.opens(**body)
        ticket = caller.get(f"/tickets/{number}").get_json()
        assert ticket["requester"]["name"] == sender
    assert anna.get(f"/tickets/{piotr.opens(**hers)}").status_code == 200
    # Nobody else; and nobody learns from the answer who has an account.
    others = ((piotr, "ola.mazur@meridian.example"), (jan, ANNA), (anna, PIOTR), (anna, "no@one.example"))
    sentences = {refused(caller, {"requester": other}) for caller, other in others}
    assert sentences == {"You can ask for yourself, for people you lead, and for those an administrator named for you."}
    # An agent opens for anybody, with a workspace token; with a portal token he is a requester like others.
    assert marek.opens(**hers)
    assert program("marek.nowak", area="portal").post("/tickets", INCIDENT | hers).status_code == 422
    assert ola.post("/tickets", INCIDENT | {"requester": "no@one.example"}).status_code == 422


def test_a_requester_opens_for_nobody_else_and_sets_no_priority(anna: Program) -> None:
    answer = anna.post("/tickets", INCIDENT | {"requester": "jan.wojcik@meridian.example", "priority": "urgent"})
    assert answer.status_code == 422
    assert {error["field"] for error in answer.get_json()["errors"]} == {"requester", "priority"}
    assert anna.post("/tickets", INCIDENT | {"requester": ANNA}).status_code == 201


def test_everything_wrong_in_the_answers_is_named_at_once(anna: Program) -> None:
    answer = anna.post("/tickets", INCIDENT | {"answers": {"service": "fax", "colour": "red"}})
    fields = {error["field"] for error in answer.get_json()["errors"]}
    assert answer.status_code == 422
    assert {"answers.service", "answers.what_happened", "answers.colour"} <= fields


WRONG: tuple[tuple[dict[str, object], str], ...] = (
    ({"desk": "nowhere"}, "desk"),
    ({"request_type": "nothing"}, "request_type"),
    ({"answers": {"service": "mail", "what_happened": "x", "since": "tomorrow-ish"}}, "answers.since"),
    ({"role": "admin"}, "role"),
    ({"article": {"body": "changed", "created_by": 1}}, "article"),
    ({"number": "IT-1"}, "number"),
    ({"subject": ["x"]}, "subject"),
    ({"subject": {"a": 1}}, "subject"),
    ({"subject": True}, "subject"),
    ({"subject": None}, "subject"),
    ({"subject": "x" * 201}, "subject"),
    ({"desk": "it\x00"}, "desk"),
    ({"desk": "\ud800"}, "desk"),
    ({"answers": []}, "answers"),
    ({"priority": "1; drop"}, "priority"),
    ({"priority": 1e300}, "priority"),
    ({"priority": 3}, "priority"),
    ({"priority": None}, "priority"),
    ({"requester": "nobody@meridian.example"}, "requester"),
    ({"requester": "\x00"}, "requester"),
)


def test_what_does_not_fit_is_named_and_stored_nowhere(marek: Program) -> None:
    for changed, field in WRONG:
        answer = marek.post("/tickets", {**INCIDENT, **changed})
        assert answer.status_code == 422, changed
        assert field in {error["field"] for error in answer.get_json()["errors"]}
    assert marek.get("/tickets").get_json()["items"] == []


def test_characters_that_no_database_stores_are_left_out_of_answers(anna: Program) -> None:
    files = {"service": "mail", "what_happened": "a\x00bc", "screenshot": ["\x00token"]}
    assert anna.post("/tickets", INCIDENT | {"answers": files}).status_code == 422
    number = anna.opens(answers={"service": "mail", "what_happened": "a\x00bc"})
    assert anna.get(f"/tickets/{number}").get_json()["description"] == "abc"


def test_the_same_key_and_body_open_one_ticket(anna: Program) -> None:
    key = {"Idempotency-Key": "order-1"}
    first, again = anna.post("/tickets", INCIDENT, headers=key), anna.post("/tickets", INCIDENT, headers=key)
    assert (again.status_code, again.get_json()) == (201, first.get_json())
    assert len(anna.get("/tickets").get_json()["items"]) == 1


def test_the_same_key_with_another_body_is_refused(anna: Program) -> None:
    key = {"Idempotency-Key": "order-1"}
    anna.post("/tickets", INCIDENT, headers=key)
    assert anna.post("/tickets", INCIDENT | {"subject": "Another"}, headers=key).status_code == 422


def test_somebody_elses_key_is_another_key(anna: Program, marek: Program) -> None:
    key = {"Idempotency-Key": "order-1"}
    assert anna.post("/tickets", INCIDENT, headers=key).status_code == 201
    assert marek.post("/tickets", INCIDENT, headers=key).status_code == 201


def test_a_message_is_public_and_a_note_is_not(anna: Program, marek: Program) -> None:
    number = anna.opens()
    message = marek.post(f"/tickets/{number}/messages", {"body": "Try again."})
    note = marek.post(f"/tickets/{number}/messages", {"body": "Server was full.", "internal": True})
    assert (message.status_code, message.get_json()["kind"], message.get_json()["body"]) == (
        201,
        "message",
        "Try again.",
    )
    assert (note.status_code, note.get_json()["kind"]) == (201, "note")
    bodies = [line["body"] for line in anna.get(f"/tickets/{number}/timeline").get_json()["items"]]
    assert "Try again." in bodies
    assert "Server was full." not in bodies


def test_a_requester_writes_no_notes(anna: Program) -> None:
    number = anna.opens()
    assert anna.post(f"/tickets/{number}/messages", {"body": "x", "internal": True}).status_code == 403


def test_a_message_says_something(marek: Program) -> None:
    number = marek.opens()
    for body in ({}, {"body": ""}, {"body": "\u200b \n"}, {"body": "x", "internal": "yes"}, {"body": 5}):
        assert marek.post(f"/tickets/{number}/messages", body).status_code == 422, body


def test_a_repeated_message_is_written_once(marek: Program) -> None:
    number = marek.opens()
    key = {"Idempotency-Key": "reply-1"}
    first = marek.post(f"/tickets/{number}/messages", {"body": "Hello."}, headers=key)
    again = marek.post(f"/tickets/{number}/messages", {"body": "Hello."}, headers=key)
    other = marek.post(f"/tickets/{number}/messages", {"body": "Good bye."}, headers=key)
    assert first.get_json() == again.get_json()
    assert other.status_code == 422
    kinds = [line["kind"] for line in marek.get(f"/tickets/{number}/timeline").get_json()["items"]]
    assert kinds.count("message") == 1


def test_an_agent_changes_several_things_at_once(marek: Program) -> None:
    number = marek.opens()
    wish = {"team": "l2", "assignee": "ola.mazur@meridian.example", "priority": "high", "tags": ["VPN", "home office"]}
    ticket = marek.patch(f"/tickets/{number}", wish).get_json()
    assert (ticket["team"], ticket["assignee"]["name"], ticket["priority"]) == ("l2", "Ola Mazur", "high")
    assert ticket["tags"] == ["vpn", "home-office"]
    nobody = marek.patch(f"/tickets/{number}", {"assignee": None}).get_json()
    assert nobody["assignee"] is None


def test_a_change_that_is_partly_wrong_changes_nothing(marek: Program) -> None:
    number = marek.opens()
    answer = marek.patch(f"/tickets/{number}", {"priority": "urgent", "assignee": ANNA})
    assert answer.status_code == 422
    assert answer.get_json()["errors"][0]["field"] == "assignee"
    ticket = marek.get(f"/tickets/{number}").get_json()
    assert (ticket["priority"] == "urgent", ticket["version"]) == (False, 1)


def test_an_empty_change_changes_nothing(marek: Program) -> None:
    number = marek.opens()
    assert marek.patch(f"/tickets/{number}", {}).get_json()["version"] == 1


def test_what_cannot_be_changed_is_named(marek: Program) -> None:
    number = marek.opens()
    for field in ("status", "number", "requester", "subject", "version", "id"):
        answer = marek.patch(f"/tickets/{number}", {field: "x"})
        assert (answer.status_code, answer.get_json()["errors"][0]["field"]) == (422, field)


def test_a_stale_change_is_a_conflict_that_names_the_current_version(marek: Program) -> None:
    number = marek.opens()
    seen = {"If-Match": marek.get(f"/tickets/{number}").headers["ETag"]}
    assert marek.patch(f"/tickets/{number}", {"priority": "urgent"}, headers=seen).status_code == 200
    current = marek.get(f"/tickets/{number}").get_json()["version"]
    for answer in (
        marek.patch(f"/tickets/{number}", {"priority": "low"}, headers=seen),
        marek.post(f"/tickets/{number}/transitions", {"status": "resolved"}, headers=seen),
        marek.post(f"/tickets/{number}/messages", {"body": "x"}, headers=seen),
        marek.patch(f"/tickets/{number}", {}, headers={"If-Match": '"IT-999-v1"'}),
    ):
        assert answer.status_code == 409
        assert answer.get_json()["current_version"] == current
    assert marek.get(f"/tickets/{number}").get_json()["version"] == current


def test_any_version_will_do_with_a_star_or_without_the_header(marek: Program) -> None:
    number = marek.opens()
    assert marek.patch(f"/tickets/{number}", {"priority": "high"}, headers={"If-Match": "*"}).status_code == 200
    assert marek.patch(f"/tickets/{number}", {"priority": "low"}).status_code == 200


def test_a_ticket_moves_to_another_status(marek: Program) -> None:
    number = marek.opens()
    moved = marek.post(f"/tickets/{number}/transitions", {"status": "resolved"})
    assert (moved.status_code, moved.get_json()["status_category"]) == (200, "resolved")
    assert moved.headers["ETag"] == f'"{number}-v2"'


def test_a_repeated_transition_is_one(marek: Program) -> None:
    number = marek.opens()
    key = {"Idempotency-Key": "solve-1"}
    marek.post(f"/tickets/{number}/transitions", {"status": "resolved"}, headers=key)
    marek.post(f"/tickets/{number}/transitions", {"status": "open"})
    again = marek.post(f"/tickets/{number}/transitions", {"status": "resolved"}, headers=key)
    other = marek.post(f"/tickets/{number}/transitions", {"status": "closed"}, headers=key)
    refused = marek.post(
        f"/tickets/{number}/transitions", {"status": "vanished"}, headers={"Idempotency-Key": "solve-2"}
    )
    repeated = marek.post(
        f"/tickets/{number}/transitions", {"status": "on_hold"}, headers={"Idempotency-Key": "solve-2"}
    )
    assert (refused.status_code, repeated.status_code) == (422, 200)
    assert (again.status_code, again.get_json()["status"]) == (200, "open")
    assert other.status_code == 422


def test_a_status_that_the_desk_does_not_have_is_refused(marek: Program) -> None:
    number = marek.opens()
    answer = marek.post(f"/tickets/{number}/transitions", {"status": "vanished"})
    assert (answer.status_code, answer.get_json()["errors"][0]["field"]) == (422, "status")


def test_only_agents_change_and_move_tickets(anna: Program) -> None:
    number = anna.opens()
    assert anna.patch(f"/tickets/{number}", {"priority": "urgent"}).status_code == 403
    assert anna.post(f"/tickets/{number}/transitions", {"status": "resolved"}).status_code == 403


def test_an_agents_portal_token_is_a_requesters(program: Callable[..., Program], anna: Program) -> None:
    number = anna.opens()
    portal = program("marek.nowak", area="portal")
    assert portal.get(f"/tickets/{number}").status_code == 404
    assert portal.get("/tickets").get_json()["items"] == []

"""What programs read: themselves, the catalogue, tickets and their history."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from itsdangerous import URLSafeSerializer
from sqlalchemy import update

from deskcore.testing import Statements
from deskcore.tickets.models import Ticket
from deskcore.tickets.queries import SORTS
from deskcore.work import unit_of_work
from tests.api.conftest import Program

Counting = Callable[[], Any]
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


def keys(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from value
        for inner in value.values():
            yield from keys(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from keys(inner)


def test_me_tells_who_calls_and_what_the_token_allows(marek: Program) -> None:
    me = marek.get("/me").get_json()
    assert (me["name"], me["email"], me["area"]) == ("Marek Nowak", "marek.nowak@meridian.example", "workspace")
    assert me["desks"] == [{"key": "it", "role": "agent"}]
    assert "tickets:write" in me["scopes"]
    assert MOMENT.fullmatch(me["expires_at"])


def test_an_agent_reads_the_statuses_and_teams_of_his_desks(marek: Program) -> None:
    [desk] = marek.get("/desks").get_json()["items"]
    assert desk["key"] == "it"
    assert {"new", "open", "resolved"} <= {status["category"] for status in desk["statuses"]}
    assert {"l1", "l2", "l3"} <= {team["key"] for team in desk["teams"]}


def test_a_requester_reads_which_desks_take_requests_and_nothing_about_their_inside(anna: Program) -> None:
    [desk] = anna.get("/desks").get_json()["items"]
    assert (desk["key"], desk["open"], desk["statuses"], desk["teams"]) == ("it", True, [], [])


def test_an_agents_token_without_the_desk_knows_no_desk(program: Callable[..., Program]) -> None:
    assert program("kasia.dabrowska").get("/me").get_json()["area"] == "portal"


def test_request_types_carry_the_json_schema_of_their_answers(anna: Program) -> None:
    types = {one["key"]: one for one in anna.get("/request-types?desk=it").get_json()["items"]}
    incident = types["incident"]
    assert incident["desk"] == "it"
    assert incident["fields"]["properties"]["service"]["oneOf"][0]["const"] == "mail"
    assert "what_happened" in incident["fields"]["required"]


def test_texts_come_in_the_language_that_is_asked_for(anna: Program) -> None:
    polish = anna.get("/request-types", headers={"Accept-Language": "pl"}).get_json()["items"]
    assert "Coś nie działa" in {one["title"] for one in polish}


def test_a_ticket_is_shown_exactly_as_it_is_described(marek: Program) -> None:
    number = marek.opens(requester="anna.kowalska@meridian.example")
    ticket = marek.get(f"/tickets/{number}").get_json()
    assert set(ticket) == {
        "number", "desk", "request_type", "subject", "description", "status", "status_category", "priority",
        "requester", "assignee", "team", "tags", "answers", "extra", "version", "created_at", "updated_at", "due_at",
    }  # fmt: skip
    assert ticket["number"] == number
    assert ticket["subject"] == "Outlook shows “Disconnected”."
    assert ticket["description"] == "Outlook shows “Disconnected”.\nSince this morning."
    assert ticket["requester"] == {"name": "Anna Kowalska", "email": "anna.kowalska@meridian.example"}
    assert (ticket["desk"], ticket["request_type"], ticket["status_category"]) == ("it", "incident", "new")
    assert ticket["answers"]["service"] == "mail"
    assert MOMENT.fullmatch(ticket["created_at"])
    assert ticket["due_at"] is None


def test_the_list_shows_tickets_as_the_ticket_itself_does(marek: Program) -> None:
    number = marek.opens()
    [listed] = marek.get("/tickets").get_json()["items"]
    assert listed == marek.get(f"/tickets/{number}").get_json()


def test_a_requester_sees_no_inner_status_team_tag_or_plugin_data(anna: Program, marek: Program) -> None:
    number = anna.opens()
    marek.patch(f"/tickets/{number}", {"tags": ["vip-complaint"], "team": "l2"})
    seen = anna.get(f"/tickets/{number}").get_json()
    assert (seen["status"], seen["team"], seen["tags"], seen["extra"]) == ("new", None, [], {})


@pytest.mark.parametrize("order", ["created", "-updated", "-number", "due", "-priority"])
def test_the_list_comes_in_pages_that_miss_and_repeat_nothing(marek: Program, order: str) -> None:
    opened = {marek.opens() for _each in range(5)}
    seen: list[str] = []
    after = ""
    while True:
        page = marek.get(f"/tickets?limit=2&sort={order}{after}").get_json()
        seen += [ticket["number"] for ticket in page["items"]]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    assert len(seen) == 5
    assert set(seen) == opened


def test_a_cursor_tells_no_internal_id(marek: Program) -> None:
    first, second = marek.opens(), marek.opens()
    for order in SORTS:
        for sign in ("", "-"):
            cursor = marek.get(f"/tickets?limit=1&sort={sign}{order}").get_json()["next"]
            _signed, (value, number) = URLSafeSerializer("nobody's key").loads_unsafe(cursor)
            assert number in (first, second)
            assert not isinstance(value, int) or order == "priority"


def test_a_cursor_at_a_ticket_that_was_taken_out_of_sight_leads_nowhere(
    marek: Program, anna: Program, act: Callable[..., Any]
) -> None:
    anna.opens(), anna.opens()
    page = marek.get("/tickets?limit=1").get_json()
    with act("ola.mazur", "workspace"), unit_of_work() as session:
        hidden = update(Ticket).where(Ticket.number == page["items"][0]["number"]).values(visibility="named")
        session.execute(hidden, execution_options={"synchronize_session": False})
    answer = marek.get(f"/tickets?limit=1&after={page['next']}")
    assert (answer.status_code, answer.get_json()["errors"][0]["field"]) == (422, "after")


def test_the_list_is_narrowed_by_desk_category_queue_and_words(marek: Program) -> None:
    done = marek.opens(subject="Printer jams again")
    waiting = marek.opens(subject="Mail is slow")
    marek.post(f"/tickets/{done}/transitions", {"status": "resolved"})

    def numbers(query: str) -> set[str]:
        return {ticket["number"] for ticket in marek.get(f"/tickets?{query}").get_json()["items"]}

    assert numbers("desk=it") == {done, waiting}
    assert numbers("status_category=resolved") == {done}
    assert numbers("queue=open") == {waiting}
    assert numbers("q=printer") == {done}
    assert numbers(f"q={waiting.lower()}") == {waiting}
    assert numbers("q=100%25") == set()


def test_the_list_is_narrowed_by_person_priority_tag_and_moment(marek: Program, anna: Program) -> None:
    hers, his = anna.opens(), marek.opens(priority="urgent")
    marek.patch(f"/tickets/{hers}", {"tags": ["vip"]})
    changed = marek.get(f"/tickets/{hers}").get_json()["updated_at"]

    def numbers(query: str) -> set[str]:
        return {ticket["number"] for ticket in marek.get(f"/tickets?{query}").get_json()["items"]}

    assert numbers("requester=anna.kowalska@meridian.example") == {hers}
    assert numbers("requester=nobody@meridian.example") == numbers("requester=nobody") == set()
    assert numbers("priority=urgent") == {his}
    assert numbers("tag=vip") == {hers}
    assert numbers(f"updated_since={changed}") == {hers}
    assert numbers("updated_since=2001-01-01T00:00:00Z") == {hers, his}


def test_what_a_requester_does_not_see_cannot_be_asked_for(anna: Program, marek: Program) -> None:
    marek.patch(f"/tickets/{anna.opens()}", {"tags": ["vip"]})
    answers = [anna.get(f"/tickets?tag={tag}") for tag in ("vip", "other")]
    assert [(answer.status_code, answer.get_json()["errors"][0]["field"]) for answer in answers] == [(422, "tag")] * 2


def test_a_cursor_of_another_list_is_refused(marek: Program) -> None:
    marek.opens(), marek.opens()
    cursor = marek.get("/tickets?limit=1").get_json()["next"]
    answer = marek.get(f"/tickets?limit=1&queue=open&after={cursor}")
    assert answer.status_code == 422
    assert answer.get_json()["errors"][0]["field"] == "after"


def test_a_page_size_that_is_no_whole_number_is_refused(marek: Program) -> None:
    for wish in ("-1", "0", "NaN", "1 union select", "1e3", "٣", "", "1.5"):
        answer = marek.get("/tickets", query_string={"limit": wish})
        assert answer.status_code == 422, wish
        assert answer.get_json()["errors"][0]["field"] == "limit"
    assert marek.get("/tickets?limit=99999999999999999999").status_code == 200


def test_an_unknown_or_repeated_parameter_is_named(marek: Program) -> None:
    unknown = marek.get("/tickets?stauts=open")
    repeated = marek.get("/tickets?desk=it&desk=hr")
    assert (unknown.status_code, unknown.get_json()["errors"][0]["field"]) == (422, "stauts")
    assert (repeated.status_code, repeated.get_json()["errors"][0]["field"]) == (422, "desk")


def test_a_ticket_carries_its_version_and_answers_304_while_it_stays(marek: Program) -> None:
    number = marek.opens()
    first = marek.get(f"/tickets/{number}")
    assert first.headers["ETag"] == f'"{number}-v1"'
    again = marek.get(f"/tickets/{number}", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    marek.patch(f"/tickets/{number}", {"priority": "urgent"})
    changed = marek.get(f"/tickets/{number}", headers={"If-None-Match": first.headers["ETag"]})
    assert changed.status_code == 200


def test_the_timeline_tells_everything_in_names_and_keys(marek: Program) -> None:
    number = marek.opens()
    marek.patch(f"/tickets/{number}", {"team": "l2", "assignee": "ola.mazur@meridian.example", "priority": "urgent"})
    marek.post(f"/tickets/{number}/messages", {"body": "Looking into it."})
    lines = {line["kind"]: line for line in marek.get(f"/tickets/{number}/timeline").get_json()["items"]}
    assert lines["opened"]["body"].startswith("Outlook")
    assert lines["escalated"]["changes"]["to"] == "l2"
    assert lines["assigned"]["changes"] == {"from": None, "to": "Ola Mazur"}
    assert lines["priority_changed"]["changes"]["to"] == "urgent"
    assert lines["message"]["body"] == "Looking into it."
    assert lines["message"]["author"]["email"] == "marek.nowak@meridian.example"
    assert lines["message"]["channel"] == "api"


def test_the_timeline_of_a_requester_holds_no_notes(anna: Program, marek: Program) -> None:
    number = anna.opens()
    marek.post(f"/tickets/{number}/messages", {"body": "Canary: she always breaks it.", "internal": True})
    marek.patch(f"/tickets/{number}", {"tags": ["canary-tag"], "priority": "low"})
    seen = anna.get(f"/tickets/{number}/timeline")
    assert "anary" not in seen.text
    assert {line["kind"] for line in seen.get_json()["items"]} <= {"opened", "message", "status_changed", "assigned"}


def test_the_timeline_comes_in_pages(marek: Program) -> None:
    number = marek.opens()
    for body in ("one", "two", "three"):
        marek.post(f"/tickets/{number}/messages", {"body": body, "internal": True})
    first = marek.get(f"/tickets/{number}/timeline?limit=3").get_json()
    rest = marek.get(f"/tickets/{number}/timeline?after={first['next']}").get_json()
    assert [line["body"] for line in first["items"][1:]] == ["one", "two"]
    assert [line["body"] for line in rest["items"]] == ["three"]
    assert rest["next"] is None


def test_no_answer_carries_an_internal_id(marek: Program) -> None:
    number = marek.opens(requester="anna.kowalska@meridian.example")
    marek.patch(f"/tickets/{number}", {"team": "l2", "assignee": "ola.mazur@meridian.example", "tags": ["vip"]})
    marek.post(f"/tickets/{number}/messages", {"body": "Done?"})
    for path in ("/me", "/desks", "/request-types", "/tickets", f"/tickets/{number}", f"/tickets/{number}/timeline"):
        named = set(keys(marek.get(path).get_json()))
        assert not {key for key in named if key == "id" or key.endswith("_id")}, path


def test_a_sensitive_answer_is_masked() -> None:
    from deskcore.hooks.contributions import Field, Text
    from deskcore.tickets.sensitive import masked

    words = Text("Words", "Słowa")
    secret = Field("pesel", "text", words, sensitive=True)
    table = Field("children", "lines", words, columns=(secret, Field("name", "text", words)))
    shown = masked(
        {"pesel": "44051401359", "name": "Jan", "children": [{"pesel": "1", "name": "Ala"}]}, [secret, table]
    )
    assert shown == {"pesel": None, "name": "Jan", "children": [{"pesel": None, "name": "Ala"}]}


class TestStatements:
    """What an answer costs the database, however many tickets there are."""

    def run(self, counting: Counting, call: Callable[[], Any]) -> Statements:
        seen: Statements
        with counting() as seen:
            assert call().status_code < 300
        return seen

    def test_a_list_takes_at_most_four(self, marek: Program, count_statements: Counting) -> None:
        for _each in range(3):
            marek.opens()
        seen = self.run(count_statements, lambda: marek.get("/tickets"))
        assert len(seen) <= 4, seen

    def test_a_ticket_takes_at_most_six(self, marek: Program, count_statements: Counting) -> None:
        number = marek.opens()
        seen = self.run(count_statements, lambda: marek.get(f"/tickets/{number}"))
        assert len(seen) <= 6, seen

    def test_opening_takes_at_most_seven(self, anna: Program, count_statements: Counting) -> None:
        from tests.api.conftest import INCIDENT

        seen = self.run(count_statements, lambda: anna.post("/tickets", INCIDENT))
        assert len(seen) <= 7, seen

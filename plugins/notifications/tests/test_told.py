"""Who is told of what, why, and never twice; and never of what one did oneself."""

from __future__ import annotations

from deskcore import clock
from deskcore.testing.outbox import run_job
from deskcore.tickets import services

from .conftest import MONDAY, Desk, address, later


def test_the_requester_is_told_of_a_reply_and_whoever_wrote_it_is_not(plain: Desk) -> None:
    number = plain.open()
    plain.assign(number)
    plain.reply(number, by="agent")
    assert plain.told("requester") == [("reply", "asked")]
    assert plain.told("agent") == [("assigned", "assignee")]
    assert plain.told("lead") == []


def test_an_answer_reaches_the_agent_who_has_the_ticket(plain: Desk) -> None:
    number = plain.open()
    plain.assign(number)
    plain.reply(number, by="requester", text="It still makes a noise.")
    assert ("answer", "assignee") in plain.told("agent")
    assert plain.told("requester") == []


def test_followers_hear_of_answers_of_both_sides(plain: Desk) -> None:
    number = plain.open()
    plain.do("agent", services.add_participant, number, address("other_requester"), "follower")
    plain.reply(number, by="agent")
    plain.reply(number, by="requester", text="Thank you.")
    assert plain.told("other_requester") == [("added", "follower"), ("reply", "follower"), ("reply", "follower")]


def test_a_note_is_told_to_agents_alone(plain: Desk) -> None:
    number = plain.open()
    plain.do("agent", services.add_participant, number, address("other_requester"), "follower")
    plain.assign(number)
    plain.do("lead", services.note, number, "He broke it himself.")
    assert ("note", "assignee") in plain.told("agent")
    assert plain.told("requester") == []
    assert plain.told("other_requester") == [("added", "follower")]


def test_whoever_is_mentioned_is_told_once_for_the_strongest_reason(plain: Desk) -> None:
    number = plain.open()
    plain.assign(number)
    plain.do("lead", services.note, number, "Ask @Agata Agent about it, and @nobody.")
    assert plain.told("agent") == [("assigned", "assignee"), ("mention", "mention")]


def test_a_solution_is_told_as_one(plain: Desk) -> None:
    number = plain.open()
    plain.do("agent", services.set_status, number, "on_hold")
    plain.do("agent", services.set_status, number, "resolved")
    assert [event for event, _reason in plain.told("requester")] == ["status", "solved"]


def test_an_event_that_is_told_again_tells_nobody_twice(plain: Desk) -> None:
    from deskcore.events.models import Delivery
    from deskcore.viewer import SYSTEM
    from deskcore.work import acting_as, unit_of_work

    number = plain.open()
    plain.reply(number, by="agent")
    before = [row.id for row in plain.notices()]
    with plain.house.app.app_context(), acting_as(SYSTEM), unit_of_work() as session:
        session.query(Delivery).update({"state": "waiting", "due_at": MONDAY}, synchronize_session=False)
    plain.catch_up(MONDAY)
    assert [row.id for row in plain.notices()] == before


def test_what_is_told_days_later_is_no_news(plain: Desk) -> None:
    number = plain.open()
    with clock.at(MONDAY), plain.as_("agent", "workspace"):
        services.reply(number, "I am looking at it.")
    plain.catch_up(later(days=3))
    assert plain.told("requester") == []


def test_people_are_followed_to_a_new_address(plain: Desk) -> None:
    from deskcore.fingerprints import fingerprint
    from deskcore.people.addresses import change_address

    number = plain.open()
    plain.reply(number, by="agent")
    with plain.as_("admin", "portal"):
        change_address(address("requester"), "rita.new@organisation.example", fingerprint(address("requester")))
    with clock.at(MONDAY):
        run_job(plain.house, "notifications_tidy", {})
    assert [row.receiver for row in plain.notices()] == ["rita.new@organisation.example"]
    assert "A noise" in plain.house.as_user("rita.new@organisation.example").get("/notifications").text

"""Who is asked, when, and who never is."""

from __future__ import annotations

from datetime import timedelta

from deskcore_satisfaction.closings import ending_of
from deskcore_satisfaction.invariants import surveys_are_sound
from deskcore_satisfaction.models import Survey
from deskcore_satisfaction.rules import Closing, Rules, faults, may_ask, why_not
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update

from deskcore.desks.editing import create
from deskcore.desks.services import refresh
from deskcore.people.services import create_person, deactivate, find_person
from deskcore.plugin import EventView, Field, RequestType, Text
from deskcore.tickets import services
from deskcore.tickets.services.merging import merge
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as, unit_of_work

from .conftest import MONDAY, Asking, address, later

NAMES = ("rita", "agata", "leon", "")
CATEGORIES = ("new", "open", "resolved", "closed")


def states(asking: Asking, number: str) -> list[str]:
    return [survey.state for survey in asking.surveys(number)]


def test_whoever_asked_is_asked_once_some_hours_after_the_end(asking: Asking) -> None:
    number = asking.finished()
    asking.ask(later(hours=1))
    assert states(asking, number) == ["planned"]
    asking.ask(later(hours=2))
    asking.solve(number, at=later(hours=3), status="closed")
    asking.ask(later(hours=9))
    [survey] = asking.surveys(number)
    assert (survey.state, survey.requester, survey.agent) == ("asked", address("requester"), address("agent"))
    assert (survey.desk, survey.request_type, survey.closed_at) == ("plain", "concern", MONDAY)
    assert asking.said(number) == [("A rating was asked for", True)]


def test_a_request_that_goes_on_is_asked_about_after_its_next_end(asking: Asking) -> None:
    number = asking.finished()
    asking.do("requester", services.reopen, number, at=later(hours=1), area="portal")
    asking.ask(later(hours=5))
    assert states(asking, number) == ["dropped"]
    asking.solve(number, at=later(hours=6))
    asking.ask(later(hours=9))
    assert states(asking, number) == ["dropped", "asked"]
    asking.do("requester", services.reopen, number, at=later(hours=10), area="portal")
    assert states(asking, number) == ["dropped", "dropped"]


def test_nobody_is_asked_about_what_was_withdrawn_or_goes_on_elsewhere(asking: Asking) -> None:
    withdrawn, merged, copy, into = (asking.open(about) for about in ("One", "Two", "Three", "Four"))
    asking.do("requester", services.withdraw, withdrawn, area="portal")
    asking.do("agent", merge, merged, into)
    asking.do("agent", services.link, copy, into, "duplicate")
    asking.solve(copy)
    asking.ask()
    assert asking.surveys() == []


def test_nobody_rates_what_he_worked_on(asking: Asking) -> None:
    own = asking.finished("My own", by="agent")
    helped = asking.open("Helped with it", by="agent")
    asking.do("agent", services.note, helped, "I know what it is.")
    asking.solve(helped, by="lead")
    for number in (own, helped):
        assert asking.surveys(number) == []
    theirs = asking.finished("Done by the lead alone", by="agent", agent="lead")
    asking.ask()
    assert states(asking, theirs) == ["asked"]


def test_a_ticket_that_becomes_a_duplicate_before_the_question_is_not_asked_about(asking: Asking) -> None:
    number, into = asking.finished(), asking.open("The same")
    asking.do("agent", services.link, number, into, "duplicate", at=later(hours=1))
    asking.ask()
    assert states(asking, number) == ["dropped"]


def test_settings_say_which_who_how_often_and_when(asking: Asking) -> None:
    asking.give("never_types", "holiday, concern")
    assert asking.surveys(asking.finished()) == []
    asking.give("never_types", "")
    asking.give("never_desks", "plain")
    assert asking.surveys(asking.finished()) == []
    asking.give("never_desks", "")
    asking.give("wait_hours", 0)
    first, soon = asking.finished("First"), asking.finished("Soon after", at=later(days=2))
    asking.ask(MONDAY)
    asking.ask(later(days=2))
    assert (states(asking, first), states(asking, soon)) == (["asked"], ["dropped"])
    asking.give("pause_days", 0)
    asking.give("every", 3)
    numbers = [asking.finished(f"Number {place}", at=later(days=3)) for place in range(6)]
    asking.ask(later(days=3))
    assert [states(asking, number) for number in numbers].count(["asked"]) == 2


def test_what_ended_long_ago_is_not_asked_about(asking: Asking) -> None:
    number = asking.finished()
    asking.ask(later(days=9))
    assert states(asking, number) == ["dropped"]


def test_a_confidential_desk_asks_once_its_lead_lets_it_and_never_about_sensitive_answers(asking: Asking) -> None:
    text = Text("A form", "Formularz")
    with asking.house.app.app_context():
        plain = Field("about", "text", text, required=True)
        create(RequestType("form", "elsew", text, text, fields=(plain,)), address("admin"))
        refresh()

    def asked(request_type: str) -> bool:
        number = asking.open(desk="elsew", request_type=request_type)
        asking.solve(number, by="other_agent")
        asking.ask()
        return asking.surveys(number) != []

    assert not asked("form")
    asking.give_desk("elsew")
    assert not asked("concern")  # it has a sensitive field
    assert asked("form")
    complaint = asking.open(desk="elsew", request_type="form")
    asking.do("other_agent", services.leave_to_named, complaint)
    asking.solve(complaint, by="other_agent")
    assert asking.surveys(complaint) == []
    asking.give_desk("elsew", given=False)
    assert not asked("form")


def test_a_section_of_a_request_type_says_whether_it_is_asked_about() -> None:
    def made(section: dict[str, object] | None, *, sensitive: bool = False) -> RequestType:
        text = Text("A thing", "Rzecz")
        secret = Field("secret", "text", text, sensitive=sensitive)
        sections = {"satisfaction": section} if section is not None else {}
        return RequestType("thing", "plain", text, text, fields=(secret,), sections=sections)

    assert may_ask(made(None), confidential=False)
    assert may_ask(made(None, sensitive=True), confidential=False)
    assert may_ask(made(None), confidential=True)
    assert not may_ask(made(None, sensitive=True), confidential=True)
    assert may_ask(made({"ask": True}, sensitive=True), confidential=True)
    assert not may_ask(made({"ask": False}), confidential=False)
    assert not may_ask(None, confidential=True)
    assert faults(made({"ask": False, "required": False})) == ()
    for wrong in ({}, {"ask": "no"}, {"ask": True, "more": 1}):
        assert faults(made(wrong)), wrong


@given(
    st.frozensets(st.sampled_from(NAMES[:3]), min_size=1),
    st.frozensets(st.sampled_from(NAMES[:3])),
    st.sampled_from(NAMES),
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.booleans(),
)
def test_whoever_is_asked_had_no_part_in_the_work(
    requester: frozenset[str],
    workers: frozenset[str],
    agent: str,
    may: bool,
    withdrawn: bool,
    duplicate: bool,
    never: bool,
) -> None:
    closing = Closing(
        3,
        "plain",
        "concern",
        requester,
        workers,
        agent,
        open_to_questions=may,
        withdrawn=withdrawn,
        duplicate=duplicate,
    )
    rules = Rules(never_desks=frozenset({"plain"}) if never else frozenset())
    asked = why_not(closing, rules) == ""
    assert asked == (may and not (withdrawn or duplicate or never) and not requester & {*workers, agent})


@given(st.lists(st.tuples(st.sampled_from(CATEGORIES), st.sampled_from(NAMES[:3])), max_size=8))
def test_the_end_of_a_ticket_is_its_first_finished_status_after_the_last_other_one(
    steps: list[tuple[str, str]],
) -> None:
    events = [
        EventView(f"P-1/{seq}", "status_changed", "P-1", MONDAY + timedelta(hours=seq), who, "portal", {"category": to})
        for seq, (to, who) in enumerate(steps, start=1)
    ]
    finished = [to in ("resolved", "closed") for to, _who in steps]
    last_open = max((place for place, done in enumerate(finished) if not done), default=-1)
    ending = ending_of(events)
    assert ending.seq == (last_open + 2 if finished and finished[-1] else 0)
    assert ending.by == (steps[last_open + 1][1] if ending.seq else "")


def test_a_requester_who_left_is_not_asked(asking: Asking) -> None:
    with asking.house.app.app_context(), acting_as(SYSTEM):
        create_person("walter@organisation.example", "Walter Went")
    number = asking.finished(by="walter@organisation.example")
    with asking.house.app.app_context(), acting_as(SYSTEM):
        person = find_person("walter@organisation.example")
        assert person is not None
        deactivate(person)
    asking.ask()
    assert states(asking, number) == ["dropped"]


def test_questions_contradict_neither_themselves_nor_the_timeline(asking: Asking) -> None:
    number = asking.asked()
    asking.open("Something else")

    def found() -> list[str]:
        with asking.house.app.app_context(), acting_as(SYSTEM):
            return [said for _id, said in surveys_are_sound([survey.ticket_id for survey in asking.surveys()])]

    assert found() == []
    for values in ({"rating": 2}, {"closing": 1}, {"state": "planned"}, {"handled_at": MONDAY}):
        with asking.house.app.app_context(), acting_as(SYSTEM), unit_of_work() as work:
            before = {key: getattr(asking.last(number), key) for key in values}
            work.execute(update(Survey).values(values), execution_options={"synchronize_session": False})
        assert found(), values
        with asking.house.app.app_context(), acting_as(SYSTEM), unit_of_work() as work:
            work.execute(update(Survey).values(before), execution_options={"synchronize_session": False})

"""The demo is believable, the same every time, and never ahead of the clock."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any, cast

import pytest
import time_machine
from deskcore_it_desk import register_request_types
from deskcore_it_desk.demo import FINISHED, read_stories, seed, shift

from deskcore.plugin import Field, RequestType

NOW = datetime(2026, 11, 24, 13, 30, tzinfo=UTC)
ANNA = "anna.kowalska@meridian.example"
AGENTS = ["marek.nowak@meridian.example", "ola.mazur@meridian.example"]
TYPES = {each.key: each for each in register_request_types()}


@dataclass
class Played:
    """A ticket of the demo, with all that happened to it."""

    request_type: str
    requester: str
    answers: dict[str, Any]
    opened_at: datetime
    events: list[tuple[str, str, str, datetime]] = field(default_factory=list)

    def assign(self, to_email: str, by_email: str, at: datetime) -> None:
        self.events.append(("assign", by_email, to_email, at))

    def status(self, status: str, by_email: str, at: datetime) -> None:
        self.events.append(("status", by_email, status, at))

    def reply(self, by_email: str, text: str, at: datetime) -> None:
        self.events.append(("reply", by_email, text, at))

    def note(self, by_email: str, text: str, at: datetime) -> None:
        self.events.append(("note", by_email, text, at))

    @property
    def state(self) -> str:
        return next((value for kind, _by, value, _at in reversed(self.events) if kind == "status"), "new")


class Organisation:
    """Stands where the core's builder stands, and writes down what is asked of it."""

    def __init__(self) -> None:
        self.random = Random(7)
        self.today = date(2026, 11, 24)
        self.people = [ANNA, *AGENTS, *(f"person{number}@meridian.example" for number in range(20))]
        self.tickets: list[Played] = []

    def agents(self, desk: str) -> list[str]:
        assert desk == "it"
        return AGENTS

    def ticket(
        self,
        request_type: str,
        requester_email: str,
        answers: dict[str, Any],
        opened_at: datetime,
        priority: str | None = None,
        channel: str = "portal",
        approved: bool = False,
    ) -> Played:
        assert channel in ("portal", "phone", "walk_in", "mail")
        self.tickets.append(Played(request_type, requester_email, answers, opened_at))
        return self.tickets[-1]


def play(at: datetime = NOW) -> list[Played]:
    organisation = Organisation()
    with time_machine.travel(at, tick=False):
        seed(cast("Any", organisation))
    return organisation.tickets


@pytest.fixture(scope="module")
def tickets() -> list[Played]:
    return play()


def words(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from words(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from words(inner)


def shown(request_type: RequestType, answers: dict[str, Any]) -> list[Field]:
    values = {each.key: answers.get(each.key, each.default) for each in request_type.fields}
    return [f for f in request_type.fields if f.show_if is None or values[f.show_if.field] in f.show_if.values]


def test_the_same_source_gives_the_same_tickets(tickets: list[Played]) -> None:
    assert play() == tickets


def test_there_are_eight_weeks_of_tickets_of_every_kind(tickets: list[Played]) -> None:
    assert len(tickets) == FINISHED + 25
    assert {ticket.request_type for ticket in tickets} == set(TYPES)
    span = tickets[-1].opened_at - tickets[0].opened_at
    assert timedelta(weeks=6) < span <= timedelta(weeks=8, days=1)


def test_numbers_rise_with_time(tickets: list[Played]) -> None:
    opened = [ticket.opened_at for ticket in tickets]
    assert opened == sorted(opened)


def test_most_are_done_and_the_rest_is_in_every_state(tickets: list[Played]) -> None:
    states = Counter(ticket.state for ticket in tickets)
    assert states["closed"] + states["resolved"] == FINISHED
    assert states["closed"] > states["resolved"] > 0
    assert all(states[state] >= 2 for state in ("new", "open", "waiting_requester", "waiting_approval", "on_hold"))


def test_two_requests_wait_for_anna(tickets: list[Played]) -> None:
    waiting = [ticket for ticket in tickets if ticket.requester == ANNA and ticket.state == "waiting_requester"]
    assert len(waiting) == 2


@pytest.mark.parametrize("at", [NOW, NOW.replace(hour=0), NOW + timedelta(days=4), NOW.replace(hour=7, minute=1)])
def test_nothing_happens_before_it_was_opened_or_after_now(at: datetime) -> None:
    for ticket in play(at):
        moments = [ticket.opened_at, *(moment for *_rest, moment in ticket.events)]
        assert moments == sorted(moments)
        assert moments[-1] <= at


def test_only_agents_write_notes_and_only_those_who_take_part_reply(tickets: list[Played]) -> None:
    for ticket in tickets:
        for kind, by, _text, _at in ticket.events:
            assert by in AGENTS or (kind == "reply" and by == ticket.requester)


def test_no_placeholder_is_left(tickets: list[Played]) -> None:
    for ticket in tickets:
        texts = [*words(ticket.answers), *(text for _kind, _by, text, _at in ticket.events)]
        assert not [text for text in texts if re.search(r"[{}]", text)]


def test_the_answers_fit_the_forms(tickets: list[Played]) -> None:
    for ticket in tickets:
        request_type = TYPES[ticket.request_type]
        asked = {each.key: each for each in shown(request_type, ticket.answers)}
        assert set(ticket.answers) <= set(asked), ticket.request_type
        # The demo has no files to attach.
        required = {f.key for f in asked.values() if f.required and f.default is None and f.type != "file"}
        assert required <= set(ticket.answers), ticket.request_type
        for key, value in ticket.answers.items():
            options = {option.value for option in asked[key].options}
            assert not options or set(value if isinstance(value, list) else [value]) <= options


def test_about_sixty_different_stories_are_told_in_both_languages() -> None:
    stories = read_stories("finished") + read_stories("open")
    assert len(stories) >= 60
    in_polish = [s for s in stories if re.search("[ąćęłńóśźż]", " ".join(words([s["answers"], s.get("thread", [])])))]
    assert len(stories) / 3 < len(in_polish) < 2 * len(stories) / 3


def test_working_time_skips_nights_and_weekends() -> None:
    friday = datetime(2026, 11, 27, 14, 50, tzinfo=UTC)
    assert shift(friday, 20) == datetime(2026, 11, 30, 7, 10, tzinfo=UTC)
    assert shift(datetime(2026, 11, 30, 7, 10, tzinfo=UTC), -20) == friday
    assert shift(datetime(2026, 11, 29, 3, 0, tzinfo=UTC), 0) == datetime(2026, 11, 27, 14, 59, tzinfo=UTC)

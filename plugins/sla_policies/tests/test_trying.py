"""Trying before it is switched on: the simulator, and policies replayed on tickets there have been."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from deskcore_sla_policies.calendars import Calendar
from deskcore_sla_policies.hours import OwnDay, Span
from deskcore_sla_policies.policies import PRIORITIES, Ruleset, Subject
from deskcore_sla_policies.simulating import simulate

from deskcore import clock
from deskcore.testing.outbox import delivered
from deskcore.tickets import services
from deskcore.tickets.due import Due
from plugins.sla_policies.tests.conftest import MONDAY, Desk, later, policy
from plugins.sla_policies.tests.test_explained import text_of

WARSAW = ZoneInfo("Europe/Warsaw")
OFFICE = Calendar(
    "Europe/Warsaw",
    tuple(Span.of(weekday, "08:00", "16:00") for weekday in range(5)),
    {date(2026, 12, 24): OwnDay("Wigilia")},
)
#: Twenty moments that a calendar makes hard: evenings, week-ends, a holiday, both changes of the clocks, New Year.
OPENED = [
    datetime(2026, month, day, hour, minute, tzinfo=WARSAW).astimezone(UTC)
    for month, day, hour, minute in (
        (11, 23, 10, 0), (11, 23, 7, 59), (11, 23, 15, 59), (11, 23, 16, 0), (11, 23, 23, 30),
        (11, 27, 15, 40), (11, 28, 12, 0), (11, 29, 23, 59), (12, 23, 15, 30), (12, 24, 10, 0),
        (12, 25, 9, 0), (12, 31, 15, 50), (10, 23, 15, 45), (10, 25, 2, 30), (10, 25, 3, 30),
        (3, 27, 15, 45), (3, 29, 1, 59), (3, 29, 3, 1), (5, 1, 8, 0), (6, 30, 12, 34),
    )
]  # fmt: skip


def test_the_simulator_and_the_engine_agree_in_twenty_cases(plain: Desk) -> None:
    asked = []
    for place, opened_at in enumerate(sorted(OPENED)):
        priority = PRIORITIES[place % 4]
        goals = {each: {"first_reply": 30 + 60 * n, "resolution": 240 * (n + 1)} for n, each in enumerate(PRIORITIES)}
        held = replace(policy(), goals=goals)
        if place == 0:
            plain.promise(held, at=opened_at - timedelta(days=1))
        number = plain.open(opened_at)
        if priority != "normal":
            plain.do(services.set_priority, number, priority, at=opened_at)
        asked.append((number, opened_at, priority))
    for number, opened_at, priority in asked:
        local = opened_at.astimezone(WARSAW)
        query = f"desk=plain&priority={priority}&day={local:%Y-%m-%d}&time={local:%H:%M}"
        with clock.at(opened_at):
            said = plain.house.as_user("admin").get(f"/x/sla_policies/simulator?{query}").text
        stored = plain.clocks(number)
        for (measure, _cycle), row in stored.items():
            card = said.split(f'aria-labelledby="{measure}"')[1].partition("</h2>")[2].partition("</span>")[0]
            assert row.due_at is not None
            due = row.due_at.astimezone(WARSAW)
            assert text_of(card) == f"due {due:%a} {due.day} {due:%b}, {due.hour}:{due:%M}", (local, priority, measure)


def test_a_ticket_of_friday_afternoon_is_due_on_monday() -> None:
    held = Ruleset((policy(calendar="office"),))
    friday = datetime(2026, 11, 27, 15, 40, tzinfo=WARSAW).astimezone(UTC)
    first, solution = simulate(friday, Subject("plain", "concern", "normal"), held, {"office": OFFICE})
    assert first.due_at == datetime(2026, 11, 30, 8, 40, tzinfo=WARSAW)
    assert solution.due_at == datetime(2026, 11, 30, 11, 40, tzinfo=WARSAW)
    assert [part.kind for part in first.clock.stretches] == ["running", "outside", "running"]
    assert [(stage.percent, at) for stage, at in first.stages] == [
        (75, datetime(2026, 11, 30, 8, 25, tzinfo=WARSAW)),
        (100, datetime(2026, 11, 30, 8, 40, tzinfo=WARSAW)),
    ]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("day=2026-02-31", "Write a day such as 2026-11-20 and a time such as 15:40."),
        ("time=25:00", "Write a day such as 2026-11-20 and a time such as 15:40."),
        ("day=9999-12-31", "Choose a day between 1970 and 2199."),
        ("desk=nowhere&service=none&priority=huge", "The policy that holds: Plain."),
    ],
)
def test_what_nobody_can_mean_gets_a_sentence(plain: Desk, query: str, said: str) -> None:
    answer = plain.house.as_user("admin").get(f"/x/sla_policies/simulator?{query}")
    assert answer.status_code == 200
    assert said in text_of(answer.text)


def test_the_simulator_says_when_nothing_is_promised(plain: Desk) -> None:
    plain.promise()
    page = text_of(plain.house.as_user("admin").get("/x/sla_policies/simulator?desk=plain").text)
    assert "No policy fits, so nothing is promised." in page


def trial(desk: Desk, **form: str) -> str:
    """Try something as an administrator, let workers count, and return the page."""
    client = desk.house.as_user("admin")
    with clock.at(later(hours=40)):
        begun = client.post("/x/sla_policies/what-if", data={"desk": "plain", "size": "50", **form})
        assert begun.status_code == 302, begun.text
        assert "Still counting: 0 of at most 50." in text_of(client.get(begun.location).text)
        delivered(desk.house)
        return str(client.get(begun.location).text)


def test_a_policy_that_is_off_is_tried_on_past_tickets_beside_what_holds_and_nothing_happens_to_them(
    plain: Desk,
) -> None:
    strict = policy("strict", goals={"resolution": 60}, enabled=False)
    plain.promise(strict, policy())
    late, quick = plain.open(), plain.open(later(minutes=1))
    for number in (late, quick):
        plain.reply(number, later(minutes=30))
    plain.status(quick, "resolved", later(minutes=40))
    plain.status(late, "resolved", later(hours=2))
    before = {number: (plain.due(number), plain.marks(number), plain.version(number)) for number in (late, quick)}

    page = trial(plain, first="with.strict", second="now")
    rows = {
        text_of(head): [text_of(cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", rest, re.DOTALL)]
        for head, rest in re.findall(r'<th scope="row">(.*?)</th>(.*?)</tr>', page, re.DOTALL)
    }
    assert rows["Tickets to which anything is promised"] == ["2", "2"]
    assert rows["Late tickets"] == ["1 of 2 (50%)", "0 of 2 (0%)"]
    assert rows["Solution: late"] == ["1 of 2 (50%)", "0 of 2 (0%)"]
    assert rows["Breaches told"] == ["1", "0"]
    assert rows[late] == ["Solution +1 h 00 min", "not late"]
    assert quick not in rows
    after = {number: (plain.due(number), plain.marks(number), plain.version(number)) for number in (late, quick)}
    assert after == before
    assert before[late][0] == Due("met")


def test_a_policy_is_tried_alone_even_if_another_one_would_hold(plain: Desk) -> None:
    plain.promise(policy(), policy("second", goals={"first_reply": 10}))
    number = plain.open(MONDAY)
    plain.reply(number, later(minutes=30))
    page = text_of(trial(plain, first="only.second"))
    assert "Only “Second”" in page
    assert f"{number} First reply +20 min" in page


def test_what_is_compared_with_itself_is_tried_once(plain: Desk) -> None:
    page = text_of(trial(plain, first="now", second="now"))
    assert "All policies as they are now" in page
    assert "↔" not in page


def test_what_is_not_there_cannot_be_tried(plain: Desk) -> None:
    client = plain.house.as_user("admin")
    for form in ({"first": "only.gone"}, {"first": "now", "desk": "nowhere"}):
        assert client.post("/x/sla_policies/what-if", data=form).status_code == 404
    assert client.get("/x/sla_policies/what-if/gone").status_code == 404
    assert plain.house.as_user("agent").get("/x/sla_policies/what-if").status_code == 403

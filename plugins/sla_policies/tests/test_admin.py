"""The pages of the administration: policies and calendars, with every mistake named, and every change in the log."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta
from typing import Any

import pytest
from deskcore_sla_policies import calendar_store, rules
from deskcore_sla_policies.calendar_store import Edited
from deskcore_sla_policies.hours import OwnDay, Span
from sqlalchemy import select

from deskcore.audit.models import AuditEntry
from deskcore.errors import Refused
from deskcore.testing import House
from deskcore.testing.people import viewer_of
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as

POLICY = {
    "en": "Urgent things", "pl": "Pilne sprawy", "enabled": "yes", "calendar": "office", "revision": "0",
    "desk": "plain", "urgent.first_reply": "30 min", "urgent.resolution": "1 d", "pause": "on_hold",
    "1.percent": "50", "1.notify": "assignee", "breach.do": "raise_priority", "grace": "5 min",
}  # fmt: skip
WEEK = {f"hours.{day}": "08:00–12:00, 13:00–16:00" for day in range(5)} | {"hours.5": "", "hours.6": ""}
CALENDAR = {"en": "Warehouse", "pl": "Magazyn", "zone": "Europe/Warsaw", "version": "", **WEEK}
HOME = "/x/sla_policies"


@pytest.fixture
def admin(house: House) -> Any:
    return house.as_user("admin")


def held(house: House) -> list[Any]:
    with house.app.test_request_context(), acting_as(viewer_of("admin", "portal")):
        return list(rules.ruleset().policies)


def recorded(house: House) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    with house.app.app_context(), acting_as(SYSTEM) as session:
        wanted = select(AuditEntry).where(AuditEntry.action == "plugin.changed").order_by(AuditEntry.sequence)
        return [(json.loads(entry.before), json.loads(entry.after)) for entry in session.scalars(wanted)]


def test_a_policy_is_added_above_the_others_changed_moved_and_removed(house: House, admin: Any) -> None:
    assert admin.post(f"{HOME}/policies/new", data=POLICY).status_code == 303
    [added] = [policy for policy in held(house) if policy.key == "urgent_things"]
    assert held(house)[0] == added
    assert added.goals == {"urgent": {"first_reply": 30, "resolution": 480}}
    assert (added.grace, added.pauses, added.desks) == (5, {"on_hold"}, {"plain"})
    assert [(stage.percent, [action.kind for action in stage.actions]) for stage in added.stages] == [
        (50, ["notify"]),
        (100, ["raise_priority"]),
    ]
    page = admin.get(f"{HOME}/policies/urgent_things").text
    assert 'value="1 d"' in page
    assert 'value="30 min"' in page
    changed = POLICY | {"revision": "1", "urgent.resolution": "4 h"}
    assert admin.post(f"{HOME}/policies/urgent_things", data=changed).status_code == 303
    assert held(house)[0].goals["urgent"]["resolution"] == 240
    admin.post(f"{HOME}/policies/urgent_things/switch", data={"revision": "2", "on": "0"})
    assert not held(house)[0].enabled
    admin.post(f"{HOME}/policies/urgent_things/remove", data={"revision": "3"})
    assert "urgent_things" not in [policy.key for policy in held(house)]
    log = recorded(house)
    assert [sorted(after) for _before, after in log] == [["policy urgent_things"]] * 3 + [[]]
    assert log[2] == ({"policy urgent_things": {"enabled": True}}, {"policy urgent_things": {"enabled": False}})


def test_the_order_is_changed_and_an_edit_against_an_older_order_is_not_lost_in_silence(
    house: House, admin: Any
) -> None:
    for number, name in enumerate(("First", "Second")):
        admin.post(f"{HOME}/policies/new", data=POLICY | {"en": name, "revision": str(number)})
    assert [policy.key for policy in held(house)[:2]] == ["second", "first"]
    admin.post(f"{HOME}/policies/first/move", data={"revision": "2", "to": "up"})
    assert [policy.key for policy in held(house)[:2]] == ["first", "second"]
    stale = admin.post(f"{HOME}/policies/first", data=POLICY | {"revision": "2"})
    assert stale.status_code == 409
    assert "Somebody changed the policies meanwhile." in stale.text
    assert "Urgent things" in stale.text


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"en": "", "pl": ""}, "Give the policy a name."),
        ({"urgent.first_reply": "soon"}, "Write a time such as 30 min, 4 h or 3 d, not “soon”."),
        ({"urgent.first_reply": "0 min"}, "A promise of no time at all is always broken"),
        ({"urgent.resolution": "3650 d"}, "the longest time is 250 d"),
        ({"urgent.first_reply": "", "urgent.resolution": ""}, "Promise a time to at least one priority."),
        ({"calendar": "moon"}, "Choose a calendar from the list."),
        ({"1.percent": "150"}, "a number from 1 to 99"),
        ({"2.percent": "50"}, "Two warnings come at the same time"),
        ({"breach.assign": "Marek"}, "Enter the e-mail address of an agent."),
    ],
)
def test_what_makes_no_sense_in_a_policy_comes_back_with_what_was_typed(
    admin: Any, wrong: dict[str, str], said: str
) -> None:
    answer = admin.post(f"{HOME}/policies/new", data=POLICY | wrong)
    assert answer.status_code == 422
    assert said in answer.text
    assert "<title>Error:" in answer.text
    assert 'value="Pilne sprawy"' in answer.text or "pl" in wrong


def test_a_policy_for_everything_and_one_that_never_holds_are_pointed_out(admin: Any) -> None:
    for number, desk in enumerate(("plain", "")):
        admin.post(
            f"{HOME}/policies/new", data=POLICY | {"en": f"For {desk or 'all'}", "desk": desk, "revision": str(number)}
        )
    page = admin.get(f"{HOME}/policies").text
    assert "It holds for every ticket; no policy below it is ever tried." in page
    assert "It never holds: a policy above it takes the same tickets." in page
    assert "nobody promises a solution to the priorities High, Normal, Low" in page


def test_a_calendar_is_made_with_the_holidays_of_the_office_and_shows_a_month(house: House, admin: Any) -> None:
    assert admin.post(f"{HOME}/calendars/new", data=CALENDAR).status_code == 303
    page = admin.get(f"{HOME}/calendars/warehouse?month=2026-12").text
    assert "08:00–12:00, 13:00–16:00" in page
    assert "Boże Narodzenie" in page
    assert "Wigilia" in page  # 24 December is a day off in Poland since 2025
    with house.app.test_request_context(), acting_as(viewer_of("admin", "portal")):
        made = calendar_store.stored_calendar("warehouse")
    assert made.calendar.zone == "Europe/Warsaw"
    assert [sorted(after) for _before, after in recorded(house)][-1] == [
        "calendar warehouse days", "calendar warehouse hours", "calendar warehouse name", "calendar warehouse zone",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({f"hours.{day}": "" for day in range(7)}, "Nobody ever works by this calendar."),
        ({"hours.0": "25:00–26:00"}, "the latest is 24:00"),
        ({"hours.0": "08:00–12:00, 11:00–16:00"}, "Two stretches of working time overlap"),
        ({"hours.0": "22:00–06:00", "hours.1": "05:00–10:00"}, "Two stretches of working time overlap"),
        ({"zone": "Europe/Atlantis"}, "Choose a time zone from the list"),
        ({"en": "", "pl": ""}, "Give the calendar a name."),
    ],
)
def test_what_makes_no_sense_in_a_calendar_comes_back_with_what_was_typed(
    admin: Any, wrong: dict[str, str], said: str
) -> None:
    answer = admin.post(f"{HOME}/calendars/new", data=CALENDAR | wrong)
    assert answer.status_code == 422
    assert said in answer.text
    assert "08:00–12:00" in answer.text or "hours.1" in wrong


@pytest.mark.parametrize(
    ("where", "typed", "field"),
    [
        ("new", {"hours.3": "08:00–12:00, 11:00–16:00"}, "f-hours.3"),
        (
            "office/days",
            {"day": "2026-12-31", "day_name": "Eve", "day_hours": "08:00–12:00, 11:00–16:00"},
            "f-day_hours",
        ),
    ],
)
def test_hours_that_overlap_are_pointed_out_beside_their_day(
    admin: Any, where: str, typed: dict[str, str], field: str
) -> None:
    answer = admin.post(f"{HOME}/calendars/{where}", data=CALENDAR | typed)
    assert answer.status_code == 422
    assert f'href="#{field}">Two stretches of working time overlap' in answer.text


def test_days_of_its_own_are_added_copied_and_removed(house: House, admin: Any) -> None:
    def version() -> str:
        return str(calendar().version)

    def calendar() -> Any:
        with house.app.test_request_context(), acting_as(viewer_of("admin", "portal")):
            return calendar_store.stored_calendar("office")

    day = {"version": "", "day": "2027-05-04", "day_name": "Bridge day", "day_hours": "08:00–12:00"}
    assert admin.post(f"{HOME}/calendars/office/days", data=day).status_code == 303
    assert "Bridge day" in admin.get(f"{HOME}/calendars/office?month=2027-05").text
    stale = admin.post(f"{HOME}/calendars/office/days", data=day)
    assert stale.status_code == 409
    copied = {"version": version(), "country": "PL", "first_year": "2031", "last_year": "2032"}
    assert admin.post(f"{HOME}/calendars/office/holidays", data=copied).status_code == 303
    assert {each.year for each in calendar().calendar.days} >= {2031, 2032}
    gone = {"version": version(), "remove": "2027-05-04"}
    assert admin.post(f"{HOME}/calendars/office/days/remove", data=gone).status_code == 303
    assert "Bridge day" not in admin.get(f"{HOME}/calendars/office?month=2027-05").text
    for wrong in ({"day": "tomorrow"}, {"day_name": ""}, {"day_hours": "8 to 4"}):
        assert admin.post(f"{HOME}/calendars/office/days", data=day | wrong | {"version": version()}).status_code == 422
    century = {"version": version(), "country": "PL", "first_year": "2000", "last_year": "2099"}
    assert admin.post(f"{HOME}/calendars/office/holidays", data=century).status_code == 422


def test_a_calendar_takes_no_list_of_holidays_without_end(house: House) -> None:
    days = {date(2026, 1, 1) + timedelta(days=number): OwnDay("Closed") for number in range(10_000)}
    edited = Edited("office", {"en": "Office"}, "Europe/Warsaw", (Span(0, 480, 960),))
    with house.app.test_request_context(), acting_as(viewer_of("admin", "portal")), pytest.raises(Refused) as refused:
        calendar_store.save(edited, days)
    [problem] = refused.value.problems
    assert (problem.field, problem.message[:42]) == ("days", "A calendar holds at most 2000 days; remove")


def test_every_country_is_offered_once_under_its_name(admin: Any) -> None:
    page = admin.get(f"{HOME}/calendars/office").text.partition('id="f-country"')[2].partition("</select>")[0]
    offered = re.findall(r'<option value="([A-Z]+)"[^>]*>([^<]*)</option>', page)
    assert {len(code) for code, _name in offered} == {2}
    assert ("PL", "Poland") in offered
    assert len({name for _code, name in offered}) == len(offered) > 200


def test_a_calendar_that_a_policy_counts_by_stays(admin: Any) -> None:
    admin.post(f"{HOME}/calendars/new", data=CALENDAR)
    admin.post(f"{HOME}/policies/new", data=POLICY | {"calendar": "warehouse"})
    refused = admin.post(f"{HOME}/calendars/warehouse/remove", data={})
    assert refused.status_code == 422
    assert "The policy “Urgent things” counts by this calendar." in refused.text
    admin.post(f"{HOME}/policies/urgent_things/remove", data={"revision": "1"})
    assert admin.post(f"{HOME}/calendars/warehouse/remove", data={}).status_code == 303
    assert admin.get(f"{HOME}/calendars/warehouse").status_code == 404


def test_nobody_but_an_administrator_sees_any_of_it(house: House) -> None:
    for role in ("requester", "agent", "lead", "auditor"):
        assert house.as_user(role).get(f"{HOME}/policies").status_code == 403
        assert house.as_user(role).post(f"{HOME}/policies/new", data=POLICY).status_code == 403

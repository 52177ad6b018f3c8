"""The clocks of tickets at run time: read anew whenever something happens, and acted upon once."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from deskcore_sla_policies.models import Followed
from deskcore_sla_policies.policies import Action, Policy, Stage

from deskcore import clock
from deskcore.errors import NotAllowed
from deskcore.people.granting import give_to_plugin
from deskcore.people.services import grant
from deskcore.testing import House
from deskcore.testing.outbox import delivered
from deskcore.testing.people import person_of, viewer_of
from deskcore.testing.tickets import opened_ticket
from deskcore.tickets import services
from deskcore.tickets.due import Due
from deskcore.tickets.loading import find_ticket, ticket_view
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as, unit_of_work
from plugins.sla_policies.tests.conftest import MONDAY, Desk, later, policy

QUARTERS = (Stage(50), Stage(75), Stage(100))


def test_a_ticket_is_due_by_the_clock_that_runs_out_first(plain: Desk) -> None:
    number = plain.open()
    assert plain.due(number) == Due("running", later(hours=1), later(minutes=45))
    plain.reply(number, later(minutes=20))
    assert plain.due(number) == Due("running", later(hours=4), later(hours=3))
    plain.status(number, "resolved", later(hours=2))
    assert plain.due(number) == Due("met")
    assert {key: row.outcome for key, row in plain.clocks(number).items()} == {
        ("first_reply", 1): "met",
        ("resolution", 1): "met",
    }


def test_a_ticket_that_waits_for_somebody_else_is_not_due_and_goes_on_from_where_it_was(plain: Desk) -> None:
    number = plain.open()
    plain.reply(number, later(minutes=20))
    plain.status(number, "waiting_requester", later(hours=1))
    assert plain.due(number) == Due("paused")
    plain.watch(later(hours=5))
    assert plain.said(number) == []
    plain.status(number, "open", later(hours=24))
    assert plain.due(number) == Due("running", later(hours=27), later(hours=26))
    plain.watch(later(hours=24, minutes=1))
    assert plain.said(number) == []


def test_a_clock_changes_neither_version_nor_time_of_a_ticket_so_that_it_stands_in_nobodys_way(plain: Desk) -> None:
    number = plain.open()
    before = plain.version(number)
    plain.watch(later(minutes=50))
    plain.watch(later(minutes=70))
    assert len(plain.said(number)) == 2
    assert plain.version(number) == before


def test_each_warning_and_the_breach_are_said_once_however_often_somebody_looks(plain: Desk) -> None:
    plain.promise(policy(goals={"resolution": 240}, stages=QUARTERS), at=later(hours=-1))
    number = plain.open()
    assert plain.wake_at(number) == later(hours=2, microseconds=1)
    for hours in (1, 2.1, 2.1, 3.5, 4.5, 4.5, 9):
        plain.watch(later(hours=hours))
    assert plain.said(number) == [
        "Solution: 50 % of the time is used up",
        "Solution: 75 % of the time is used up",
        "Solution: the promised time is over",
    ]
    assert plain.wake_at(number) is None


def test_a_clock_of_the_server_that_is_set_back_says_nothing_again(plain: Desk) -> None:
    number = plain.open()
    plain.reply(number, later(minutes=1))
    plain.watch(later(hours=5))
    said = plain.said(number)
    plain.watch(later(hours=2))
    plain.status(number, "on_hold", later(hours=2))
    plain.status(number, "open", later(hours=2, minutes=1))
    plain.watch(later(hours=6))
    assert (
        plain.said(number)
        == said
        == [
            "Solution: 75 % of the time is used up",
            "Solution: the promised time is over",
        ]
    )


def test_what_the_policy_wants_is_done_as_the_plugin_and_what_is_impossible_is_said(plain: Desk) -> None:
    wanted = (Action("raise_priority"), Action("tag", "late"), Action("assign", "nobody@organisation.example"))
    plain.promise(policy(goals={"resolution": 60}, stages=(Stage(100, wanted),)), at=later(hours=-1))
    number = plain.open()
    plain.watch(later(hours=2))
    with plain.house.app.app_context(), plain.as_("agent", "workspace"):
        view = ticket_view(find_ticket(number))
    assert (view.priority, view.tags, view.assignee) == ("high", ("late",), None)
    assert plain.said(number)[0] == "Solution: the promised time is over"
    assert plain.said(number)[1].startswith("Assigning the ticket was not possible: ")


def test_another_priority_means_another_promise_and_leaves_what_was_counted(plain: Desk) -> None:
    goals = {"normal": {"resolution": 240}, "urgent": {"resolution": 120}}
    plain.promise(Policy("both", {"en": "Both"}, goals=goals), at=later(hours=-1))
    number = plain.open()
    assert plain.due(number).at == later(hours=4)
    plain.do(services.set_priority, number, "urgent", at=later(hours=1))
    assert plain.due(number).at == later(hours=2)
    assert plain.clocks(number)[("resolution", 1)].goal == 120 * 60


def test_a_pause_survives_that_the_policy_changes_and_nobody_is_told_of_time_that_passed_before(plain: Desk) -> None:
    number = plain.open()
    plain.reply(number, later(minutes=5))
    plain.status(number, "on_hold", later(hours=1))
    plain.promise(policy(goals={"resolution": 90}, pauses=frozenset()), at=later(hours=3))
    plain.run("policies", later(hours=3))
    # An hour ran before the pause; it runs again since the policy no longer pauses.
    assert plain.due(number) == Due("running", later(hours=3, minutes=30), later(hours=3, minutes=7, seconds=30))
    plain.promise(policy(goals={"resolution": 30}), at=later(hours=3, minutes=10))
    plain.run("policies", later(hours=3, minutes=10))
    assert plain.said(number) == []
    assert plain.marks(number) == {("resolution", 100, False)}
    assert plain.clocks(number)[("resolution", 1)].outcome == "late"


def test_reading_everything_again_changes_nothing(plain: Desk) -> None:
    numbers = [plain.open(), plain.open(later(minutes=3))]
    plain.reply(numbers[0], later(minutes=10))
    plain.reply(numbers[0], later(minutes=40), by="requester")
    plain.status(numbers[0], "resolved", later(hours=1))
    plain.reply(numbers[0], later(hours=2), by="requester")
    plain.watch(later(hours=2))

    def picture() -> list[object]:
        kept = [{key: {**vars(row)} for key, row in plain.clocks(number).items()} for number in numbers]
        for each in (row for clocks in kept for row in clocks.values()):
            each.pop("_sa_instance_state")
        return [kept, [plain.due(number) for number in numbers], [plain.wake_at(number) for number in numbers]]

    before = picture()
    plain.run("catch_up", later(hours=2))
    assert picture() == before


def test_a_ticket_that_comes_to_a_desk_without_a_promise_is_due_no_more(plain: Desk) -> None:
    number = plain.open()
    plain.promise(policy(desks=frozenset({"elsewhere"})), at=later(minutes=5))
    plain.run("policies", later(minutes=5))
    assert plain.due(number) == Due()
    assert plain.clocks(number) == {}


def test_working_time_is_that_of_the_office(plain: Desk) -> None:
    friday_evening = MONDAY + timedelta(days=4, hours=5, minutes=40)  # 15:40 in Warsaw
    number = plain.open(friday_evening)
    assert plain.due(number).at == MONDAY + timedelta(days=6, hours=22, minutes=40)  # Monday, 8:40


def test_a_ticket_that_is_older_than_its_clocks_is_followed_without_a_word_about_its_past(house: House) -> None:
    desk = Desk(house)
    desk.promise(policy(desks=frozenset({"elsewhere"})))
    number = desk.open()
    desk.promise(policy(), at=later(hours=2))
    desk.run("policies", later(hours=2))
    assert desk.said(number) == []
    assert desk.marks(number) == {("first_reply", 75, False), ("first_reply", 100, False)}
    desk.watch(later(hours=3, minutes=1))
    assert desk.said(number) == ["Solution: 75 % of the time is used up"]


def test_a_confidential_desk_is_followed_once_its_lead_lets_the_plugin_in(house: House) -> None:
    desk = Desk(house)
    desk.promise(policy())
    with clock.at(MONDAY):
        number = opened_ticket(house, "concern", {"about": "A quiet word"}, desk="elsew").number
        delivered(house)
    assert desk.due(number) == Due()
    with house.app.app_context(), acting_as(SYSTEM):
        give_to_plugin("elsew", "sla_policies", given=True)
    desk.run("catch_up", later(minutes=2))
    assert desk.due(number) == Due("running", later(hours=1), later(minutes=45))
    with house.app.app_context(), acting_as(SYSTEM):
        give_to_plugin("elsew", "sla_policies", given=False)
    with house.app.test_request_context(), acting_as(viewer_of("admin", "portal")), pytest.raises(NotAllowed):
        give_to_plugin("elsew", "sla_policies", given=True)


def test_the_lead_of_a_confidential_desk_gives_it_to_the_plugin_on_the_page_of_its_people(house: House) -> None:
    desk, address = Desk(house), "/agent/members/elsew/plugins/sla_policies"
    desk.promise(policy())
    with house.app.app_context(), acting_as(SYSTEM):
        grant(person_of("other_agent"), "elsew", "lead")
    lead = house.as_user("other_agent")
    assert f'action="{address}"' in lead.get("/agent/members").text
    for nobody in ("admin", "agent", "lead"):
        assert house.as_user(nobody).post(address, data={"on": "1"}).status_code in (403, 404)
    lead.post(address, data={"on": "1"})
    with clock.at(MONDAY):
        number = opened_ticket(house, "concern", {"about": "A quiet word"}, desk="elsew").number
        delivered(house)
    assert desk.due(number) == Due("running", later(hours=1), later(minutes=45))
    lead.post(address, data={"on": "0"})
    with clock.at(later(minutes=5)):
        silent = opened_ticket(house, "concern", {"about": "Another one"}, desk="elsew").number
        delivered(house)
    assert desk.due(silent) == Due()


def test_work_that_begins_when_the_plugin_comes_back_follows_what_it_missed(plain: Desk) -> None:
    plain.watch(MONDAY)
    number = plain.open(later(minutes=1))
    with plain.house.app.app_context(), acting_as(SYSTEM), unit_of_work() as session:
        session.execute(sa.delete(Followed), execution_options={"synchronize_session": False})
    plain.watch(later(minutes=30))
    assert plain.wake_at(number) == later(minutes=46, microseconds=1)


def test_after_a_time_in_which_nobody_looked_each_ticket_gets_what_it_missed_once(plain: Desk) -> None:
    numbers = [plain.open(later(minutes=place)) for place in range(3)]
    quick = plain.open(later(hours=3))
    for _look in range(2):
        plain.run("catch_up", later(hours=3, minutes=30))
    missed = {("first_reply", 75, True), ("first_reply", 100, True), ("resolution", 75, True)}
    for number in numbers:
        assert plain.marks(number) == missed
        assert len(plain.said(number)) == len(missed)
    assert plain.said(quick) == []

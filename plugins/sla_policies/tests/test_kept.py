"""What is stored is what reading again says: through every change there is, and ``fsck`` finds each break."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from deskcore_sla_policies import calendar_store, invariants, watching
from deskcore_sla_policies.calendar_store import Edited
from deskcore_sla_policies.hours import Span
from deskcore_sla_policies.models import Heard
from deskcore_sla_policies.policies import PRIORITIES, Policy
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from deskcore import clock
from deskcore.desks.administration import add_desk
from deskcore.desks.services import refresh
from deskcore.fsck import Finding, check_plugins
from deskcore.hooks.models import PluginState
from deskcore.hooks.state import raise_epoch
from deskcore.people.services import grant
from deskcore.testing.outbox import delivered
from deskcore.testing.people import person_of
from deskcore.testing.switches import plugin_enabled
from deskcore.tickets import services
from deskcore.tickets.due import Due, forget_due_times
from deskcore.tickets.models import Ticket
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as, unit_of_work
from plugins.sla_policies.tests.conftest import MONDAY, Desk, later, policy

CATEGORIES = ("open", "waiting_requester", "on_hold", "resolved", "closed")
WEEKS = (
    tuple(Span(weekday, 8 * 60, 16 * 60) for weekday in range(5)),
    tuple(Span(weekday, 0, 24 * 60) for weekday in range(7)),
    (Span(0, 22 * 60, 30 * 60), Span(2, 9 * 60, 11 * 60), Span(2, 12 * 60, 18 * 60)),
)


def found(desk: Desk) -> list[Finding]:
    with desk.house.app.app_context(), acting_as(SYSTEM):
        return list(check_plugins())


#: What happens, with what: to the ticket by an agent or its requester, or to the rules by an administrator.
happenings = st.one_of(
    st.tuples(st.just("status"), st.sampled_from(CATEGORIES)),
    st.tuples(st.just("priority"), st.sampled_from(PRIORITIES)),
    st.tuples(st.just("desk"), st.sampled_from(("plain", "other"))),
    st.tuples(st.just("policy"), st.integers(10, 3000)),
    st.tuples(st.just("calendar"), st.sampled_from(WEEKS)),
    st.tuples(st.just("reply"), st.sampled_from(("agent", "requester"))),
    st.tuples(st.just("time passes"), st.none()),
)
stories = st.lists(st.tuples(st.integers(1, 60 * 30), happenings), max_size=8)


@pytest.fixture
def two(plain: Desk) -> Desk:
    """Give the plain desk, and another one on which its agent works, too, where other things are promised."""
    with plain.house.app.app_context(), acting_as(SYSTEM):
        add_desk("OTHER", {"en": "Other desk", "pl": "Inny dział"}, confidential=False)
        grant(person_of("agent"), "other", "agent")
        refresh()
    return plain


def happened(desk: Desk, number: str, what: str, value: Any, at: datetime) -> None:
    """Let something happen to a ticket or to the rules, and workers do what follows."""
    if what == "status":
        desk.status(number, value, at)
    elif what == "priority":
        desk.do(services.set_priority, number, value, at=at)
    elif what == "desk":
        desk.do(services.escalate, number, value, "", at=at)
    elif what == "reply":
        desk.reply(number, at, by=value)
    elif what == "policy":
        desk.promise(*promises(value), at=at)
        desk.run("policies", at)
    elif what == "calendar":
        works(desk, value, at)
    desk.watch(at)


def promises(minutes: int) -> list[Policy]:
    goals = {"first_reply": minutes, "next_reply": minutes, "resolution": 3 * minutes}
    return [policy("other", {"resolution": 600}, desks=frozenset({"other"})), policy("plain", goals)]


def works(desk: Desk, week: tuple[Span, ...], at: datetime) -> None:
    """Change the hours of the office."""
    with clock.at(at):
        with desk.as_("admin", "portal"):
            before = calendar_store.stored_calendar("office")
            calendar_store.save(Edited("office", before.name, "Europe/Warsaw", week, before.version), {})
            watching.begin_run("calendar")
        delivered(desk.house)


@settings(
    max_examples=5,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],  # to make a story shorter takes longer than to read it
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(stories)
def test_whatever_happened_on_the_way_what_is_stored_is_what_reading_it_again_says(
    two: Desk, story: list[tuple[int, tuple[str, Any]]]
) -> None:
    at = last_look(two) or MONDAY
    number = two.open(at)
    for minutes, (what, value) in story:
        at += timedelta(minutes=minutes)
        happened(two, number, what, value, at)
        with clock.at(at):
            assert found(two) == []
    with clock.at(at + timedelta(minutes=1)):
        two.run("catch_up", at + timedelta(minutes=1))
        assert found(two) == []


def last_look(desk: Desk) -> datetime | None:
    """Return when anything happened last: the examples of one property follow one another in one installation."""
    with desk.house.app.app_context(), acting_as(SYSTEM) as session:
        return session.scalar(sa.select(sa.func.max(Heard.at)))


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE ticket SET due_at = NULL", "It says that it is due never, and should say 2026-11-23T10:00:00+00:00."),
        (
            "UPDATE sla_policies_clock SET goal = 7 WHERE measure = 'resolution'",
            "The goal of its clock",
        ),
        ("UPDATE sla_policies_clock SET outcome = 'met'", "The outcome of its clock"),
        ("DELETE FROM sla_policies_clock WHERE measure = 'first_reply'", "The clock first_reply 1 is not stored."),
        ("UPDATE sla_policies_clock SET cycle = 2", "The clock first_reply 1 is not stored."),
        ("UPDATE sla_policies_ticket SET wake_at = NULL", "Somebody will look at it never, and should"),
        ("UPDATE sla_policies_ticket SET priority = 'low'", "Reports count it under another desk, priority or team"),
        ("DELETE FROM sla_policies_ticket", "Nobody keeps its clocks."),
    ],
)
def test_each_break_is_found(plain: Desk, statement: str, said: str) -> None:
    plain.open()
    plain.watch(later(minutes=1))
    with clock.at(later(minutes=2)):
        assert found(plain) == []
        with plain.house.app.app_context(), acting_as(SYSTEM), unit_of_work() as session:
            session.execute(sa.text(statement))
        [finding] = found(plain)
    assert (finding.check, finding.where) == ("sla_policies.clocks", "PLAIN-1")
    assert finding.message.startswith(said)


def test_what_nobody_had_time_for_yet_is_no_break(plain: Desk) -> None:
    number = plain.open()
    plain.watch(MONDAY)
    with clock.at(later(hours=9)):
        assert found(plain) == [], "its time is up, and the look of this minute is to come"
        with plain.as_("agent", "workspace"):
            services.set_status(number, "resolved")
        assert found(plain) == [], "the plugin was not told yet"
        delivered(plain.house)
        assert found(plain) == []


def test_a_check_that_fails_is_a_finding_and_no_crash(plain: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    plain.open()
    monkeypatch.setattr(invariants, "latest_run", None)
    [finding] = found(plain)
    assert (finding.where, finding.message[:27]) == ("sla_policies", "This could not be checked: ")
    assert plain.house.failures()


def test_while_the_plugin_is_off_nobody_sees_when_tickets_are_due_and_back_on_it_says_it_anew(plain: Desk) -> None:
    number, agent = plain.open(), plain.house.as_user("agent")
    plain.watch(later(minutes=1))
    with clock.at(later(minutes=20)):
        assert "40 min" in agent.get("/agent/tickets?queue=open").text
        assert api_due(plain, number) == "2026-11-23T10:00:00Z"
    with plugin_enabled(plain.house.app, "sla_policies", False), clock.at(later(minutes=20)):
        page = agent.get("/agent/tickets?queue=open").text
        assert number in page
        assert "40 min" not in page
        assert api_due(plain, number) is None
        forget(plain)
        assert number not in agent.get("/agent/tickets?queue=due").text
        with plain.as_("agent", "workspace"):
            services.set_status(number, "on_hold")
        delivered(plain.house)
    switched_on_at(plain, later(minutes=21))
    assert plain.due(number).at is None
    plain.watch(later(minutes=22))
    assert plain.due(number) == Due("paused"), "what happened meanwhile was not missed, however short it was"
    with clock.at(later(minutes=22)):
        assert found(plain) == []


def test_a_ticket_that_goes_where_nobody_keeps_its_clock_is_due_no_more(plain: Desk) -> None:
    number = plain.open()
    plain.do(services.escalate, number, "elsew", "", at=later(minutes=5))
    with plain.house.app.app_context(), acting_as(SYSTEM) as session:
        assert session.scalars(sa.select(Ticket.due_at)).all() == [None]


def api_due(desk: Desk, number: str) -> Any:
    return desk.house.api("agent").get(f"/api/v1/tickets/{number}").json["due_at"]


def forget(desk: Desk) -> None:
    with desk.house.app.app_context(), acting_as(SYSTEM):
        forget_due_times({})


def switched_on_at(desk: Desk, at: datetime) -> None:
    """Say that the plugin was switched on at a moment of the test's own calendar."""
    with desk.house.app.app_context(), unit_of_work() as session:
        session.execute(sa.update(PluginState).where(PluginState.name == "sla_policies").values(updated_at=at))
        raise_epoch(session)
        refresh()

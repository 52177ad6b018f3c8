"""Out of office: who plans it, what is refused, and who gets the tickets meanwhile, without anybody seeing more."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from hypothesis import given, settings
from hypothesis import strategies as st

from deskcore import clock
from deskcore.audit.models import AuditEntry
from deskcore.errors import Conflict, NotAllowed, NotFound, Refused
from deskcore.events.models import JobRow
from deskcore.events.schemas import current
from deskcore.extensions import db
from deskcore.people.absence_models import Absence
from deskcore.people.absence_news import BEGIN_JOB, TELL_JOB, note_begun
from deskcore.people.absences import (
    Days,
    change_absence,
    end_absence,
    plan_absence,
    possible_deputies,
    seen_of,
    today_of,
)
from deskcore.people.absentees import Absentee, absences_about, absent_on, whoever_is_there
from deskcore.people.models import DeskGrant, Person
from deskcore.people.services import create_person, deactivate, find_person, grant, revoke
from deskcore.runtime import runtime
from deskcore.tickets import services
from deskcore.tickets.loading import find_ticket
from deskcore.tickets.models import Ticket, TicketEvent, TicketParticipant
from deskcore.tickets.opening import NewTicket, open_ticket
from deskcore.tickets.queries import TicketQuery
from deskcore.tickets.undo import offer_undo, undo
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as, unit_of_work

pytestmark = pytest.mark.parametrize("database", ["sqlite", "postgresql"])

Act = Callable[..., Any]
Named = Callable[[str], Person]


@pytest.fixture(scope="module")
def bundled() -> tuple[str, ...]:
    """Name the plugin with a confidential desk, what it needs, and one that hears of absences."""
    return ("approvals", "hr_desk", "notifications")


@pytest.fixture
def away(act: Act, person_named: Named) -> Callable[..., str]:
    """Give ``away("ola.mazur", "marek.nowak", days=3)``: away from today on, with a deputy."""

    def planned(name: str, deputy: str = "", days: int = 3, starts: int = 0) -> str:
        person = person_named(name)
        first = today_of(person) + timedelta(days=starts)
        email = f"{deputy}@meridian.example" if deputy else ""
        with act(name):
            return plan_absence(person, Days(first, first + timedelta(days=days - 1), email))

    return planned


@pytest.fixture
def opens(act: Act, person_named: Named) -> Callable[..., str]:
    """Give ``opens("hr")``: Anna asks a desk."""

    def opened(desk: str = "it") -> str:
        kind = {"it": "incident", "hr": "payroll_question"}[desk]
        with act("anna.kowalska"):
            anna = person_named("anna.kowalska").id
            return open_ticket(NewTicket(desk, kind, "It jams", "It jams!", anna, "portal"))

    return opened


def planned_for(person: Person) -> list[Absence]:
    return list(db.session.scalars(sa.select(Absence).where(Absence.person_id == person.id)))


def assignee(number: str) -> str:
    with acting_as(SYSTEM) as session:
        wanted = sa.select(Person.email).join(Ticket, Ticket.assignee_id == Person.id).where(Ticket.number == number)
        return str(session.scalar(wanted) or "").partition("@")[0]


def told(number: str) -> list[tuple[str, dict[str, Any]]]:
    """Return what the timeline says of assigning, the oldest first."""
    with acting_as(SYSTEM) as session:
        wanted = sa.select(TicketEvent.kind, TicketEvent.data).join(Ticket, Ticket.id == TicketEvent.ticket_id)
        wanted = wanted.where(Ticket.number == number, TicketEvent.kind.in_(("assigned", "left_unassigned")))
        return [(row.kind, row.data) for row in session.execute(wanted.order_by(TicketEvent.seq))]


def test_plugins_hear_of_an_absence_and_once_of_its_beginning(act: Act, person_named: Named) -> None:
    marek, ola = person_named("marek.nowak"), person_named("ola.mazur")
    first = today_of(marek) + timedelta(days=2)
    days = Days(first, first + timedelta(days=3), ola.email, "In hospital")
    with act("marek.nowak"):
        token = plan_absence(marek, days)
        [planned] = planned_for(marek)
        change_absence(marek, token, replace(days, first=first + timedelta(days=1)), seen_of(planned))
    begins = waiting_for(BEGIN_JOB)
    assert [told["kind"] for told in heard()] == ["planned", "changed"]
    with act("marek.nowak"):
        begins_at = planned_for(marek)[0].begins_at
    with time_machine.travel(begins_at + timedelta(minutes=1), tick=False), acting_as(SYSTEM):
        for payload in begins:
            note_begun(payload)
    *_before, begun = heard()
    assert len(heard()) == 3  # the day on which it would have begun before the change is none
    assert (begun["kind"], begun["person"], begun["deputy"]) == ("begun", marek.email, ola.email)
    assert (begun["under_way"], begun["by"]) == (True, "")
    assert "hospital" not in str(heard())


def waiting_for(kind: str) -> list[dict[str, Any]]:
    """Return what the jobs of a kind are given, the oldest first."""
    with acting_as(SYSTEM) as session:
        return list(session.scalars(sa.select(JobRow.payload).where(JobRow.kind == kind).order_by(JobRow.id)))


def heard() -> list[dict[str, Any]]:
    """Return what the plugin is told of absences."""
    return [payload["told"] for payload in waiting_for(TELL_JOB)]


def test_the_log_keeps_that_a_deputy_was_taken_away(act: Act, person_named: Named) -> None:
    marek, ola = person_named("marek.nowak"), person_named("ola.mazur")
    days = Days(today_of(marek), today_of(marek), ola.email)
    with act("marek.nowak"):
        token = plan_absence(marek, days)
        [planned] = planned_for(marek)
        change_absence(marek, token, replace(days, deputy=""), seen_of(planned))
    with acting_as(SYSTEM) as session:
        entry = session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "absence.changed")).one()
    assert (json.loads(entry.before), json.loads(entry.after)) == ({"deputy": ola.email}, {})


def test_an_absence_is_planned_changed_and_ended_by_those_who_may(act: Act, person_named: Named) -> None:
    marek, ola = person_named("marek.nowak"), person_named("ola.mazur")
    today = today_of(marek)
    days = Days(today + timedelta(days=2), today + timedelta(days=4), ola.email, "  In the\nmountains ")
    with act("marek.nowak"):
        token = plan_absence(marek, days)
        assert plan_absence(marek, days) == token  # sent twice, it is planned once
        [planned] = planned_for(marek)
        assert (planned.text, planned.deputy_id) == ("In the mountains", ola.id)
        seen = seen_of(planned)
        change_absence(marek, token, Days(days.first, days.last + timedelta(days=1)), seen)
        with pytest.raises(Conflict):
            change_absence(marek, token, days, seen)
    with act("ola.mazur", "workspace"):  # she leads his desk
        end_absence(marek, token)
        assert planned_for(marek) == []
        with pytest.raises(NotFound):
            end_absence(marek, token)
        plan_absence(marek, Days(today, today))
    with act("admin"):
        plan_absence(marek, Days(today + timedelta(days=9), today + timedelta(days=9)))
    for stranger, area in (("jan.wojcik", "portal"), ("anna.kowalska", "portal"), ("piotr.zielinski", "portal")):
        with act(stranger, area), pytest.raises(NotAllowed):
            plan_absence(marek, Days(today + timedelta(days=20), today + timedelta(days=20)))
    with acting_as(SYSTEM) as session:
        actions = session.scalars(sa.select(AuditEntry.action).order_by(AuditEntry.sequence)).all()
    recorded = [action for action in actions if action.startswith("absence.")]
    kinds = ["planned", "changed", "ended", "planned", "planned"]
    assert recorded == [f"absence.{kind}" for kind in kinds]


def test_days_that_make_no_sense_are_refused_in_words_that_say_what_to_do(act: Act, person_named: Named) -> None:
    marek = person_named("marek.nowak")
    today = today_of(marek)

    def after(days: int) -> date:
        return today + timedelta(days=days)

    with act("marek.nowak"):
        plan_absence(marek, Days(after(5), after(9)))
        for days, field in (
            (Days(after(-1), after(2)), "first"),
            (Days(after(3), after(2)), "last"),
            (Days(after(3), after(900)), "last"),
            (Days(after(9), after(12)), "first"),  # overlaps
            (Days(after(4), after(20)), "first"),
            (Days(after(1), after(2), "marek.nowak@meridian.example"), "deputy"),
            (Days(after(1), after(2), "jan.wojcik@meridian.example"), "deputy"),  # of no common desk
            (Days(after(1), after(2), "nobody@meridian.example"), "deputy"),
            (Days(after(1), after(2), "", "x" * 301), "text"),
        ):
            with pytest.raises(Refused) as refused:
                plan_absence(marek, days)
            assert [problem.field for problem in refused.value.problems] == [field], days
            assert refused.value.message
        plan_absence(marek, Days(after(10), after(12)))  # the day after is free


def test_what_the_helpdesk_assigns_goes_to_the_deputy_and_the_timeline_says_for_whom(
    act: Act, person_named: Named, away: Any, opens: Any
) -> None:
    ola, marek = person_named("ola.mazur"), person_named("marek.nowak")
    away("ola.mazur", "marek.nowak")
    number = opens()
    with acting_as(SYSTEM):
        services.assign(number, ola.email, channel="system")
    assert assignee(number) == "marek.nowak"
    assert told(number) == [("assigned", {"from": None, "to": marek.id, "instead_of": ola.id})]
    assert current("assigned") == 1  # what is added does not change the shape
    by_hand, chosen = opens(), opens()
    with act("marek.nowak", "workspace"):
        services.assign(by_hand, ola.email)
        change = services.assign(chosen, ola.email, stand_in=True)
        assert [assignee(by_hand), assignee(chosen)] == ["ola.mazur", "marek.nowak"]
        assert undo(offer_undo([change])).done == [chosen]
        assert assignee(chosen) == ""
    with act("ola.mazur", "workspace"):
        assert services.take_next(TicketQuery(queue="unassigned")) is not None  # who takes one herself is there


def test_an_absence_ends_by_itself_and_begins_on_its_day(act: Act, person_named: Named, away: Any, opens: Any) -> None:
    ola = person_named("ola.mazur")
    away("ola.mazur", "marek.nowak", days=2, starts=1)
    [planned] = planned_for(ola)
    got = []
    moments = (clock.now(), planned.begins_at, planned.ends_at - timedelta(seconds=1), planned.ends_at)
    for moment in moments:
        with time_machine.travel(moment, tick=False):
            number = opens()
            with acting_as(SYSTEM):
                services.assign(number, ola.email, channel="system")
            got.append(assignee(number))
    assert got == ["ola.mazur", "marek.nowak", "marek.nowak", "ola.mazur"]


def test_deputies_of_deputies_are_asked_and_a_circle_ends_with_nobody(
    act: Act, person_named: Named, away: Any, opens: Any
) -> None:
    ola = person_named("ola.mazur")
    with acting_as(SYSTEM):
        grant(find_person("jan.wojcik@meridian.example"), "it")  # type: ignore[arg-type]
    away("ola.mazur", "marek.nowak")
    token = away("marek.nowak", "jan.wojcik")
    number, circling = opens(), opens()
    with acting_as(SYSTEM):
        services.assign(number, ola.email, channel="system")
    assert assignee(number) == "jan.wojcik"
    with act("marek.nowak"):
        end_absence(person_named("marek.nowak"), token)
    away("marek.nowak", "ola.mazur")
    with acting_as(SYSTEM):
        assert services.assign(circling, ola.email, channel="system") is None
    assert assignee(circling) == ""
    assert told(circling) == [("left_unassigned", {"instead_of": ola.id})]


def test_a_deputy_gets_nothing_of_another_desk_nor_of_named_people_and_nobody_who_left(
    act: Act, person_named: Named, away: Any, opens: Any
) -> None:
    ola, marek = person_named("ola.mazur"), person_named("marek.nowak")
    with acting_as(SYSTEM):
        grant(ola, "hr")
    away("ola.mazur", "marek.nowak")
    secret, named, gone = opens("hr"), opens(), opens()
    with act("ola.mazur", "workspace"):
        services.leave_to_named(named)
    with acting_as(SYSTEM):
        services.assign(secret, ola.email, channel="system")
        services.assign(named, ola.email, channel="system")
    assert [assignee(secret), assignee(named)] == ["", ""]
    with act("marek.nowak", "workspace"):
        for number in (secret, named):
            with pytest.raises(NotFound):
                find_ticket(number)
        assert [each.email for each in absences_about(marek.id)[1]] == [ola.email]
    with acting_as(SYSTEM):
        revoke(marek, "it")
        services.assign(gone, ola.email, channel="system")
        assert assignee(gone) == ""
        assert absences_about(marek.id)[1] == []
        grant(marek, "it")
        deactivate(marek)
        services.assign(gone, ola.email, channel="system")
    assert assignee(gone) == ""
    assert len(told(gone)) == 2


def test_a_lead_learns_of_nobody_who_works_on_a_desk_that_is_not_theirs(act: Act, person_named: Named) -> None:
    marek, jan = person_named("marek.nowak"), person_named("jan.wojcik")
    with acting_as(SYSTEM):
        grant(marek, "hr")
        grant(jan, "hr")
    today = today_of(marek)
    with act("marek.nowak"):
        assert {each.name for each in possible_deputies(marek)} == {"Jan Wójcik", "Ola Mazur"}
        token = plan_absence(marek, Days(today, today, jan.email))
    with act("ola.mazur", "workspace"):
        assert {each.name for each in possible_deputies(marek)} == {"Ola Mazur"}
        with pytest.raises(Refused):
            plan_absence(marek, Days(today + timedelta(days=5), today + timedelta(days=5), jan.email))
        [planned] = planned_for(marek)
        change_absence(marek, token, Days(today, today + timedelta(days=1)), seen_of(planned))
        # Whom she could not see there, she did not take away.
        assert [each.deputy_id for each in planned_for(marek)] == [jan.id]


_IDS = range(1, 6)
_ABSENCES = st.dictionaries(st.sampled_from(_IDS), st.none() | st.sampled_from(_IDS), max_size=5)


@settings(max_examples=30, deadline=None)
@given(deputies=_ABSENCES, may=st.sets(st.sampled_from(_IDS)), asked=st.sampled_from(_IDS))
def test_resolving_ends_with_somebody_who_is_there_and_may_have_it(
    database: str, deputies: dict[int, int | None], may: set[int], asked: int
) -> None:
    until = clock.now()
    away = {one: Absentee(one, "", "", until, deputy_id=deputy) for one, deputy in deputies.items()}
    found = whoever_is_there(asked, away, may.__contains__)
    assert found is None or (found not in away and found in may)
    if asked not in away:
        assert found == (asked if asked in may else None)


def test_whoever_gets_a_ticket_by_itself_may_see_it_and_is_there(act: Act, person_named: Named, opens: Any) -> None:
    number, secret = opens(), opens("hr")
    with acting_as(SYSTEM):
        people = [create_person(f"agent{place}@meridian.example", f"Agent {place}") for place in range(4)]
    desks = {"it": number, "hr": secret}
    today = today_of(people[0])

    @settings(max_examples=20, deadline=None)
    @given(
        works=st.lists(st.sets(st.sampled_from(("it", "hr")), min_size=1), min_size=4, max_size=4),
        deputies=st.lists(st.none() | st.integers(0, 3), min_size=4, max_size=4),
        absent=st.sets(st.integers(0, 3), min_size=1),
        asked=st.integers(0, 3),
        named=st.booleans(),
    )
    def holds(works: list[set[str]], deputies: list[int | None], absent: set[int], asked: int, named: bool) -> None:
        with acting_as(SYSTEM) as session:
            _set(session, people, works, deputies, absent, today)
            for desk in works[asked]:
                ticket = desks[desk]
                services.assign(ticket, None)
                _show(session, ticket, "named" if named else "desk", people[asked])
                services.assign(ticket, people[asked].email, channel="system")
                got = session.scalars(sa.select(Ticket).where(Ticket.number == ticket)).one().assignee_id
                away = absent_on(runtime().catalogue.desk(desk).id)
                assert got is None or got not in away
                assert got is None or desk in works[[each.id for each in people].index(got)]
                assert not named or got in (None, people[asked].id)

    holds()


def _set(session: Any, people: list[Person], works: Any, deputies: Any, absent: Any, today: date) -> None:
    """Let people work on desks and be away, in the place of whatever was before."""
    ids = [each.id for each in people]
    with unit_of_work():
        session.execute(sa.delete(Absence))
        session.execute(sa.delete(DeskGrant).where(DeskGrant.person_id.in_(ids)))
        for place, desks in enumerate(works):
            for desk in desks:
                session.add(DeskGrant(person_id=ids[place], desk_id=runtime().catalogue.desk(desk).id, role="agent"))
        session.flush()
        for place in absent:
            deputy = deputies[place]
            common = deputy is not None and deputy != place and works[place] & works[deputy]
            email = people[deputy].email if common else ""
            plan_absence(people[place], Days(today, today, email))


def _show(session: Any, number: str, visibility: str, member: Person) -> None:
    with unit_of_work():
        ticket = session.scalars(sa.select(Ticket).where(Ticket.number == number)).one()
        ticket.visibility = visibility
        gone = sa.delete(TicketParticipant).where(TicketParticipant.ticket_id == ticket.id)
        session.execute(gone.where(TicketParticipant.role == "member"))
        if visibility == "named":
            session.add(TicketParticipant(ticket_id=ticket.id, person_id=member.id, role="member"))

"""Merging tickets: nothing is lost, nobody sees more than before, and no order of merges leads in a circle."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from deskcore import clock
from deskcore.errors import Conflict, DeskcoreError, NotAllowed, NotFound, Refused
from deskcore.extensions import db
from deskcore.fsck import check_all
from deskcore.people.models import Person
from deskcore.people.services import grant
from deskcore.runtime import runtime
from deskcore.tickets import services
from deskcore.tickets.agent_models import TicketMerge
from deskcore.tickets.loading import find_ticket
from deskcore.tickets.merged import destination, joined
from deskcore.tickets.models import Ticket, TicketEvent, TicketLink, TicketParticipant
from deskcore.tickets.opening import NewTicket, open_ticket
from deskcore.tickets.pages import history
from deskcore.tickets.services.merging import preview
from deskcore.tickets.undo import KEPT, offer_undo, undo
from deskcore.viewer import SYSTEM, Viewer
from deskcore.work import acting_as
from tests.replies import let_replies_go_out

Act = Callable[..., Any]
Named = Callable[[str], Person]
Opens = Callable[..., str]
#: Random runs of the state test; each is a dozen steps.
RUNS = int(os.environ.get("MERGE_RUNS", "4"))


@pytest.fixture(scope="module")
def bundled() -> tuple[str, ...]:
    """Name the plugins with a confidential desk and with another open one."""
    return ("approvals", "finance_desk", "hr_desk")


@pytest.fixture
def opens(act: Act, person_named: Named) -> Opens:
    """Give ``opens("anna.kowalska", "It jams")``: that person asks IT, or another desk."""

    def opened(name: str = "anna.kowalska", subject: str = "It jams", desk: str = "it") -> str:
        kinds = {"it": "incident", "hr": "payroll_question", "finance": "payment_status"}
        with act(name):
            return open_ticket(NewTicket(desk, kinds[desk], subject, f"{subject}!", person_named(name).id, "portal"))

    return opened


@pytest.fixture
def marek(act: Act) -> Iterator[None]:
    """Let Marek act, from the workspace."""
    with act("marek.nowak", "workspace"):
        yield


def as_it_is(number: str) -> dict[str, Any]:
    """Return what a ticket is, for whoever may look at everything."""
    with acting_as(SYSTEM) as session:
        ticket = find_ticket(number)
        part = sa.select(TicketParticipant.role, Person.name).join(Person, Person.id == TicketParticipant.person_id)
        people = session.execute(part.where(TicketParticipant.ticket_id == ticket.id)).all()
        links = sa.select(TicketLink.kind).where(TicketLink.ticket_id == ticket.id)
        there = destination(ticket)
        return {
            "status": ticket.status,
            "resolved": ticket.resolved_at is not None,
            "into": there.number if there else None,
            "people": sorted((role, name) for role, name in people),
            "links": list(session.scalars(links)),
        }


def kinds(number: str) -> list[str]:
    """Return the kinds of the lines of a ticket's timeline."""
    with acting_as(SYSTEM):
        return [entry.kind for entry in history(find_ticket(number))]


def check() -> None:
    """Every invariant holds."""
    with acting_as(SYSTEM) as session:
        assert check_all(session).findings == []


def test_a_merged_ticket_is_closed_and_linked_and_its_words_stand_with_the_other(opens: Opens, act: Act) -> None:
    source, target = opens("jan.wojcik", "Printer"), opens()
    with act("jan.wojcik"):
        services.reply(source, "Still the same.")
    with act("marek.nowak", "workspace"):
        services.note(source, "Between us")
        change = services.merge(source, target)
        assert change is not None
        [came] = joined(find_ticket(target))
        written = [entry.body for entry in came.entries]
    assert (came.ticket.number, written) == (source, ["Printer!", "Still the same.", "Between us"])
    assert as_it_is(source) | {"people": []} == {
        "status": "closed", "resolved": True, "into": target, "people": [], "links": ["duplicate"]
    }  # fmt: skip
    assert ("follower", "Jan Wójcik") in as_it_is(target)["people"]
    assert kinds(source)[-2:] == ["status_changed", "merged"]
    assert kinds(target)[-2:] == ["participant_added", "joined"]
    check()


def test_whoever_asked_reads_in_the_portal_what_both_hold_and_the_other_one_only_the_own(
    opens: Opens, act: Act
) -> None:
    source, target = opens("jan.wojcik", "Printer"), opens()
    with act("marek.nowak", "workspace"):
        services.note(source, "Between us")
        services.merge(source, target)
    with act("jan.wojcik"):
        [came] = joined(find_ticket(target))
        assert [entry.body for entry in came.entries] == ["Printer!"]
        assert destination(find_ticket(source)) is not None
    with act("anna.kowalska"):
        assert joined(find_ticket(target)) == []
        with pytest.raises(NotFound):
            find_ticket(source)


def test_one_can_leave_out_that_whoever_asked_follows(opens: Opens, act: Act) -> None:
    source, target = opens("jan.wojcik"), opens()
    with act("marek.nowak", "workspace"):
        assert preview(find_ticket(source), find_ticket(target)).follower is not None
        services.merge(source, target, follow=False)
    assert as_it_is(target)["people"] == [("requester", "Anna Kowalska")]
    with act("jan.wojcik"):
        there = destination(find_ticket(source))
        assert there is not None
        assert there.number == ""
        with pytest.raises(Refused, match="another ticket, which you do not see"):
            services.reply(source, "Hello?")


def test_what_was_merged_takes_nothing_more_and_says_where_that_goes(opens: Opens, act: Act) -> None:
    source, target = opens(), opens()
    with act("marek.nowak", "workspace"):
        services.merge(source, target)
        for write in (
            lambda: services.reply(source, "Hello"),
            lambda: services.note(source, "Hello"),
            lambda: services.hold_reply(source, "Hello"),
            lambda: services.set_status(source, "open"),
            lambda: services.reopen(source),
        ):
            with pytest.raises(Refused, match=f"This was merged into {target}"):
                write()
    with act("anna.kowalska"), pytest.raises(Refused, match=f"This was merged into {target}"):
        services.reply(source, "Hello")


def test_a_reply_that_was_on_its_way_is_read_with_the_other_ticket(app: Flask, opens: Opens, act: Act) -> None:
    source, target = opens(), opens()
    with act("marek.nowak", "workspace"):
        services.hold_reply(source, "Restart it.")
        services.merge(source, target)
    let_replies_go_out(app)
    with act("anna.kowalska"):
        [came] = joined(find_ticket(target))
        assert [entry.body for entry in came.entries] == ["It jams!", "Restart it."]
    check()


@pytest.mark.usefixtures("marek")
def test_merging_twice_does_it_once(opens: Opens) -> None:
    source, target = opens(), opens()
    assert services.merge(source, target, key="k") is not None
    assert services.merge(source, target, key="k") is None
    assert services.merge(source, target) is None
    assert kinds(target).count("joined") == 1


def test_what_makes_no_sense_is_refused_with_a_sentence(opens: Opens, act: Act) -> None:
    one, other, third, done = opens(), opens(), opens(), opens()
    with act("marek.nowak", "workspace"):
        services.merge(other, third)
        services.set_status(done, "resolved")
        reasons = {
            (one, one): "cannot be merged into itself",
            (one, done): f"{done} is finished",
            (one, other): f"{other} was itself merged into {third}",
            (other, one): f"This ticket was merged into {third} already",
            (third, other): "would lead in a circle",
        }
        for (source, target), words in reasons.items():
            with pytest.raises(Refused, match=words):
                services.merge(source, target)
            with pytest.raises(Refused, match=words):
                preview(find_ticket(source), find_ticket(target))
        with pytest.raises(NotFound):
            services.merge(one, "IT-99999")
        with pytest.raises(Conflict):
            services.merge(one, third, version=99)
    with act("anna.kowalska"), pytest.raises(NotAllowed):
        services.merge(one, third)
    assert as_it_is(one)["status"] == "new"
    check()


def test_nothing_is_merged_across_the_borders_of_a_confidential_desk(
    opens: Opens, act: Act, person_named: Named
) -> None:
    grant(person_named("marek.nowak"), "hr", "agent")
    here, pay, same, others = opens(), opens(desk="hr"), opens(desk="hr"), opens("jan.wojcik", desk="hr")
    with act("marek.nowak", "workspace"):
        for source, target in ((here, pay), (pay, here)):
            with pytest.raises(Refused, match="another one of that desk only"):
                services.merge(source, target)
        with pytest.raises(Refused, match="only tickets of the same person"):
            services.merge(others, pay)
        assert services.merge(same, pay) is not None
    with act("ola.mazur", "workspace"), pytest.raises(NotFound):
        services.merge(here, pay)
    check()


def test_nothing_is_merged_across_circles_of_named_people(opens: Opens, act: Act) -> None:
    wide, mine, ours = opens(), opens(), opens()
    with act("marek.nowak", "workspace"):
        services.leave_to_named(mine)
        services.leave_to_named(ours)
        services.name_person(ours, "ola.mazur@meridian.example")
        for source, target in ((mine, wide), (wide, mine), (mine, ours), (ours, mine)):
            with pytest.raises(Refused, match="not for the same people"):
                services.merge(source, target)
        services.name_person(mine, "ola.mazur@meridian.example")
        assert services.merge(mine, ours) is not None
    check()


def test_of_another_desk_one_reads_only_what_one_reads_anyway(opens: Opens, act: Act, person_named: Named) -> None:
    grant(person_named("marek.nowak"), "finance", "agent")
    grant(person_named("kasia.dabrowska"), "finance", "agent")
    source, target = opens(), opens(desk="finance")
    with act("marek.nowak", "workspace"):
        assert preview(find_ticket(source), find_ticket(target)).elsewhere
        services.merge(source, target)
        assert [came.ticket.number for came in joined(find_ticket(target))] == [source]
    with act("kasia.dabrowska", "workspace"):
        assert joined(find_ticket(target)) == []
    with act("ola.mazur", "workspace"), pytest.raises(Refused, match="which you do not see"):
        services.reply(source, "Hello")


def test_undo_brings_back_the_status_and_takes_the_follower_out(opens: Opens, act: Act) -> None:
    source, target = opens("jan.wojcik"), opens()
    with act("marek.nowak", "workspace"):
        services.set_status(source, "resolved")
    before = as_it_is(source), as_it_is(target)
    with act("marek.nowak", "workspace"):
        token = offer_undo([services.merge(source, target)])
        assert undo(token).done == [source]
        with pytest.raises(Refused, match="too late"):
            undo(token)
    assert (as_it_is(source), as_it_is(target)) == before
    check()


def test_undo_says_when_it_is_too_late_or_somebody_went_on(opens: Opens, act: Act, monkeypatch: Any) -> None:
    source, target, other = opens(), opens(), opens()
    with act("marek.nowak", "workspace"):
        token = offer_undo([services.merge(source, target)])
        late = offer_undo([services.merge(other, target)])
    with act("ola.mazur", "workspace"):
        services.set_tags(source, ["seen"])
    with act("marek.nowak", "workspace"):
        assert undo(token).skipped == [(source, "It was changed since.")]
        present = clock.now()
        monkeypatch.setattr("deskcore.tickets.undo.now", lambda: present + KEPT + timedelta(seconds=1))
        with pytest.raises(Refused, match="too late"):
            undo(late)
    assert as_it_is(source)["into"] == target


def test_a_merge_is_taken_apart_days_later_though_the_other_one_went_on(opens: Opens, act: Act) -> None:
    source, target, end = opens(), opens(), opens()
    with act("marek.nowak", "workspace"):
        services.merge(source, target)
        services.merge(target, end)
    assert (as_it_is(source)["into"], as_it_is(target)["into"]) == (end, end)
    with act("ola.mazur", "workspace"):
        assert [(came.ticket.number, came.under) for came in joined(find_ticket(end))] == [
            (source, find_ticket(target).id),
            (target, find_ticket(target).id),
        ]
        assert services.take_apart(target) == end
        with pytest.raises(Refused, match="was not merged"):
            services.take_apart(target)
    assert (as_it_is(source)["into"], as_it_is(target)["into"]) == (target, None)
    with act("ola.mazur", "workspace"):
        services.take_apart(source)
        assert joined(find_ticket(target)) == joined(find_ticket(end)) == []
    assert as_it_is(source)["status"] == "new"
    check()


def test_two_who_merge_the_same_pair_at_once_in_both_directions_make_one_merge(
    app: Flask, opens: Opens, viewer_named: Callable[..., Viewer]
) -> None:
    one, other = opens(), opens()
    viewers = viewer_named("marek.nowak", "workspace"), viewer_named("ola.mazur", "workspace")
    db.session.remove()
    start, said = Barrier(2), []

    def merging(viewer: Viewer, source: str, target: str) -> None:
        with app.app_context():
            start.wait()
            with acting_as(viewer):
                try:
                    said.append(services.merge(source, target) is not None)
                except Refused as refusal:
                    said.append(refusal.message)

    threads = [
        Thread(target=merging, args=(viewers[0], one, other)),
        Thread(target=merging, args=(viewers[1], other, one)),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert said.count(True) == 1
    assert any("circle" in str(each) for each in said)
    check()


class Merges(RuleBasedStateMachine):
    """Tickets that are merged, taken apart and undone in any order."""

    open_one: Callable[[], str]
    viewer: Viewer

    @initialize()
    def begin(self) -> None:
        self.numbers = [type(self).open_one() for _place in range(4)]
        self.tokens: list[str] = []

    def _try(self, what: Callable[[], Any]) -> Any:
        with acting_as(self.viewer):
            try:
                return what()
            except DeskcoreError:
                return None

    @rule(one=st.integers(0, 3), other=st.integers(0, 3))
    def merge(self, one: int, other: int) -> None:
        numbers = self.numbers
        token = self._try(lambda: offer_undo([services.merge(numbers[one], numbers[other])]))
        self.tokens += [token] if token else []

    @rule(one=st.integers(0, 3))
    def take_apart(self, one: int) -> None:
        self._try(lambda: services.take_apart(self.numbers[one]))

    @rule()
    def undo(self) -> None:
        if self.tokens:
            self._try(lambda: undo(self.tokens.pop()))

    @invariant()
    def nothing_leads_in_a_circle_and_every_end_is_open_to_more(self) -> None:
        if not hasattr(self, "numbers"):
            return
        with acting_as(SYSTEM) as session:
            rows = {row.ticket_id: row for row in session.scalars(sa.select(TicketMerge))}
            for row in rows.values():
                at, steps = row.ticket_id, 0
                while at in rows and steps <= len(rows):
                    at, steps = rows[at].into_id, steps + 1
                assert at == row.end_id
                assert at not in rows
            closed = session.scalars(sa.select(Ticket.id).where(Ticket.status_category == "closed"))
            assert set(closed) == set(rows)
            marks = sa.select(TicketEvent.ticket_id).where(TicketEvent.kind == "merged")
            assert set(rows) <= set(session.scalars(marks))

    def teardown(self) -> None:
        check()


def test_no_order_of_merges_leads_in_a_circle(opens: Opens, viewer_named: Callable[..., Viewer]) -> None:
    class Here(Merges):
        open_one = staticmethod(opens)
        viewer = viewer_named("marek.nowak", "workspace")

    assert runtime().catalogue.desk("it")
    run_state_machine_as_test(Here, settings=settings(max_examples=RUNS, stateful_step_count=10, deadline=None))

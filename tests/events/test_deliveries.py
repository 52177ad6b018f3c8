"""From an event to the plugins that listen: at least once, in order, and to everybody who is switched on."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable
from datetime import timedelta
from threading import Thread
from typing import Any

import sqlalchemy as sa
from flask import Flask

from deskcore.clock import now
from deskcore.events import leases
from deskcore.events.models import Delivery, Subscription
from deskcore.extensions import db
from deskcore.hooks.markers import hookimpl
from deskcore.hooks.models import PluginState
from deskcore.runtime import runtime
from deskcore.tickets import dead_letters, deliveries, services
from deskcore.tickets.loading import find_ticket
from deskcore.tickets.models import TicketEvent
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as, unit_of_work

from .conftest import Act, Listener, Open, bury, column, later, plug_in, set_all, set_state, states, work

Note = Callable[[str], None]


def pending() -> int:
    """Return how many events still wait for their deliveries."""
    with acting_as(SYSTEM) as session:
        return session.scalar(sa.select(sa.func.count()).select_from(TicketEvent).where(TicketEvent.pending)) or 0


def test_a_subscriber_hears_of_each_event_once_and_in_order(
    app: Flask, act: Act, listener: Listener, number: str
) -> None:
    with act("marek.nowak", "workspace"):
        services.reply(number, "Hello")
        services.set_priority(number, "high")
    work(app)
    work(app)
    assert listener.kinds == ["opened", "message_added", "status_changed", "priority_changed"]
    assert pending() == 0
    assert set(states()) == {"done"}


def test_a_handler_works_as_its_plugin_with_the_desks_it_was_given(app: Flask, listener: Listener, number: str) -> None:
    work(app)
    assert listener.seen_as.area == "plugin"
    assert listener.seen_as.plugin == "listener"
    assert dict(listener.seen_as.desk_roles) == {}


def test_no_id_of_the_database_reaches_a_plugin(app: Flask, act: Act, listener: Listener, opened: Open) -> None:
    first, second = opened(), opened()
    with act("marek.nowak", "workspace"):
        services.assign(second, "ola.mazur@meridian.example")
        services.escalate(second, "it", "l2")
        services.link(second, first, "related")
    work(app)
    told = {event.kind: dict(event.data) for event in listener.events if event.number == second}
    assert told["opened"]["desk"] == "it"
    assert told["assigned"]["to"] == "ola.mazur@meridian.example"
    assert told["escalated"]["to"] == "l2"
    assert told["linked"]["other"] == first


def test_a_failing_handler_is_tried_again_and_later_events_of_the_ticket_wait(
    app: Flask, listener: Listener, number: str, note: Note
) -> None:
    listener.failures = 1
    note(number)
    work(app)
    assert listener.heard == []
    assert states() == ["waiting", "waiting"]
    with later(minutes=1):
        work(app)
    assert listener.kinds == ["opened", "note_added"]


def test_another_ticket_does_not_wait_for_a_failing_one(
    app: Flask, listener: Listener, number: str, opened: Open
) -> None:
    listener.failures = 1
    other = opened()
    work(app)
    assert [event_id for _, event_id in listener.heard] == [f"{other}/1"]


def test_after_its_last_attempt_it_is_dead_with_its_reason_and_the_next_event_goes_on(
    app: Flask, listener: Listener, number: str, note: Note
) -> None:
    note(number)
    bury(app, listener)
    assert states() == ["dead", "done"]
    assert listener.kinds == ["note_added"]
    assert column(Delivery.error) == ["ValueError: not now", ""]
    assert "raise self.error" in column(Delivery.trace)[0]


def test_a_dead_one_that_others_have_passed_says_so_when_it_is_tried_again(
    app: Flask, listener: Listener, number: str, note: Note
) -> None:
    note(number)
    bury(app, listener)
    [letter] = dead_letters.dead_letters()
    assert letter.overtaken
    dead_letters.retry(letter.key)
    work(app)
    assert [(event.kind, event.overtaken) for event in listener.events] == [("note_added", False), ("opened", True)]


def test_a_dead_one_that_is_tried_again_in_time_keeps_its_place(
    app: Flask, listener: Listener, number: str, note: Note
) -> None:
    bury(app, listener)
    [letter] = dead_letters.dead_letters()
    assert not letter.overtaken
    dead_letters.retry(letter.key)
    note(number)
    work(app)
    assert [(event.kind, event.overtaken) for event in listener.events] == [("opened", False), ("note_added", False)]


def test_an_event_is_not_delivered_while_an_earlier_one_of_its_ticket_is_still_being_fanned_out(
    app: Flask, listener: Listener, number: str, note: Note
) -> None:
    work(app)
    note(number)
    note(number)
    deliveries.fan_out()
    with acting_as(SYSTEM), unit_of_work() as session:
        # As it looks to others while another worker's fan-out of the first note has not ended.
        second = sa.select(sa.func.min(TicketEvent.id)).where(TicketEvent.kind == "note_added").scalar_subquery()
        session.execute(sa.delete(Delivery).where(Delivery.event_id == second))
        changed = sa.update(TicketEvent).where(TicketEvent.id == second).values(pending=True)
        session.execute(changed, execution_options={"synchronize_session": False})
    assert not deliveries.deliver_next()
    work(app)
    assert [event_id for _, event_id in listener.heard] == [f"{number}/{seq}" for seq in (1, 2, 3)]


def test_two_workers_never_deliver_the_same_event(app: Flask, listener: Listener, number: str, note: Note) -> None:
    for _ in range(10):
        note(number)
    threads = [threading.Thread(target=work, args=(app,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    work(app)
    assert [event_id for _, event_id in listener.heard] == [f"{number}/{seq}" for seq in range(1, 12)]


def test_nothing_is_written_when_there_is_nothing_to_do(app: Flask, app_context: Flask, count_statements: Any) -> None:
    work(app)
    with count_statements() as seen:
        work(app)
    assert all(statement.startswith("SELECT") for statement in seen)


def test_a_plugin_that_is_switched_on_later_starts_at_the_present(app: Flask, app_context: Flask, opened: Open) -> None:
    first = opened()
    work(app)
    late = Listener()
    plug_in("late", late)
    work(app)
    assert late.heard == []
    second = opened()
    work(app)
    assert {event_id for _, event_id in late.heard} == {f"{second}/1"}
    assert first != second


def test_what_waits_for_a_plugin_that_is_off_rests_and_nothing_new_is_kept_for_it(
    app: Flask, listener: Listener, number: str, opened: Open
) -> None:
    work(app)
    second = opened()
    deliveries.fan_out()
    set_state("listener", "disabled", wanted=False)
    opened()
    work(app)
    assert states() == ["done", "waiting"]
    set_state("listener", "enabled")
    work(app)
    assert [event_id for _, event_id in listener.heard] == [f"{number}/1", f"{second}/1"]


def test_what_happens_while_a_plugin_is_paused_it_hears_of_afterwards(
    app: Flask, listener: Listener, number: str, note: Note
) -> None:
    runtime().plugins.breaker.open("listener")
    work(app)
    note(number)
    work(app)
    assert (listener.heard, states()) == ([], ["waiting", "waiting"])
    runtime().plugins.breaker.close("listener")
    work(app)
    assert listener.kinds == ["opened", "note_added"]


def test_a_process_without_the_plugin_keeps_events_for_it_and_leaves_them_to_others(
    app: Flask, listener: Listener, number: str, opened: Open
) -> None:
    work(app)
    whole = runtime().plugins
    with unit_of_work() as session:
        session.execute(sa.update(PluginState).where(PluginState.name == "listener").values(state="missing"))
    runtime().plugins = runtime().plugins.refreshed(db.session)
    without = runtime().plugins.manager.unregister(name="listener")
    runtime().plugins = dataclasses.replace(runtime().plugins, loaded=frozenset({"it_desk"}))
    second = opened()
    work(app)
    assert states() == ["done", "waiting"]
    whole.manager.register(without, "listener")
    runtime().plugins = whole
    work(app)
    assert [event_id for _, event_id in listener.heard] == [f"{number}/1", f"{second}/1"]


def test_a_hook_that_a_plugin_no_longer_has_is_forgotten_and_its_deliveries_end(
    app: Flask, listener: Listener, number: str
) -> None:
    deliveries.subscribe()
    deliveries.fan_out()
    plugins = runtime().plugins
    plugins.manager.unregister(name="listener")

    class Deaf:
        @hookimpl
        def message_added(self, event: Any, ticket: Any) -> None:
            """Hear of messages only."""

    plugins.manager.register(Deaf(), "listener")
    work(app)
    assert states() == ["done"]
    hooks = sa.select(Subscription.hook).where(Subscription.plugin == "listener")
    assert db.session.scalars(hooks).all() == ["message_added"]


def test_workers_that_start_together_record_the_subscriptions_without_getting_in_each_others_way(
    app: Flask, listener: Listener
) -> None:
    together, failed = threading.Barrier(4), []

    def start() -> None:
        with app.app_context():
            together.wait(30)
            try:
                deliveries.subscribe()
            except Exception as error:
                failed.append(error)

    for _ in range(5):
        with unit_of_work() as session:
            session.execute(sa.delete(Subscription))
        threads = [threading.Thread(target=start) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert failed == []
    assert len(db.session.scalars(sa.select(Subscription.hook)).all()) >= 3


def test_what_waits_for_one_subscriber_never_holds_up_another(
    app: Flask, listener: Listener, opened: Open, count_statements: Any
) -> None:
    quiet = Listener()
    plug_in("quiet", quiet)
    runtime().plugins.breaker.open("listener")
    for _ in range(5):
        opened()
    work(app)
    assert len(quiet.heard) == 5
    assert states().count("waiting") == 5


def test_the_assignee_that_a_plugin_chooses_gets_the_ticket_though_it_changed_meanwhile(
    app: Flask, act: Act, listener: Listener, number: str, note: Note
) -> None:
    def elsewhere() -> None:
        with app.app_context():
            note(number)

    class Chooser:
        asked = 0

        @hookimpl
        def choose_assignee(self, ticket: Any) -> str:
            """Choose, while somebody else writes to the ticket."""
            self.asked += 1
            if self.asked == 1:
                somebody = Thread(target=elsewhere)
                somebody.start()
                somebody.join()
            return "marek.nowak@meridian.example"

    plug_in("chooser", Chooser())
    work(app)
    with later(minutes=1):
        work(app)
    with act("marek.nowak", "workspace"):
        assignee = find_ticket(number).assignee
    assert assignee is not None
    assert assignee.name == "Marek Nowak"


def test_an_error_about_a_confidential_ticket_is_recorded_without_its_words(
    app: Flask, listener: Listener, number: str, monkeypatch: Any
) -> None:
    told: list[str] = []
    monkeypatch.setattr(runtime().callers, "failed", lambda plugin, slot, error: told.append(str(error)))
    catalogue = runtime().catalogue
    secret = {"it": dataclasses.replace(catalogue.desks["it"], confidential=True)}
    runtime().catalogue = dataclasses.replace(catalogue, desks=dict(catalogue.desks) | secret)
    listener.failures, listener.error = 1, ValueError("Anna is ill")
    work(app)
    assert told == ["ValueError"]
    assert column(Delivery.error) == ["ValueError"]
    [trace] = column(Delivery.trace)
    assert "raise self.error" in trace
    assert "ill" not in trace


def test_a_delivery_whose_lease_ran_out_is_taken_over_at_once_and_a_second_time_after_a_pause(
    app: Flask, listener: Listener, number: str
) -> None:
    deliveries.subscribe()
    deliveries.fan_out()
    for attempts in (1, 2):
        assert deliveries._claim() is not None
        assert deliveries._claim() is None
        assert column(Delivery.attempts) == [attempts]
        set_all(Delivery, lease_until=now() - timedelta(seconds=1))
    assert deliveries._claim() is None
    assert column(Delivery.error) == ["The worker that was at it ended or was stopped."]
    with later(minutes=1):
        work(app)
    assert listener.kinds == ["opened"]


def test_work_that_ends_its_workers_is_dead_in_the_end(app: Flask, listener: Listener, number: str) -> None:
    deliveries.subscribe()
    deliveries.fan_out()
    assert deliveries._claim() is not None
    set_all(Delivery, attempts=leases.MAX_ATTEMPTS, lease_until=now() - timedelta(seconds=1))
    assert deliveries._claim() is None
    assert states() == ["dead"]

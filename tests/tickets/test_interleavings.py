"""Several people at one ticket: whoever writes over something unseen is told, and nothing that was written is lost.

``make test-interleavings`` runs 10,000 random interleavings and prints what came of them.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from conftest import app_with_dummy
from deskcore.desks.models import DeskRow
from deskcore.desks.services import refresh
from deskcore.errors import Conflict, Refused
from deskcore.extensions import db
from deskcore.fsck import check_all
from deskcore.hooks.contributions import Status
from deskcore.people.models import Person
from deskcore.people.services import find_person, grant
from deskcore.runtime import runtime
from deskcore.tickets import services
from deskcore.tickets.conversation_models import Message, Note
from deskcore.tickets.loading import find_ticket
from deskcore.tickets.models import Ticket, TicketEvent
from deskcore.tickets.opening import NewTicket, open_ticket
from deskcore.tickets.services import statuses
from deskcore.viewer import SYSTEM, Viewer
from deskcore.work import acting_as, unit_of_work

AGENTS = ("marek.nowak", "ola.mazur", "kasia.dabrowska")
DESKS = ("it", "dummy")
TEAMS = {"it": ("l1", "l2", ""), "dummy": ("",)}
#: Random interleavings of one run; each is a dozen steps.
INTERLEAVINGS = int(os.environ.get("INTERLEAVINGS", "40"))
STEPS = 14

agents = st.sampled_from(AGENTS)
writers = st.sampled_from(("anna.kowalska", *AGENTS))


@pytest.fixture
def two_desks(database_url: str, tmp_path: Path) -> Iterator[Flask]:
    """Build an application with a second desk, and let the agents work on both."""
    app = app_with_dummy(tmp_path, database_url)
    with app.app_context():
        for name in AGENTS:
            for desk in DESKS:
                grant(_person(name), desk)
        db.session.remove()
        yield app
        db.session.remove()
        db.engine.dispose()


def _person(name: str) -> Person:
    person = find_person(f"{name}@meridian.example")
    assert person is not None
    return person


def _viewers() -> dict[str, Viewer]:
    desks = {runtime().catalogue.desk(desk).id: "agent" for desk in DESKS}
    found = {name: Viewer(_person(name).id, "workspace", desks) for name in AGENTS}
    found["anna.kowalska"] = Viewer(_person("anna.kowalska").id, "portal")
    db.session.remove()
    return found


def _open(anna: Viewer) -> str:
    assert anna.person_id is not None
    with acting_as(anna):
        answers = {"service": "printer", "what_happened": "It jams", "affected": "me"}
        return open_ticket(NewTicket("it", "incident", "It jams", "", anna.person_id, "portal", answers))


def _stored(number: str) -> dict[str, Any]:
    """Return what the columns of the ticket say."""
    with acting_as(SYSTEM):
        ticket = find_ticket(number)
        return {
            "status": ticket.status,
            "priority": ticket.priority,
            "assignee": ticket.assignee_id,
            "team": ticket.team_id,
            "desk": ticket.desk_id,
            "tags": list(ticket.tags),
            "version": ticket.version,
            "last_seq": ticket.last_seq,
        }


_FOLDED = {
    "status_changed": "status",
    "priority_changed": "priority",
    "assigned": "assignee",
    "escalated": "team",
    "tags_changed": "tags",
    "moved": "desk",
}


def _folded(number: str, state: dict[str, Any]) -> dict[str, Any]:
    """Return what the history makes of a ticket that began as ``state``."""
    state = dict(state)
    with acting_as(SYSTEM) as session:
        wanted = sa.select(TicketEvent.seq, TicketEvent.kind, TicketEvent.data).join(Ticket)
        events = session.execute(wanted.where(Ticket.number == number).order_by(TicketEvent.seq)).all()
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    for event in events:
        if event.kind == "moved":
            state["team"] = None
        if event.kind in _FOLDED:
            key = _FOLDED[event.kind]
            assert event.kind == "moved" or state[key] == event.data["from"], (event.kind, state, event.data)
            state[key] = event.data["to"]
    return state | {"last_seq": len(events)}


def _written(number: str, model: Any) -> list[str]:
    with acting_as(SYSTEM) as session:
        wanted = sa.select(model.body).join(Ticket, Ticket.id == model.ticket_id).where(Ticket.number == number)
        return list(session.scalars(wanted.order_by(model.seq)))


class OneTicket(RuleBasedStateMachine):
    """Agents and a requester, each of whom last looked at the ticket at some moment."""

    viewers: dict[str, Viewer]
    counts: Counter[str]

    @initialize()
    def open(self) -> None:
        self.number = _open(self.viewers["anna.kowalska"])
        self.began = _stored(self.number)
        self.seen = dict.fromkeys(AGENTS, self.began["version"])
        self.messages: list[str] = []
        self.notes: list[str] = []
        self.counts["interleavings"] += 1

    @rule(agent=agents)
    def look(self, agent: str) -> None:
        self.seen[agent] = _stored(self.number)["version"]

    @rule()
    def all_look(self) -> None:
        self.seen = dict.fromkeys(AGENTS, _stored(self.number)["version"])

    @rule(agent=agents, to=st.sampled_from((*AGENTS, "")))
    def assign(self, agent: str, to: str) -> None:
        email = f"{to}@meridian.example" if to else None
        self._write(agent, lambda version: services.assign(self.number, email, version))

    @rule(agent=agents, status=st.sampled_from(("open", "waiting_requester", "on_hold", "resolved", "closed", "new")))
    def set_status(self, agent: str, status: str) -> None:
        self._write(agent, lambda version: services.set_status(self.number, status, version))

    @rule(agent=agents, priority=st.sampled_from(("low", "normal", "high", "urgent")))
    def set_priority(self, agent: str, priority: str) -> None:
        self._write(agent, lambda version: services.set_priority(self.number, priority, version))

    @rule(agent=agents, tags=st.lists(st.sampled_from(("vpn", "mail", "vip")), unique=True))
    def set_tags(self, agent: str, tags: list[str]) -> None:
        self._write(agent, lambda version: services.set_tags(self.number, tags, version))

    @rule(agent=agents, data=st.data())
    def hand_over(self, agent: str, data: st.DataObject) -> None:
        desk = data.draw(st.sampled_from(DESKS))
        team = data.draw(st.sampled_from(TEAMS[desk]))
        self._write(agent, lambda version: services.escalate(self.number, desk, team, version))

    @rule(agent=agents, then=st.sampled_from(("", "waiting_requester", "resolved")))
    def reply_to_what_was_seen(self, agent: str, then: str) -> None:
        text = f"message {len(self.messages)}"
        if self._write(agent, lambda version: services.reply(self.number, text, version=version, then=then)):
            self.messages.append(text)

    @rule(writer=writers)
    def reply(self, writer: str) -> None:
        text = f"message {len(self.messages)}"
        with acting_as(self.viewers[writer]):
            services.reply(self.number, text)
        self.messages.append(text)
        self.counts["replies"] += 1

    @rule(agent=agents)
    def note(self, agent: str) -> None:
        text = f"note {len(self.notes)}"
        with acting_as(self.viewers[agent]):
            services.note(self.number, text)
        self.notes.append(text)
        self.counts["notes"] += 1

    @invariant()
    def nothing_that_was_written_is_lost(self) -> None:
        assert _written(self.number, Message) == self.messages
        assert _written(self.number, Note) == self.notes

    @invariant()
    def the_history_folds_to_the_ticket(self) -> None:
        stored = _stored(self.number)
        assert _folded(self.number, self.began) | {"version": stored["version"]} == stored

    def _write(self, agent: str, write: Callable[[int], object]) -> bool:
        """Write against what the agent saw last, and tell whether it was taken."""
        before = _stored(self.number)
        stale = self.seen[agent] != before["version"]
        try:
            with acting_as(self.viewers[agent]):
                write(self.seen[agent])
        except Conflict:
            assert stale, "a write against the newest version was turned away"
            assert _stored(self.number) == before
            self.counts["conflicts"] += 1
            return False
        except Refused:
            assert _stored(self.number) == before
            self.counts["refused"] += 1
            return False
        assert not stale, "a write went over something that its writer had not seen"
        self.seen[agent] = _stored(self.number)["version"]
        self.counts["written"] += 1
        return True


def test_random_interleavings_lose_nothing_and_overwrite_nothing(two_desks: Flask, database: str) -> None:
    OneTicket.viewers, OneTicket.counts = _viewers(), Counter()
    how_many = INTERLEAVINGS if database == "sqlite" else max(INTERLEAVINGS // 4, 1)
    chosen = settings(settings.default, max_examples=how_many, stateful_step_count=STEPS)
    run_state_machine_as_test(OneTicket, settings=chosen)
    print(f"\n{database}: " + ", ".join(f"{count:,} {what}" for what, count in sorted(OneTicket.counts.items())))  # noqa: T201
    assert OneTicket.counts["conflicts"], "no interleaving ever met a conflict: this test proves nothing"
    with acting_as(SYSTEM) as session:
        assert check_all(session).findings == []


def _at_once(app: Flask, viewers: dict[str, Viewer], write: Callable[[str], None]) -> None:
    """Let everybody ``write`` in a thread of their own, all from the same moment on."""
    start = Barrier(len(viewers))

    def work(name: str) -> None:
        with app.app_context():
            start.wait()
            with acting_as(viewers[name]):
                write(name)
            db.session.remove()

    threads = [Thread(target=work, args=(name,)) for name in viewers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_of_writes_at_the_same_moment_one_wins_and_the_others_are_told(two_desks: Flask) -> None:
    viewers = _viewers()
    number = _open(viewers.pop("anna.kowalska"))
    for turn in range(10):
        version = _stored(number)["version"]
        outcomes: list[str] = []

        def write(name: str, turn: int = turn, version: int = version, outcomes: list[str] = outcomes) -> None:
            try:
                services.set_tags(number, [f"{name}-{turn}"], version)
            except Conflict:
                outcomes.append("told")
            else:
                outcomes.append("won")

        _at_once(two_desks, viewers, write)
        assert sorted(outcomes) == ["told", "told", "won"]


def test_replies_at_the_same_moment_are_all_kept(two_desks: Flask) -> None:
    viewers = _viewers()
    number = _open(viewers["anna.kowalska"])

    def write(name: str) -> None:
        for place in range(10):
            services.reply(number, f"{name} {place}")

    _at_once(two_desks, viewers, write)
    assert sorted(_written(number, Message)) == sorted(f"{name} {place}" for name in viewers for place in range(10))


def test_a_status_of_the_desk_that_the_ticket_has_left_meanwhile_is_refused(
    two_desks: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    viewers = _viewers()
    _add_status("it", "waiting_for_parts")
    number = _open(viewers["anna.kowalska"])
    agreed = statuses.agreed_status

    def agreed_and_then_moved(number: str, key: str, viewer: Viewer) -> Status:
        status = agreed(number, key, viewer)
        with acting_as(viewers["ola.mazur"]):
            services.escalate(number, "dummy", "")
        return status

    monkeypatch.setattr(statuses, "agreed_status", agreed_and_then_moved)
    with acting_as(viewers["marek.nowak"]), pytest.raises(Refused, match="waiting_for_parts"):
        services.set_status(number, "waiting_for_parts")
    assert _stored(number)["status"] == "new"


def _add_status(desk: str, key: str) -> None:
    with acting_as(SYSTEM) as session, unit_of_work():
        row = session.scalars(sa.select(DeskRow).where(DeskRow.key == desk)).one()
        row.statuses = [*row.statuses, {**row.statuses[1], "key": key}]
    refresh()

"""``deskcore demo`` makes Meridian once, whole, and says how to get in."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from deskcore.cli import main
from deskcore.cli.installation import bare_app, entered, full_app
from deskcore.clock import now
from deskcore.demo.meridian import ACCOUNTS, PASSWORD, address, employees
from deskcore.demo.seeding import seed, seeded
from deskcore.extensions import db
from deskcore.fsck import check_all
from deskcore.people.models import Person
from deskcore.people.services import get_person, password_matches
from deskcore.runtime import runtime
from deskcore.tickets.conversation_models import Message
from deskcore.tickets.models import Ticket, TicketEvent, TicketParticipant
from deskcore.worker import Worker
from tests.cli.conftest import Command
from tests.demo import copy_demo

_WAITING = Ticket.status_category == "waiting_approval"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """Give a demo to all tests of this module."""
    folder = tmp_path_factory.mktemp("demo") / "instance"
    copy_demo(tmp_path_factory, worker_id, folder)
    return folder


@pytest.fixture
def at_demo(demo: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DESKCORE_INSTANCE", str(demo))
    return demo


def count(*conditions: sa.ColumnElement[bool], of: type = Ticket) -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(of).where(*conditions)) or 0


@pytest.mark.usefixtures("at_demo")
def test_forty_people_with_managers_in_six_departments() -> None:
    with bare_app():
        people = db.session.scalars(sa.select(Person)).all()
        assert len(people) == 40
        assert len({person.department_id for person in people}) == 6
        assert [person.email for person in people if person.manager_id is None] == [address("elzbieta.sikora")]
        assert {person.email for person in people if person.administrator} == {address("admin")}


@pytest.mark.usefixtures("at_demo")
@pytest.mark.parametrize("account", [account for account, _who in ACCOUNTS])
def test_every_named_account_has_the_demo_password(account: str) -> None:
    with bare_app():
        assert password_matches(get_person(address(account)).password_hash, PASSWORD)


@pytest.mark.usefixtures("at_demo")
def test_the_tickets_keep_every_invariant_and_tell_nobody() -> None:
    with bare_app():
        result = check_all(db.session())
        assert result.checked > 100
        assert result.findings == []
        # Of a request that waits for approval its plugin is still told: with that the approval begins.
        free = sa.select(Ticket.id).where(Ticket.held_by.is_(None))
        assert count(TicketEvent.pending, TicketEvent.ticket_id.in_(free), of=TicketEvent) == 0


@pytest.mark.usefixtures("at_demo")
def test_the_past_is_played_by_agents_and_requesters_alike() -> None:
    with bare_app():
        assert count(Message.from_agent, of=Message) > 50
        assert count(~Message.from_agent, of=Message) > 20
        assert count(Ticket.status_category == "closed") > count(Ticket.status_category == "new") > 0
        span = db.session.execute(sa.select(sa.func.min(Ticket.created_at), sa.func.max(Ticket.created_at))).one()
        assert 45 < (span[1] - span[0]).days < 60


@pytest.mark.usefixtures("at_demo")
def test_nothing_was_done_before_its_ticket_came_or_after_now() -> None:
    with bare_app():
        early = sa.select(sa.func.count()).select_from(TicketEvent).join(Ticket, Ticket.id == TicketEvent.ticket_id)
        assert db.session.scalar(early.where(TicketEvent.at < Ticket.created_at)) == 0
        assert count(TicketEvent.at > now(), of=TicketEvent) == 0
        order = sa.func.lag(TicketEvent.at).over(partition_by=TicketEvent.ticket_id, order_by=TicketEvent.seq)
        steps = sa.select(TicketEvent.at, order.label("before")).subquery()
        assert db.session.scalar(sa.select(sa.func.count()).where(steps.c.at < steps.c.before)) == 0
        anna = Ticket.requester_id == get_person(address("anna.kowalska")).id
        assert count(anna, Ticket.status_category == "waiting_requester") >= 2


@pytest.mark.usefixtures("at_demo")
def test_requests_of_every_desk_that_asks_for_approval_really_wait_for_somebody() -> None:
    app = full_app()
    with entered(app):
        asking = {entry.desk.key for entry in runtime().catalogue.types.values() if entry.type.sections}
    Worker(app).run_once()
    with entered(app):
        waiting = db.session.execute(sa.select(Ticket.id, Ticket.desk_id, Ticket.held_by).where(_WAITING)).all()
        keys = {desk.id: desk.key for desk in runtime().catalogue.desks.values()}
        assert {keys[row.desk_id] for row in waiting} == asking
        assert all(row.held_by for row in waiting)
        asked = sa.select(TicketParticipant.ticket_id, Person.email).join(Person)
        rows = db.session.execute(asked.where(TicketParticipant.role == "approver")).all()
        assert {row.ticket_id for row in rows} == {row.id for row in waiting}
        assert sum(row.email == address("piotr.zielinski") for row in rows) >= 3


@pytest.mark.usefixtures("at_demo")
def test_a_second_run_adds_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo"]) == 0
    said = capsys.readouterr().out
    assert "Added" not in said
    assert "http://127.0.0.1:8000" in said
    assert all(address(account) in said for account, _who in ACCOUNTS)


@pytest.mark.usefixtures("at_demo")
@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1"])
def test_a_demo_does_not_listen_to_the_network(host: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "--host", host]) == 1
    assert "--demo-on-network" in capsys.readouterr().err


def test_a_real_installation_does_not_become_a_demo(run: Command) -> None:
    run("init")
    outcome = run("demo")
    assert outcome.code == 1
    assert "is not a demo" in outcome.err


def test_an_interrupted_seed_leaves_nothing_and_starts_anew(run: Command, instance: Path) -> None:
    run("init")

    def interrupt(what: str) -> None:
        if what != "people":
            raise KeyboardInterrupt

    app = full_app()
    with entered(app), pytest.raises(KeyboardInterrupt):
        seed(interrupt)
    with bare_app():
        assert list(seeded()) == []
        assert count(of=Person) == 0


def test_a_demo_on_the_network_gets_the_name_of_its_host(run: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESKCORE_SAFE_MODE", "1")
    outcome = run("demo", "--on-network")
    assert "http://127.0.0.1" not in outcome.out
    assert "--demo-on-network" in outcome.out


def test_everybody_has_a_manager_who_came_before() -> None:
    seen: set[str] = set()
    for each in employees():
        assert not each.manager or each.manager in seen
        seen.add(each.account)

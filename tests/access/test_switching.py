"""Each desk is switched off and on again while it has tickets: they are read and answered, and nothing is lost."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from deskcore.extensions import db
from deskcore.hooks import state
from deskcore.people.services import grant
from deskcore.runtime import runtime
from deskcore.testing.people import viewer_of
from deskcore.tickets import services
from deskcore.work import acting_as, unit_of_work
from tests.access.company import add_confidential_tickets, ask, build_company
from tests.access.people import add_person, named, sign_in
from tests.access.world import World

#: By plugin: who works there, on which tickets, and what can be asked of it.
DESKS = {
    "hr_desk": ("hr", ("leave", "pay"), "/services/hr-leave-request"),
    "finance_desk": ("finance", ("bank",), "/services/finance-vendor-bank-change"),
    "operations_desk": ("operations", ("idea",), "/services/operations-process-idea"),
    "customer_desk": ("support", ("question",), "/services/customer-customer-question"),
    "approvals": ("hr", ("leave",), ""),
}

IDEA = {"process": "Receiving", "problem": "Papers twice", "idea": "Scan them"}
QUESTION = {"customer": "Nordwind", "product": "api", "question": "Which limit holds?"}


@pytest.fixture(scope="module")
def world(everything_on: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Build the company with tickets on every desk."""
    found = build_company(tmp_path_factory.mktemp("switching"), everything_on, add_tickets)
    sign_in(found, {"operations": "operations", "support": "support"})
    found.keep()
    yield found
    with found.app.app_context():
        db.engine.dispose()


def add_tickets(world: World) -> None:
    """Open a ticket on every desk, and add whoever works there."""
    add_confidential_tickets(world)
    for name, desk in (("operations", "operations"), ("support", "customer")):
        add_person(name)
        grant(named(name), desk)
    world.numbers["idea"] = ask("owner", "operations", "process_idea", IDEA)
    world.numbers["question"] = ask("owner", "customer", "customer_question", QUESTION)


def kept(world: World) -> dict[str, list[tuple[object, ...]]]:
    """Return all rows of tickets and of plugins."""
    plugins = tuple(f"{name}_" for name in DESKS)
    with closing(sqlite3.connect(world.database)) as there:
        names = [name for (name,) in there.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        chosen = [name for name in names if name in ("ticket", "message", "note", "attachment", "ticket_participant")]
        chosen += [name for name in names if name.startswith(plugins)]
        return {name: sorted(there.execute(f'SELECT * FROM "{name}"'), key=repr) for name in chosen}


@pytest.mark.parametrize("plugin", DESKS)
def test_a_desk_is_switched_off_and_on_again_without_loss(world: World, plugin: str) -> None:
    agent, places, service = DESKS[plugin]
    before = kept(world)
    switch(world, plugin, on=False)
    for place in places:
        page = world.look(agent, f"/agent/tickets/{world.numbers[place]}")
        assert page.status_code == 200, place
        with world.app.app_context(), acting_as(viewer_of(f"{agent}@meridian.example", "workspace")):
            services.note(world.numbers[place], "Written while it was off.")
    if service:
        assert world.look("owner", service).status_code == 404
    switch(world, plugin, on=True)
    if service:
        assert world.look("owner", service).status_code == 200
    after = kept(world)
    for table, rows in before.items():
        assert after[table] == rows or table in ("ticket", "note"), table
    assert len(after["ticket"]) == len(before["ticket"])
    assert len(after["note"]) == len(before["note"]) + len(places)
    world.restore()


def switch(world: World, plugin: str, *, on: bool) -> None:
    """Switch a plugin on or off as an administrator does, and with it those that need it."""
    with world.app.app_context(), unit_of_work() as session:
        (state.enable if on else state.disable)(session, runtime().plugins.declarations, plugin)
    world.look("admin", "/admin/plugins")  # the first page after it takes notice

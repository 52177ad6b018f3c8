"""Many tickets are read before anybody waits for it, and what has changed until they are written is read once more."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime

import pytest
from deskcore_sla_policies.following import Ahead, follow, read_ahead
from sqlalchemy import select

from deskcore import clock
from deskcore.desks.services import plugin_viewer
from deskcore.testing.outbox import delivered
from deskcore.testing.sql import Statements
from deskcore.testing.tickets import opened_ticket
from deskcore.tickets import services
from deskcore.tickets.due import Due
from deskcore.tickets.models import Ticket
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as
from plugins.sla_policies.tests.conftest import Desk, later, policy


@contextmanager
def working(desk: Desk, at: datetime) -> Iterator[None]:
    """Be the plugin at a moment."""
    with clock.at(at), desk.house.app.app_context(), acting_as(plugin_viewer("sla_policies")):
        yield


def ids_of(desk: Desk, numbers: Collection[str]) -> list[int]:
    with desk.house.app.app_context(), acting_as(SYSTEM) as session:
        return list(session.scalars(select(Ticket.id).where(Ticket.number.in_(numbers))))


def read(desk: Desk, number: str, at: datetime) -> Ahead:
    with working(desk, at):
        return read_ahead(ids_of(desk, [number]))


def write(desk: Desk, number: str, ahead: Ahead, at: datetime) -> None:
    with working(desk, at):
        follow(ids_of(desk, [number]), quietly=True, ahead=ahead)


def put_on_hold(desk: Desk, number: str, at: datetime) -> None:
    """Let an agent change a ticket of which the plugin is not told yet."""
    with clock.at(at), desk.as_("agent", "workspace"):
        services.set_status(number, "on_hold")


def test_what_was_read_ahead_is_what_is_written(plain: Desk) -> None:
    number = plain.open()
    plain.promise(policy(goals={"resolution": 60}), at=later(minutes=5))
    write(plain, number, read(plain, number, later(minutes=6)), later(minutes=6))
    assert plain.due(number) == Due("running", later(hours=1), later(minutes=45))


def test_a_ticket_that_somebody_changes_between_reading_and_writing_is_read_again(plain: Desk) -> None:
    number = plain.open()
    ahead = read(plain, number, later(minutes=10))
    put_on_hold(plain, number, later(minutes=10))
    write(plain, number, ahead, later(minutes=11))
    assert plain.due(number) == Due("paused")


def test_policies_that_change_between_reading_and_writing_hold(plain: Desk) -> None:
    number = plain.open()
    plain.reply(number, later(minutes=1))
    ahead = read(plain, number, later(minutes=10))
    plain.promise(policy(goals={"resolution": 120}), at=later(minutes=11))
    write(plain, number, ahead, later(minutes=12))
    assert plain.due(number).at == later(hours=2)


def test_a_time_that_ran_out_between_reading_and_writing_stays_over(plain: Desk) -> None:
    plain.promise(policy(goals={"resolution": 60}, stages=()), at=later(minutes=-5))
    number = plain.open()
    ahead = read(plain, number, later(minutes=30))
    with working(plain, later(hours=2)):
        follow(ids_of(plain, [number]))
    assert plain.clocks(number)["resolution", 1].outcome == "late"
    write(plain, number, ahead, later(hours=2))
    assert plain.clocks(number)["resolution", 1].outcome == "late"


def test_a_ticket_that_another_worker_begins_to_follow_meanwhile_is_followed_once(plain: Desk) -> None:
    with clock.at(later()):
        number = opened_ticket(plain.house, "concern", {"about": "A noise"}, desk="plain").number
    ahead = read(plain, number, later(minutes=1))
    with clock.at(later(minutes=2)):
        delivered(plain.house)
    write(plain, number, ahead, later(minutes=3))
    assert sorted(plain.clocks(number)) == [("first_reply", 1), ("resolution", 1)]


@pytest.mark.parametrize("quietly", [True, False])
def test_many_tickets_are_read_and_written_in_as_few_statements_as_some(
    plain: Desk, query_budget: Callable[[int], AbstractContextManager[Statements]], quietly: bool
) -> None:
    few, many = ([plain.open() for _ in range(count)] for count in (3, 12))
    plain.promise(policy(goals={"resolution": 600}), at=later(minutes=5))
    needed = []
    for numbers in (few, many):
        ids = ids_of(plain, numbers)
        with working(plain, later(minutes=6)), query_budget(30) as statements:
            follow(ids, quietly=quietly, ahead=read_ahead(ids))
        needed.append(len(statements))
    assert needed[1] <= needed[0]
    assert {plain.due(number).at for number in (*few, *many)} == {later(days=1, hours=2)}

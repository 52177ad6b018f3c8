"""What happens after the commit: deliveries to plugins, and jobs, done here and now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from deskcore.events.jobs import queue_job
from deskcore.events.models import Claimed, Delivery, JobRow
from deskcore.runtime import runtime
from deskcore.testing.house import House
from deskcore.tickets.deliveries import CORE, hook_of
from deskcore.tickets.models import Ticket, TicketEvent
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as
from deskcore.worker import Worker


@dataclass(frozen=True)
class Delivered:
    """An event that a plugin was told of.

    :param hook: through which it heard.
    :param number: of the ticket.
    """

    plugin: str
    hook: str
    number: str


@dataclass(frozen=True)
class _Piece:
    """A delivery or a job as its row stands."""

    plugin: str
    what: str
    number: str
    state: str
    attempts: int
    error: str
    trace: str


def delivered(house: House) -> list[Delivered]:
    """Do everything that is due, and return what plugins were told, in order.

    :raises AssertionError: when a plugin failed at it, with its trace.
    """
    done = _work(house)
    return [Delivered(one.plugin, one.what, one.number) for one in done if one.number and one.plugin != CORE]


def run_job(house: House, key: str, arguments: Mapping[str, Any]) -> None:
    """Queue a job of the plugin under test and let the worker run it.

    :param key: as the plugin declares it.
    :raises AssertionError: when there is no such job, or it failed, with its trace.
    """
    with house.app.app_context():
        known = [item.value.key for item in runtime().plugins.jobs if item.plugin == house.plugin]
        if key not in known:
            raise AssertionError(f"“{house.plugin}” has no job “{key}”: it has {', '.join(known) or 'none'}.")
        with acting_as(SYSTEM):
            queue_job(f"{house.plugin}.{key}", arguments)
    _work(house)


def catch_up(house: House) -> None:
    """Do everything that is due, whatever fails: for checks of something else."""
    Worker(house.app).run_once()


def _work(house: House) -> list[_Piece]:
    before = _pieces(house)
    catch_up(house)
    fresh = [piece for key, piece in _pieces(house).items() if before.get(key) != piece]
    failed = [piece for piece in fresh if piece.error]
    house.told |= {piece.what if piece.number else f"{piece.plugin}.{piece.what}" for piece in failed}
    if failed:
        listed = "\n".join(
            f"{one.plugin} in {one.what} {one.number}".rstrip() + f": {one.error}\n{one.trace}" for one in failed
        )
        raise AssertionError(f"This failed after the commit, and would be tried again later; correct it.\n{listed}")
    return [piece for piece in fresh if piece.state == "done"]


def _pieces(house: House) -> dict[tuple[str, int], _Piece]:
    """Return deliveries and jobs as they stand, by table and id."""
    with house.app.app_context(), acting_as(SYSTEM) as session:
        wanted = (
            sa.select(Delivery, TicketEvent.kind, TicketEvent.data, Ticket.number)
            .join(TicketEvent, TicketEvent.id == Delivery.event_id)
            .join(Ticket, Ticket.id == Delivery.ticket_id)
            .order_by(Delivery.event_id, Delivery.subscriber)
        )
        deliveries = {
            ("delivery", row.id): _piece(row, row.subscriber, hook_of(kind, data), number)
            for row, kind, data, number in session.execute(wanted)
        }
        jobs = {
            ("job", row.id): _piece(row, row.kind.partition(".")[0], row.kind.partition(".")[2], "")
            for row in session.scalars(sa.select(JobRow).order_by(JobRow.id))
        }
        return deliveries | jobs


def _piece(row: Claimed, plugin: str, what: str, number: str) -> _Piece:
    return _Piece(plugin, what, number, row.state, row.attempts, row.error, row.trace)

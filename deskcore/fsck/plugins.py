"""Whether what plugins keep about tickets is what they say it must be: the invariants that they contribute.

Each is asked about the tickets that its plugin sees, a few at a time, in a transaction that only reads and with a time
that it may take. Nothing that a plugin does there keeps the others from being checked.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import Any

from sqlalchemy import select

from deskcore.desks.services import plugin_viewer
from deskcore.events.models import Delivery
from deskcore.extensions import db
from deskcore.fsck.findings import Finding
from deskcore.hooks import answers
from deskcore.hooks.contributed import Contributed
from deskcore.hooks.installation_parts import Invariant
from deskcore.runtime import runtime
from deskcore.tickets.choosing import ids
from deskcore.tickets.models import Ticket, TicketEvent
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as

#: Tickets that a plugin is asked about at a time, and the seconds that it has for them.
BATCH, SECONDS = 100, 60.0
#: Characters of a sentence that are kept.
_LONGEST = 500


def check_plugins(progress: Callable[[int], None] = lambda checked: None) -> Iterator[Finding]:
    """Yield what active plugins find in what they keep, invariant after invariant.

    :param progress: called with the number of tickets checked so far by the present one.
    """
    for item in runtime().plugins.invariants:
        yield from _checked(item, progress)


def _checked(item: Contributed[Invariant], progress: Callable[[int], None]) -> Iterator[Finding]:
    name, after, done = f"{item.plugin}.{item.value.key}", 0, 0
    while True:
        with acting_as(plugin_viewer(item.plugin)):
            batch = ids(limit=BATCH, after=after)
            found = _asked(item, _told(item.plugin, batch))
            # Somebody may have changed a ticket while it was looked at.
            again = _asked(item, _told(item.plugin, found)) if found else found
        if found is None or again is None:
            yield Finding(name, item.plugin, "This could not be checked: the plugin failed, or took too long.")
            return
        yield from _findings(name, again)
        done += len(batch)
        progress(done)
        if len(batch) < BATCH:
            return
        after = batch[-1]


def _asked(item: Contributed[Invariant], batch: Collection[int]) -> dict[int, str] | None:
    """Return what a plugin says of tickets by id; ``None`` when it has no sensible answer."""

    def call() -> dict[int, str]:
        found: dict[int, str] = {}
        for pair in item.value.check(tuple(batch)):
            ticket_id, said = _pair(pair)
            if ticket_id in batch:
                found[ticket_id] = said
        return found

    if not batch:
        return {}
    asked = runtime().callers.ask(item.plugin, f"invariant {item.value.key}", call, SECONDS)
    return None if asked.error is not None else asked.value


def _pair(given: Any) -> tuple[int, str]:
    if type(given) is not tuple or len(given) != 2 or type(given[0]) is not int or type(given[1]) is not str:
        raise answers.unusable(given)
    return given[0], given[1][:_LONGEST]


def _told(plugin: str, batch: Collection[int]) -> list[int]:
    """Return those of some tickets of which a plugin has been told everything that happened."""
    waiting = select(Delivery.ticket_id).where(
        Delivery.ticket_id.in_(batch), Delivery.subscriber == plugin, Delivery.state == "waiting"
    )
    pending = select(TicketEvent.ticket_id).where(TicketEvent.ticket_id.in_(batch), TicketEvent.pending)
    with acting_as(SYSTEM) as session:
        behind = {*session.scalars(waiting), *session.scalars(pending)}
    return [ticket_id for ticket_id in batch if ticket_id not in behind]


def _findings(name: str, found: dict[int, str]) -> Iterator[Finding]:
    with acting_as(SYSTEM):
        rows = db.session.execute(select(Ticket.id, Ticket.number).where(Ticket.id.in_(found)))
        numbers = {row.id: row.number for row in rows}
    for ticket_id in sorted(found):
        if ticket_id in numbers:
            yield Finding(name, numbers[ticket_id], found[ticket_id])

"""When tickets are due, as the plugin that keeps their clocks says.

It is no change of a ticket: a clock raises no version, so that it never stands in the way of somebody who writes, and
adds nothing to the timeline.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import select

from deskcore.tickets.models import Ticket
from deskcore.work import unit_of_work


@dataclass(frozen=True)
class Due:
    """How a ticket stands with its clock.

    :param state: ``running``, ``paused``, ``met`` or ``late`` once it came to its end; nothing without a clock.
    :param at: when it is due, while the clock runs.
    :param soon_at: from when on it counts as due soon; nothing for the last hour.
    """

    state: Literal["running", "paused", "met", "late"] | None = None
    at: datetime | None = None
    soon_at: datetime | None = None


def set_due(found: Mapping[int, Due]) -> None:
    """Store how tickets stand with their clocks, in the surrounding or an own unit of work.

    Only what differs is written. Tickets that whoever asks does not see are left alone.

    :param found: by the id that rows of the plugin's own tables carry.
    """
    with unit_of_work() as session:
        wanted = select(Ticket).where(Ticket.id.in_(found)).order_by(Ticket.id)
        wanted = wanted.with_for_update(of=Ticket, key_share=True).execution_options(populate_existing=True)
        for ticket in session.scalars(wanted):
            due = found[ticket.id]
            ticket.due_state, ticket.due_at, ticket.due_soon_at = due.state, due.at, due.soon_at

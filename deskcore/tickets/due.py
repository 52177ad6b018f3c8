"""When tickets are due, as the plugin that keeps their clocks says.

It is no change of a ticket: a clock raises no version, so that it never stands in the way of somebody who writes, and
adds nothing to the timeline.

A plugin that does this says ``KEEPS_DUE_TIMES = True`` in its package. While none is switched on, nobody is shown the
times that are stored, and a job forgets those of open tickets, so that lists are not in their order either; the plugin
says them anew when it is back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy import select

from deskcore.runtime import runtime
from deskcore.tickets.models import Ticket
from deskcore.viewer import current_viewer
from deskcore.work import unit_of_work

#: Tickets that are written in one transaction, for whose end others may have to wait.
_PIECE = 500
_BEFORE_ALL = datetime(1970, 1, 1, tzinfo=UTC)


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
    :raises LookupError: for a plugin that does not say that it keeps due times: nobody would be shown them.
    """
    plugin = current_viewer().plugin
    if plugin is not None and plugin not in runtime().plugins.keepers:
        raise LookupError(f"the package of {plugin} says no KEEPS_DUE_TIMES = True")
    with unit_of_work() as session:
        columns = Ticket.id, Ticket.due_state, Ticket.due_at, Ticket.due_soon_at
        wanted = select(*columns).where(Ticket.id.in_(found)).order_by(Ticket.id)
        held = session.execute(wanted.with_for_update(of=Ticket, key_share=True)).all()
        differ = [
            {"id": row.id, "due_state": due.state, "due_at": due.at, "due_soon_at": due.soon_at}
            for row, due in ((row, found[row.id]) for row in held)
            if Due(row.due_state, row.due_at, row.due_soon_at) != due
        ]
        if differ:
            session.execute(sa.update(Ticket), differ)


def are_kept() -> bool:
    """Tell whether anybody keeps due times now."""
    return runtime().plugins.keeps_due_times


def shown_due(ticket: Ticket | sa.Row[Any]) -> datetime | None:
    """Return when a ticket is due, for whoever reads it: nothing while the plugin that said so is switched off."""
    if ticket.due_state is not None and not are_kept():
        return None
    due_at: datetime | None = ticket.due_at
    return due_at


def forget_due_times(payload: Mapping[str, Any]) -> None:
    """Take the due times away from open tickets when nobody keeps them any more; a job.

    Whether a finished ticket was in time stays: that does not change, and is shown again when the plugin is back.
    """
    kept_once = Ticket.due_at.is_not(None), Ticket.due_state.is_not(None)
    some = select(Ticket.id).where(*kept_once).limit(_PIECE)
    forget = sa.update(Ticket).where(Ticket.id.in_(some)).values(due_at=None, due_soon_at=None)
    count = _PIECE
    while count == _PIECE and not are_kept():
        with unit_of_work() as session:
            gone = session.execute(forget.returning(Ticket.id), execution_options={"synchronize_session": False})
            count = len(gone.all())


def heard_since() -> datetime:
    """Return since when the plugin that asks is told of everything that happens to tickets.

    What happened before it was switched on, or on again, it may have missed.

    :raises LookupError: when it is no plugin that asks.
    """
    plugin = current_viewer().plugin
    row = runtime().plugins.states.get(plugin or "")
    if row is None:
        raise LookupError("only a plugin can ask since when it is told")
    return row.updated_at or _BEFORE_ALL

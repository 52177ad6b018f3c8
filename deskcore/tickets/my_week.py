"""What an agent did in the last seven days, in numbers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, func, select

from deskcore.clock import now
from deskcore.extensions import UTCDateTime, db
from deskcore.tickets.conversation_models import Message
from deskcore.tickets.models import Ticket

WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Week:
    """The numbers of a week.

    :param replies: public messages that went out.
    :param in_time: of the tickets that were solved and had a time to keep; ``late`` are the others.
    """

    replies: int
    in_time: int
    late: int


def my_week(person_id: int) -> Week:
    """Return the numbers of somebody, as far as whoever asks sees the tickets, in one statement."""
    return Week(*db.session.execute(_numbers(), {"me": person_id, "since": now() - WEEK}).one())


@cache
def _numbers() -> Select[Any]:
    me, since = bindparam("me", type_=Ticket.id.type), bindparam("since", type_=UTCDateTime())
    sent = select(func.count()).select_from(Message)
    sent = sent.where(Message.author_id == me, Message.at >= since, Message.from_agent)
    solved = select(func.count()).select_from(Ticket)
    solved = solved.where(Ticket.assignee_id == me, Ticket.resolved_at >= since)
    parts = (sent, solved.where(Ticket.due_state == "met"), solved.where(Ticket.due_state == "late"))
    return select(*(part.scalar_subquery() for part in parts))

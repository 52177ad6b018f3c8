"""What a list of tickets is asked for, and in which order: queues, filters, terms of a query text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, select

from deskcore.clock import now
from deskcore.errors import Problem, Refused
from deskcore.tickets.matching import matches
from deskcore.tickets.models import Ticket, TicketParticipant, TicketTag
from deskcore.tickets.query_language.meaning import DUE_SOON, Someone, Wanted, condition
from deskcore.tickets.query_language.moments import bound

PAGE_SIZES = (25, 50, 100)

#: Sort columns by name; every order ends with the id, so that it is total.
SORTS: dict[str, Any] = {
    "updated": Ticket.updated_at,
    "created": Ticket.created_at,
    "priority": Ticket.priority,
    "due": Ticket.due_order,
    "number": Ticket.id,
}


@dataclass(frozen=True)
class TicketQuery:
    """What a list of tickets is asked for; equal to its address.

    :param queue: a built-in queue: ``mine``, ``unassigned``, ``due``, ``waiting``, ``open``, ``finished``,
        ``team`` (those in which the person takes part as manager), ``followed`` (in the portal: those of other people
        in which the person takes part otherwise) or ``all``.
    :param wanted: the terms of a query text, which narrow it further; ``zone`` is where their days begin.
    :param sort: a name in :data:`SORTS`, with ``-`` before it for descending.
    :param after: cursor of the row the page begins behind; ``before``: of the row it ends ahead of.
    """

    queue: str = "open"
    desk_id: int | None = None
    category: str = ""
    priority: int | None = None
    tag: str = ""
    requester_id: int | None = None
    updated_since: datetime | None = None
    text: str = ""
    wanted: tuple[Wanted, ...] = ()
    zone: str = "UTC"
    sort: str = "-updated"
    limit: int = 25
    after: str = ""
    before: str = ""

    @property
    def identity(self) -> str:
        """What a cursor is bound to: everything but the place in the list."""
        return repr(replace(self, after="", before="", limit=0))


def sort_of(sort: str) -> tuple[Any, bool]:
    """Return the column that a list is sorted by, and whether it descends.

    :raises Refused: for an unknown one.
    """
    name = sort.removeprefix("-")
    if name not in SORTS:
        raise Refused(Problem(f"Sort by one of: {', '.join(SORTS)}.", "sort"))
    return SORTS[name], sort.startswith("-")


def conditions(query: TicketQuery, person_id: int | None) -> list[ColumnElement[bool]]:
    """Return the conditions of a query; the viewer's policy comes on top of them by itself.

    :raises Refused: for an unknown queue.
    """
    return conditions_for(query, person_id, query.requester_id)


def conditions_for(query: TicketQuery, me: Someone, requester: Someone) -> list[ColumnElement[bool]]:
    """Return the conditions of a query, where the person who asks and the requester may be parameters.

    :raises Refused: for an unknown queue.
    """
    wanted = _queue(query.queue, me)
    if query.desk_id is not None:
        wanted.append(Ticket.desk_id == query.desk_id)
    if query.category:
        wanted.append(Ticket.status_category == query.category)
    if query.priority is not None:
        wanted.append(Ticket.priority == query.priority)
    if requester is not None:
        wanted.append(Ticket.requester_id == requester)
    if query.updated_since is not None:
        # Asked for at each execution, as "updated:7d" is: statements of either kind are kept under one key.
        wanted.append(Ticket.updated_at >= bound(partial(_same, query.updated_since)))
    if query.tag:
        wanted.append(Ticket.id.in_(select(TicketTag.ticket_id).where(TicketTag.tag == query.tag)))
    if query.text:
        wanted.append(matches(query.text))
    wanted += [condition(each, me, query.zone) for each in query.wanted]
    return wanted


def _same(moment: datetime) -> datetime:
    return moment


def _queue(queue: str, me: Someone) -> list[ColumnElement[bool]]:
    still_open = Ticket.finished.is_(False)
    queues: Mapping[str, list[ColumnElement[bool]]] = {
        "mine": [still_open, Ticket.assignee_id == me],
        "unassigned": [still_open, Ticket.assignee_id.is_(None)],
        "due": [still_open, Ticket.due_at < _soon()],
        "waiting": [Ticket.status_category == "waiting_requester"],
        "open": [still_open],
        "finished": [Ticket.finished.is_(True)],
        "team": [Ticket.requester_id != me, Ticket.id.in_(_parts(me).where(_AS_MANAGER))],
        "followed": [Ticket.requester_id != me, Ticket.id.in_(_parts(me).where(~_AS_MANAGER))],
        "all": [],
    }
    if queue not in queues:
        raise Refused(Problem(f"Choose one of the queues: {', '.join(queues)}.", "queue"))
    return list(queues[queue])


_AS_MANAGER = TicketParticipant.role == "manager"


def _parts(me: Someone) -> sa.Select[int]:
    """Return in which tickets somebody takes part; whether that is over, the policy asks."""
    return select(TicketParticipant.ticket_id).where(TicketParticipant.person_id == me)


def _soon() -> ColumnElement[Any]:
    """Return the moment up to which a ticket is due soon, asked at each execution."""
    return sa.bindparam("soon", callable_=lambda: now() + DUE_SOON, type_=Ticket.due_at.type, unique=True)

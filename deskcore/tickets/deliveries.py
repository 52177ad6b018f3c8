"""From committed events to the plugins that want to know: fan out, claim under a lease, call, finish.

The timeline row is the outbox. A delivery happens at least once and in order per ticket and subscriber; whoever
finishes late, after somebody else took the lease, changes nothing.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import select
from sqlalchemy.orm import Session, aliased, joinedload

from deskcore.clock import now
from deskcore.desks.services import plugin_viewer
from deskcore.errors import DeskcoreError
from deskcore.events.models import Delivery
from deskcore.hooks.errors import HandlerFailed, describe
from deskcore.people.models import Person
from deskcore.runtime import runtime
from deskcore.tickets.loading import ticket_view
from deskcore.tickets.models import Ticket, TicketEvent
from deskcore.tickets.services import assign
from deskcore.tickets.snapshots import EventView, TicketView
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as, unit_of_work

log = logging.getLogger("deskcore.events")

#: The hook that tells plugins of an event, by its kind; every other kind is a change.
_HOOKS = {"opened": "ticket_opened", "message_added": "message_added", "note_added": "message_added"}
#: The subscriber that is the core itself: it asks plugins who should get a new ticket.
CORE = "core"
_BATCH = 100
LEASE = timedelta(seconds=120)
MAX_ATTEMPTS = 8
#: How long a delivery rests whose plugin is off or paused.
PAUSE = timedelta(minutes=5)


def hook_of(kind: str) -> str:
    """Return the name of the hook for an event of this kind."""
    return _HOOKS.get(kind, "ticket_changed")


def fan_out() -> int:
    """Make a delivery of every pending event for every subscriber; return how many events were pending."""
    with acting_as(SYSTEM) as session:
        if session.scalar(select(TicketEvent.id).where(TicketEvent.pending).limit(1)) is None:
            return 0
        with unit_of_work():
            wanted = select(TicketEvent.id, TicketEvent.ticket_id, TicketEvent.kind).where(TicketEvent.pending)
            wanted = wanted.order_by(TicketEvent.id).limit(_BATCH).with_for_update(skip_locked=True)
            events = session.execute(wanted).all()
            rows = [
                {"event_id": event.id, "ticket_id": event.ticket_id, "subscriber": subscriber, "due_at": now()}
                for event in events
                for subscriber in _subscribers(event.kind)
            ]
            if rows:
                session.execute(sa.insert(Delivery), rows)
            done = sa.update(TicketEvent).where(TicketEvent.id.in_([event.id for event in events]))
            session.execute(done.values(pending=False), execution_options={"synchronize_session": False})
            return len(events)


def _subscribers(kind: str) -> Sequence[str]:
    callers = runtime().callers
    core = (CORE,) if kind == "opened" and callers.subscribers("choose_assignee") else ()
    return (*core, *callers.subscribers(hook_of(kind)))


def deliver_next() -> bool:
    """Claim one delivery, call its plugin and record what became of it; return whether there was one."""
    claimed = _claim()
    if claimed is None:
        return False
    delivery_id, lease = claimed
    with acting_as(SYSTEM) as session:
        delivery = session.get_one(Delivery, delivery_id)
        subscriber, attempts = delivery.subscriber, delivery.attempts
        event, ticket = _views(session, delivery)
        session.rollback()
    try:
        heard = _call(subscriber, event, ticket)
    except HandlerFailed as failure:
        runtime().callers.failed(failure.plugin, failure.slot, failure.cause)
        _finish_failed(delivery_id, lease, attempts, failure.cause)
    else:
        later = {"due_at": now() + PAUSE, "attempts": attempts - 1, "error": "Its plugin is off or paused."}
        _finish(delivery_id, lease, {"state": "done", "error": ""} if heard else later)
    return True


def _due(moment: datetime) -> sa.Select[Any]:
    """Select deliveries that may be tried now; an earlier one of the same ticket and subscriber goes first."""
    earlier = aliased(Delivery)
    blocked = sa.exists().where(
        earlier.subscriber == Delivery.subscriber,
        earlier.ticket_id == Delivery.ticket_id,
        earlier.state == "waiting",
        earlier.event_id < Delivery.event_id,
    )
    free = sa.or_(Delivery.lease_until.is_(None), Delivery.lease_until < moment)
    wanted = select(Delivery).where(Delivery.state == "waiting", Delivery.due_at <= moment, free, ~blocked)
    return wanted.order_by(Delivery.due_at, Delivery.id).limit(1)


def _claim() -> tuple[int, str] | None:
    moment = now()
    with acting_as(SYSTEM) as session:
        if session.scalar(_due(moment)) is None:
            return None
        with unit_of_work():
            row = session.scalar(_due(moment).with_for_update(skip_locked=True, of=Delivery))
            if row is None:
                return None
            row.lease, row.lease_until, row.attempts = secrets.token_hex(16), moment + LEASE, row.attempts + 1
            return row.id, row.lease


def _call(subscriber: str, event: EventView, ticket: TicketView) -> bool:
    """Call the plugin with a session of its own rights, and no transaction of ours around it.

    :returns: whether there was somebody to hear it.
    """
    if subscriber == CORE:
        _choose_assignee(ticket)
        return True
    with acting_as(plugin_viewer(subscriber)):
        return runtime().callers.notify(subscriber, hook_of(event.kind), event=event, ticket=ticket)


def _choose_assignee(ticket: TicketView) -> None:
    if ticket.assignee is not None:
        return
    email = runtime().callers.first("choose_assignee", ticket=ticket)
    if email:
        try:
            with acting_as(SYSTEM):
                assign(ticket.number, email, version=ticket.version, channel="system")
        except DeskcoreError as error:
            log.warning("ticket %s stays unassigned: %s", ticket.number, error.message)


def _finish_failed(delivery_id: int, lease: str, attempts: int, error: BaseException) -> None:
    said = describe(error)[:2000]
    if attempts >= MAX_ATTEMPTS:
        _finish(delivery_id, lease, {"state": "dead", "error": said})
        return
    pause = min(5 * 2**attempts, 3600) * (0.75 + secrets.randbelow(500) / 1000)
    _finish(delivery_id, lease, {"due_at": now() + timedelta(seconds=pause), "error": said})


def _finish(delivery_id: int, lease: str, values: dict[str, Any]) -> None:
    """Record the outcome, unless the lease went to somebody else meanwhile."""
    with acting_as(SYSTEM) as session, unit_of_work():
        mine = sa.update(Delivery).where(Delivery.id == delivery_id, Delivery.lease == lease)
        session.execute(mine.values(lease=None, lease_until=None, **values))


def _views(session: Session, delivery: Delivery) -> tuple[EventView, TicketView]:
    person = joinedload(Ticket.requester)
    related = (
        person.joinedload(Person.department),
        person.joinedload(Person.location),
        person.joinedload(Person.manager),
    )
    wanted = select(Ticket).where(Ticket.id == delivery.ticket_id).options(*related, joinedload(Ticket.assignee))
    ticket = session.scalars(wanted).one()
    found = select(TicketEvent, Person.email).outerjoin(Person, Person.id == TicketEvent.actor_id)
    event, email = session.execute(found.where(TicketEvent.id == delivery.event_id)).one()
    view = EventView(
        id=f"{ticket.number}/{event.seq}",
        kind=event.kind,
        number=ticket.number,
        at=event.at,
        actor_email=email or "",
        channel=event.channel,
        data=_public_data(session, event),
        schema=event.schema,
    )
    return view, ticket_view(ticket)


def _public_data(session: Session, event: TicketEvent) -> dict[str, Any]:
    """Return an event's data with names in the place of ids, which never leave the core."""
    data = dict(event.data)
    catalogue = runtime().catalogue
    for key in ("from", "to", "person"):
        value = data.get(key)
        if value is None:
            continue
        if event.kind in ("assigned", "participant_added", "participant_removed"):
            data[key] = session.scalar(select(Person.email).where(Person.id == value))
        elif event.kind == "escalated":
            team = catalogue.team_by_id(value)
            data[key] = team.key if team else None
        elif event.kind == "moved":
            data[key] = catalogue.desk_by_id(value).key
    if event.kind == "linked":
        data["other"] = session.scalar(select(Ticket.number).where(Ticket.id == data["other"]))
    return data

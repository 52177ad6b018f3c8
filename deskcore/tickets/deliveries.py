"""From committed events to the plugins that want to know: fan out, claim under a lease, call, finish.

The timeline row is the outbox. A delivery happens at least once, and in order per ticket and subscriber: it waits for
the earlier ones, however often they are tried. Only a dead one no longer holds up those after it; it is marked as
overtaken then, and says so to the plugin if it is tried again.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Mapping
from functools import lru_cache, partial
from random import sample
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, aliased

from deskcore.clock import now
from deskcore.desks.services import plugin_viewer
from deskcore.errors import Conflict, DeskcoreError
from deskcore.events import leases, schemas
from deskcore.events.models import Delivery, Subscription
from deskcore.extensions import insert_into
from deskcore.hooks.errors import HandlerFailed
from deskcore.hooks.models import PluginState
from deskcore.runtime import runtime
from deskcore.tickets.event_views import views_of
from deskcore.tickets.models import TicketEvent
from deskcore.tickets.services import assign
from deskcore.tickets.snapshots import EventView, TicketView
from deskcore.tickets.timeline import announced
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as, unit_of_work

log = logging.getLogger("deskcore.events")

#: The hook that tells plugins of an event, by its kind; every other kind is a change.
_HOOKS = {"opened": "ticket_opened", "message_added": "message_added", "note_added": "message_added"}
_CHANGED, _CHOOSE = "ticket_changed", "choose_assignee"
#: The subscriber that is the core itself: it asks plugins who should get a new ticket.
CORE = "core"
_BATCH = 100
_UNTRACKED = {"synchronize_session": False}


def hook_of(kind: str, data: Mapping[str, Any]) -> str:
    """Return the name of the hook for an event.

    :param data: of the event; it names the hook by which a plugin announces something.
    """
    return announced(data)[0] or _HOOKS.get(kind, _CHANGED)


def subscribe() -> None:
    """Record through which hooks the loaded plugins hear of events.

    Whoever fans out goes by this record: it may be a process in which a plugin could not be loaded.
    """
    loaded, callers = sorted(runtime().plugins.loaded), runtime().callers
    hooks = {*_HOOKS.values(), _CHANGED, _CHOOSE, *runtime().plugins.published}
    present = {(plugin, hook) for hook in hooks for plugin in callers.implementors(hook)}
    columns = Subscription.plugin, Subscription.hook
    with acting_as(SYSTEM) as session:
        recorded = {tuple(row) for row in session.execute(select(*columns).where(Subscription.plugin.in_(loaded)))}
        if recorded == present:
            return
        # Several workers of a starting process come here at the same time.
        with unit_of_work():
            gone = sa.delete(Subscription).where(sa.tuple_(*columns).in_(sorted(recorded - present)))
            session.execute(gone, execution_options=_UNTRACKED)
            for plugin, hook in sorted(present - recorded):
                row = insert_into(session, Subscription).values(plugin=plugin, hook=hook)
                session.execute(row.on_conflict_do_nothing())


def fan_out() -> int:
    """Make a delivery of pending events for every subscriber that is switched on; return how many events there were.

    A plugin that is switched on later starts at the present. One that is on and cannot work has its deliveries kept.
    """
    columns = TicketEvent.id, TicketEvent.ticket_id, TicketEvent.kind, TicketEvent.data
    pending = select(*columns).where(TicketEvent.pending, is_readable())
    with acting_as(SYSTEM) as session:
        if session.execute(pending.limit(1)).first() is None:
            return 0
        with unit_of_work():
            wanted = pending.order_by(TicketEvent.id).limit(_BATCH).with_for_update(skip_locked=True)
            events, heard = session.execute(wanted).all(), _subscribers(session)
            rows = [
                {"event_id": event.id, "ticket_id": event.ticket_id, "subscriber": subscriber, "due_at": now()}
                for event in events
                for subscriber in _subscribers_of(event, heard)
            ]
            if rows:
                session.execute(sa.insert(Delivery), rows)
            told = select(sa.func.count(Delivery.id)).where(Delivery.event_id == TicketEvent.id).scalar_subquery()
            done = sa.update(TicketEvent).where(TicketEvent.id.in_([event.id for event in events]))
            session.execute(done.values(pending=False, told=told), execution_options=_UNTRACKED)
            return len(events)


def is_readable() -> ColumnElement[bool]:
    """Return the condition on :class:`TicketEvent` that this version knows the shape of its data."""
    return schemas.is_known(TicketEvent.kind, TicketEvent.schema)


def is_next() -> ColumnElement[bool]:
    """Return the condition on :class:`Delivery` that no earlier event of its ticket is still to be delivered."""
    earlier, event = aliased(Delivery), aliased(TicketEvent)
    undelivered = sa.exists().where(
        earlier.subscriber == Delivery.subscriber,
        earlier.ticket_id == Delivery.ticket_id,
        earlier.state == "waiting",
        earlier.event_id < Delivery.event_id,
    )
    # Events of one ticket may be fanned out by two workers at a time.
    unknown = sa.exists().where(event.ticket_id == Delivery.ticket_id, event.pending, event.id < Delivery.event_id)
    return sa.and_(~undelivered, ~unknown)


def deliver_next() -> bool:
    """Claim one delivery, call its plugin and record what became of it; return whether there was one."""
    row = _claim()
    if row is None:
        return False
    error = leases.attempt(row, partial(_deliver, row), partial(_overtake, row))
    if isinstance(error, HandlerFailed):
        runtime().callers.failed(error.plugin, error.slot, error.cause)
    elif error is not None:
        log.error("a delivery to %s failed before its handler was called", row.subscriber, exc_info=error)
    return True


def _subscribers(session: Session) -> defaultdict[str, list[str]]:
    """Return the plugins that are switched on, working or not, by the hook through which they hear."""
    wanted = select(Subscription.hook, Subscription.plugin).join(PluginState, PluginState.name == Subscription.plugin)
    found = defaultdict(list)
    for hook, plugin in session.execute(wanted.where(PluginState.wanted).order_by(Subscription.plugin)):
        found[hook].append(plugin)
    return found


def _subscribers_of(event: Any, heard: defaultdict[str, list[str]]) -> list[str]:
    core = [CORE] if event.kind == "opened" and heard[_CHOOSE] else []
    return core + heard[hook_of(event.kind, event.data)]


def _claim() -> Delivery | None:
    """Claim for one subscriber after another, so that what waits for one never holds up the others."""
    plugins = runtime().plugins
    active = (CORE, *(name for name in sorted(plugins.loaded) if plugins.active(name)))
    with acting_as(SYSTEM) as session:
        [waiting] = session.execute(_waiting(active)).all()
    subscribers = [subscriber for subscriber, waits in zip(active, waiting, strict=True) if waits]
    for subscriber in sample(subscribers, len(subscribers)):
        row = leases.claim(_due(subscriber, schemas.numbers()))
        if row is not None:
            return row
    return None


@lru_cache(maxsize=100)
def _waiting(subscribers: tuple[str, ...]) -> sa.Executable:
    """Return the query that tells for each subscriber whether anything is due."""
    due = leases.is_due(Delivery)
    return select(*(sa.exists().where(Delivery.subscriber == name, due) for name in subscribers))


@lru_cache(maxsize=1000)
def _due(subscriber: str, numbers: tuple[tuple[str, int], ...]) -> sa.Select[Delivery]:
    """Return the query for the next delivery to a subscriber.

    :param numbers: the shapes of data that this version knows; the query depends on them.
    """
    readable = sa.exists().where(TicketEvent.id == Delivery.event_id, is_readable())
    return leases.due(Delivery, Delivery.subscriber == subscriber, is_next(), readable)


def _deliver(row: Delivery) -> bool:
    """Call the subscriber; return false when it is off or paused since the delivery was claimed."""
    with acting_as(SYSTEM) as session:
        event, ticket = views_of(session, row)
    if row.subscriber == CORE:
        _choose_assignee(ticket)
        return True
    try:
        with acting_as(plugin_viewer(row.subscriber)):
            heard = runtime().callers.notify(row.subscriber, _hook_for(event), event=event, ticket=ticket)
    except HandlerFailed as failure:
        if runtime().catalogue.desk(ticket.desk).confidential:
            failure.cause = failure.bare
        raise
    # A plugin that works and does not hear of such events any more has nothing to catch up on.
    return heard or runtime().plugins.active(row.subscriber)


def _hook_for(event: EventView) -> str:
    """Return the name of the hook that hears of an event; one that a plugin announced is called like its hook."""
    return event.kind if event.kind in runtime().plugins.published else hook_of(event.kind, {})


def _overtake(row: Delivery, session: Session) -> None:
    """Mark the dead deliveries that this one has passed by."""
    same = Delivery.subscriber == row.subscriber, Delivery.ticket_id == row.ticket_id
    passed = sa.update(Delivery).where(*same, Delivery.state == "dead", Delivery.event_id < row.event_id)
    session.execute(passed.values(overtaken=True), execution_options=_UNTRACKED)


def _choose_assignee(ticket: TicketView) -> None:
    if ticket.assignee is not None:
        return
    email = runtime().callers.first(_CHOOSE, ticket=ticket)
    if email:
        try:
            with acting_as(SYSTEM):
                assign(ticket.number, email, version=ticket.version, channel="system")
        except Conflict:
            raise  # it is chosen again, for the ticket as it is then
        except DeskcoreError as error:
            log.warning("ticket %s stays unassigned: %s", ticket.number, error.message)

"""Who reads what is confidential: an entry of the audit log for each person, ticket and hour."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import partial
from threading import Lock
from typing import Any

from sqlalchemy import select

from deskcore import audit
from deskcore.clock import now
from deskcore.events.jobs import queue_job
from deskcore.extensions import db
from deskcore.people.models import Person
from deskcore.runtime import runtime
from deskcore.tickets.conversation_models import Attachment
from deskcore.tickets.models import Ticket
from deskcore.viewer import current_viewer
from deskcore.work import after_commit, unit_of_work

JOB = "core.reading"
#: Readings that this process remembers to have queued, so that a page that is looked at often asks the table once.
_REMEMBERED = 2000


class _Recently:
    """What was queued by this process not long ago; whatever it forgets, the slot of the job still knows."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._slots: OrderedDict[tuple[str, str], None] = OrderedDict()

    def holds(self, place: str, slot: str) -> bool:
        """Tell whether ``slot`` is among them; ``place`` tells installations apart that share a process."""
        with self._lock:
            return (place, slot) in self._slots

    def add(self, place: str, slot: str) -> None:
        """Remember one more."""
        with self._lock:
            self._slots[place, slot] = None
            while len(self._slots) > _REMEMBERED:
                self._slots.popitem(last=False)


_recently = _Recently()


def note_read(ticket: Ticket, emergency: bool = False) -> None:
    """Note that the viewer reads a ticket, if it is confidential or for named people and not his own request.

    :param emergency: note it whatever ticket it is.

    The entry itself is written by a job: a page waits for no other writer of the log. Where not even the job can be
    queued, the page is not shown: nobody reads such a ticket unnoticed.
    """
    slot = _slot(ticket, emergency)
    if not slot:
        return
    viewer, desk = current_viewer(), runtime().catalogue.desk_by_id(ticket.desk_id)
    read = {"person": viewer.person_id, "ticket": ticket.number, "desk": desk.key, "area": viewer.area}
    with unit_of_work():
        queue_job(JOB, read | {"at": now().isoformat()}, slot=slot)
        after_commit(partial(_recently.add, runtime().config.url, slot))


def _slot(ticket: Ticket, emergency: bool) -> str:
    """Return the name of a reading, one for each person, ticket and hour; ``""`` when there is nothing to note."""
    viewer, desk = current_viewer(), runtime().catalogue.desk_by_id(ticket.desk_id)
    if viewer.person_id is None or viewer.person_id == ticket.requester_id:
        return ""
    if not (desk.confidential or ticket.visibility == "named" or emergency):
        return ""
    slot = f"{viewer.person_id} {ticket.id} {now():%Y%m%d%H}"
    return "" if _recently.holds(runtime().config.url, slot) else slot


def note_reads(tickets: Iterable[Ticket]) -> None:
    """Note that the viewer reads several tickets in full, in one transaction."""
    unnoted = [ticket for ticket in tickets if _slot(ticket, False)]
    if unnoted:
        with unit_of_work():
            for ticket in unnoted:
                note_read(ticket)


def note_file_read(attachment: Attachment) -> None:
    """Note that the viewer reads a file of a ticket."""
    note_read(db.session.scalars(select(Ticket).where(Ticket.id == attachment.ticket_id)).one())


def write_read(payload: Mapping[str, Any]) -> None:
    """Write the entry of one reading; a job."""
    with unit_of_work() as session:
        email = session.scalar(select(Person.email).where(Person.id == payload["person"]))
        actor = audit.Actor("person", int(payload["person"]), email or "")
        read = {key: payload[key] for key in ("ticket", "area")} | {"read_at": datetime.fromisoformat(payload["at"])}
        audit.record(session, "ticket.read", audit.Subject("desk", payload["desk"]), after=read, actor=actor)

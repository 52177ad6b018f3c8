"""Tags as people type them into forms, and the things that a ticket names by them."""

from __future__ import annotations

from sqlalchemy import or_, select

from deskcore.plugin import NotFound, TicketView, session, unit_of_work
from deskcore_it_assets import ties
from deskcore_it_assets.models import Asset
from deskcore_it_assets.spelling import serial_spelled, spelled

#: Characters of an answer that can be a tag, and answers that are looked at.
_LONGEST, _MOST = 100, 50


def clean(line: str) -> str:
    """Return the tag of the thing that a line names by tag or serial number; any other line as it stands.

    Who does not know the tag describes the thing, and is not sent away for it.
    """
    key = spelled(line)
    known = or_(Asset.tag_key == key, Asset.serial_key == serial_spelled(line))
    return session().scalar(select(Asset.tag).where(known).limit(1)) or line


def tie_named(ticket: TicketView) -> None:
    """Note that a ticket is about the things whose tags are among its answers."""
    answers = [value for value in ticket.answers.values() if isinstance(value, str) and len(value) <= _LONGEST]
    keys = [spelled(value) for value in answers[:_MOST]]
    with unit_of_work() as work:
        found = work.scalars(select(Asset).where(Asset.tag_key.in_(keys))).all()
        try:
            ties.tie(work, found, ties.ticket_id_of(work, ticket.number) if found else None)
        except NotFound:
            return  # meanwhile it went where the plugin sees nothing

"""Ticket numbers: unique, never used again, and silent about a confidential desk's volume."""

from __future__ import annotations

import secrets

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from deskcore.desks.catalogue import DeskEntry
from deskcore.desks.models import NumberSeries
from deskcore.tickets.desk_use import desk_gone, keep_desk
from deskcore.tickets.models import FormerNumber, Ticket
from deskcore.work import acting_as

#: Letters and digits that nobody mistakes for one another on the phone.
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


def next_number(session: Session, desk: DeskEntry) -> str:
    """Draw the number of a new ticket; belongs as late as possible into the unit of work.

    The row of the series stays locked until the commit, so two tickets never get one number.

    :returns: ``IT-2394``, or ``HR-7K3QF`` drawn at random for a confidential desk.
    :raises Refused: when the desk was deleted meanwhile.
    """
    if desk.confidential:
        keep_desk(session, desk)
        return _random_number(desk.prefix)
    taken = update(NumberSeries).where(NumberSeries.prefix == desk.prefix).values(next=NumberSeries.next + 1)
    following = session.scalar(taken.returning(NumberSeries.next))
    if following is None:  # the series goes with its desk
        raise desk_gone()
    return f"{desk.prefix}-{following - 1}"


def _random_number(prefix: str) -> str:
    from deskcore.viewer import SYSTEM

    while True:
        number = prefix + "-" + "".join(secrets.choice(_ALPHABET) for _ in range(5))
        with acting_as(SYSTEM) as session:
            taken = session.scalar(select(Ticket.id).where(Ticket.number == number))
            given_up = session.scalar(select(FormerNumber.number).where(FormerNumber.number == number))
            if taken is None and given_up is None:
                return number

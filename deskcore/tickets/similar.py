"""Other open tickets of the same requester that sound alike, so that they can be linked."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import bindparam, literal_column, select

from deskcore.extensions import db
from deskcore.tickets.models import Ticket

#: How many of the requester's newest open tickets are compared, and how many are named.
_COMPARED, _NAMED = 20, 3
#: Shorter words say little; of longer ones the beginning is compared, because Polish ends them in many ways.
_SHORTEST, _BEGINNING = 3, 5


#: Words that many subjects share, in both languages.
_COMMON = frozenset(
    re.findall(
        r"\w+",
        "the and for not with from has have does doesn can cannot when after every please help new our work works "
        "nie się czy jest dla mam moja mój nowy nowa nowe przy jak mnie proszę pomoc działa",
    )
)


#: Built once: putting the statement together takes longer than running it.
_OTHERS = (
    select(Ticket.number, Ticket.subject)
    .where(
        Ticket.requester_id == bindparam("requester"),
        Ticket.finished.is_(False),
        Ticket.id != bindparam("ticket"),
    )
    .order_by(Ticket.created_at.desc(), Ticket.id.desc())
    .limit(literal_column(str(_COMPARED)))
)


@dataclass(frozen=True)
class Similar:
    """A ticket that may be about the same."""

    number: str
    subject: str


def similar(ticket: Ticket, linked: Collection[str]) -> list[Similar]:
    """Return the requester's open tickets whose subjects share a word with this one's, in one statement.

    :param linked: numbers of tickets that are linked already.
    """
    rows = db.session.execute(_OTHERS, {"requester": ticket.requester_id, "ticket": ticket.id}).all()
    words = _words(ticket.subject)
    alike = [Similar(row.number, row.subject) for row in rows if words & _words(row.subject)]
    return [each for each in alike if each.number not in linked][:_NAMED]


def _words(subject: str) -> set[str]:
    found = re.findall(r"[^\W\d_]+", subject.casefold())
    return {word[:_BEGINNING] for word in found if len(word) >= _SHORTEST and word not in _COMMON}

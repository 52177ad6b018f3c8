"""Tickets that sound alike: other open ones of the same requester, to be linked, and any that the reader sees."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, bindparam, case, func, literal, literal_column, select, union_all

from deskcore.desks.catalogue import FINISHED_CATEGORIES
from deskcore.extensions import db
from deskcore.hooks.searching import Word
from deskcore.runtime import runtime
from deskcore.search import analysis
from deskcore.tickets.conversation_models import Message
from deskcore.tickets.matching import index_queries
from deskcore.tickets.models import Ticket
from deskcore.tickets.snapshots import TicketView

#: How many of the requester's newest open tickets are compared, and how many are named.
_COMPARED, _NAMED = 20, 3
#: Shorter words say little; of longer ones the beginning is compared, because Polish ends them in many ways.
_SHORTEST, _BEGINNING = 3, 5
#: Characters of a ticket, and words of them, that are looked for in others; newest tickets with each that count.
_LOOKED_AT, _MOST_WORDS, _NEWEST = 300, 8, 200
#: Addresses of people and pages, which say who, and not what about.
_ADDRESS = re.compile(r"\S+@\S+|https?://\S+")
#: What the words that two tickets share must be worth, of all that were looked for; what one of the description is.
_ENOUGH, _OF_DESCRIPTION = 0.4, 0.5
#: Tickets that have a word before it is a usual one; what a usual word, and one that very many have, is still worth.
_FEW, _USUAL_WORD, _COMMON_WORD = 20, 0.6, 0.25

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


def share_words(subject: str, other: str) -> bool:
    """Tell whether two subjects share a word that says something."""
    return not _words(subject).isdisjoint(_words(other))


def _words(subject: str) -> set[str]:
    found = re.findall(r"[^\W\d_]+", subject.casefold())
    return {word[:_BEGINNING] for word in found if len(word) >= _SHORTEST and word not in _COMMON}


@dataclass(frozen=True)
class Alike:
    """A ticket about the same, as far as whoever asks sees it.

    :param finished: whether it is resolved or closed.
    :param answer: the last answer of its desk once it is finished; ``""`` where what it says is for its people alone.
    """

    number: str
    subject: str
    finished: bool
    answer: str = ""


def alike(ticket: TicketView, most: int = 5) -> list[Alike]:
    """Return the tickets that share most with one, of those that whoever asks sees, the nearest first.

    Nothing is found where no plugin keeps an index. What few tickets say counts for more than what many say.
    """
    telling = _telling(ticket)
    queries = index_queries([[word] for word, _counts in telling])
    if len(queries) != len(telling) or not telling:
        return []
    return [_alike(row) for row in db.session.execute(_best(ticket.number, queries, [it for _w, it in telling], most))]


def _telling(ticket: TicketView) -> list[tuple[Word, float]]:
    """Return the words of a ticket that others are compared by, and what each counts for."""
    subject, _pairs = analysis.asked(_ADDRESS.sub(" ", ticket.subject[:_LOOKED_AT]))
    every, _pairs = analysis.asked(_ADDRESS.sub(" ", f"{ticket.subject}\n{ticket.description}"[:_LOOKED_AT]))
    worth = {word.text: 1.0 for word in subject}
    telling = [(word, worth.get(word.text, _OF_DESCRIPTION)) for word in every if len(word.text) >= _SHORTEST]
    return telling[:_MOST_WORDS]


def _best(own: str, queries: Sequence[Select[Any]], counts: Sequence[float], most: int) -> Select[Any]:
    """Return the query for the tickets that the words of another lead to, in one statement.

    :param counts: what each word counts for; less where many tickets have it.
    """
    every = union_all(*(_newest(place, query, own) for place, query in enumerate(queries))).subquery("every")
    often = func.count().over(partition_by=every.c.place)
    counted = select(every.c.id, every.c.place, often.label("often")).subquery("counted")
    rarity = case((counted.c.often >= _NEWEST, _COMMON_WORD), (counted.c.often > _FEW, _USUAL_WORD), else_=1.0)
    worth = func.sum(case(dict(enumerate(counts)), value=counted.c.place, else_=0.0) * rarity)
    best = select(counted.c.id, worth.label("worth")).group_by(counted.c.id).having(worth >= _ENOUGH * sum(counts))
    nearest = best.order_by(worth.desc(), counted.c.id.desc()).limit(most).subquery("nearest")
    found = select(*_SHOWN).join(nearest, nearest.c.id == Ticket.id)
    return found.order_by(nearest.c.worth.desc(), nearest.c.id.desc())


def _newest(place: int, query: Select[Any], own: str) -> Select[Any]:
    """Return the query for the newest tickets that have the word at a place."""
    having = query.subquery()
    newest = select(literal(place).label("place"), Ticket.id.label("id")).join(having, having.c.id == Ticket.id)
    return select(newest.where(Ticket.number != own).order_by(having.c.id.desc()).limit(_NEWEST).subquery())


_LAST_ANSWER = (
    select(Message.body)
    .where(Message.ticket_id == Ticket.id, Message.from_agent)
    .order_by(Message.seq.desc())
    .limit(1)
    .scalar_subquery()
)
_SHOWN = (
    Ticket.number,
    Ticket.subject,
    Ticket.status_category,
    Ticket.desk_id,
    Ticket.visibility,
    _LAST_ANSWER.label("answer"),
)


def _alike(row: Any) -> Alike:
    finished = row.status_category in FINISHED_CATEGORIES
    private = row.visibility == "named" or runtime().catalogue.desk_by_id(row.desk_id).confidential
    return Alike(row.number, row.subject, finished, row.answer or "" if finished and not private else "")

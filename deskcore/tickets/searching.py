"""Tickets by words, the best first: with the full text of the database where a plugin keeps it, else by subject.

Whichever it is, it is a condition on tickets: the session's policy comes on top of it, as everywhere.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, func, select

from deskcore.desks.form_versions import thaw
from deskcore.desks.models import FormVersion
from deskcore.extensions import db
from deskcore.hooks.contributions import Field
from deskcore.hooks.searching import Document, NotReady, Query, Word
from deskcore.runtime import runtime
from deskcore.search import analysis
from deskcore.search.indexing import backend
from deskcore.search.spelling import corrected, may_be_a_slip
from deskcore.tickets.conversation_models import Message, Note
from deskcore.tickets.matching import ASKING, KIND, NUMBER, index_queries, matches
from deskcore.tickets.models import Ticket
from deskcore.tickets.sensitive import masked
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as

#: Relevance puts this many of the newest in order.
RANKED = 1000
#: Tickets that are read at once when all of them are indexed; characters of one that are.
_PIECE, _LONGEST = 500, 100_000
#: What of a ticket a list of what was found shows.
_SHOWN = select(Ticket.number, Ticket.subject, func.substr(Ticket.description, 1, 1000).label("text"), Ticket.desk_id)


@dataclass(frozen=True)
class FoundTicket:
    """A ticket that was found.

    :param exact: its number is what was looked for.
    :param wanted: words that were looked for, with what was probably meant by those that no ticket has.
    """

    number: str
    subject: str
    text: str
    desk_id: int
    exact: bool = False
    wanted: tuple[Word, ...] = ()


def ranked(text: str, limit: int) -> list[FoundTicket]:
    """Return tickets that the viewer sees, by their number or by all of the words; the best of the newest first.

    Where there are none, words are taken for others that differ by a slip of the hand.
    """
    written = " ".join(text.split()).upper()
    number = written if NUMBER.fullmatch(written) else ""
    exact = db.session.execute(_SHOWN.where(Ticket.number == number)).all() if number else []
    words, _pairs = analysis.asked(text)
    rest = _best(text, words, number, limit)
    if not exact and not rest and (others := _meant(words)) != words:
        words, rest = others, _best(text, others, number, limit)
    return [
        FoundTicket(row.number, row.subject, row.text, row.desk_id, row.number == number, words)
        for row in (*exact, *rest)
    ][:limit]


def _best(text: str, words: Sequence[Word], number: str, limit: int) -> Sequence[Any]:
    indexed = next(iter(index_queries([words])), None) if words else None
    if indexed is None:
        found = _SHOWN.where(matches(text)).order_by(Ticket.id.desc())
    else:
        every = indexed.subquery("every")
        newest = select(Ticket.id, every.c.score).join(every, every.c.id == Ticket.id).order_by(every.c.id.desc())
        best = newest.limit(RANKED).subquery("best")
        found = _SHOWN.join(best, best.c.id == Ticket.id).order_by(best.c.score.desc(), best.c.id.desc())
    return db.session.execute(found.where(Ticket.number != number).limit(limit)).all()


def _meant(words: tuple[Word, ...]) -> tuple[Word, ...]:
    """Return words with what was probably meant beside those that no ticket has which the viewer sees."""
    with_index = backend()
    if with_index is None or not any(map(may_be_a_slip, words)):
        return words

    def ask() -> tuple[Word, ...]:
        try:
            return corrected(with_index.value.engine(), Query(KIND, words, (), frozenset())).words
        except NotReady:
            return words

    call = runtime().callers.ask(with_index.plugin, "search tickets", ask, ASKING)
    meant: tuple[Word, ...] = words if call.error is not None else call.value
    return meant


def ticket_documents(numbers: Sequence[str] | None) -> Iterator[Document]:
    """Yield what can be found of tickets: all that was written, save what is sealed and what a desk kept for itself.

    :param numbers: of which; all tickets when left out.
    """
    if numbers is not None:
        yield from _documents(Ticket.number.in_(numbers))
        return
    last = 0
    while True:
        with acting_as(SYSTEM) as session:
            piece = session.scalars(select(Ticket.id).where(Ticket.id > last).order_by(Ticket.id).limit(_PIECE)).all()
            documents = list(_documents(Ticket.id.in_(piece)))
        if not piece:
            return
        yield from documents
        last = piece[-1]


def _documents(wanted: ColumnElement[bool]) -> Iterator[Document]:
    with acting_as(SYSTEM) as session:
        columns = select(
            Ticket.id,
            Ticket.number,
            Ticket.subject,
            Ticket.description,
            Ticket.tags,
            Ticket.answers,
            FormVersion.fields,
        )
        rows = session.execute(columns.join(FormVersion, FormVersion.id == Ticket.form_version_id).where(wanted)).all()
        said, noted = _written(Message, [row.id for row in rows]), _written(Note, [row.id for row in rows])
    for row in rows:
        answers = _texts(masked(row.answers, _form(json.dumps(row.fields))).values())
        public = "\n".join([row.description, *answers, *said.get(row.id, ())])[:_LONGEST]
        internal = "\n".join([*row.tags, *noted.get(row.id, ())])[:_LONGEST]
        yield Document(str(row.id), row.subject, public, keywords=row.number, internal=internal)


@lru_cache(maxsize=200)
def _form(stored: str) -> tuple[Field, ...]:
    return thaw(stored)


def _written(model: type[Message | Note], tickets: Sequence[int]) -> dict[int, list[str]]:
    wanted = (
        select(model.ticket_id, model.body).where(model.ticket_id.in_(tickets)).order_by(model.ticket_id, model.seq)
    )
    if model is Note:
        wanted = wanted.where(Note.kept_by.is_(None))
    found: dict[int, list[str]] = {}
    for ticket_id, body in db.session.execute(wanted):
        found.setdefault(ticket_id, []).append(body)
    return found


def _texts(values: Iterable[Any]) -> Iterator[str]:
    """Yield the words and numbers among answers, also those in rows."""
    for value in values:
        if isinstance(value, str | int | float) and not isinstance(value, bool):
            yield str(value)
        elif isinstance(value, Mapping):
            yield from _texts(value.values())
        elif isinstance(value, list | tuple):
            yield from _texts(value)

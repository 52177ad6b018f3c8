"""Which tickets have some words: asked of the index once for a page, whatever lists and counts it makes of them.

Few of them are looked up by their ids: no database then has to guess how many there are. Of many a list takes its page
and goes no further.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import ARRAY, ColumnElement, Integer, Select, any_, bindparam, cast, func, or_, select
from sqlalchemy.orm import SessionTransaction

from deskcore.extensions import db
from deskcore.hooks.searching import NotReady, Word
from deskcore.runtime import runtime
from deskcore.search import analysis
from deskcore.search.indexing import backend, queue_rebuild
from deskcore.tickets.models import Ticket
from deskcore.viewer import SYSTEM, current_viewer
from deskcore.work import acting_as

KIND = "ticket"
#: What can only be a ticket number; a word such as “wi-fi” has no digit behind its hyphen.
NUMBER = re.compile(r"[A-Za-z]{2,5}-[A-Za-z]*[0-9][0-9A-Za-z]{0,11}")
#: Tickets that are looked up by their ids, and those that are looked at first where there are more.
_FEW, _FIRST = 500, 1_500
#: Seconds that the index has for an answer.
ASKING = 0.5


@dataclass(frozen=True)
class Matching:
    """The tickets that have the words of a text, or its number.

    :param ids: theirs, where they are few.
    :param first: some of them, where they are many.
    :param every: the query for their ids, where they are many; nothing where no plugin keeps an index that is whole.
    """

    ids: tuple[int, ...] | None = None
    first: tuple[int, ...] = ()
    every: Any = None


class Few(str):
    """Stands for a text in a list whose statement is built once: the name of the parameter that has the ids."""


class First(str):
    """Stands for a text where the first tickets that have it may be enough to count."""


def settled(text: str, name: str) -> tuple[str, dict[str, Any]]:
    """Return what stands for a text in a statement, and the parameter that goes with it, where few tickets have it."""
    found = matching(text)
    return (text, {}) if found.ids is None else (Few(name), {name: found.ids})


def first_of(text: str) -> str:
    """Return what stands for the first tickets that have a text, where there are many; else the text."""
    return First(text) if not isinstance(text, Few) and matching(text).first else text


def matches(text: str) -> ColumnElement[bool]:
    """Match a number exactly, and words in all that was written, or in the subject where there is no index.

    :param text: as somebody typed it, or what :func:`settled` returns for it.
    """
    if isinstance(text, Few):
        return Ticket.id.in_(bindparam(str(text), expanding=True, type_=Ticket.id.type))
    found = matching(text)
    if found.ids is not None:
        return Ticket.id.in_(found.ids)
    if found.every is not None and isinstance(text, First):
        return _is_one_of(found.first)
    if found.every is not None:
        # A sum has no index: the list goes on in its own order, and ends where its page is full.
        return (Ticket.id + 0).in_(found.every)
    text = _cleaned(text)
    if NUMBER.fullmatch(text):
        return Ticket.number == text.upper()
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return or_(Ticket.number == text.upper(), Ticket.subject.ilike(f"%{escaped}%", escape="\\"))


#: What was found while a transaction lasts: a page lists and counts the same tickets.
_found: WeakKeyDictionary[SessionTransaction, dict[tuple[str, str], Matching]] = WeakKeyDictionary()


def matching(text: str) -> Matching:
    """Return the tickets that have the words of a text, as the index knows them: the policy comes on top of it."""
    session, key = db.session(), (text, current_viewer().area)
    transaction = session.get_transaction()
    found = _found.get(transaction, {}).get(key) if transaction is not None else None
    if found is None:
        found = _asked(_cleaned(text))
        _found.setdefault(session.get_transaction() or session.begin(), {})[key] = found
    return found


def _cleaned(text: str) -> str:
    return text.replace("\0", "").strip()


def _asked(text: str) -> Matching:
    words, _pairs = analysis.asked(text)
    indexed = next(iter(index_queries([words])), None) if words else None
    if indexed is None:
        return Matching()
    every: Any = indexed.with_only_columns(indexed.selected_columns.id)
    if NUMBER.fullmatch(text):
        # What looks like a number may be one of something else.
        every = select(Ticket.id).where(Ticket.number == text.upper()).union_all(every)
    # Without the policy, which every list of theirs has anyway: with it, PostgreSQL reads all tickets to find a few.
    with acting_as(SYSTEM) as session:
        ids = tuple(session.scalars(every.limit(_FIRST)).all())
    return Matching(ids) if len(ids) <= _FEW else Matching(first=ids, every=every)


def _is_one_of(ids: Sequence[int]) -> ColumnElement[bool]:
    """Return the condition that a ticket is one of many, which are one parameter."""
    if db.session().get_bind().dialect.name == "postgresql":
        return Ticket.id == any_(cast(list(ids), ARRAY(Integer)))
    return Ticket.id.in_(select(func.json_each(json.dumps(ids)).table_valued("value").c.value))


def index_queries(lists: Sequence[Sequence[Word]]) -> Sequence[Select[Any]]:
    """Return for each list of words the query for tickets with all of them; nothing where there is no whole index."""
    with_index = backend()
    if with_index is None:
        return ()

    def ask() -> list[Select[Any]] | NotReady:
        engine, internal = with_index.value.engine(), current_viewer().area != "portal"
        try:
            found = [engine.tickets(words, internal) for words in lists]
        except NotReady as reason:
            return reason
        return [query for query in found if query is not None]

    call = runtime().callers.ask(with_index.plugin, "search tickets", ask, ASKING)
    if isinstance(call.value, NotReady):
        queue_rebuild(KIND)
        return ()
    found: Sequence[Select[Any]] = call.value or ()
    return found

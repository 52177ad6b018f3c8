"""Full text in SQLite: FTS5, with its own ranking."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from functools import reduce
from typing import Any

import sqlalchemy as sa

from deskcore.plugin import search, session
from deskcore_search.models import SearchedDocument, SearchedTicket
from deskcore_search.ranking import FIELDS
from deskcore_search.tokens import alternatives, asked, marked

_VIRTUAL = sa.MetaData()
# The column that is called like its table is the whole row, for MATCH and for bm25().
_TICKETS = sa.Table(
    "search_ticket_words", _VIRTUAL, sa.Column("rowid", sa.Integer), sa.Column("rank", sa.Float),
    sa.Column("search_ticket_words", sa.Text),
)  # fmt: skip
_DOCUMENTS = sa.Table(
    "search_document_words", _VIRTUAL, sa.Column("rowid", sa.Integer), sa.Column("search_document_words", sa.Text)
)
_TICKET_TERMS = sa.Table("search_ticket_terms", _VIRTUAL, sa.Column("term", sa.Text))
_TERMS = sa.Table("search_document_terms", _VIRTUAL, sa.Column("term", sa.Text), sa.Column("col", sa.Text))

#: Words with the same beginning that are named one by one.
_NAMED = 40


def _any(tokens: Iterable[str]) -> str:
    return " OR ".join(map(_quoted, tokens))


class SQLite:
    """The full text of SQLite."""

    def vector(self, tokens: Iterable[str]) -> str:
        """Return tokens with a space between."""
        return " ".join(tokens)

    def ticket(self, public: Sequence[str], internal: Sequence[str]) -> tuple[str, str]:
        """Return each for a column of its own."""
        return self.vector(public), self.vector(internal)

    def settle(self) -> None:
        """Put the pieces of the index together, in which it was written."""
        for table in (_TICKETS, _DOCUMENTS):
            session().execute(sa.insert(table).values({table.name: "optimize"}))

    def find(self, query: search.Query) -> list[search.Match]:
        """Return the documents that have any of the words, best first.

        Each field is ranked by itself and then weighed: FTS5's own weights say how often a word counts, which is
        another thing.
        """
        fits = sa.union_all(*(_in_field(*each) for each in _expressions(query))).subquery()
        score = sa.func.sum(fits.c.score).label("score")
        wanted = sa.select(SearchedDocument.key, score).join(fits, fits.c.id == SearchedDocument.id)
        wanted = wanted.where(SearchedDocument.kind == query.kind).group_by(SearchedDocument.key)
        if query.language:
            wanted = wanted.where(SearchedDocument.language.in_([query.language, ""]))
        best = wanted.order_by(score.desc(), SearchedDocument.key).limit(query.limit)
        return [search.Match(row.key, float(row.score)) for row in session().execute(best)]

    def known(self, kind: str, tokens: Sequence[str], audience: frozenset[str], most: int) -> sa.Select[Any]:
        """Return the query for how many documents have each of some stems."""
        each, whole = _each(tokens), _DOCUMENTS.c.search_document_words
        expression = sa.literal('words : "') + each.c.value + f'" AND {_readers(audience)}'
        # In a query of its own: as a join, FTS5 would be asked for each document in turn.
        of_kind = sa.select(SearchedDocument.kind).where(SearchedDocument.id == _DOCUMENTS.c.rowid)
        having = sa.select(_DOCUMENTS.c.rowid).where(
            whole.op("MATCH")(expression), of_kind.correlate(_DOCUMENTS).scalar_subquery() == kind
        )
        some = having.limit(most).correlate(each).subquery()
        return sa.select(each.c.value, sa.select(sa.func.count()).select_from(some).scalar_subquery())

    def in_tickets(self, tokens: Sequence[str]) -> sa.Select[Any]:
        """Return the query for those of some stems that tickets have."""
        each, whole = _each(tokens), _TICKETS.c.search_ticket_words
        there = sa.select(SearchedTicket.ticket_id).join(_TICKETS, _TICKETS.c.rowid == SearchedTicket.ticket_id)
        there = there.where(whole.op("MATCH")(sa.literal('"') + each.c.value + '"'))
        return sa.select(each.c.value, sa.literal(1)).where(there.correlate(each).exists())

    def similar(self, beginning: str) -> Iterable[str]:
        """Return stems of titles that begin alike."""
        inside = _TERMS.c.term.between(beginning, f"{beginning}\U0010ffff")
        return session().scalars(sa.select(_TERMS.c.term).where(_TERMS.c.col == "title", inside)).all()

    def tickets(self, words: Sequence[search.Word], internal: bool) -> sa.Select[Any]:
        """Return the query for tickets."""
        columns = "" if internal else "public : "
        expression: sa.ColumnElement[str] = sa.literal("")
        for place, (stems, begins) in enumerate(alternatives(words)):
            pieces: list[sa.ColumnElement[str]] = [sa.literal(_any(stems))] if stems else []
            pieces += [_begun(each) for each in begins]
            one = reduce(lambda left, right: left + " OR " + right, pieces)
            expression = expression + f"{' AND ' if place else ''}{columns}(" + one + ")"
        return sa.select(_TICKETS.c.rowid.label("id"), (-_TICKETS.c.rank).label("score")).where(
            _TICKETS.c.search_ticket_words.op("MATCH")(expression)
        )


def _quoted(token: str) -> str:
    return f'"{token}"'


def _begun(beginning: str) -> sa.ColumnElement[str]:
    """Return what asks for words that begin so.

    They are named where there are few: FTS5 would else put the lists of all of them together before the first ticket.
    """
    term = _TICKET_TERMS.c.term
    some = sa.select(term).where(term.between(beginning, f"{beginning}\U0010ffff")).limit(_NAMED + 1).subquery()
    named = sa.func.group_concat(sa.literal('"') + some.c.term + '"', " OR ")
    whole = sa.literal(f'"{beginning}"*')
    return sa.select(sa.case((sa.func.count() > _NAMED, whole), else_=sa.func.coalesce(named, whole))).scalar_subquery()


def _each(tokens: Sequence[str]) -> sa.TableValuedAlias:
    return sa.func.json_each(json.dumps(tokens)).table_valued("value", name="wanted")


def _readers(audience: frozenset[str]) -> str:
    return f"audience : ({_any(map(marked, sorted(audience)))})"


def _expressions(query: search.Query) -> Iterator[tuple[str, float, str]]:
    """Yield what FTS5 is asked of each field, within the reader's documents, and what a word of it counts for."""
    allowed = _readers(query.audience)
    tokens: dict[tuple[str, float], list[str]] = {}
    for field, token, share in asked(query):
        tokens.setdefault((field, share), []).append(token)
    for (field, share), wanted in tokens.items():
        yield field, share * search.WEIGHTS[field], f"{field} : ({_any(wanted)}) AND {allowed}"


def _in_field(field: str, weight: float, expression: str) -> sa.Select[Any]:
    whole = _DOCUMENTS.c.search_document_words
    counted = [float(each == field) for each in FIELDS]
    score = -sa.func.bm25(whole, *counted, 0.0) * weight
    return sa.select(_DOCUMENTS.c.rowid.label("id"), score.label("score")).where(whole.op("MATCH")(expression))

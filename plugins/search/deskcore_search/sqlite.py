"""Full text in SQLite: FTS5 finds, and the best of what it finds are ranked as in every other index."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import reduce
from typing import Any

import sqlalchemy as sa

from deskcore.plugin import search, session
from deskcore_search.models import SearchedDocument, SearchedTicket
from deskcore_search.ranking import FIELDS, worth
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
_TERMS = sa.Table(
    "search_document_terms", _VIRTUAL, sa.Column("term", sa.Text), sa.Column("col", sa.Text),
    sa.Column("doc", sa.Integer),
)  # fmt: skip

#: Words with the same beginning that are named one by one.
_NAMED = 40
#: The fields by which FTS5 chooses, with what it takes a word of each for, and how many documents it chooses.
_FIRST_LOOK, _JUDGED = {"words": 1.0, "parts": 0.5}, 40


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
        """Return the best documents: those that FTS5 takes for the best are judged as every index does it.

        Its own ranking compares lengths with those of the other documents, and knows no fields.
        """
        tokens: dict[str, dict[str, float]] = {}
        for field, token, share in asked(query):
            tokens.setdefault(field, {})[token] = share
        if not tokens:
            return []
        rows = session().execute(_likely(query, tokens)).all()
        return _ranked(rows, _worths(tokens))[: query.limit]

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


def _likely(query: search.Query, tokens: Mapping[str, Iterable[str]]) -> sa.Select[Any]:
    """Return the query for the documents that are judged, with their fields, within the reader's."""
    whole, fields = _DOCUMENTS.c.search_document_words, (each for each in _FIRST_LOOK if each in tokens)
    has = " OR ".join(f"{field} : ({_any(tokens[field])})" for field in fields)
    score = sa.func.bm25(whole, *(_FIRST_LOOK.get(field, 0.0) for field in FIELDS), 0.0)
    best = (
        sa.select(SearchedDocument.id)
        .join(_DOCUMENTS, _DOCUMENTS.c.rowid == SearchedDocument.id)
        .where(whole.op("MATCH")(f"({has}) AND {_readers(query.audience)}"), SearchedDocument.kind == query.kind)
        .order_by(score, SearchedDocument.key)
        .limit(max(_JUDGED, query.limit))
    )
    if query.language:
        best = best.where(SearchedDocument.language.in_([query.language, ""]))
    columns = (getattr(SearchedDocument, name) for field in FIELDS for name in (field, f"{field}_size"))
    return sa.select(SearchedDocument.key, *columns).where(SearchedDocument.id.in_(best))


def _worths(tokens: Mapping[str, Mapping[str, float]]) -> dict[str, dict[str, float]]:
    """Return what each token of a field counts for."""
    every = session().scalar(sa.select(sa.func.count()).select_from(SearchedDocument)) or 0
    wanted = {token for some in tokens.values() for token in some}
    often = sa.select(_TERMS.c.term, _TERMS.c.col, _TERMS.c.doc).where(_TERMS.c.term.in_(wanted))
    counted = {(row.col, row.term): row.doc for row in session().execute(often)}
    return {
        field: {token: share * worth(field, every, counted.get((field, token), 0)) for token, share in some.items()}
        for field, some in tokens.items()
    }


def _ranked(rows: Iterable[Any], worths: Mapping[str, Mapping[str, float]]) -> list[search.Match]:
    """Return documents, best first."""
    found = []
    for row in rows:
        score = 0.0
        for field, counts in worths.items():
            size, fit = getattr(row, f"{field}_size"), FIELDS[field].fit
            there = Counter(filter(counts.__contains__, getattr(row, field).split()))
            score += sum(counts[token] * fit(times, size) for token, times in there.items())
        found.append(search.Match(row.key, score))
    return sorted(found, key=lambda match: (-match.score, match.key))

"""Full text in SQLite: FTS5, with its own ranking."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from deskcore.plugin import search, session
from deskcore_search.models import SearchedDocument
from deskcore_search.tokens import FIELDS, asked, beginnings, marked

_VIRTUAL = sa.MetaData()
# The column that is called like its table is the whole row, for MATCH and for bm25().
_TICKETS = sa.Table(
    "search_ticket_words", _VIRTUAL, sa.Column("rowid", sa.Integer), sa.Column("rank", sa.Float),
    sa.Column("search_ticket_words", sa.Text),
)  # fmt: skip
_DOCUMENTS = sa.Table(
    "search_document_words", _VIRTUAL, sa.Column("rowid", sa.Integer), sa.Column("search_document_words", sa.Text)
)
_TERMS = sa.Table("search_document_terms", _VIRTUAL, sa.Column("term", sa.Text), sa.Column("col", sa.Text))


def _any(tokens: Iterable[str]) -> str:
    return " OR ".join(f'"{token}"' for token in tokens)


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

    def known(self, tokens: Sequence[str]) -> Iterable[str]:
        """Return those of some stems that any document has."""
        whole = _DOCUMENTS.c.search_document_words
        has = {t: sa.exists().where(whole.op("MATCH")(f'words : "{t}"')) for t in tokens}
        row = session().execute(sa.select(*has.values())).one()
        return [token for token, there in zip(has, row, strict=True) if there]

    def similar(self, beginning: str) -> Iterable[str]:
        """Return stems of titles that begin alike."""
        inside = _TERMS.c.term.between(beginning, f"{beginning}\U0010ffff")
        return session().scalars(sa.select(_TERMS.c.term).where(_TERMS.c.col == "title", inside)).all()

    def tickets(self, words: Sequence[search.Word], internal: bool) -> sa.Select[Any]:
        """Return the query for tickets."""
        every = [
            " OR ".join([_any(word.stems), *(f'"{beginning}"*' for beginning in more)])
            for word, more in zip(words, beginnings(words), strict=True)
        ]
        columns = "" if internal else "public : "
        expression = " AND ".join(f"{columns}({each})" for each in every)
        return sa.select(_TICKETS.c.rowid.label("id"), (-_TICKETS.c.rank).label("score")).where(
            _TICKETS.c.search_ticket_words.op("MATCH")(expression)
        )


def _expressions(query: search.Query) -> Iterator[tuple[str, str]]:
    """Yield what FTS5 is asked of each field, within the reader's documents."""
    allowed = _any(map(marked, sorted(query.audience)))
    tokens: dict[str, list[str]] = {}
    for field, token in asked(query):
        tokens.setdefault(field, []).append(token)
    for field, wanted in tokens.items():
        yield field, f"{field} : ({_any(wanted)}) AND audience : ({allowed})"


def _in_field(field: str, expression: str) -> sa.Select[Any]:
    whole = _DOCUMENTS.c.search_document_words
    counted = [float(each == field) for each in FIELDS]
    score = -sa.func.bm25(whole, *counted, 0.0) * search.WEIGHTS[field]
    return sa.select(_DOCUMENTS.c.rowid.label("id"), score.label("score")).where(whole.op("MATCH")(expression))

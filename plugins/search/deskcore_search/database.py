"""The index that the database keeps: tickets always, and documents where no index on disk is wanted.

What the two databases do in different words is a :class:`Dialect`. Each document is replaced by itself, so a rebuild
can end anywhere: what it has not come to is found as before.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any, Protocol

import sqlalchemy as sa

from deskcore.plugin import now, search, session, unit_of_work
from deskcore_search.models import Built, SearchedDocument, SearchedTicket
from deskcore_search.tokens import ANALYSIS, FIELDS, digest, fingerprint, marked

TICKET = "ticket"
#: Documents that go in with one transaction.
_BATCH = 200
_UNTRACKED = {"synchronize_session": False}


class Dialect(Protocol):
    """The full text of one database."""

    def vector(self, tokens: Iterable[str]) -> str:
        """Return tokens as a column takes them."""

    def ticket(self, public: Sequence[str], internal: Sequence[str]) -> tuple[str, str]:
        """Return what of a ticket its two columns take."""

    def settle(self) -> None:
        """Let the database see what the index is like now, at the end of a rebuild."""

    def find(self, query: search.Query) -> Sequence[search.Match]:
        """Return the documents that fit best, best first."""

    def known(self, tokens: Sequence[str]) -> Iterable[str]:
        """Return those of some stems that any document has."""

    def similar(self, beginning: str) -> Iterable[str]:
        """Return stems of titles that begin alike."""

    def tickets(self, words: Sequence[search.Word], internal: bool) -> sa.Select[Any]:
        """Return the query for ``id`` and ``score`` of the tickets that have all of these words."""


class Database:
    """Keeps tokens in tables of its own, beside what they were made of."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect

    def write(self, kind: str, documents: Sequence[search.Document], gone: Sequence[str]) -> None:
        """Replace documents and take out others, in one transaction."""
        model = SearchedTicket if kind == TICKET else SearchedDocument
        rows = [self._ticket(each) if kind == TICKET else self._document(kind, each) for each in documents]
        if kind != TICKET:
            names = [*(each.key for each in documents), *gone]
            old = sa.delete(SearchedDocument).where(SearchedDocument.kind == kind, SearchedDocument.key.in_(names))
        else:
            # What is gone takes its row with it; a number without a ticket has none.
            old = sa.delete(SearchedTicket).where(SearchedTicket.ticket_id.in_([row["ticket_id"] for row in rows]))
        with unit_of_work() as writing:
            writing.execute(old, execution_options=_UNTRACKED)
            if rows:
                writing.execute(sa.insert(model), rows)

    def rebuild(self, kind: str, documents: Iterable[search.Document]) -> None:
        """Replace every document, then take out those that are there no more."""
        seen: set[str] = set()
        remaining = iter(documents)
        while batch := list(islice(remaining, _BATCH)):
            self.write(kind, batch, ())
            seen.update(document.key for document in batch)
        if kind != TICKET:
            there = session().scalars(sa.select(SearchedDocument.key).where(SearchedDocument.kind == kind)).all()
            gone = iter([key for key in there if key not in seen])
            while keys := list(islice(gone, _BATCH)):
                self.write(kind, (), keys)
        with unit_of_work() as writing:
            writing.execute(sa.delete(Built).where(Built.kind == kind), execution_options=_UNTRACKED)
            writing.execute(sa.insert(Built).values(kind=kind, version=ANALYSIS, at=now()))
            self._dialect.settle()

    def find(self, query: search.Query) -> Sequence[search.Match]:
        """Return the documents that fit best."""
        self._require(query.kind)
        return self._dialect.find(query)

    def known(self, kind: str, tokens: Sequence[str]) -> frozenset[str]:
        """Return those of some stems that any document has."""
        self._require(kind)
        return frozenset(self._dialect.known(tokens)) if tokens else frozenset()

    def similar(self, kind: str, beginning: str) -> Iterable[str]:
        """Return stems of titles that begin alike."""
        return self._dialect.similar(beginning)

    def fingerprint(self, kind: str) -> str:
        """Return what is equal for equal indexes."""
        columns = sa.select(SearchedDocument.key, SearchedDocument.digest).where(SearchedDocument.kind == kind)
        if kind == TICKET:
            columns = sa.select(SearchedTicket.ticket_id, SearchedTicket.digest)
        return fingerprint(session().execute(columns).all())

    def tickets(self, words: Sequence[search.Word], internal: bool) -> sa.Select[Any]:
        """Return the query for tickets with all of these words."""
        self._require(TICKET)
        return self._dialect.tickets(words, internal)

    def _require(self, kind: str) -> None:
        if session().scalar(sa.select(Built.version).where(Built.kind == kind)) != ANALYSIS:
            raise search.NotReady("it was not built yet")

    def _ticket(self, document: search.Document) -> dict[str, Any]:
        public = search.analysed(document).words
        internal = search.analysed(search.Document("", "", document.internal)).words
        first, second = self._dialect.ticket(public, internal)
        return {
            "ticket_id": int(document.key), "public": first, "internal": second, "digest": digest(public, internal)
        }  # fmt: skip

    def _document(self, kind: str, document: search.Document) -> dict[str, Any]:
        tokens, audience = search.analysed(document), [marked(each) for each in sorted(document.audience)]
        fields = {name: getattr(tokens, name) for name in FIELDS}
        return {
            "kind": kind,
            "key": document.key,
            "language": document.language,
            "audience": self._dialect.vector(audience),
            "digest": digest(audience, *fields.values()),
            **{name: self._dialect.vector(value) for name, value in fields.items()},
            **{f"{name}_size": len(value) for name, value in fields.items()},
        }

"""The index that the database keeps: tickets always, and documents where no index on disk is wanted.

What the two databases do in different words is a :class:`Dialect`. A rebuild puts documents beside those that count,
and one row says which they are, so it can end anywhere: what there was is found as before.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any, Protocol

import sqlalchemy as sa

from deskcore.plugin import now, search, session, unit_of_work
from deskcore_search.models import Built, SearchedDocument, SearchedTicket
from deskcore_search.ranking import FIELDS
from deskcore_search.tokens import ANALYSIS, digest, fingerprint, marked

TICKET = "ticket"
#: Documents that go in with one transaction.
_BATCH = 200
#: What stands behind the name of a kind whose documents do not count; no kind's own name has it.
_ASIDE = "~"
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

    def known(self, kind: str, tokens: Sequence[str], audience: frozenset[str], most: int) -> sa.Select[Any]:
        """Return the query for those of some stems that a reader's documents have, with how many have each."""

    def in_tickets(self, tokens: Sequence[str]) -> sa.Select[Any]:
        """Return the query for those of some stems that tickets have, each with a 1."""

    def similar(self, beginning: str) -> Iterable[str]:
        """Return stems of titles that begin alike."""

    def tickets(self, words: Sequence[search.Word], internal: bool) -> sa.Select[Any]:
        """Return the query for ``id`` and ``score`` of the tickets that have all of these words."""


class Database:
    """Keeps tokens in tables of its own, beside what they were made of."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._whole: set[str] = set()

    def write(self, kind: str, documents: Sequence[search.Document], gone: Sequence[str]) -> None:
        """Replace documents and take out others, in one transaction."""
        name = self._current(kind)
        if kind == TICKET:
            # What is gone takes its row with it; a number without a ticket has none.
            self._write_tickets(documents)
        else:
            self._write(name, documents, gone)

    def rebuild(self, kind: str, documents: Iterable[search.Document]) -> None:
        """Index these documents and no others.

        Those of plugins stand under another name until the last one is in. A ticket is replaced by itself: it goes with
        its row, and what of it is found is the same before and after.
        """
        remaining = iter(documents)
        if kind == TICKET:
            while batch := list(islice(remaining, _BATCH)):
                self._write_tickets(batch)
            with unit_of_work():
                self._let_count(kind, kind)
            return
        self._remove(kind, but=self._name(kind))
        fresh, count = f"{kind}{_ASIDE}{secrets.token_hex(3)}", 0
        while batch := list(islice(remaining, _BATCH)):
            self._write(fresh, batch, ())
            count += len(batch)
        with unit_of_work():
            there = sa.select(sa.func.count()).select_from(SearchedDocument).where(SearchedDocument.kind == fresh)
            if session().scalar(there) != count:
                raise RuntimeError(f"somebody else builds the index of {kind} as well")
            self._let_count(kind, fresh)
        self._remove(kind, but=fresh)

    def _write_tickets(self, documents: Sequence[search.Document]) -> None:
        rows = [self._ticket(each) for each in documents]
        old = sa.delete(SearchedTicket).where(SearchedTicket.ticket_id.in_([row["ticket_id"] for row in rows]))
        with unit_of_work() as writing:
            writing.execute(old, execution_options=_UNTRACKED)
            if rows:
                writing.execute(sa.insert(SearchedTicket), rows)

    def _write(self, name: str, documents: Sequence[search.Document], gone: Sequence[str]) -> None:
        rows = [self._document(name, each) for each in documents]
        keys = [*(each.key for each in documents), *gone]
        old = sa.delete(SearchedDocument).where(SearchedDocument.kind == name, SearchedDocument.key.in_(keys))
        with unit_of_work() as writing:
            writing.execute(old, execution_options=_UNTRACKED)
            if rows:
                writing.execute(sa.insert(SearchedDocument), rows)

    def _let_count(self, kind: str, name: str) -> None:
        """Let the documents under a name be those of a kind."""
        session().execute(sa.delete(Built).where(Built.kind == kind), execution_options=_UNTRACKED)
        session().execute(sa.insert(Built).values(kind=kind, version=ANALYSIS, at=now(), current=name))
        self._dialect.settle()

    def _remove(self, kind: str, but: str) -> None:
        """Take out what does not count, some at a time: nobody who writes has to wait for all of it."""
        of_kind = sa.or_(
            SearchedDocument.kind == kind, SearchedDocument.kind.startswith(f"{kind}{_ASIDE}", autoescape=True)
        )
        some = sa.select(SearchedDocument.id).where(of_kind, SearchedDocument.kind != but).limit(_BATCH)
        while gone := session().scalars(some).all():
            with unit_of_work() as writing:
                taken = sa.delete(SearchedDocument).where(SearchedDocument.id.in_(gone))
                writing.execute(taken, execution_options=_UNTRACKED)

    def find(self, query: search.Query) -> Sequence[search.Match]:
        """Return the documents that fit best."""
        return self._dialect.find(replace(query, kind=self._current(query.kind)))

    def known(self, kind: str, tokens: Sequence[str], audience: frozenset[str], most: int = 1) -> Mapping[str, int]:
        """Return how many of a reader's documents have each of some stems; of tickets only whether any has it."""
        name = self._current(kind)
        if not tokens or (kind != TICKET and not audience):
            return {}
        dialect, every = self._dialect, list(dict.fromkeys(tokens))
        wanted = dialect.in_tickets(every) if kind == TICKET else dialect.known(name, every, audience, most)
        return {token: count for token, count in session().execute(wanted) if count}

    def similar(self, kind: str, beginning: str) -> Iterable[str]:
        """Return stems of titles that begin alike."""
        return self._dialect.similar(beginning)

    def fingerprint(self, kind: str) -> str:
        """Return what is equal for equal indexes."""
        name = self._current(kind)
        columns = sa.select(SearchedDocument.key, SearchedDocument.digest).where(SearchedDocument.kind == name)
        if kind == TICKET:
            columns = sa.select(SearchedTicket.ticket_id, SearchedTicket.digest)
        return fingerprint(session().execute(columns).all())

    def tickets(self, words: Sequence[search.Word], internal: bool) -> sa.Select[Any]:
        """Return the query for tickets with all of these words."""
        if TICKET not in self._whole:  # asked for word by word, it says once for all of them whether it is there
            self._current(TICKET)
            self._whole.add(TICKET)
        return self._dialect.tickets(words, internal)

    def _current(self, kind: str) -> str:
        """Return the name under which the documents of a kind stand that count.

        :raises NotReady: when there are none, or they are of another analysis.
        """
        row = session().execute(sa.select(Built.version, Built.current).where(Built.kind == kind)).one_or_none()
        if row is None or row.version != ANALYSIS:
            raise search.NotReady("it was not built yet")
        return str(row.current)

    def _name(self, kind: str) -> str:
        """Return that name, of whatever analysis, or that of nothing."""
        return session().scalar(sa.select(Built.current).where(Built.kind == kind)) or ""

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

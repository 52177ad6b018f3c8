"""Full text in PostgreSQL: tsvector, ranked by BM25, because its own ranking does not know how rare a word is."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, TSQUERY

from deskcore.plugin import search, session
from deskcore_search.models import SearchedDocument, SearchedTicket
from deskcore_search.ranking import FIELDS, worth
from deskcore_search.tokens import alternatives, asked, marked

#: How often PostgreSQL counts a word of one text at most, and how many documents are judged closely.
_MOST_OFTEN, _JUDGED = 250, 120
#: The mark of what only agents see of a ticket; the rest has none, which PostgreSQL calls D.
_INTERNAL, _PUBLIC = "B", "D"


def _quoted(token: str) -> str:
    return "'" + token.replace("\\", "\\\\").replace("'", "''") + "'"


def _any(tokens: Iterable[str], ending: str = "") -> str:
    return "|".join(_quoted(token) + ending for token in tokens)


def _query(expression: Any) -> sa.ColumnElement[Any]:
    return sa.cast(expression, TSQUERY)


def _each(tokens: Sequence[str]) -> sa.TableValuedAlias:
    """Return tokens as a table, each with what asks for it."""
    queries = [_quoted(token) for token in tokens]
    lists = (sa.cast(each, ARRAY(sa.Text)) for each in (list(tokens), queries))
    return sa.func.unnest(*lists).table_valued("value", "query", name="wanted").render_derived()


class PostgreSQL:
    """The full text of PostgreSQL."""

    def vector(self, tokens: Iterable[str]) -> str:
        """Return tokens, each with as many places as it is often there."""
        return " ".join(_placed(token, often) for token, often in Counter(tokens).items())

    def ticket(self, public: Sequence[str], internal: Sequence[str]) -> tuple[str, str]:
        """Return both in one column: a word of the one and a word of the other together find a ticket."""
        every, hidden = Counter(public), Counter(internal)
        alone = (_placed(token, often, _INTERNAL) for token, often in hidden.items() if token not in every)
        return " ".join([self.vector(public), *alone]), ""

    def settle(self) -> None:
        """Count what there is: by the figures of an empty table, every search would look through all of it."""
        for model in (SearchedDocument, SearchedTicket):
            session().execute(sa.text(f"ANALYZE {model.__tablename__}"))

    def find(self, query: search.Query) -> list[search.Match]:
        """Return the best documents: those with the rarest words are judged by how often they have them.

        The indexes tell which document has what; only the documents that are judged are read.
        """
        shares = {(field, token): share for field, token, share in asked(query)}
        readable = set(session().scalars(sa.select(SearchedDocument.id).where(*_within(query))))
        worths: dict[tuple[str, str], float] = {}
        likely: defaultdict[int, float] = defaultdict(float)
        for field, token, ids in _having(shares):
            here = readable.intersection(ids)
            worths[field, token] = counts = shares[field, token] * worth(field, len(readable), len(here))
            for each in here:
                likely[each] += counts
        judged = sorted(likely, key=lambda each: (-likely[each], each))[: max(_JUDGED, query.limit)]
        return _ranked(judged, worths)[: query.limit]

    def known(self, kind: str, tokens: Sequence[str], audience: frozenset[str], most: int) -> sa.Select[Any]:
        """Return the query for how many documents have each of some stems."""
        each = _each(tokens)
        having = sa.select(SearchedDocument.id).where(SearchedDocument.words.op("@@")(_query(each.c.query)))
        some = having.where(*_readable(kind, audience)).limit(most).correlate(each).subquery()
        return sa.select(each.c.value, sa.select(sa.func.count()).select_from(some).scalar_subquery())

    def in_tickets(self, tokens: Sequence[str]) -> sa.Select[Any]:
        """Return the query for those of some stems that tickets have."""
        each = _each(tokens)
        there = sa.select(SearchedTicket.ticket_id).where(SearchedTicket.public.op("@@")(_query(each.c.query)))
        return sa.select(each.c.value, sa.literal(1)).where(there.correlate(each).exists())

    def similar(self, beginning: str) -> Iterable[str]:
        """Return stems of titles that begin alike."""
        titles = sa.select(sa.func.tsvector_to_array(SearchedDocument.title, type_=ARRAY(sa.Text))).where(
            SearchedDocument.title.op("@@")(_query(_any([beginning], ":*")))
        )
        every = {token for tokens in session().scalars(titles) for token in tokens}
        return [token for token in every if token.startswith(beginning)]

    def tickets(self, words: Sequence[search.Word], internal: bool) -> sa.Select[Any]:
        """Return the query for tickets."""
        mark = "" if internal else f":{_PUBLIC}"
        begins = f":*{'' if internal else _PUBLIC}"
        every = [
            "|".join([*(_quoted(stem) + mark for stem in stems), *(_quoted(beginning) + begins for beginning in more)])
            for stems, more in alternatives(words)
        ]
        wanted = _query("&".join(f"({each})" for each in every))
        score = sa.func.ts_rank(SearchedTicket.public, wanted)
        matches = SearchedTicket.public.op("@@")(wanted)
        return sa.select(SearchedTicket.ticket_id.label("id"), score.label("score")).where(matches)


def _placed(token: str, often: int, mark: str = "") -> str:
    return f"{_quoted(token)}:{','.join(f'{place}{mark}' for place in range(1, min(often, _MOST_OFTEN) + 1))}"


def _within(query: search.Query) -> list[sa.ColumnElement[bool]]:
    """Return the conditions on documents that may be found at all."""
    mine = _readable(query.kind, query.audience)
    return [*mine, SearchedDocument.language.in_([query.language, ""])] if query.language else mine


def _readable(kind: str, audience: frozenset[str]) -> list[sa.ColumnElement[bool]]:
    allowed = SearchedDocument.audience.op("@@")(_query(_any(map(marked, sorted(audience)))))
    return [SearchedDocument.kind == kind, allowed]


def _having(wanted: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str, Sequence[int]]]:
    """Yield each token of a field with the documents that have it."""
    tokens: defaultdict[str, list[str]] = defaultdict(list)
    for field, token in wanted:
        tokens[field].append(token)
    for field, some in tokens.items():
        each = _each(some)
        has = getattr(SearchedDocument, field).op("@@")(_query(each.c.query))
        ids = sa.select(each.c.value, sa.func.array_agg(SearchedDocument.id)).join_from(each, SearchedDocument, has)
        for token, found in session().execute(ids.group_by(each.c.value)):
            yield field, token, found


def _ranked(judged: Sequence[int], worths: Mapping[tuple[str, str], float]) -> list[search.Match]:
    """Return documents, best first.

    :param worths: what each token of a field counts for.
    """
    scores: dict[str, float] = {}
    for field, ranking in FIELDS.items():
        size = getattr(SearchedDocument, f"{field}_size")
        each = (
            sa.func.unnest(getattr(SearchedDocument, field))
            .table_valued("lexeme", "positions", "weights")
            .render_derived()
        )
        rows = sa.select(SearchedDocument.key, size, each.c.lexeme, sa.func.cardinality(each.c.positions)).select_from(
            sa.join(SearchedDocument, each, sa.true())
        )
        tokens = [token for one, token in worths if one == field]
        found = session().execute(rows.where(SearchedDocument.id.in_(judged), each.c.lexeme.in_(tokens)))
        for key, length, token, times in found:
            scores[key] = scores.get(key, 0.0) + worths[field, token] * ranking.fit(times, length)
    return [search.Match(key, score) for key, score in sorted(scores.items(), key=lambda pair: (-pair[1], pair[0]))]

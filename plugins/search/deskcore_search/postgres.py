"""Full text in PostgreSQL: tsvector, ranked by BM25, because its own ranking does not know how rare a word is."""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, TSQUERY

from deskcore.plugin import search, session
from deskcore_search.models import SearchedDocument, SearchedTicket
from deskcore_search.ranking import FIELDS, worth
from deskcore_search.tokens import alternatives, asked, marked

#: How often PostgreSQL counts a word of one text at most, and how many documents are judged closely.
_MOST_OFTEN, _JUDGED = 250, 60
#: The mark of what only agents see of a ticket; the rest has none, which PostgreSQL calls D.
_INTERNAL, _PUBLIC = "B", "D"

#: A field, one of its tokens, what that counts for, and the documents that have it.
Having = tuple[str, str, float, set[int]]


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
        """Return tokens, each at the place that says how often it is there."""
        return " ".join(f"{_quoted(token)}:{often}" for token, often in Counter(tokens).items())

    def ticket(self, public: Sequence[str], internal: Sequence[str]) -> tuple[str, str]:
        """Return both in one column: a word of the one and a word of the other together find a ticket."""
        every, hidden = Counter(public), Counter(internal)
        shown = (_placed(token, often) for token, often in every.items())
        alone = (_placed(token, often, _INTERNAL) for token, often in hidden.items() if token not in every)
        return " ".join([*shown, *alone]), ""

    def settle(self) -> None:
        """Count what there is: by the figures of an empty table, every search would look through all of it."""
        for model in (SearchedDocument, SearchedTicket):
            session().execute(sa.text(f"ANALYZE {model.__tablename__}"))

    def find(self, query: search.Query) -> list[search.Match]:
        """Return the best documents: those with the rarest words are judged by how often they have them.

        The indexes tell which document has what; only the documents that are judged are read.
        """
        shares = {(field, token): share for field, token, share in asked(query)}
        if not shares:
            return []
        readable = set(session().scalars(sa.select(SearchedDocument.id).where(*_within(query))))
        likely: defaultdict[int, float] = defaultdict(float)
        having = []
        for field, token, ids in _having(shares):
            here = readable.intersection(ids)
            counts = shares[field, token] * worth(field, len(readable), len(here))
            having.append((field, token, counts, here))
            for each in here:
                likely[each] += counts
        judged = heapq.nsmallest(max(_JUDGED, query.limit), likely, key=lambda each: (-likely[each], each))
        return _ranked(judged, having)[: query.limit]

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
    """Return a token with as many places as it is often there, which is what PostgreSQL ranks by."""
    return f"{_quoted(token)}:{','.join(f'{place}{mark}' for place in range(1, min(often, _MOST_OFTEN) + 1))}"


def _within(query: search.Query) -> list[sa.ColumnElement[bool]]:
    """Return the conditions on documents that may be found at all."""
    mine = _readable(query.kind, query.audience)
    return [*mine, SearchedDocument.language.in_([query.language, ""])] if query.language else mine


def _readable(kind: str, audience: frozenset[str]) -> list[sa.ColumnElement[bool]]:
    allowed = SearchedDocument.audience.op("@@")(_query(_any(map(marked, sorted(audience)))))
    return [SearchedDocument.kind == kind, allowed]


def _having(wanted: Iterable[tuple[str, str]]) -> Sequence[sa.Row[str, str, Sequence[int]]]:
    """Return each token of a field with the documents that have it."""
    tokens: defaultdict[str, list[str]] = defaultdict(list)
    for field, token in wanted:
        tokens[field].append(token)
    return session().execute(sa.union_all(*(_in_field(field, some) for field, some in tokens.items()))).all()


def _in_field(field: str, tokens: Sequence[str]) -> sa.Select[Any]:
    each = _each(tokens)
    has = getattr(SearchedDocument, field).op("@@")(_query(each.c.query))
    ids = sa.select(sa.literal(field), each.c.value, sa.func.array_agg(SearchedDocument.id))
    return ids.join_from(each, SearchedDocument, has).group_by(each.c.value)


def _ranked(judged: Sequence[int], having: Iterable[Having]) -> list[search.Match]:
    """Return documents, best first."""
    columns = (
        each
        for field in FIELDS
        for each in (sa.cast(getattr(SearchedDocument, field), sa.Text), getattr(SearchedDocument, f"{field}_size"))
    )
    rows = sa.select(SearchedDocument.id, SearchedDocument.key, *columns).where(SearchedDocument.id.in_(judged))
    found = {row[0]: row for row in session().execute(rows)}
    scores = dict.fromkeys(found, 0.0)
    for field, token, counts, here in having:
        place = 2 + 2 * list(FIELDS).index(field)
        for each in here & found.keys():
            scores[each] += counts * _fit(field, token, *found[each][place : place + 2])
    matches = (search.Match(found[each].key, score) for each, score in scores.items())
    return sorted(matches, key=lambda match: (-match.score, match.key))


def _fit(field: str, token: str, vector: str, size: int) -> float:
    """Return how well a token fits a document that has it, by its field as PostgreSQL writes it.

    As a table, all tokens would be made for the few that are asked for, which takes six times as long.
    """
    mark = f"{_quoted(token)}:"
    at = vector.index(mark) + len(mark)
    return FIELDS[field].fit(int(vector[at:].partition(" ")[0]), size)

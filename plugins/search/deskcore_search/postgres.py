"""Full text in PostgreSQL: tsvector, ranked by BM25, because its own ranking does not know how rare a word is."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, TSQUERY

from deskcore.plugin import search, session
from deskcore_search.models import SearchedDocument, SearchedTicket
from deskcore_search.tokens import FIELDS, asked, beginnings, marked

#: How often PostgreSQL counts a word of one text at most, and how many documents are judged closely.
_MOST_OFTEN, _JUDGED = 250, 120
#: Of BM25: how soon more of the same word counts no more, and how much a long text has to have more of it.
_SATURATION, _LENGTH = 1.2, 0.75
#: The mark of what only agents see of a ticket; the rest has none, which PostgreSQL calls D.
_INTERNAL, _PUBLIC = "B", "D"


def _quoted(token: str) -> str:
    return "'" + token.replace("\\", "\\\\").replace("'", "''") + "'"


def _any(tokens: Iterable[str], ending: str = "") -> str:
    return "|".join(_quoted(token) + ending for token in tokens)


def _query(expression: str) -> sa.ColumnElement[Any]:
    return sa.cast(expression, TSQUERY)


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
        wanted = asked(query)
        mine = _within(query)
        rows = (
            session().execute(sa.union_all(*(_having(place, *each, mine) for place, each in enumerate(wanted)))).all()
        )
        sizes = [sa.func.avg(getattr(SearchedDocument, f"{field}_size")) for field in FIELDS]
        counted = session().execute(sa.select(sa.func.count(), *sizes).where(*mine)).one()
        often = Counter(place for _id, place in rows)
        worth = {place: _worth(wanted[place][0], counted[0], many) for place, many in often.items()}
        likely: defaultdict[int, float] = defaultdict(float)
        for document, place in rows:
            likely[document] += worth[place]
        judged = sorted(likely, key=lambda each: (-likely[each], each))[: max(_JUDGED, query.limit)]
        usual = {field: max(float(each or 0), 1.0) for field, each in zip(FIELDS, counted[1:], strict=True)}
        return _ranked(judged, {each: worth.get(place, 0.0) for place, each in enumerate(wanted)}, usual)[: query.limit]

    def known(self, tokens: Sequence[str]) -> Iterable[str]:
        """Return those of some stems that any document has."""
        has = {token: sa.exists().where(SearchedDocument.words.op("@@")(_query(_quoted(token)))) for token in tokens}
        row = session().execute(sa.select(*has.values())).one()
        return [token for token, there in zip(has, row, strict=True) if there]

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
            "|".join([_any(word.stems, mark), *(_quoted(beginning) + begins for beginning in more)])
            for word, more in zip(words, beginnings(words), strict=True)
        ]
        wanted = _query("&".join(f"({each})" for each in every))
        score = sa.func.ts_rank(SearchedTicket.public, wanted)
        matches = SearchedTicket.public.op("@@")(wanted)
        return sa.select(SearchedTicket.ticket_id.label("id"), score.label("score")).where(matches)


def _placed(token: str, often: int, mark: str = "") -> str:
    return f"{_quoted(token)}:{','.join(f'{place}{mark}' for place in range(1, min(often, _MOST_OFTEN) + 1))}"


def _within(query: search.Query) -> list[sa.ColumnElement[bool]]:
    """Return the conditions on documents that may be found at all."""
    allowed = SearchedDocument.audience.op("@@")(_query(_any(map(marked, sorted(query.audience)))))
    mine = [SearchedDocument.kind == query.kind, allowed]
    return [*mine, SearchedDocument.language.in_([query.language, ""])] if query.language else mine


def _having(place: int, field: str, token: str, mine: Sequence[sa.ColumnElement[bool]]) -> sa.Select[Any]:
    has = getattr(SearchedDocument, field).op("@@")(_query(_quoted(token)))
    having: Any = sa.select(SearchedDocument.id, sa.literal(place)).where(has, *mine)
    return having  # type: ignore[no-any-return]


def _worth(field: str, every: int, often: int) -> float:
    return search.WEIGHTS[field] * math.log(1 + (every - often + 0.5) / (often + 0.5))


def _ranked(
    judged: Sequence[int], worth: Mapping[tuple[str, str], float], usual: Mapping[str, float]
) -> list[search.Match]:
    """Return documents by BM25.

    :param worth: of a field and token; ``usual``: how many tokens a field has in the middle.
    """
    scores: dict[str, float] = {}
    for field in FIELDS:
        size = getattr(SearchedDocument, f"{field}_size")
        each = (
            sa.func.unnest(getattr(SearchedDocument, field))
            .table_valued("lexeme", "positions", "weights")
            .render_derived()
        )
        rows = sa.select(SearchedDocument.key, size, each.c.lexeme, sa.func.cardinality(each.c.positions)).select_from(
            sa.join(SearchedDocument, each, sa.true())
        )
        tokens = [token for one, token in worth if one == field]
        found = session().execute(rows.where(SearchedDocument.id.in_(judged), each.c.lexeme.in_(tokens)))
        for key, length, token, times in found:
            room = _SATURATION * (1 - _LENGTH + _LENGTH * length / usual[field])
            scores[key] = scores.get(key, 0.0) + worth[field, token] * times * (_SATURATION + 1) / (times + room)
    return [search.Match(key, score) for key, score in sorted(scores.items(), key=lambda pair: (-pair[1], pair[0]))]

"""Finding: the core asks the backend, then each kind for what of it may be shown."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import TypeVar

from deskcore.hooks.contributed import Contributed
from deskcore.hooks.contributions import Text
from deskcore.hooks.searching import Backend, Engine, Kind, NotReady, Query, Shown
from deskcore.runtime import runtime
from deskcore.search import analysis
from deskcore.search.answers import POOL, Answer, answered
from deskcore.search.audiences import audience
from deskcore.search.hits import Hit, hit, in_order
from deskcore.search.indexing import backend, document_of, queue_rebuild
from deskcore.search.likeness import alike, told_apart
from deskcore.search.spelling import corrected

log = logging.getLogger("deskcore.search")

#: More than is wanted is asked for, because the index may know of what is gone.
_SPARE = 5

T = TypeVar("T")
#: Makes of a query what is looked for, by what the index has.
Meaning = Callable[[Engine, Query], Query]


def titles() -> Mapping[str, Text]:
    """Return the kinds of documents that plugins have, by key."""
    return {item.value.key: item.value.title for item in runtime().plugins.search_kinds}


def ready(kind: str = "") -> bool:
    """Tell whether what plugins have can be found at the moment; not while the index is built anew.

    :param kind: key of the kind that is asked about; all of them when left out.
    """
    with_index = backend()
    if with_index is None:
        return False
    kinds = [kind] if kind else list(titles())
    return all(_asked(with_index, each, partial(_nothing_of, each)) is not None for each in kinds)


def _nothing_of(kind: str, engine: Engine) -> Mapping[str, int]:
    return engine.known(kind, (), frozenset())


def find(text: str, kinds: Collection[str] = (), limit: int = 10, language: str = "") -> tuple[Hit, ...]:
    """Return what fits a text best, as far as whoever asks may see it; never an error, whatever the text.

    A document needs any of the words; forms of a word, missing marks on letters and a slip of the hand are forgiven.

    :param kinds: keys of the kinds wanted; those of all plugins when left out, and the core's own.
    :param language: of documents wanted, where they have one.
    """
    registry = runtime()
    wanted = set(kinds) or {*titles(), *registry.core_kinds}
    words, _pairs = analysis.asked(text)
    if not words or limit < 1:
        return ()
    found: list[Hit] = []
    for key, own in registry.core_kinds.items():
        if key in wanted:
            found += own.find(text, limit)
    for item in registry.plugins.search_kinds:
        if item.value.key in wanted:
            found += _of_kind(item, analysis.query(item.value.key, text, audience(), language, limit))
    return tuple(in_order(found)[:limit])


def answer(
    text: str,
    kinds: Collection[str] = (),
    limit: int = 10,
    language: str = "",
    narrowed: Mapping[str, str] = MappingProxyType({}),
) -> Answer:
    """Return what fits a text best, what it can be narrowed to, and what was probably meant.

    :param kinds: as for :func:`find`, as is ``language``.
    :param narrowed: values that hits must have, by name, as :attr:`Answer.facets` names both.
    """
    return answered(find(text, kinds, POOL, language), text, limit, narrowed)


def like(kind: str, key: str, limit: int = 5) -> tuple[Hit, ...]:
    """Return documents that are about the same as one that whoever asks may see, in its language.

    :param kind: key of a plugin's kind; there is nothing like what is of another, or what is not there.
    """
    for item in runtime().plugins.search_kinds:
        if item.value.key != kind:
            continue
        document = document_of(item, key)
        if document is not None and document.audience & audience():
            hits = _of_kind(item, alike(document, kind, audience(), limit + 1), partial(told_apart, document))
            return tuple(each for each in hits if each.key != key)[:limit]
    return ()


def _of_kind(item: Contributed[Kind], query: Query, meaning: Meaning = corrected) -> list[Hit]:
    with_index = backend()
    if with_index is None:
        return []

    def look(engine: Engine) -> tuple[Query, Sequence[str]]:
        meant = meaning(engine, query)
        matches = engine.find(replace(meant, limit=query.limit + _SPARE))
        return meant, [match.key for match in matches]

    answer = _asked(with_index, query.kind, look)
    if answer is None or not answer[1]:
        return []
    meant, keys = answer
    seconds = runtime().plugins.breaker.limits.piece
    call = runtime().callers.ask(
        item.plugin, f"search {query.kind}", lambda: dict(item.value.show(keys, query.audience)), seconds
    )
    shown: Mapping[str, Shown] = call.value if call.error is None else {}
    known = [key for key in keys if type(shown.get(key)) is Shown][: query.limit]
    return [hit(query.kind, key, shown[key], meant.words, place) for place, key in enumerate(known)]


def _asked(with_index: Contributed[Backend], kind: str, question: Callable[[Engine], T]) -> T | None:
    """Ask the backend; where its index cannot be asked, have it built again and go on with nothing."""

    def ask() -> T | NotReady:
        try:
            return question(with_index.value.engine())
        except NotReady as reason:
            return reason

    call = runtime().callers.ask(with_index.plugin, "search", ask, runtime().plugins.breaker.limits.deadline)
    if isinstance(call.value, NotReady):
        log.warning("nothing of kind %s can be found until its index is built again: %s", kind, call.value)
        queue_rebuild(kind)
        return None
    answer: T | None = call.value if call.error is None else None
    return answer

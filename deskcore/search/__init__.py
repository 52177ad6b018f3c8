"""Search: kinds of documents, whatever plugin has them, and a backend that finds them, whatever plugin brings it.

This package is the contract. A plugin that has something to find registers a :class:`Kind`, and calls :func:`changed`
when it changes; one that keeps an index registers a :class:`Backend`. All use the names in ``__all__``.
Without a backend the core finds tickets by number and subject, and what plugins have by nothing.
"""

from __future__ import annotations

from deskcore.hooks.searching import (
    WEIGHTS,
    Analysed,
    Backend,
    Document,
    Engine,
    Kind,
    Match,
    NotReady,
    Query,
    Searched,
    Shown,
    Word,
)
from deskcore.search.analysis import analysed
from deskcore.search.answers import Answer, Facet
from deskcore.search.audiences import AGENTS, EVERYONE, PEOPLE, audience, desk
from deskcore.search.finding import answer, find, like, ready
from deskcore.search.hits import Hit
from deskcore.search.indexing import changed, kinds, rebuild

__all__ = [
    "AGENTS",
    "EVERYONE",
    "PEOPLE",
    "WEIGHTS",
    "Analysed",
    "Answer",
    "Backend",
    "Document",
    "Engine",
    "Facet",
    "Hit",
    "Kind",
    "Match",
    "NotReady",
    "Query",
    "Searched",
    "Shown",
    "Word",
    "analysed",
    "answer",
    "audience",
    "changed",
    "desk",
    "find",
    "kinds",
    "like",
    "ready",
    "rebuild",
]

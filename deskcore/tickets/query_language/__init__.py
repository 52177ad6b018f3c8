"""The query language of ticket lists: text, its terms, and what they mean; see :mod:`.reading` for the grammar."""

from deskcore.tickets.query_language.meaning import NOT_SNOOZED, Known, Wanted, understand
from deskcore.tickets.query_language.own_filters import AnswerFilter, OwnFilter, TableFilter
from deskcore.tickets.query_language.reading import MAX_TEXT, parse
from deskcore.tickets.query_language.terms import Bad, Item, Term, written
from deskcore.tickets.query_language.words import is_own

__all__ = [
    "MAX_TEXT",
    "NOT_SNOOZED",
    "AnswerFilter",
    "Bad",
    "Item",
    "Known",
    "OwnFilter",
    "TableFilter",
    "Term",
    "Wanted",
    "is_own",
    "parse",
    "understand",
    "written",
]

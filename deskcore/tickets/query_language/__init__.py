"""The query language of ticket lists: text, its terms, and what they mean; see :mod:`.reading` for the grammar."""

from deskcore.tickets.query_language.answer_filters import AnswerFilter
from deskcore.tickets.query_language.meaning import NOT_SNOOZED, Known, Wanted, understand
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
    "Term",
    "Wanted",
    "is_own",
    "parse",
    "understand",
    "written",
]

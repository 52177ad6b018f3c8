"""The query language of ticket lists: text, its terms, and what they mean; see :mod:`.reading` for the grammar."""

from deskcore.tickets.query_language.meaning import Known, Wanted, understand
from deskcore.tickets.query_language.reading import MAX_TEXT, parse
from deskcore.tickets.query_language.terms import Bad, Item, Term, written

__all__ = ["MAX_TEXT", "Bad", "Item", "Known", "Term", "Wanted", "parse", "understand", "written"]

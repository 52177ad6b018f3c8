"""What the API takes in addresses and headers: nothing that is not declared here is read."""

from __future__ import annotations

from marshmallow import Schema, fields

from deskcore.api.fields import MAX_PAGE, Line, OneOf, PageSize, Sent, Since, Spelled, about
from deskcore.hooks.contributions import PRIORITIES, STATUS_CATEGORIES
from deskcore.runtime import runtime
from deskcore.search.finding import titles
from deskcore.tickets.idempotency import MAX_KEY
from deskcore.tickets.queries import SORTS
from deskcore.tickets.texts import MAX_TAG

QUEUES = ("all", "open", "mine", "unassigned", "due", "waiting", "finished")


def kinds() -> tuple[str, ...]:
    """Return what can be searched for: tickets, services, and the kinds that plugins add."""
    return (*runtime().core_kinds, *titles())


class TypesWanted(Sent):
    """Which request types are wanted."""

    desk = Line(most=60, **about("Of this desk only."))


class PageWanted(Sent):
    """Which part of a list is wanted."""

    limit = PageSize()
    after = Line(most=2000, **about("Cursor: `next` of the page before."))


class HistoryWanted(PageWanted):
    """Which part of a ticket's history is wanted."""

    limit = PageSize(MAX_PAGE)


class TicketsWanted(PageWanted):
    """Which tickets are wanted, in which order."""

    desk = Line(most=60, **about("Of this desk only."))
    status_category = OneOf(STATUS_CATEGORIES, **about("In this category only."))
    queue = OneOf(QUEUES, load_default="all", **about("One of the built-in queues."))
    priority = OneOf(PRIORITIES, **about("With this priority only."))
    requester = Line(**about("Asked for by the person with this e-mail address only."))
    tag = Line(most=MAX_TAG, **about("With this tag only; with a workspace token only."))
    updated_since = Since(**about("Changed at this moment or later."))
    q = Line(most=200, **about("A number, or words of the subject."))
    sort = OneOf(
        [mark + name for name in SORTS for mark in ("", "-")],
        load_default="-updated",
        **about("Order; with - before it, descending."),
    )


class PeopleWanted(PageWanted):
    """Which people are wanted."""

    q = Line(most=200, **about("Words of the name or of the e-mail address."))


class SearchWanted(Sent):
    """What is searched for."""

    q = Line(most=200, required=True, **about("Words, or a ticket's number.", example="outlook"))
    kind = Line(
        most=60, load_default="", **about("Things of this kind only: `ticket`, `service`, or what a plugin adds.")
    )
    limit = PageSize()


class BytesWanted(Sent):
    """What the bytes of a file in a body of their own are called; not beside a form."""

    name = Line(**about("Name of the file."))
    internal = Spelled(**about("`true` for a note that only agents of the desk ever see."))


class IfNoneMatch(Schema):
    """The version that the caller has."""

    known = fields.String(data_key="If-None-Match", **about("ETag of the version you have."))


class IfMatch(Schema):
    """The version that the caller changes."""

    version = fields.String(data_key="If-Match", **about("ETag of the version you saw; another one now is a conflict."))


_KEY = "Your own name for this request: sending it again returns the first answer and does nothing twice."


class Once(Schema):
    """The caller's name for a request."""

    key = Line(most=MAX_KEY, data_key="Idempotency-Key", **about(_KEY))


class OnceIfMatch(IfMatch, Once):
    """The caller's name for a request, and the version that it changes."""

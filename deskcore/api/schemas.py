"""What the API takes and gives: nothing that is not declared here is read or returned."""

from __future__ import annotations

from typing import Any

from marshmallow import INCLUDE, Schema, fields

from deskcore.api.fields import MAX_PAGE, Flag, Line, Lines, Moment, OneOf, PageSize, Plain, Prose, Sent
from deskcore.hooks.contributions import PRIORITIES, STATUS_CATEGORIES
from deskcore.tickets.queries import SORTS

QUEUES = ("all", "open", "mine", "unassigned", "due", "waiting", "finished")


def _about(text: str, **more: Any) -> dict[str, Any]:
    return {"metadata": {**({"description": text} if text else {}), **more}}


class ProblemItem(Schema):
    """One thing to correct."""

    field = fields.String(**_about("Dotted path of the field, or empty for the whole.", example="answers.service"))
    message = fields.String(**_about("How to correct it, in the caller's language."))


class ProblemDocument(Schema):
    """An error (RFC 9457)."""

    type = fields.String(required=True, **_about("Kind of problem; stable.", example="urn:deskcore:problem:invalid"))
    title = fields.String(required=True, **_about("The kind in words."))
    status = fields.Integer(required=True, **_about("The HTTP status."))
    detail = fields.String(required=True, **_about("What happened, and what to do about it."))
    errors = fields.List(fields.Nested(ProblemItem), required=True, **_about("Everything there is to correct."))
    current_version = fields.Integer(**_about("On a conflict: the version that is stored now."))


class PersonShort(Schema):
    """Somebody, by name and address."""

    name = fields.String(required=True)
    email = fields.String(**_about("Left out where only the name may be known.", format="email"))


class DeskRole(Schema):
    """A desk on which somebody works."""

    key = fields.String(required=True)
    role = fields.String(required=True, **_about("", enum=["agent", "lead"]))


class Me(Schema):
    """The person behind a token, and what the token allows."""

    name = fields.String(required=True)
    email = fields.String(required=True, **_about("", format="email"))
    language = fields.String(required=True, **_about("Chosen language, or empty for the browser's."))
    time_zone = fields.String(required=True)
    administrator = fields.Boolean(required=True)
    area = fields.String(required=True, **_about("Whose view of tickets it is.", enum=["portal", "workspace"]))
    scopes = fields.List(fields.String(), required=True)
    expires_at = Moment(required=True, allow_none=True)
    desks = fields.List(fields.Nested(DeskRole), required=True)


class StatusItem(Schema):
    """A status of a desk."""

    key = fields.String(required=True)
    category = fields.String(required=True, **_about("", enum=list(STATUS_CATEGORIES)))
    title = fields.String(required=True)


class TeamItem(Schema):
    """A team of a desk."""

    key = fields.String(required=True)
    title = fields.String(required=True)
    tier = fields.Integer(required=True, **_about("1 for first line up to 3."))


class DeskItem(Schema):
    """A desk."""

    key = fields.String(required=True)
    title = fields.String(required=True)
    open = fields.Boolean(required=True, **_about("Whether it takes new requests."))
    statuses = fields.List(fields.Nested(StatusItem), required=True, **_about("Empty for a portal token."))
    teams = fields.List(fields.Nested(TeamItem), required=True, **_about("Empty for a portal token."))


class RequestTypeItem(Schema):
    """Something that can be asked of a desk."""

    key = fields.String(required=True)
    desk = fields.String(required=True)
    title = fields.String(required=True)
    summary = fields.String(required=True)
    fields_ = fields.Dict(required=True, data_key="fields", **_about("JSON Schema of the answers."))


class TicketItem(Schema):
    """A ticket."""

    number = fields.String(required=True, **_about("", example="IT-2394"))
    desk = fields.String()
    request_type = fields.String(allow_none=True)
    subject = fields.String()
    description = fields.String()
    status = fields.String(**_about("Key of the desk's status; for a portal token the category."))
    status_category = fields.String(**_about("", enum=list(STATUS_CATEGORIES)))
    priority = fields.String(**_about("", enum=list(PRIORITIES)))
    requester = fields.Nested(PersonShort)
    assignee = fields.Nested(PersonShort, allow_none=True)
    team = fields.String(allow_none=True, **_about("Key of the team; null for a portal token."))
    tags = fields.List(fields.String(), **_about("Empty for a portal token."))
    answers = fields.Dict(**_about("Answers by field; a sensitive one is null."))
    extra = fields.Dict(**_about("Data of plugins by their name; empty for a portal token."))
    version = fields.Integer(**_about("Rises with every change; also in the ETag."))
    created_at = Moment()
    updated_at = Moment()
    due_at = Moment(allow_none=True)


class AttachmentItem(Schema):
    """A file of an entry."""

    name = fields.String(required=True)
    size = fields.Integer(required=True, **_about("Bytes."))
    media_type = fields.String(required=True)


class TimelineItem(Schema):
    """One line of a ticket's history."""

    seq = fields.Integer(required=True, **_about("Place in the ticket's history."))
    kind = fields.String(required=True, **_about("`opened`, `message`, `note`, or what else happened."))
    at = Moment(required=True)
    author = fields.Nested(PersonShort, required=True, allow_none=True)
    plugin = fields.String(required=True, allow_none=True, **_about("The plugin that acted, when it was no person."))
    channel = fields.String(required=True)
    body = fields.String(required=True)
    attachments = fields.List(fields.Nested(AttachmentItem), required=True)
    changes = fields.Dict(required=True, **_about("What changed: `from` and `to`, in keys, names and addresses."))


class MessageItem(Schema):
    """A message or note that was just written."""

    seq = fields.Integer(required=True)
    kind = fields.String(required=True, **_about("", enum=["message", "note"]))
    at = Moment(required=True)
    body = fields.String(required=True)


def page_of(item: type[Schema]) -> type[Schema]:
    """Return the schema of a page of ``item``."""
    name = item.__name__.removesuffix("Item") + "Page"
    following = fields.String(required=True, allow_none=True, metadata={"description": "Send it as `after`."})
    page = Schema.from_dict({"items": fields.List(fields.Nested(item), required=True), "next": following}, name=name)
    page.__module__ = item.__module__
    return page


DeskPage, RequestTypePage, TicketPage, TimelinePage = map(
    page_of, (DeskItem, RequestTypeItem, TicketItem, TimelineItem)
)


class Document(Schema):
    """The description of the API itself, in OpenAPI 3.1."""

    class Meta:
        unknown = INCLUDE

    openapi = fields.String(required=True)


class TypesWanted(Sent):
    """Which request types are wanted."""

    desk = Line(most=60, **_about("Of this desk only."))


class TicketsWanted(Sent):
    """Which tickets are wanted, in which order."""

    desk = Line(most=60, **_about("Of this desk only."))
    status_category = OneOf(STATUS_CATEGORIES, **_about("In this category only."))
    queue = OneOf(QUEUES, load_default="all", **_about("One of the built-in queues."))
    q = Line(most=200, **_about("A number, or words of the subject."))
    sort = OneOf(
        [mark + name for name in SORTS for mark in ("", "-")],
        load_default="-updated",
        **_about("Order; with - before it, descending."),
    )
    limit = PageSize()
    after = Line(most=2000, **_about("Cursor: `next` of the page before."))


class HistoryWanted(Sent):
    """Which part of a ticket's history is wanted."""

    limit = PageSize(MAX_PAGE)
    after = Line(most=2000, **_about("Cursor: `next` of the page before."))


class NewTicketBody(Sent):
    """A ticket to open."""

    desk = Line(most=60, required=True)
    request_type = Line(most=60, required=True)
    subject = Prose(**_about("Made from the answers when left out."))
    description = Prose(**_about("Made from the answers when left out."))
    answers = Plain(load_default=dict, **_about("Answers by field, as the request type's schema says."))
    requester = Line(**_about("E-mail address of the person it is for; with a workspace token only.", format="email"))
    priority = OneOf(PRIORITIES, **_about("With a workspace token only."))


class TicketPatch(Sent):
    """What to change; what is left out stays."""

    assignee = Line(allow_none=True, **_about("E-mail address of an agent; null takes it from whoever has it."))
    team = Line(most=60, allow_none=True, **_about("Key of a team of the desk, or null."))
    priority = OneOf(PRIORITIES)
    tags = Lines()


class MessageBody(Sent):
    """A message to write."""

    body = Prose(required=True)
    internal = Flag(load_default=False, **_about("True for a note that only agents of the desk ever see."))


class TransitionBody(Sent):
    """The status to set."""

    status = Line(most=40, required=True, **_about("Key of one of the desk's statuses."))


class IfNoneMatch(Schema):
    """The version that the caller has."""

    known = fields.String(data_key="If-None-Match", load_default="", **_about("ETag of the version you have."))


class IfMatch(Schema):
    """The version that the caller changes."""

    version = fields.String(
        data_key="If-Match", load_default="", **_about("ETag of the version you saw; another one now is a conflict.")
    )


_KEY = "Your own name for this request: sending it again returns the first answer and does nothing twice."


class Once(Schema):
    """The caller's name for a request."""

    key = Line(most=100, data_key="Idempotency-Key", load_default="", **_about(_KEY))


class OnceIfMatch(IfMatch, Once):
    """The caller's name for a request, and the version that it changes."""

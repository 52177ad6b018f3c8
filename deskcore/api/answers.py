"""What the API gives: nothing that is not declared here is returned."""

from __future__ import annotations

from marshmallow import INCLUDE, Schema, fields

from deskcore.api.fields import Moment, about
from deskcore.hooks.contributions import PRIORITIES, STATUS_CATEGORIES

#: Kinds of what is written into a ticket.
WRITTEN = ("message", "note")


class ProblemItem(Schema):
    """One thing to correct."""

    field = fields.String(required=True, **about("Dotted path of the field, or the parameter; empty for the whole."))
    message = fields.String(required=True, **about("How to correct it, in the caller's language."))
    pointer = fields.String(**about("JSON pointer (RFC 6901) to it, when it stands in a JSON body."))


class ProblemDocument(Schema):
    """An error (RFC 9457)."""

    type = fields.String(required=True, **about("Kind of problem; stable."))
    title = fields.String(required=True, **about("The kind in words."))
    status = fields.Integer(required=True, **about("The HTTP status."))
    detail = fields.String(required=True, **about("What happened, and what to do about it."))
    errors = fields.List(fields.Nested(ProblemItem), required=True, **about("Everything there is to correct."))
    current_version = fields.Integer(**about("On a conflict: the version that is stored now."))


class PersonShort(Schema):
    """Somebody, by name and address."""

    name = fields.String(required=True)
    email = fields.String(**about("Left out where only the name may be known.", format="email"))


class PersonItem(Schema):
    """Somebody of the organisation."""

    name = fields.String(required=True)
    email = fields.String(required=True, **about("", format="email"))
    job_title = fields.String(required=True)
    phone = fields.String(required=True)
    department = fields.String(required=True, allow_none=True)
    location = fields.String(required=True, allow_none=True)
    manager = fields.Nested(PersonShort, required=True, allow_none=True)
    absent_until = Moment(required=True, allow_none=True, **about("When an absence that is on now is over."))


class DeskRole(Schema):
    """A desk on which somebody works."""

    key = fields.String(required=True)
    role = fields.String(required=True, **about("", enum=["agent", "lead"]))


class Me(Schema):
    """The person behind a token, and what the token allows."""

    name = fields.String(required=True)
    email = fields.String(required=True, **about("", format="email"))
    language = fields.String(required=True, **about("Chosen language, or empty for the browser's."))
    time_zone = fields.String(required=True)
    administrator = fields.Boolean(required=True)
    area = fields.String(required=True, **about("Whose view of tickets it is.", enum=["portal", "workspace"]))
    scopes = fields.List(fields.String(), required=True)
    expires_at = Moment(required=True, allow_none=True)
    desks = fields.List(fields.Nested(DeskRole), required=True)


class StatusItem(Schema):
    """A status of a desk."""

    key = fields.String(required=True)
    category = fields.String(required=True, **about("", enum=list(STATUS_CATEGORIES)))
    title = fields.String(required=True)


class TeamItem(Schema):
    """A team of a desk."""

    key = fields.String(required=True)
    title = fields.String(required=True)
    tier = fields.Integer(required=True, **about("1 for first line up to 3."))


class DeskItem(Schema):
    """A desk."""

    key = fields.String(required=True)
    title = fields.String(required=True)
    open = fields.Boolean(required=True, **about("Whether it takes new requests."))
    statuses = fields.List(fields.Nested(StatusItem), required=True, **about("Empty for a portal token."))
    teams = fields.List(fields.Nested(TeamItem), required=True, **about("Empty for a portal token."))


class RequestTypeItem(Schema):
    """Something that can be asked of a desk."""

    key = fields.String(required=True)
    desk = fields.String(required=True)
    title = fields.String(required=True)
    summary = fields.String(required=True)
    fields_ = fields.Dict(required=True, data_key="fields", **about("JSON Schema of the answers."))


class TicketItem(Schema):
    """A ticket."""

    number = fields.String(required=True)
    desk = fields.String()
    request_type = fields.String(allow_none=True)
    subject = fields.String()
    description = fields.String()
    status = fields.String(**about("Key of the desk's status; for a portal token the category."))
    status_category = fields.String(**about("", enum=list(STATUS_CATEGORIES)))
    priority = fields.String(**about("", enum=list(PRIORITIES)))
    requester = fields.Nested(PersonShort)
    assignee = fields.Nested(PersonShort, allow_none=True)
    team = fields.String(allow_none=True, **about("Key of the team; null for a portal token."))
    tags = fields.List(fields.String(), **about("Empty for a portal token."))
    answers = fields.Dict(**about("Answers by field; a sensitive one is null."))
    extra = fields.Dict(**about("Data of plugins by their name; empty for a portal token."))
    version = fields.Integer(**about("Rises with every change; also in the ETag."))
    created_at = Moment()
    updated_at = Moment()
    due_at = Moment(allow_none=True)


class AttachmentItem(Schema):
    """A file of an entry."""

    key = fields.String(required=True, **about("Names the file in addresses."))
    name = fields.String(required=True, allow_none=True, **about("Null for a sealed one."))
    size = fields.Integer(required=True, **about("Bytes."))
    sealed = fields.Boolean(
        required=True,
        **about("Whether it belongs to a sensitive answer: then its bytes are given by `reveal` alone, with its name."),
    )
    media_type = fields.String(required=True, **about("By the name's ending, whatever the sender said."))
    url = fields.String(required=True, **about("Where its bytes are."))


class TicketAttachmentItem(AttachmentItem):
    """A file of a ticket, and the entry it hangs on."""

    seq = fields.Integer(required=True, **about("Place of the entry in the ticket's history."))
    kind = fields.String(required=True, **about("What the entry is.", enum=["opened", *WRITTEN]))
    at = Moment(required=True)


class TimelineItem(Schema):
    """One line of a ticket's history."""

    seq = fields.Integer(required=True, **about("Place in the ticket's history."))
    kind = fields.String(required=True, **about("`opened`, `message`, `note`, or what else happened."))
    at = Moment(required=True)
    author = fields.Nested(PersonShort, required=True, allow_none=True)
    plugin = fields.String(required=True, allow_none=True, **about("The plugin that acted, when it was no person."))
    channel = fields.String(required=True)
    body = fields.String(required=True)
    attachments = fields.List(fields.Nested(AttachmentItem), required=True)
    changes = fields.Dict(required=True, **about("What changed: `from` and `to`, in keys, names and addresses."))


class MessageItem(Schema):
    """A message or note that was just written."""

    seq = fields.Integer(required=True, **about("Place in the ticket's history."))
    kind = fields.String(required=True, **about("", enum=list(WRITTEN)))
    at = Moment(required=True)
    body = fields.String(required=True)
    attachments = fields.List(fields.Nested(AttachmentItem), required=True)


class HitItem(Schema):
    """Something that was found."""

    kind = fields.String(required=True, **about("What it is, such as `ticket`."))
    title = fields.String(required=True)
    url = fields.String(required=True, **about("Address of its page, for people.", format="uri"))
    snippet = fields.String(required=True, **about("How it begins, in one line."))
    score = fields.Float(required=True, **about("How well it fits, up to 1; to be compared within one answer only."))


class RevealedItem(Schema):
    """A sensitive answer in clear."""

    field = fields.String(required=True)
    value = fields.Raw(required=True, **about("The answer, in the form that the request type's schema describes."))


def page_of(item: type[Schema]) -> type[Schema]:
    """Return the schema of a page of ``item``."""
    name = item.__name__.removesuffix("Item") + "Page"
    following = fields.String(required=True, allow_none=True, **about("Send it as `after`; null on the last page."))
    page = Schema.from_dict({"items": fields.List(fields.Nested(item), required=True), "next": following}, name=name)
    page.__module__ = item.__module__
    page.__doc__ = "A page of a list."
    return page


AttachmentPage, DeskPage, HitPage, PersonPage, RequestTypePage, TicketPage, TimelinePage = map(
    page_of, (TicketAttachmentItem, DeskItem, HitItem, PersonItem, RequestTypeItem, TicketItem, TimelineItem)
)


class Document(Schema):
    """The description of the API itself, in OpenAPI 3.1."""

    class Meta:
        unknown = INCLUDE

    openapi = fields.String(required=True)

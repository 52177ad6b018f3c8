"""What the API takes in bodies: nothing that is not declared here is read."""

from __future__ import annotations

from deskcore.api.fields import Flag, Line, Lines, OneOf, Plain, Prose, Sent, Spelled, about
from deskcore.hooks.contributions import PRIORITIES
from deskcore.tickets.texts import MAX_SUBJECT, MAX_TAG, MAX_TAGS, MAX_TEXT


class NewTicketBody(Sent):
    """A ticket to open."""

    desk = Line(most=60, required=True)
    request_type = Line(most=60, required=True)
    subject = Prose(most=MAX_SUBJECT, **about("Made from the answers when left out."))
    description = Prose(most=MAX_TEXT, **about("Made from the answers when left out."))
    answers = Plain(load_default=dict, **about("Answers by field, as the request type's schema says."))
    requester = Line(
        **about(
            "E-mail address of the person it is for. With a workspace token anybody; with a portal token somebody for "
            "whom its person may ask, where the desk allows that.",
            format="email",
        )
    )
    priority = OneOf(PRIORITIES, **about("With a workspace token only."))


class TicketPatch(Sent):
    """What to change; what is left out stays."""

    assignee = Line(allow_none=True, **about("E-mail address of an agent; null takes it from whoever has it."))
    stand_in = Flag(
        load_default=False,
        **about("True to give it to whoever stands in where the assignee is away; otherwise the assignee gets it."),
    )
    team = Line(most=60, allow_none=True, **about("Key of a team of the desk, or null."))
    priority = OneOf(PRIORITIES)
    tags = Lines(most=MAX_TAGS, longest=MAX_TAG)


class MessageBody(Sent):
    """A message to write."""

    body = Prose(most=MAX_TEXT, required=True)
    internal = Flag(load_default=False, **about("True for a note that only agents of the desk ever see."))


class TransitionBody(Sent):
    """The status to set."""

    status = Line(most=40, required=True, **about("Key of one of the desk's statuses."))


class MergeBody(Sent):
    """The ticket to merge into."""

    into = Line(most=20, required=True, **about("Number of the ticket that goes on."))
    follow = Flag(load_default=True, **about("Let whoever asked follow that ticket, unless that person takes part."))


class FilesForm(Sent):
    """What stands beside the files in a form."""

    body = Prose(most=MAX_TEXT, load_default="", **about("The message; the names of the files when left out."))
    internal = Spelled(load_default=False, **about("`true` for a note that only agents of the desk ever see."))

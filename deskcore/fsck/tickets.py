"""What must be true of every single ticket; each function yields what is not."""

from __future__ import annotations

import re
from collections.abc import Iterator

from deskcore.answer_keys import FILE
from deskcore.desks.catalogue import FINISHED_CATEGORIES
from deskcore.fsck.batches import TicketRows
from deskcore.sealing import Unsealable, key_id_of
from deskcore.tickets.sealed_files import named_files, of_ticket
from deskcore.tickets.sensitive import has_clear, key_of, open_value, sealed_in

#: When what is in clear is sealed.
_WHEN = "a worker does that every night, “deskcore keys rotate” now"
_NUMBER = re.compile(r"([A-Z]{2,5})-(?:([1-9][0-9]*)|[2-9A-Z]{5})")


def has_a_desk(ticket: TicketRows) -> Iterator[str]:
    """Every ticket has a desk."""
    if ticket.desk is None:
        yield "Its desk does not exist."


def has_a_number_of_its_series(ticket: TicketRows) -> Iterator[str]:
    """A number begins with a known prefix, and its series will not give it again."""
    found = _NUMBER.fullmatch(ticket.row.number)
    if found is None or found[1] not in ticket.around.series:
        yield "No desk gives such a number."
        return
    drawn = any(desk.confidential and desk.prefix == found[1] for desk in ticket.around.desks.values())
    if found[2] and not drawn and ticket.around.series[found[1]] <= int(found[2]):
        yield f"The series of {found[1]} would give {ticket.around.series[found[1]]}, as if it were not taken."


def begins_with_its_opening(ticket: TicketRows) -> Iterator[str]:
    """The first event of every ticket, and only the first, is that it was opened."""
    if [event.seq for event in ticket.events if event.kind == "opened"] != [1]:
        yield "Its first event is not that it was opened."


def counts_its_events(ticket: TicketRows) -> Iterator[str]:
    """Events are numbered from 1 without a gap, up to what the ticket says."""
    if [event.seq for event in ticket.events] != list(range(1, len(ticket.events) + 1)):
        yield "The sequence numbers of its events have gaps."
    last = ticket.events[-1].seq if ticket.events else 0
    if last != ticket.row.last_seq:
        yield f"Its last event has number {last}, the ticket says {ticket.row.last_seq}."


def has_a_status_of_its_desk(ticket: TicketRows) -> Iterator[str]:
    """The desk has the status, in the category that the ticket says."""
    if ticket.desk is None:
        return
    categories = {status["key"]: status["category"] for status in ticket.desk.statuses}
    known = categories.get(ticket.row.status)
    if known is None:
        yield f"The desk has no status “{ticket.row.status}”."
    elif known != ticket.row.status_category:
        yield f"Status “{ticket.row.status}” belongs to {known}, not {ticket.row.status_category}."


def is_finished_as_its_category_says(ticket: TicketRows) -> Iterator[str]:
    """A ticket is finished, and has the moment in which it was resolved, exactly if its category says so."""
    finished = ticket.row.status_category in FINISHED_CATEGORIES
    if ticket.row.finished != finished:
        yield f"“Finished” is {ticket.row.finished}, but the category is {ticket.row.status_category}."
    if (ticket.row.resolved_at is not None) != finished:
        yield "It is finished without having been resolved." if finished else "It is open, but was resolved."


def has_a_text_for_each_entry(ticket: TicketRows) -> Iterator[str]:
    """Messages and notes stand one to one with the events that tell of them."""
    told = {(event.kind, event.seq) for event in ticket.events if event.kind in ("message_added", "note_added")}
    for entry in sorted(told ^ ticket.entries):
        yield f"Entry {entry[1]} has no {'text' if entry in told else 'event'} of its own."


def has_the_tags_that_lists_filter_by(ticket: TicketRows) -> Iterator[str]:
    """The tags in the ticket are those in the table beside it."""
    if sorted(ticket.tags) != sorted(ticket.row.tags):
        yield "Its tags differ from those that lists filter by."


def includes_who_asked(ticket: TicketRows) -> Iterator[str]:
    """The person who asked takes part, and so sees the ticket in the portal; nobody does where that is anonymous."""
    if ticket.row.requester_id not in ticket.requesters | {ticket.around.stand_in}:
        yield "Who asked does not take part in it."


def answers_its_form(ticket: TicketRows) -> Iterator[str]:
    """Every answer belongs to a field of the form version with which the ticket was filled."""
    fields = ticket.around.forms.get(ticket.row.form_version_id)
    if fields is None:
        yield "The form with which it was filled does not exist."
        return
    for key in sorted(ticket.row.answers.keys() - fields):
        yield f"Its form has no field for the answer “{key}”."


def keeps_sensitive_answers_sealed(ticket: TicketRows) -> Iterator[str]:
    """Every sensitive answer is encrypted, and opens for this ticket and its field with one of the keys."""
    keys, row = ticket.around.keys, ticket.row
    for place, value in sealed_in(row.answers):
        try:
            open_value(keys, row.sealed_as or "", place, value)
        except Unsealable as error:
            key = key_of(value)
            why = str(error) if key in keys.ids else f"the file “{FILE}” lacks the key {key or '?'}"
            yield f"The answer “{place}” cannot be opened: {why}."
    if has_clear(row.answers, ticket.around.sensitive.fields_of(row)):
        yield f"A sensitive answer is not encrypted yet; {_WHEN}."


def keeps_sensitive_files_sealed(ticket: TicketRows) -> Iterator[str]:
    """What opens the file of a sensitive answer opens for this ticket and this answer with one of the keys."""
    keys, row = ticket.around.keys, ticket.row
    clear = {file.token for file in ticket.files if file.sealed is None}
    for file in ticket.files:
        try:
            if file.sealed is not None:
                of_ticket(keys, row.sealed_as, file)
        except Unsealable as error:
            key = key_id_of(file.sealed)
            why = str(error) if key in keys.ids else f"the file “{FILE}” lacks the key {key}"
            yield f"A file of the answer “{file.answer}” cannot be opened: {why}."
    if clear and clear & named_files(keys, row.sealed_as, row.answers).keys():
        yield f"A file of a sensitive answer is not encrypted yet; {_WHEN}."

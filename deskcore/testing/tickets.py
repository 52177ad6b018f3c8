"""Tickets that are opened as people open them: through the form's schema, the plugins and the service."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from deskcore.desks.catalogue import RequestTypeEntry
from deskcore.desks.fields import FieldContext
from deskcore.desks.schemas import validate
from deskcore.desks.subjects import subject_and_description
from deskcore.errors import DeskcoreError, Refused
from deskcore.runtime import runtime
from deskcore.testing.answers import filled_in
from deskcore.testing.house import House
from deskcore.testing.people import person_of, viewer_of
from deskcore.tickets.loading import find_ticket, ticket_view
from deskcore.tickets.opening import NewTicket, open_ticket
from deskcore.tickets.organisation import Organisation
from deskcore.tickets.snapshots import TicketView
from deskcore.web.uploads import tokens_in
from deskcore.work import acting_as


def opened_ticket(
    house: House,
    request_type: str | None = None,
    answers: Mapping[str, Any] | None = None,
    *,
    desk: str = "",
    by: str = "requester",
) -> TicketView:
    """Open a ticket in the portal and return it; required fields that ``answers`` leave out get a valid answer.

    :param request_type: its key; the desk's first one when left out.
    :param desk: its key; the plugin's first one when left out.
    :param by: whoever asks, by role or address.
    :raises Refused: when the form, or a plugin, does not accept the answers.
    :raises AssertionError: when there is no such request type, or the kit has no answer for a field.
    """
    given = answers or {}
    with house.app.app_context(), acting_as(viewer_of(by, "portal")):
        person, zone = person_of(by), runtime().config.zone
        entry = _entry(desk or house.desk_key, request_type)
        lookup = Organisation(person)
        context = FieldContext(language="en", time_zone=zone, lookup=lookup, person=person.email)
        fields = entry.type.fields
        checked, problems = validate(fields, filled_in(fields, given, context), context)
        own = [one for one in problems if one.field.removeprefix("answers.").partition(".")[0] not in given]
        if own and len(own) == len(problems):
            key = own[0].field.removeprefix("answers.")
            raise AssertionError(
                f"The kit has no answer for the field “{key}” of “{entry.type.key}” ({own[0].message}): "
                f"give one, as in ticket({entry.type.key!r}, {key.partition('.')[0]}=…)."
            )
        if problems:
            raise Refused(problems)
        subject, description = subject_and_description(entry.type, checked, "en", lookup, zone)
        new = NewTicket(
            entry.desk.key, entry.type.key, subject, description, person.id, "portal", checked,
            uploads=tokens_in(fields, checked),
        )  # fmt: skip
        return ticket_view(find_ticket(open_ticket(new)))


def sample_tickets(house: House) -> list[TicketView]:
    """Open a ticket of every request type of the plugin, and of its desk, that accepts plain answers."""
    with house.app.app_context():
        wanted = [
            (entry.type.key, entry.desk.key)
            for entry in runtime().catalogue.types.values()
            if house.plugin == entry.plugin or entry.desk.key == house.desk_key
        ]
    tickets = []
    for key, desk in wanted:
        with suppress(DeskcoreError, AssertionError):
            tickets.append(opened_ticket(house, key, desk=desk))
    return tickets


def _entry(desk: str, request_type: str | None) -> RequestTypeEntry:
    """Return a request type of the desk, or else of another one."""
    every = sorted(runtime().catalogue.types.values(), key=lambda entry: entry.desk.key != desk)
    found = next((entry for entry in every if request_type in (None, entry.type.key)), None)
    if found is not None and (request_type or found.desk.key == desk):
        return found
    if request_type is None:
        raise AssertionError(f"The desk “{desk}” has no request type: declare one in register_request_types.")
    known = ", ".join(entry.type.key for entry in every if entry.desk.key == desk) or "none"
    raise AssertionError(f"There is no request type “{request_type}”; the desk “{desk}” has: {known}.")

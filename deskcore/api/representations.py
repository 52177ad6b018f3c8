"""Rows as callers see them: keys, names and addresses, never an internal id."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import select

from deskcore.api.authentication import caller
from deskcore.api.blueprint import path_of
from deskcore.desks.form_versions import thaw
from deskcore.desks.models import FormVersion
from deskcore.extensions import db
from deskcore.hooks.contributions import Field
from deskcore.people.models import Person
from deskcore.runtime import runtime
from deskcore.tickets.conversation_models import Attachment
from deskcore.tickets.due import shown_due
from deskcore.tickets.models import Ticket
from deskcore.tickets.pages import Named
from deskcore.tickets.sensitive import is_sensitive, masked
from deskcore.tickets.workflow import priority_key


def person_short(person: Person | Named | None, *, requester_id: int | None = None) -> dict[str, str] | None:
    """Return somebody by name and address; in the portal without the address, save one's own and the requester's."""
    if person is None:
        return None
    known = caller().area == "workspace" or person.id in (caller().person.id, requester_id)
    return {"name": person.name} | ({"email": person.email} if known else {})


def file_item(file: Attachment, number: str) -> dict[str, Any]:
    """Return a file of the ticket with this number."""
    url = path_of("tickets", number, "attachments", file.token)
    sealed = file.sealed is not None
    item = {"key": file.token, "name": None if sealed else file.name, "size": file.size, "sealed": sealed}
    return item | {"media_type": file.media_type, "url": url}


def ticket_items(tickets: Sequence[Ticket]) -> list[dict[str, Any]]:
    """Return tickets, whose requester and assignee are loaded, as the token's area shows them."""
    sensitive = _sensitive_fields(tickets)
    return [_item(ticket, sensitive[ticket.form_version_id, ticket.request_type_id]) for ticket in tickets]


def ticket_item(ticket: Ticket) -> dict[str, Any]:
    """Return one ticket from :func:`deskcore.tickets.loading.find_ticket`."""
    return ticket_items([ticket])[0]


def _item(ticket: Ticket, sensitive: Sequence[Field]) -> dict[str, Any]:
    catalogue = runtime().catalogue
    works = caller().area == "workspace"
    entry = catalogue.type_by_id(ticket.request_type_id)
    team = catalogue.team_by_id(ticket.team_id)
    return {
        "number": ticket.number,
        "desk": catalogue.desk_by_id(ticket.desk_id).key,
        "request_type": entry.type.key if entry else None,
        "subject": ticket.subject,
        "description": ticket.description,
        # Requesters never see what a desk calls its own steps.
        "status": ticket.status if works else ticket.status_category,
        "status_category": ticket.status_category,
        "priority": priority_key(ticket.priority),
        "requester": person_short(ticket.requester, requester_id=ticket.requester_id),
        "assignee": person_short(ticket.assignee),
        "team": team.key if team and works else None,
        "tags": ticket.tags if works else [],
        "answers": masked(ticket.answers, sensitive),
        "extra": ticket.extra if works else {},
        "version": ticket.version,
        "created_at": ticket.created_at,
        "updated_at": ticket.updated_at,
        "due_at": shown_due(ticket),
    }


def _sensitive_fields(tickets: Sequence[Ticket]) -> dict[tuple[int, int], list[Field]]:
    """Return the fields to mask by form version and request type: of that form, and of the form as it is now."""
    catalogue = runtime().catalogue
    wanted = {(ticket.form_version_id, ticket.request_type_id) for ticket in tickets}
    entries = {pair: catalogue.type_by_id(pair[1]) for pair in wanted}
    old = {pair[0] for pair, entry in entries.items() if entry is None or entry.form_version_id != pair[0]}
    versions = _stored_fields(old) if old else {}
    found = {}
    for pair, entry in entries.items():
        now = entry.type.fields if entry else ()
        found[pair] = [field for field in (*now, *versions.get(pair[0], ())) if is_sensitive(field)]
    return found


def _stored_fields(form_versions: Iterable[int]) -> dict[int, tuple[Field, ...]]:
    rows = db.session.execute(select(FormVersion.id, FormVersion.fields).where(FormVersion.id.in_(form_versions)))
    return {key: thaw(fields if isinstance(fields, str) else json.dumps(fields)) for key, fields in rows}

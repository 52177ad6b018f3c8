"""Frozen views of tickets and people: what hooks and plugins receive instead of database rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class PersonView:
    """A person as a plugin may see one.

    :param time_zone: by whose clock the person lives, such as ``Europe/Warsaw``.
    """

    email: str
    name: str
    language: str = "en"
    department: str = ""
    location: str = ""
    manager_email: str = ""
    time_zone: str = "UTC"


@dataclass(frozen=True)
class ViewerView:
    """Who looks, and from which area.

    :param desks: keys of the desks on which the person works, by role.
    """

    email: str
    name: str
    area: str
    language: str = "en"
    desks: Mapping[str, str] = field(default_factory=dict)
    administrator: bool = False


@dataclass(frozen=True)
class TicketDraft:
    """A ticket that somebody is about to open; nothing of it is stored yet.

    :param answers: sensitive ones are ``None``, save for the plugin that declares the request type.
    """

    desk: str
    request_type: str
    subject: str
    description: str
    priority: str
    requester: PersonView
    channel: str
    answers: Mapping[str, Any] = field(default_factory=dict)
    team: str = ""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class TicketView:
    """A stored ticket at one version.

    :param answers: sensitive ones are ``None`` for every plugin.
    """

    number: str
    desk: str
    request_type: str
    subject: str
    description: str
    status: str
    status_category: str
    priority: str
    requester: PersonView
    assignee: PersonView | None
    team: str
    tags: tuple[str, ...]
    answers: Mapping[str, Any]
    extra: Mapping[str, Any]
    channel: str
    version: int
    created_at: datetime
    updated_at: datetime
    due_at: datetime | None = None


@dataclass(frozen=True)
class Transition:
    """A change of status that somebody asks for."""

    ticket: TicketView
    to_status: str
    to_category: str
    by: PersonView | None


@dataclass(frozen=True)
class EventView:
    """A line of a ticket's timeline after it was committed.

    Payloads carry ids and field names, never contents: a handler reads the ticket if it needs more.

    :param id: stable identity of the event; a handler that is called twice sees the same one.
    :param schema: version of ``data``'s shape.
    :param overtaken: whether later events of the ticket were delivered before: this one had failed too often, was set
        aside, and is tried again.
    """

    id: str
    kind: str
    number: str
    at: datetime
    actor_email: str
    channel: str
    data: Mapping[str, Any] = field(default_factory=dict)
    schema: int = 1
    overtaken: bool = False

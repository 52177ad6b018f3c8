"""Implements the hooks that another plugin publishes; it remembers what it was told, and fails when it is asked to."""

from __future__ import annotations

from typing import Any

from deskcore.plugin import hookimpl

#: What was heard, latest last: the hook, the ticket, and the data of the event.
heard: list[tuple[str, str, dict[str, Any]]] = []
#: As long as something is in here, the next thing heard is a failure.
failures: list[str] = []


@hookimpl
def sla_warning(event: Any, ticket: Any) -> None:
    heard.append(("sla_warning", ticket.number, dict(event.data)))


@hookimpl
def sla_breached(event: Any, ticket: Any) -> None:
    if failures:
        raise ValueError(failures.pop())
    heard.append(("sla_breached", ticket.number, dict(event.data)))

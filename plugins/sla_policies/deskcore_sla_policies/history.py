"""What a ticket's timeline says to a clock, and what the ticket was at which moment."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from deskcore.plugin import EventView
from deskcore_sla_policies.cycles import Fact
from deskcore_sla_policies.policies import Subject

#: Kinds of events by which clocks go; whatever else happens to a ticket leaves them as they are.
KINDS = frozenset({"opened", "status_changed", "priority_changed", "message_added", "escalated", "moved"})
#: Names of priorities by the number under which events carry them.
_PRIORITIES = {1: "low", 2: "normal", 3: "high", 4: "urgent"}


def facts(events: Sequence[EventView]) -> list[Fact]:
    """Return what of a timeline a clock goes by, in its order."""
    return [fact for event in events for fact in _facts(event)]


def subjects(events: Sequence[EventView], now: Subject) -> list[tuple[datetime, Subject]]:
    """Return what a ticket was, each with the moment from when on.

    :param now: what it is at present; whatever no event tells otherwise was always so.
    """
    found: list[tuple[datetime, Subject]] = []
    subject = now
    for event in events:
        before, subject = subject, _after(event, subject)
        if not found:
            found.append((event.at, subject))
        elif subject != before:
            found.append((max(event.at, found[-1][0]), subject))
    return found


def _facts(event: EventView) -> Iterator[Fact]:
    data, seq = event.data, _seq(event)
    if event.kind == "opened":
        yield Fact(event.at, "opened", str(data.get("category") or "new"), str(data.get("team") or ""), seq)
    elif event.kind == "status_changed":
        yield Fact(event.at, "status", str(data.get("category") or ""), seq=seq)
    elif event.kind == "message_added":
        yield Fact(event.at, "answered" if data.get("from_agent") else "asked", seq=seq)
    elif event.kind == "escalated":
        yield Fact(event.at, "team", team=str(data.get("to") or ""), seq=seq)
    elif event.kind == "moved":
        yield Fact(event.at, "team", seq=seq)


def _after(event: EventView, subject: Subject) -> Subject:
    data = event.data
    if event.kind == "opened":
        priority = _PRIORITIES.get(data.get("priority", 0), subject.priority)
        return replace(subject, priority=priority, desk=data.get("desk") or subject.desk)
    if event.kind == "priority_changed":
        return replace(subject, priority=_PRIORITIES.get(data.get("to", 0), subject.priority))
    if event.kind == "moved" and data.get("to"):
        return replace(subject, desk=data["to"])
    return subject


def _seq(event: EventView) -> int:
    return int(event.id.rpartition("/")[2])

"""Who is asked: from an entry such as ``manager`` to people, and never the person who asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import select

from deskcore.plugin import TicketView, people, session, setting
from deskcore_approvals.models import CostCentre
from deskcore_approvals.seeing import MaySee

#: So many levels of managers are looked at.
_HIGHEST = 50


def found(entries: Sequence[str], ticket: TicketView, may_see: MaySee) -> list[str]:
    """Return the addresses of those whom these entries mean; where an entry means the requester alone, the one above.

    Nobody who left is among them, and nobody who may not see the ticket.
    """
    result: dict[str, None] = {}
    for entry in entries:
        meant = list(_meant(entry, ticket))
        others = [email for email in meant if _usable(email, ticket, may_see)]
        if meant and not others:
            others = [higher] if (higher := above(meant[0], ticket, may_see)) else []
        result |= dict.fromkeys(others)
    return list(result)


def leads(ticket: TicketView, may_see: MaySee) -> list[str]:
    """Return the leads of the ticket's desk; where there are none, the manager of whoever asked."""
    there = [person.email for person in people.on_desk(ticket.desk, "lead")]
    usable = [email for email in there if _usable(email, ticket, may_see)]
    if usable:
        return usable
    higher = above(ticket.requester.email, ticket, may_see)
    return [higher] if higher else []


def above(email: str, ticket: TicketView, may_see: MaySee) -> str:
    """Return the nearest manager above somebody who may decide, or ``""``."""
    seen = {email}
    for _level in range(_HIGHEST):
        manager = people.manager_of(email)
        if manager is None or manager.email in seen:
            return ""
        if _usable(manager.email, ticket, may_see):
            return manager.email
        email = manager.email
        seen.add(email)
    return ""


def _usable(email: str, ticket: TicketView, may_see: MaySee) -> bool:
    return email != ticket.requester.email and may_see(email)


def _meant(entry: str, ticket: TicketView) -> Iterator[str]:
    kind, _colon, rest = entry.partition(":")
    if kind in ("manager", "managers_manager"):
        yield from _managers(ticket.requester.email, 1 if kind == "manager" else 2)
    elif kind == "person":
        yield from _known(rest)
    elif kind == "desk":
        desk, _colon, role = rest.partition(":")
        yield from (person.email for person in people.on_desk(desk, role))
    elif kind == "team":
        desk, _slash, team = rest.partition("/")
        yield from (person.email for person in people.in_team(desk, team))
    elif kind == "field":
        field, _colon, manager = rest.partition(":")
        for email in _known(ticket.answers.get(field)):
            yield from _managers(email, 1) if manager else [email]
    elif kind == "cost_centre":
        code = ticket.answers.get(rest)
        owner = session().scalar(select(CostCentre.owner).where(CostCentre.code == str(code).strip().upper()))
        yield from _known(owner)
    elif kind == "setting":
        yield from _known(_setting(*rest.split(".")))


def _managers(email: str, levels: int) -> Iterator[str]:
    for _level in range(levels):
        manager = people.manager_of(email)
        if manager is None:
            return
        email = manager.email
    yield email


def _known(value: Any) -> Iterator[str]:
    person = people.get(value) if isinstance(value, str) and value else None
    if person is not None:
        yield person.email


def _setting(plugin: str, key: str) -> Any:
    try:
        return setting(plugin, key)
    except KeyError:
        return None  # the plugin is off, or has no such setting

"""Who is asked: from an entry such as ``manager`` to people, and never the person who asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import select

from deskcore.plugin import TicketDraft, TicketView, people, session, setting
from deskcore_approvals.models import CostCentre
from deskcore_approvals.seeing import MaySee

#: So many levels of managers are looked at.
_HIGHEST = 50
#: What is asked for: a ticket, or one that is about to be opened.
Request = TicketView | TicketDraft


def found(entries: Sequence[str], ticket: Request, may_see: MaySee) -> tuple[dict[str, str], bool]:
    """Return the addresses of those whom these entries mean, and whether each entry means somebody.

    Where an entry means the requester alone, it means the one above. Nobody who left is among them, and nobody who may
    not see the ticket.

    :returns: for each address the role through which alone it was found, as an entry of a desk or a team, or ``""``.
    """
    result: dict[str, str] = {}
    complete = True
    for entry in entries:
        meant = list(_meant(entry, ticket))
        others = {email: _role(entry) for email in meant if _usable(email, ticket, may_see)}
        if meant and not others:
            others = {higher: ""} if (higher := above(meant[0], ticket, may_see)) else {}
        complete = complete and bool(others)
        for email, role in others.items():
            result[email] = role if email not in result else result[email] and role
    return result, complete


def has_role(role: str, email: str) -> bool:
    """Tell whether somebody has the role in which he or she was asked; whoever was asked in none has it."""
    return not role or email in members(role)


def members(role: str) -> list[str]:
    """Return the addresses of those who have a role now.

    :param role: ``desk:it:lead`` or ``team:it/l2``.
    """
    kind, _colon, rest = role.partition(":")
    if kind == "desk":
        desk, _colon, right = rest.partition(":")
        return [person.email for person in people.on_desk(desk, right)]
    desk, _slash, team = rest.partition("/")
    return [person.email for person in people.in_team(desk, team)]


def leads(ticket: Request, may_see: MaySee) -> dict[str, str]:
    """Return the leads of the ticket's desk, with that role; where there are none, the manager of whoever asked."""
    role = f"desk:{ticket.desk}:lead"
    usable = {email: role for email in members(role) if _usable(email, ticket, may_see)}
    if usable:
        return usable
    higher = above(ticket.requester.email, ticket, may_see)
    return {higher: ""} if higher else {}


def above(email: str, ticket: Request, may_see: MaySee) -> str:
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


def with_higher(found_: Mapping[str, str], ticket: Request, may_see: MaySee, wanted: int) -> dict[str, str]:
    """Return these people, and where they are fewer than wanted those above them, level by level."""
    result, climbing = dict(found_), list(found_)
    for email in climbing:  # it grows, so that those who are added are climbed from as well
        if len(result) >= wanted:
            break
        higher = above(email, ticket, may_see)
        if higher and higher not in result:
            result[higher] = ""
            climbing.append(higher)
    return result


def _usable(email: str, ticket: Request, may_see: MaySee) -> bool:
    return email != ticket.requester.email and may_see(email)


def _meant(entry: str, ticket: Request) -> Iterator[str]:
    kind, _colon, rest = entry.partition(":")
    if kind in ("manager", "managers_manager"):
        yield from _managers(ticket.requester.email, 1 if kind == "manager" else 2)
    elif kind == "person":
        yield from _known(rest)
    elif _role(entry):
        yield from members(entry)
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


def _role(entry: str) -> str:
    return entry if entry.partition(":")[0] in ("desk", "team") else ""


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

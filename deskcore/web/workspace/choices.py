"""What an agent can choose on the page of a ticket: statuses, assignees, whom to name, and what to ask for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from flask_babel import gettext as _

from deskcore.desks.catalogue import FINISHED_CATEGORIES, DeskEntry, RequestTypeEntry
from deskcore.hooks.contributions import Status
from deskcore.tickets.models import Ticket
from deskcore.tickets.naming import shut_out_people
from deskcore.tickets.pages import Named
from deskcore.web.viewer import language
from deskcore.web.workspace.colleagues import Agent, Colleagues

#: Categories that a ticket may have while it is held until it is approved.
_OF_HELD = ("waiting_approval", *FINISHED_CATEGORIES)


def by_desk(
    entries: Iterable[RequestTypeEntry], chosen: RequestTypeEntry | None = None
) -> list[tuple[str, list[dict[str, Any]]]]:
    """Return request types as the options of a list, in groups with the names of their desks."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for entry in entries:
        option = {"value": entry.slug, "label": entry.type.title.in_language(language()), "selected": entry is chosen}
        groups.setdefault(entry.desk.title.in_language(language()), []).append(option)
    return list(groups.items())


def assignable(ticket: Ticket, people: Colleagues, members: Sequence[tuple[str, Named]]) -> Sequence[Agent]:
    """Return the agents who can have a ticket: of one for named people only these."""
    if ticket.visibility == "desk":
        return people.agents
    named = {person.id for role, person in members if role == "member"}
    return [agent for agent in people.agents if agent.id in named]


def nameable(ticket: Ticket, people: Colleagues, members: Sequence[tuple[str, Named]]) -> Sequence[Agent]:
    """Return the agents of the desk who can still be named."""
    if ticket.visibility == "desk":
        return ()
    there = {agent.id for agent in assignable(ticket, people, members)}
    there |= {person.id for person in shut_out_people(ticket)}
    return [agent for agent in people.agents if agent.id not in there]


def statuses(ticket: Ticket, desk: DeskEntry) -> list[dict[str, Any]]:
    """Return the statuses a ticket can be set to from where it is."""
    possible = [each for each in desk.statuses if each.category != "new" or ticket.status_category == "new"]
    return [{**_status(each), "current": each.key == ticket.status} for each in _allowed(ticket, possible)]


def following(ticket: Ticket, desk: DeskEntry, chosen: str) -> list[dict[str, Any]]:
    """Return what the status can become with a reply; first of all what it is, or work begins."""
    becomes = desk.status_of("open") if ticket.status_category == "new" else None
    kept = becomes.title.in_language(language()) if becomes else _("Keep %(status)s", status=_word(desk, ticket))
    taken = {ticket.status, becomes.key if becomes else ""}
    others = [each for each in desk.statuses if each.category != "new" and each.key not in taken]
    keep = {"key": "", "label": kept, "category": "", "selected": not chosen}
    return [keep, *({**_status(each), "selected": each.key == chosen} for each in _allowed(ticket, others))]


def _allowed(ticket: Ticket, possible: Sequence[Status]) -> list[Status]:
    return [each for each in possible if not ticket.held_by or each.category in _OF_HELD]


def _status(status: Status) -> dict[str, Any]:
    return {"key": status.key, "label": status.title.in_language(language()), "category": status.category}


def _word(desk: DeskEntry, ticket: Ticket) -> str:
    return next((each.title.in_language(language()) for each in desk.worn if each.key == ticket.status), ticket.status)

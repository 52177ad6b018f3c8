"""The history of a ticket, in keys, names and addresses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from deskcore.api.answers import TimelinePage
from deskcore.api.authentication import caller
from deskcore.api.blueprint import blueprint
from deskcore.api.examples import TIMELINE, page
from deskcore.api.language import use_language
from deskcore.api.parameters import HistoryWanted, IfNoneMatch
from deskcore.api.representations import file_item, person_short
from deskcore.api.tickets import ticket_numbered, unless_known
from deskcore.desks.catalogue import Catalogue
from deskcore.runtime import runtime
from deskcore.tickets.cursors import make_cursor, read_cursor
from deskcore.tickets.models import Ticket
from deskcore.tickets.pages import Entry, history, people_named
from deskcore.tickets.timeline import said_by_plugin
from deskcore.tickets.workflow import priority_key


@blueprint.operation(
    "GET",
    "/tickets/<number>/timeline",
    TimelinePage,
    tag="Tickets",
    scopes=["tickets:read"],
    query=HistoryWanted,
    headers=IfNoneMatch,
    gives=("ETag",),
    example=page(TIMELINE),
    errors=(304, 404),
)
def get_timeline(number: str, query: dict[str, Any], headers: dict[str, Any]) -> Any:
    """Read a ticket's history.

    The oldest line comes first. A portal token gets what participants see: no notes, and nothing of the desk's inner
    steps.
    """
    return unless_known(ticket_numbered(number), headers, lambda ticket: _page(ticket, query))


def _page(ticket: Ticket, query: dict[str, Any]) -> dict[str, Any]:
    bound = f"timeline {ticket.number}"
    after = read_cursor(bound, query["after"])[0] if "after" in query else 0
    entries = [entry for entry in history(ticket) if entry.seq > after]
    shown = entries[: query["limit"]]
    names = people_named(shown)
    following = make_cursor(bound, [shown[-1].seq]) if len(entries) > len(shown) else None
    return {"items": [_item(entry, names, ticket) for entry in shown], "next": following}


def _item(entry: Entry, names: Mapping[int, str], ticket: Ticket) -> dict[str, Any]:
    return {
        "seq": entry.seq,
        "kind": entry.kind,
        "at": entry.at,
        "author": person_short(entry.author, requester_id=ticket.requester_id),
        "plugin": entry.plugin if caller().area == "workspace" else None,
        "channel": entry.channel,
        "body": entry.body,
        "attachments": [file_item(file, ticket.number) for file in entry.attachments],
        "changes": _changes(entry, names),
    }


def _changes(entry: Entry, names: Mapping[int, str]) -> dict[str, Any]:
    """Return what a line changed; of a kind that is not known here, nothing, because it may hold ids."""
    before, after, catalogue = entry.data.get("from"), entry.data.get("to"), runtime().catalogue
    match entry.kind:
        case "assigned":
            given = {"from": names.get(before or 0), "to": names.get(after or 0)}
            return given | _absence(entry, names) if caller().area == "workspace" else given
        case "left_unassigned":
            return _absence(entry, names)
        case "status_changed" if caller().area == "portal":
            return {"category": entry.data.get("category")}
        case "status_changed":
            return {"from": before, "to": after, "category": entry.data.get("category")}
        case "tags_changed":
            return {"from": before, "to": after}
        case "priority_changed":
            return {"from": priority_key(before or 2), "to": priority_key(after or 2)}
        case "escalated":
            return {"from": _team(catalogue, before), "to": _team(catalogue, after)}
        case "moved":
            return {"from": _desk(catalogue, before), "to": _desk(catalogue, after)}
        case "visibility_changed":
            return {"from": before, "to": after}
        case "member_added" | "member_removed" | "break_glass_given" | "break_glass_ended":
            return {"person": names.get(entry.data.get("person") or 0)}
        case "participant_added" | "participant_removed":
            return {"person": names.get(entry.data.get("person") or 0), "role": entry.data.get("role")}
        case "plugin_said":
            return {"text": said_by_plugin(entry.data, use_language())}
        case "merged":
            return {"undone": True} if entry.data.get("undoes") else {}
        case "linked":
            told = {"desk": _desk(catalogue, entry.data["desk"])} if entry.data.get("desk") else {}
            return {"link": entry.data.get("link"), **told}
        case _:
            return {}


def _absence(entry: Entry, names: Mapping[int, str]) -> dict[str, Any]:
    absent = entry.data.get("instead_of")
    return {"instead_of": names.get(absent)} if absent else {}


def _team(catalogue: Catalogue, team_id: int | None) -> str | None:
    team = catalogue.team_by_id(team_id)
    return team.key if team else None


def _desk(catalogue: Catalogue, desk_id: int | None) -> str | None:
    """Return a desk's key, unless only its own people may know that a ticket came from there."""
    desk = next((one for one in catalogue.desks.values() if one.id == desk_id), None)
    return desk.key if desk and (not desk.confidential or desk.id in caller().desk_roles) else None

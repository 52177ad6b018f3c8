"""What was merged into a ticket, as its page shows it: under the line that tells of the merge, folded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import url_for

from deskcore.runtime import runtime
from deskcore.tickets.merged import Joined, joined
from deskcore.tickets.models import Ticket
from deskcore.tickets.pages import Entry
from deskcore.web.workspace.sentences import Words
from deskcore.web.workspace.thread import Item, written


@dataclass(frozen=True)
class Came:
    """A ticket that was merged into another one, with what was written in it."""

    number: str
    subject: str
    url: str
    items: Sequence[Item]


def came_with(ticket: Ticket, entries: Sequence[Entry]) -> dict[int, list[Came]]:
    """Return what came with each line that tells of a merge which holds, by the number of the line."""
    by_ticket: dict[int, list[Came]] = {}
    for each in joined(ticket):
        by_ticket.setdefault(each.under, []).append(_came(each))
    # The newest line of one: it may have been merged, taken apart, and merged again.
    lines = {entry.data.get("other"): entry.seq for entry in entries if entry.kind == "joined"}
    return {lines[each]: came for each, came in by_ticket.items() if each in lines}


def _came(found: Joined) -> Came:
    source = found.ticket
    names: Mapping[int, str] = {}
    words = Words(runtime().catalogue.desk_by_id(source.desk_id), names, source.requester.name)
    items = [written(entry, words) for entry in found.entries if entry.body.strip() or entry.attachments]
    return Came(source.number, source.subject, url_for("workspace.ticket", number=source.number), items)

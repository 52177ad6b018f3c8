"""What plugins add to the page of a request: under the rules of panels, and left out where a plugin fails."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from deskcore.hooks.contributions import PanelRow
from deskcore.runtime import runtime
from deskcore.tickets.directory import people
from deskcore.tickets.loading import ticket_view
from deskcore.tickets.models import Ticket
from deskcore.web.asking import ask, rows_of
from deskcore.web.viewer import language


@dataclass(frozen=True)
class Block:
    """A block of a plugin: its lines, and what stands below them as buttons."""

    plugin: str
    key: str
    title: str
    lines: Sequence[PanelRow]
    buttons: Sequence[PanelRow]


def request_panels(ticket: Ticket) -> list[Block]:
    """Return the blocks that plugins have for a request; one that fails or has nothing to say is left out."""
    found: list[Block] = []
    for item in runtime().plugins.of("register_request_panels"):
        panel = item.value
        outcome = ask(
            item.plugin, f"request panel {panel.key}", rows_of(panel.rows, ticket_view(ticket), people.asking())
        )
        rows = outcome.value or ()
        buttons = [row for row in rows if row.url and not row.term]
        lines = [row for row in rows if row not in buttons]
        if rows:
            found.append(Block(item.plugin, panel.key, panel.title.in_language(language()), lines, buttons))
    return found

"""What the plugin hears of tickets: everything that starts, stops or moves a clock."""

from __future__ import annotations

from deskcore.plugin import EventView, TicketScoped, TicketView, session
from deskcore_sla_policies.following import follow

#: Kinds of events that leave all clocks as they are.
_NO_MATTER = frozenset(
    {"assigned", "linked", "note_added", "participant_added", "participant_removed", "plugin_said", "tags_changed"}
)


def heard(event: EventView, ticket: TicketView) -> None:
    """Read the clocks of a ticket to which something happened."""
    if event.kind in _NO_MATTER:
        return
    ticket_id = session().scalar(TicketScoped.id_of(ticket.number))
    if ticket_id is not None:
        follow([ticket_id], opened=event.kind == "opened" and event.channel != "import")

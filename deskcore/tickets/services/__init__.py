"""Everything that changes a ticket after it was opened; nothing else writes one."""

from deskcore.tickets.services.conversation import note, reopen, reply, withdraw
from deskcore.tickets.services.handling import assign, escalate, link, set_priority, set_tags
from deskcore.tickets.services.participants import add_participant, remove_participant
from deskcore.tickets.services.reading import mark_read
from deskcore.tickets.services.statuses import set_status
from deskcore.tickets.services.taking import take_next

__all__ = [
    "add_participant",
    "assign",
    "escalate",
    "link",
    "mark_read",
    "note",
    "remove_participant",
    "reopen",
    "reply",
    "set_priority",
    "set_status",
    "set_tags",
    "take_next",
    "withdraw",
]

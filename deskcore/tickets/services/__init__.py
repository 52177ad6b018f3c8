"""Everything that changes a ticket after it was opened; nothing else writes one."""

from deskcore.tickets.services.conversation import note, reopen, reply, withdraw
from deskcore.tickets.services.handling import assign, escalate, link, set_priority, set_tags
from deskcore.tickets.services.participants import add_participant, remove_participant
from deskcore.tickets.services.statuses import set_status

__all__ = [
    "add_participant",
    "assign",
    "escalate",
    "link",
    "note",
    "remove_participant",
    "reopen",
    "reply",
    "set_priority",
    "set_status",
    "set_tags",
    "withdraw",
]

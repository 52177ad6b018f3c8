"""Everything that changes a ticket after it was opened; nothing else writes one."""

from deskcore.tickets.services.children import Opened, open_child
from deskcore.tickets.services.conversation import note, reopen, reply, withdraw
from deskcore.tickets.services.editing import edit
from deskcore.tickets.services.handling import assign, escalate, link, set_priority, set_tags
from deskcore.tickets.services.held_replies import hold_reply, take_back_reply
from deskcore.tickets.services.merging import merge
from deskcore.tickets.services.naming import leave_to_named, name_person, open_to_desk, take_name_off
from deskcore.tickets.services.participants import add_participant, remove_participant
from deskcore.tickets.services.reading import mark_read
from deskcore.tickets.services.snoozing import snooze, wake
from deskcore.tickets.services.statuses import set_status
from deskcore.tickets.services.taking import take_next
from deskcore.tickets.services.taking_apart import take_apart
from deskcore.tickets.services.together import hold_replies, solve_children

__all__ = [
    "Opened",
    "add_participant",
    "assign",
    "edit",
    "escalate",
    "hold_replies",
    "hold_reply",
    "leave_to_named",
    "link",
    "mark_read",
    "merge",
    "name_person",
    "note",
    "open_child",
    "open_to_desk",
    "remove_participant",
    "reopen",
    "reply",
    "set_priority",
    "set_status",
    "set_tags",
    "snooze",
    "solve_children",
    "take_apart",
    "take_back_reply",
    "take_name_off",
    "take_next",
    "wake",
    "withdraw",
]

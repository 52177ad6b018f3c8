"""What plugins do with tickets; ``from deskcore.plugin import tickets``."""

from __future__ import annotations

from deskcore.events.jobs import do_later
from deskcore.hooks.absences import AbsenceChange
from deskcore.hooks.installation_parts import Invariant
from deskcore.hooks.page_parts import MessageLink, MessageLinks, NoticeBoard, NoticeRow, PersonPanel, RequestPanel
from deskcore.hooks.work_parts import (
    Badge,
    BulkAction,
    BulkChoice,
    ComposerChoice,
    ComposerTool,
    PaletteCommand,
    PaletteCommands,
    StoredValue,
    TicketBadges,
)
from deskcore.tickets.acting import as_plugin
from deskcore.tickets.addressed import mentioned
from deskcore.tickets.choosing import Outline, count, ids, ids_of, outlines, views
from deskcore.tickets.claims import taken
from deskcore.tickets.due import Due, heard_since, set_due
from deskcore.tickets.edits import ME, Edits
from deskcore.tickets.holding import HeldTicket as Held
from deskcore.tickets.read_ticket import read_ticket as read
from deskcore.tickets.receivers import Concerned, Told, Written, concerned, told, written
from deskcore.tickets.saved_replies import unknown_variables
from deskcore.tickets.saying import announce, say
from deskcore.tickets.services import assign, escalate, set_priority, set_tags
from deskcore.tickets.services.children import open_child_for_plugin as open_child
from deskcore.tickets.services.participants import unfollow
from deskcore.tickets.services.statuses import agreed_move
from deskcore.tickets.similar import Alike
from deskcore.tickets.similar import alike as similar
from deskcore.tickets.telling import tell
from deskcore.tickets.texts import clean_tags
from deskcore.tickets.timelines import timeline, timelines
from deskcore.tickets.vault import Sealed

__all__ = [
    "ME",
    "AbsenceChange",
    "Alike",
    "Badge",
    "BulkAction",
    "BulkChoice",
    "ComposerChoice",
    "ComposerTool",
    "Concerned",
    "Due",
    "Edits",
    "Held",
    "Invariant",
    "MessageLink",
    "MessageLinks",
    "NoticeBoard",
    "NoticeRow",
    "Outline",
    "PaletteCommand",
    "PaletteCommands",
    "PersonPanel",
    "RequestPanel",
    "Sealed",
    "StoredValue",
    "TicketBadges",
    "Told",
    "Written",
    "agreed_move",
    "announce",
    "as_plugin",
    "assign",
    "clean_tags",
    "concerned",
    "count",
    "do_later",
    "escalate",
    "heard_since",
    "ids",
    "ids_of",
    "mentioned",
    "open_child",
    "outlines",
    "read",
    "say",
    "set_due",
    "set_priority",
    "set_tags",
    "similar",
    "taken",
    "tell",
    "timeline",
    "timelines",
    "told",
    "unfollow",
    "unknown_variables",
    "views",
    "written",
]

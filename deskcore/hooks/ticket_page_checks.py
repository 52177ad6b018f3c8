"""Checks of the pages that plugins have about a ticket: an address of their own, and a template of their own."""

from __future__ import annotations

import re
from typing import Any

from deskcore.hooks.errors import BadContribution
from deskcore.hooks.page_parts import TicketPage
from deskcore.hooks.sentences import sentence

_KEY = re.compile(r"[a-z][a-z-]{1,29}")
#: What follows a ticket's number in addresses of the helpdesk itself, now or by its design.
TAKEN = frozenset((
    "actions", "agents", "answers", "apart", "apply", "assign", "changes", "checklist", "copy", "draft", "escalate",
    "files", "follow", "follow-up", "forward", "held", "history", "link", "live", "merge", "move", "named", "note",
    "panels", "peek", "print", "priority", "read", "release", "reply", "reply-all", "saved-replies", "snooze",
    "solve-children", "split", "status", "tags", "tasks", "time", "undo", "wake", "watch",
))  # fmt: skip


def check_ticket_page(plugin: str, page: TicketPage) -> None:
    """Check that a page has an address that nothing else has, and a template that no other plugin owns.

    :raises BadContribution: naming what to correct.
    """
    if _KEY.fullmatch(page.key) is None or page.key in TAKEN:
        raise BadContribution(sentence(
            "The key “%(key)s” of its register_ticket_pages is the end of an address: one word of lower-case letters "
            "and dashes that the helpdesk does not use itself; rename it.", key=page.key,
        ))  # fmt: skip
    template: Any = page.template
    if type(template) is not str or not template.startswith(f"{plugin}/"):
        raise BadContribution(sentence(
            "The ticket page “%(key)s” must name a template of the plugin, beginning with “%(plugin)s/”; correct it.",
            key=page.key, plugin=plugin,
        ))  # fmt: skip

"""The workspace: where agents find, answer and move tickets."""

from __future__ import annotations

from deskcore.web.workspace import actions, bulk, new_ticket, people, queue, ticket, writing
from deskcore.web.workspace.area import blueprint

__all__ = ["actions", "blueprint", "bulk", "new_ticket", "people", "queue", "ticket", "writing"]

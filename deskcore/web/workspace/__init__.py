"""The workspace: where agents find, answer and move tickets."""

from __future__ import annotations

from deskcore.web.workspace import (
    actions,
    bulk,
    export,
    macros,
    members,
    moving,
    new_ticket,
    news,
    own_keys,
    palette,
    people,
    pieces,
    queue,
    revealing,
    shortcuts,
    taking,
    ticket,
    undoing,
    views,
    writing,
)
from deskcore.web.workspace.area import blueprint

__all__ = [
    "actions",
    "blueprint",
    "bulk",
    "export",
    "macros",
    "members",
    "moving",
    "new_ticket",
    "news",
    "own_keys",
    "palette",
    "people",
    "pieces",
    "queue",
    "revealing",
    "shortcuts",
    "taking",
    "ticket",
    "undoing",
    "views",
    "writing",
]

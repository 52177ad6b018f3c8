"""What is recorded: a name for every kind of administrative change.

A new one is added here and, in words, to :mod:`deskcore.web.admin.audit_words`.
"""

from __future__ import annotations

from typing import Literal, get_args

Action = Literal[
    "backup.made",
    "backup.restored",
    "break_glass.given",
    "break_glass.withdrawn",
    "demo.made",
    "desk.added",
    "desk.changed",
    "desk.disabled",
    "desk.enabled",
    "grant.given",
    "grant.withdrawn",
    "import.finished",
    "import.started",
    "log.broken",
    "look.changed",
    "password.set",
    "person.changed",
    "person.created",
    "person.deactivated",
    "person.reactivated",
    "plugin.blocked",
    "plugin.disabled",
    "plugin.enabled",
    "plugin.found",
    "plugin.incompatible",
    "plugin.missing",
    "plugin.paused",
    "plugin.quarantined",
    "plugin.retried",
    "plugin.updated",
    "request_type.added",
    "request_type.changed",
    "request_type.confirmed",
    "reset_link.made",
    "reset_link.used",
    "rights.changed",
    "schema.changed",
    "see_as.begun",
    "see_as.ended",
    "setting.changed",
    "sign_in.locked",
    "sign_in.privileged",
    "team.joined",
    "token.made",
    "token.revoked",
    "work.discarded",
    "work.released",
    "work.retried",
]
ACTIONS: tuple[Action, ...] = get_args(Action)

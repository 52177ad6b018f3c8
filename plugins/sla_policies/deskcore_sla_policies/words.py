"""Words of the helpdesk that the plugin's own figures need: priorities and categories of status."""

from __future__ import annotations

from flask_babel import gettext as _

from deskcore_sla_policies.policies import Action


def priority_word(key: str) -> str:
    """Return what a priority is called."""
    words = {"low": _("Low"), "normal": _("Normal"), "high": _("High"), "urgent": _("Urgent")}
    return words.get(key, key)


def category_word(key: str) -> str:
    """Return what a category of status is called."""
    words = {
        "new": _("New"),
        "open": _("In progress"),
        "waiting_requester": _("Waiting for requester"),
        "waiting_approval": _("Waiting for approval"),
        "on_hold": _("On hold"),
        "resolved": _("Resolved"),
        "closed": _("Closed"),
    }
    return words.get(key, key)


def action_word(kind: str) -> str:
    """Return what is done by an action."""
    words = {
        "notify": _("Notifications"),
        "raise_priority": _("Priority raised"),
        "next_tier": _("Handed to the next tier"),
        "assign": _("Assigned anew"),
        "tag": _("Tagged"),
    }
    return words.get(kind, kind)


def action_words(action: Action) -> str:
    """Return what is done by an action, and to whom or with what."""
    whom = {"assignee": _("whoever has it"), "lead": _("lead of the desk"), "team": _("the team")}
    value = whom.get(action.value, action.value)
    return f"{action_word(action.kind)}: {value}" if value else action_word(action.kind)

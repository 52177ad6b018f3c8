"""The hooks of this plugin for others, which name it in their ``install_requires`` and implement them like any hook.

The data of the event tells the ``measure`` (``first_reply``, ``next_reply``, ``resolution``), how many ``percent`` of
the time are used up, the key of the ``policy``, its ``goal_minutes``, when it is or was due (``due_at``), and whom the
policy wants to ``notify``: ``assignee``, ``lead`` for the leads of the desk, or addresses.
"""

from __future__ import annotations

from deskcore.plugin import EventView, TicketView


def sla_warning(event: EventView, ticket: TicketView) -> None:
    """Do what follows when a part of a promised time is used up.

    :param event: what is used up of which time; a repeated call has the same ``event.id``.
    :param ticket: the ticket as it is now, which may be later than the event.
    """


def sla_breached(event: EventView, ticket: TicketView) -> None:
    """Do what follows when a promised time is over.

    :param event: which time is over; a repeated call has the same ``event.id``.
    :param ticket: the ticket as it is now, which may be later than the event.
    """

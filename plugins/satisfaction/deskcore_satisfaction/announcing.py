"""The hooks of this plugin for others, which hear of questions and of low ratings as of any event of a ticket.

The data of ``rating_low`` tells the ``rating``, from 1 to 5. A message about ``rating_asked`` carries the five answers
as links: whoever makes one gets them from ``tickets.told()``.
"""

from __future__ import annotations

from deskcore.plugin import EventView, TicketView


def rating_asked(event: EventView, ticket: TicketView) -> None:
    """Do what follows when the requester is asked how it went.

    :param event: the line of the timeline; a repeated call has the same ``event.id``.
    :param ticket: the ticket as it is now, which may be later than the event.
    """


def rating_low(event: EventView, ticket: TicketView) -> None:
    """Do what follows when a request was rated so low that somebody should look into it.

    :param event: how it was rated; a repeated call has the same ``event.id``.
    :param ticket: the ticket as it is now, which may be later than the event.
    """

"""Replies that are about to go out, as the agent's page shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Any

from flask import url_for

from deskcore.clock import now
from deskcore.desks.catalogue import DeskEntry
from deskcore.tickets.held import held_replies
from deskcore.tickets.models import Ticket
from deskcore.web.viewer import language


@dataclass(frozen=True)
class HeldLine:
    """A reply that is about to go out.

    :param seconds: until it does; 0 when its time has come.
    :param undo_url: where a POST takes it back; ``""`` for whoever did not write it.
    :param status: what the status becomes with it, in words.
    """

    author: str
    at: datetime
    seconds: int
    stuck: bool
    undo_url: str
    body: str
    status: str
    files: Sequence[str]

    @property
    def can_be_taken_back(self) -> bool:
        """Tell whether its author still can."""
        return bool(self.undo_url) and (self.stuck or self.seconds > 0)


def held_lines(ticket: Ticket, desk: DeskEntry, given: Mapping[str, Any]) -> list[HeldLine]:
    """Return the replies to a ticket that are about to go out.

    :param given: as for :func:`take_back_url`.
    """
    words = {status.key: status.title.in_language(language()) for status in desk.statuses}
    return [
        HeldLine(
            author=held.author.name,
            at=held.held_at,
            seconds=max(0, ceil((held.goes_out_at - now()).total_seconds())),
            stuck=held.stuck,
            undo_url=take_back_url(ticket.number, held.token, given) if held.token else "",
            body=held.body,
            status=words.get(held.next_status, ""),
            files=held.files,
        )
        for held in held_replies(ticket)
    ]


def take_back_url(number: str, token: str, given: Mapping[str, Any]) -> str:
    """Return where a POST takes a reply back, and leads to the answer that it is again.

    :param given: the list that the ticket was opened from, as it stands in the address.
    """
    return url_for("workspace.take_back_reply", number=number, offer=token, **given)

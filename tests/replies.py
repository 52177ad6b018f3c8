"""Replies of agents are held back for ten seconds; most tests want to see them afterwards."""

from __future__ import annotations

from flask import Flask

from deskcore import clock
from deskcore.tickets.services.held_replies import HELD, send_due_reply


def let_replies_go_out(app: Flask) -> None:
    """Let ten seconds pass for the replies that agents have sent."""
    with app.app_context(), clock.at(clock.now() + HELD):
        while send_due_reply():
            pass

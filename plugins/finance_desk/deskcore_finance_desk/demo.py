"""Eight weeks of tickets for the demo organisation, from ``stories/``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from deskcore_finance_desk import records

if TYPE_CHECKING:
    from deskcore.plugin import DemoBuilder

STORIES = Path(__file__).parent / "stories"
#: Finished tickets in the demo; with those still open it is about seven a week.
FINISHED = 46


#: Who decides about what, by setting: the part of the address before the @.
DECIDERS = {
    "controller": "kamil.majewski",
    "cfo": "elzbieta.sikora",
    "security_reviewer": "ola.mazur",
    "legal_reviewer": "robert.malinowski",
}


def seed(builder: DemoBuilder) -> None:
    """Open the tickets of eight weeks, play what followed, and write down what later requests are compared with."""
    for key, account in DECIDERS.items():
        builder.setting(key, next(email for email in builder.people if email.startswith(f"{account}@")))
    for ticket in builder.play(STORIES, "finance", FINISHED):
        if ticket.request_type in records.RECORDED:
            answers = ticket.answers
            records.write_down(ticket.number, ticket.request_type, answers, ticket.requester, "", ticket.opened_at)

"""Macros of the demo organisation: everybody's starters in both languages, and one of the first desk's lead."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deskcore.plugin import unit_of_work
from deskcore_macros.keeping import Wanted
from deskcore_macros.models import Macro
from deskcore_macros.starters import STARTERS

if TYPE_CHECKING:
    from deskcore.plugin import DemoBuilder


def seed(builder: DemoBuilder) -> None:
    """Store them, each used as often as in a few weeks of work."""
    owner = next(email for email in builder.people if email.startswith("ola.mazur@"))
    with unit_of_work() as work:
        for starter in STARTERS:
            for language in ("en", "pl"):
                work.add(_macro(starter.wanted(language), owner, builder.random.randrange(3, 60)))


def _macro(wanted: Wanted, owner: str, used: int) -> Macro:
    texts = {"name": wanted.name, "reply": wanted.reply, "status": wanted.status, "priority": wanted.priority}
    more = {"assignee": wanted.assignee, "add": list(wanted.add), "remove": []}
    return Macro(owner=owner, everyone=True, used=used, **texts, **more)

"""What somebody saw of a ticket when a form was rendered, as the form carries it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from flask import request

from deskcore.tickets.held import version_after_own_replies
from deskcore.tickets.models import Ticket
from deskcore.tickets.pages import Entry
from deskcore.web.workspace.held import HeldLine

#: A version and a line as a form carries them, and how many replies of the reader's and of others were to go out.
_SEEN = re.compile(r"([0-9]{1,9})-([0-9]{1,9})(?:-([0-9]))?(?:-([1-9]))?")


@dataclass(frozen=True)
class Seen:
    """What somebody saw of a ticket when a form was rendered: its version, and its newest line.

    It travels in the form's ``version`` field as ``7-12``, or as ``7-12-1`` from a page that says of a reply of its
    reader's that it is about to go out, and as ``7-12-0-1`` from one that says it of a colleague's.

    :param others: replies of colleagues; nothing when it is not known.
    """

    version: int | None = None
    seq: int | None = None
    held: int = 0
    others: int | None = None

    @classmethod
    def read(cls, text: str) -> Seen:
        """Return what a form carries; nothing is certain when it was edited."""
        found = _SEEN.fullmatch(text)
        return cls(int(found[1]), int(found[2]), int(found[3] or 0), int(found[4] or 0)) if found else cls()

    @classmethod
    def on_page(cls, number: str) -> Seen:
        """Return what the form of this request carries; replies that have gone out as its page said were seen."""
        seen = cls.read(request.form.get("version", ""))
        after = version_after_own_replies(number, seen.seq, seen.held) if seen.held and seen.seq else None
        return replace(seen, version=after[0], seq=after[1]) if after else seen

    def since(self, entries: Sequence[Entry]) -> list[Entry]:
        """Return what happened after somebody looked."""
        return [entry for entry in entries if self.seq is None or entry.seq > self.seq]


def shown_now(ticket: Ticket, held: Sequence[HeldLine]) -> str:
    """Return what :class:`Seen` reads again: what a page shows, with the replies on their way that are not stuck."""
    own = [bool(line.undo_url) for line in held if not line.stuck]
    mine, others = min(9, own.count(True)), min(9, own.count(False))
    going_out = f"-{mine}-{others}" if others else f"-{mine}" if mine else ""
    return f"{ticket.version}-{ticket.last_seq}{going_out}"

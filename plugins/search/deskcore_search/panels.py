"""What stands beside a ticket: others about the same that the agent sees, and how they were answered."""

from __future__ import annotations

from flask import url_for
from flask_babel import gettext as _

from deskcore.plugin import PanelRow, TicketView, ViewerView, tickets

#: Characters of an answer that fit into a reply.
_FITS = 4000


def rows(ticket: TicketView, viewer: ViewerView) -> list[PanelRow]:
    """Return the tickets that are most like one, the nearest first; with what solved them, to be put into the reply."""
    return [_row(each) for each in tickets.similar(ticket)]


def _row(found: tickets.Alike) -> PanelRow:
    text, url = f"{found.number} {found.subject}", url_for("workspace.ticket", number=found.number)
    inserts = ((_("Insert answer"), found.answer),) if 0 < len(found.answer) <= _FITS else ()
    return PanelRow(text, url=url, icon="check" if found.finished else "inbox", inserts=inserts)

"""A side panel of the agent's ticket page: until when damage can be claimed."""

from __future__ import annotations

from datetime import date, timedelta

from babel.dates import format_date
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _

from deskcore.plugin import PanelRow, TicketView, ViewerView, now, setting


def claim(ticket: TicketView, viewer: ViewerView) -> list[PanelRow]:
    """Show the last day of a claim; nothing for other tickets, or once it is solved."""
    arrived = ticket.answers.get("arrived")
    open_claim = ticket.desk == "operations" and "claim" in ticket.tags
    if not open_claim or ticket.status_category in ("resolved", "closed") or not isinstance(arrived, str):
        return []
    last = date.fromisoformat(arrived) + timedelta(days=setting("operations_desk", "claim_days"))
    return [
        PanelRow(term=_("Last day"), text=format_date(last, "d MMM y", locale=get_locale() or "en"), icon="calendar"),
        _left(last),
    ]


def _left(last: date) -> PanelRow:
    left = (last - now().date()).days
    if left < 0:
        return PanelRow(text=_("Too late: the carrier may refuse"), icon="alert")
    return PanelRow(text=ngettext("%(num)s day left", "%(num)s days left", left), icon="clock")

"""A side panel of the agent's ticket page: what to do first."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from babel.dates import format_date
from flask_babel import get_locale
from flask_babel import gettext as _

from deskcore.plugin import PanelRow, TicketView, ViewerView, setting
from deskcore_customer_desk.checks import as_day
from deskcore_customer_desk.urgency import wants_to_end


def first_steps(ticket: TicketView, viewer: ViewerView) -> list[PanelRow]:
    """List what to do first; nothing once it is solved."""
    if ticket.desk != "customer" or ticket.status_category in ("resolved", "closed"):
        return []
    return [PanelRow(text=text, icon=icon) for text, icon in _steps(ticket)]


def _steps(ticket: TicketView) -> Iterator[tuple[str, str]]:
    if ticket.request_type == "customer_login":
        yield _("Check who asks before you open an account, and ask for no password"), "shield"
    if ticket.request_type == "customer_bug":
        yield _("Look whether another customer reported it, and link the tickets"), "link"
        if ticket.answers.get("affected") == "all":
            yield _("Tell the product team, and put a notice on the status page"), "bell"
    if ticket.request_type == "customer_billing" and ticket.answers.get("topic") == "paid_twice":
        yield _("Compare both payments before you promise money back"), "money"
    if wants_to_end(ticket.request_type, ticket.answers):
        yield _("Call and ask for the reason before you confirm the end"), "phone"
        yield _("With notice it ends on %(day)s at the earliest", day=_earliest_end(ticket)), "calendar"


def _earliest_end(ticket: TicketView) -> str:
    noticed: date = ticket.created_at.date() + timedelta(days=setting("customer_desk", "notice_days"))
    wanted = as_day(ticket.answers.get("from_date")) or noticed
    return format_date(max(noticed, wanted), "d MMM y", locale=get_locale() or "en")

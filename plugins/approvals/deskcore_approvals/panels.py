"""The panel beside a ticket that tells agents how its approval stands."""

from __future__ import annotations

from flask_babel import format_datetime
from flask_babel import gettext as _

from deskcore.plugin import PanelRow, TicketView, ViewerView
from deskcore_approvals.standing import Asked, approval_of


def rows(ticket: TicketView, viewer: ViewerView) -> list[PanelRow]:
    """Return a line for everybody who is asked or decided; none for a ticket that needed no approval.

    A ticket that was let go without the plugin asks nobody any more, before the plugin knows.
    """
    over = {"void"} if ticket.status_category == "waiting_approval" else {"void", "pending"}
    return [_row(one, viewer.language) for one in approval_of(ticket.number) if one.state not in over]


def _row(one: Asked, language: str) -> PanelRow:
    return PanelRow(_said(one), term=one.step.in_language(language))


def _said(one: Asked) -> str:
    moment = one.at or one.due_at
    day = str(format_datetime(moment, "d MMM, HH:mm")) if moment else ""  # type: ignore[no-untyped-call]
    if one.state == "approved":
        return _("%(name)s approved, %(day)s", name=one.name, day=day)
    if one.state == "rejected":
        return _("%(name)s rejected, %(day)s", name=one.name, day=day)
    if day:
        return _("%(name)s decides, by %(day)s", name=one.name, day=day)
    return _("%(name)s decides", name=one.name)

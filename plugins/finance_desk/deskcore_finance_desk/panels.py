"""Side panels of the agent's ticket page: what to know before money moves, and how sure a bank account is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from flask_babel import format_date, format_datetime
from flask_babel import gettext as _

from deskcore.plugin import PanelRow, TicketView, ViewerView, now
from deskcore_finance_desk import purchases, records
from deskcore_finance_desk.account import PEOPLE, checks_of, missing, outsiders
from deskcore_finance_desk.amounts import totals
from deskcore_finance_desk.models import CALLED, CONFIRMED, AccountCheck
from deskcore_finance_desk.policy import CAN_WAIT, Rules, month_end_until, over_limit, rules, settle_by


def before_paying(ticket: TicketView, viewer: ViewerView) -> list[PanelRow]:
    """Warn of what an agent should know first; nothing where there is nothing to say, or when it is solved."""
    if ticket.desk != "finance" or ticket.status_category in ("resolved", "closed"):
        return []
    return list(_warnings(ticket, rules()))


def _warnings(ticket: TicketView, house: Rules) -> Iterator[PanelRow]:
    until = month_end_until(now().date(), house) if ticket.request_type in CAN_WAIT else None
    if until is not None:
        yield PanelRow(_("This can wait until %(day)s", day=_day(until)), term=_("Month-end"), icon="calendar")
    if ticket.request_type == purchases.PURCHASE:
        yield from _together(ticket)
    if ticket.request_type == records.INVOICE:
        for row in records.same_invoices(ticket.answers, besides=ticket.number):
            yield PanelRow(row.number, term=_("Same invoice"), url=f"/agent/tickets/{row.number}", icon="alert")
    for number, amount, limit in over_limit(ticket.answers, house) if ticket.request_type == "expense" else ():
        said = _("%(amount)s, the limit is %(limit)s", amount=str(amount), limit=str(limit))
        yield PanelRow(said, term=_("Expense %(number)s", number=number), icon="alert")
    day = settle_by(ticket.answers) if ticket.request_type == "travel_advance" else None
    if day is not None:
        yield PanelRow(_day(day), term=_("To be settled by"), icon="calendar")


def _together(ticket: TicketView) -> Iterator[PanelRow]:
    """Yield the sum of what one person asked to buy from one supplier, as it is now."""
    total = next(iter(totals(ticket.request_type, ticket.answers)), None)
    others = purchases.alike(ticket.requester.email, ticket.answers, ticket.created_at, ticket.number)
    if total is None or not others:
        return
    yield PanelRow(str(purchases.summed(total, others)), term=_("Within 30 days together"), icon="alert")
    for row in others[: records.MOST]:
        yield PanelRow(row.number, term=_("Same supplier"), url=f"/agent/tickets/{row.number}")


def account(ticket: TicketView, viewer: ViewerView) -> list[PanelRow]:
    """Show who was sure of the bank account and what is missing, and lead to where it is written down."""
    if ticket.desk != "finance" or ticket.request_type not in PEOPLE:
        return []
    done = checks_of(ticket.number)
    pairs = [(each.kind, each.person) for each in done]
    rows = [PanelRow(_said(each), term=each.name, icon="check") for each in done]
    if lacking := missing(ticket.request_type, pairs, outsiders(ticket)):
        rows.append(PanelRow(lacking, icon="alert"))
    url = f"/x/finance_desk/accounts/{ticket.number}"
    return [*rows, PanelRow(_("Write down a call, confirm or reject"), url=url, icon="phone")]


def _said(each: AccountCheck) -> str:
    at = str(format_datetime(each.at, "short"))  # type: ignore[no-untyped-call]
    if each.kind == CALLED:
        return _("Called %(phone)s on %(at)s", phone=each.phone, at=at)
    if each.kind == CONFIRMED:
        return _("Confirmed on %(at)s", at=at)
    return _("Not to be used, since %(at)s", at=at)


def _day(day: date) -> str:
    return str(format_date(day))  # type: ignore[no-untyped-call]

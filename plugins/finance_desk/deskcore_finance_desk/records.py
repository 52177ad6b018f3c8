"""What was asked for before: purchases that belong together, and invoices that came already."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select

from deskcore.plugin import EventView, TicketView, session, unit_of_work
from deskcore_finance_desk.amounts import Money, totals
from deskcore_finance_desk.identity import fingerprint, party_key, reference_key
from deskcore_finance_desk.models import Fingerprint, Record

#: Purchases of one person from one supplier within this time count as one.
TOGETHER = timedelta(days=30)
#: Earlier requests that are named.
MOST = 50
PURCHASE, INVOICE = "purchase_request", "invoice_payment"
#: Requests that later ones, and the check of a bank account, are compared with.
RECORDED = (PURCHASE, INVOICE, "vendor_onboarding", "vendor_bank_change")


def remember(event: EventView, ticket: TicketView) -> None:
    """Write down what later requests are compared with; asked again, it changes nothing."""
    if ticket.desk == "finance" and ticket.request_type in RECORDED:
        write_down(
            ticket.number, ticket.request_type, ticket.answers, ticket.requester.email, event.actor_email, event.at
        )


def write_down(
    number: str, request_type: str, answers: Mapping[str, Any], requester: str, opened_by: str, at: datetime
) -> None:
    """Write down a ticket, once.

    :param opened_by: address of whoever sent the form; empty if it is the requester.
    """
    party, reference = _keys(answers)
    total = next(iter(totals(request_type, answers)), Money(Decimal(0), ""))
    with unit_of_work() as work:
        ticket_id = work.scalar(Record.id_of(number))
        if ticket_id is None or work.scalar(select(Record.id).where(Record.ticket_id == ticket_id)) is not None:
            return
        work.add(
            Record(
                ticket_id=ticket_id, request_type=request_type, number=number, requester=requester,
                opened_by=opened_by or requester, opened_at=at, party=party, reference=reference,
                amount=total.hundredths, currency=total.currency,
            )
        )  # fmt: skip
        mark = fingerprint(party, reference)
        if request_type == INVOICE and party and reference and work.get(Fingerprint, mark) is None:
            work.add(Fingerprint(value=mark, seen_at=at))


def earlier_purchases(requester: str, answers: Mapping[str, Any], at: datetime, besides: str = "") -> list[Record]:
    """Return what a person asked to buy from the same supplier within 30 days, oldest first.

    Purchases that name no supplier belong together, too.

    :param besides: number of a ticket that is not meant.
    """
    return _found(select(Record).where(*_same_purchase(requester, answers, at, besides)))


def summed(total: Money, requester: str, answers: Mapping[str, Any], at: datetime, besides: str = "") -> Money:
    """Return a total with those of all purchases that belong together with it, in the same currency.

    :param besides: number of a ticket that is not meant.
    """
    alike = _same_purchase(requester, answers, at, besides)
    before = session().scalar(select(func.sum(Record.amount)).where(*alike, Record.currency == total.currency))
    return Money(total.amount + Decimal(before or 0) / 100, total.currency)


def _same_purchase(
    requester: str, answers: Mapping[str, Any], at: datetime, besides: str
) -> tuple[ColumnElement[bool], ...]:
    return (
        Record.request_type == PURCHASE,
        Record.requester == requester,
        Record.party == _keys(answers)[0],
        Record.opened_at.between(at - TOGETHER, at + TOGETHER),
        Record.number != besides,
    )


def same_invoices(answers: Mapping[str, Any], besides: str = "") -> list[Record]:
    """Return submissions of the same invoice, as far as whoever asks sees their tickets."""
    party, reference = _keys(answers)
    wanted = select(Record).where(Record.request_type == INVOICE, Record.party == party, Record.reference == reference)
    return _found(wanted.where(Record.number != besides)) if party and reference else []


def is_known(answers: Mapping[str, Any]) -> bool:
    """Tell whether anybody submitted the same invoice."""
    party, reference = _keys(answers)
    return bool(party and reference) and session().get(Fingerprint, fingerprint(party, reference)) is not None


def _found(wanted: Select[Record]) -> list[Record]:
    return list(session().scalars(wanted.order_by(Record.opened_at, Record.id).limit(MOST)))


def _keys(answers: Mapping[str, Any]) -> tuple[str, str]:
    party, reference = answers.get("vendor") or answers.get("legal_name"), answers.get("invoice_no")
    return party_key(str(party or "")), reference_key(str(reference or ""))

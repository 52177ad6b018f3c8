"""What was asked for before: invoices that came already, and who asked to pay to which account."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select

from deskcore.plugin import EventView, TicketView, session, tickets, unit_of_work
from deskcore_finance_desk.identity import fingerprint, party_of, reference_key
from deskcore_finance_desk.models import Fingerprint, Record

#: Earlier requests that are named.
MOST = 40
INVOICE = "invoice_payment"
#: Requests that later ones, and the check of a bank account, are compared with.
RECORDED = (INVOICE, "vendor_onboarding", "vendor_bank_change")


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
    with unit_of_work() as work:
        ticket_id = work.scalar(Record.id_of(number))
        if ticket_id is None or work.scalar(select(Record.id).where(Record.ticket_id == ticket_id)) is not None:
            return
        work.add(
            Record(
                ticket_id=ticket_id, request_type=request_type, number=number, requester=requester,
                opened_by=opened_by or requester, opened_at=at, party=party, reference=reference,
            )
        )  # fmt: skip
        mark = fingerprint(party, reference)
        if request_type == INVOICE and party and reference and work.get(Fingerprint, mark) is None:
            work.add(Fingerprint(value=mark, seen_at=at))


def same_invoices(answers: Mapping[str, Any], besides: str = "") -> list[Record]:
    """Return submissions of the same invoice, as far as whoever asks sees their tickets."""
    party, reference = _keys(answers)
    wanted = select(Record).where(Record.request_type == INVOICE, Record.party == party, Record.reference == reference)
    return _found(wanted.where(Record.number != besides)) if party and reference else []


def submitted_as(answers: Mapping[str, Any]) -> str | None:
    """Return the number of the ticket with which the same invoice was submitted; nothing if nobody did.

    It is ``""`` where whoever asks does not see that ticket.
    """
    mark = mark_of(answers)
    if not mark:
        return None
    seen = same_invoices(answers)
    if seen:
        return seen[-1].number
    sent = tickets.taken("finance_desk", mark)
    return "" if sent is None and session().get(Fingerprint, mark) is not None else sent


def mark_of(answers: Mapping[str, Any]) -> str:
    """Return what stands for an invoice; nothing where supplier or number is missing."""
    party, reference = _keys(answers)
    return fingerprint(party, reference) if party and reference else ""


def _found(wanted: Select[Record]) -> list[Record]:
    return list(session().scalars(wanted.order_by(Record.opened_at, Record.id).limit(MOST)))


def _keys(answers: Mapping[str, Any]) -> tuple[str, str]:
    return party_of(answers), reference_key(str(answers.get("invoice_no") or ""))

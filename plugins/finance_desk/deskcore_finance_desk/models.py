"""The tables of the plugin: what SQL must find or sum, and what was done to be sure of a bank account."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from deskcore.plugin import Base, TicketScoped

#: What somebody can have done about a bank account.
CALLED, CONFIRMED, REJECTED = "called", "confirmed", "rejected"


class Record(TicketScoped, Base):
    """What later requests are compared with, written down once for each ticket."""

    __tablename__ = "finance_desk_record"
    __table_args__ = (
        UniqueConstraint("ticket_id"),
        Index("ix_finance_desk_record_document", "party", "reference"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    request_type: Mapped[str] = mapped_column(String(80))
    number: Mapped[str] = mapped_column(String(20))
    requester: Mapped[str] = mapped_column(String(254))
    #: Whoever sent the form, on behalf of the requester or as the requester.
    opened_by: Mapped[str] = mapped_column(String(254))
    opened_at: Mapped[datetime]
    #: The supplier, as :func:`deskcore_finance_desk.identity.party_key` has it.
    party: Mapped[str] = mapped_column(String(200))
    reference: Mapped[str] = mapped_column(String(120))


class Fingerprint(Base):
    """That an invoice was submitted, and nothing about it: also to those who may not see its ticket."""

    __tablename__ = "finance_desk_fingerprint"

    value: Mapped[str] = mapped_column(String(64), primary_key=True)
    seen_at: Mapped[datetime]


class AccountCheck(TicketScoped, Base):
    """What somebody did to be sure that a bank account is the supplier's."""

    __tablename__ = "finance_desk_account_check"
    __table_args__ = (UniqueConstraint("ticket_id", "kind", "person"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    person: Mapped[str] = mapped_column(String(254))
    name: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime]
    #: The number that was called, and where it was known from.
    phone: Mapped[str] = mapped_column(String(40))
    spoke_with: Mapped[str] = mapped_column(String(200))
    note: Mapped[str] = mapped_column(Text)

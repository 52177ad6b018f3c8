"""Tables of the log of administrative changes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from deskcore.extensions import Base


class AuditEntry(Base):
    """One change: who, what, from where, and how it was before and after.

    ``digest`` covers the whole entry and the digest of the one before. It covers the particulars, which may name
    people, only through ``particulars_digest``: they can be erased one day without breaking the chain.
    """

    __tablename__ = "audit_entry"

    #: 1, 2, 3 …, without gaps.
    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    #: ``person``, ``plugin``, ``command line``, ``visitor`` or ``system``.
    actor_kind: Mapped[str] = mapped_column(String(20))
    #: Of the person; no foreign key, because the entry outlives the row.
    actor_id: Mapped[int | None]
    action: Mapped[str] = mapped_column(String(60))
    #: What was changed: ``person``, ``plugin``, ``desk`` …
    subject_type: Mapped[str] = mapped_column(String(40))
    #: Of the person whom it is about.
    subject_id: Mapped[int | None]

    # The particulars.
    #: Address of the person as it was then, name of the plugin, account of the operating system.
    actor: Mapped[str] = mapped_column(Text)
    #: Where the actor came from in the network.
    address: Mapped[str] = mapped_column(Text)
    #: Public key of what was changed.
    subject: Mapped[str] = mapped_column(Text)
    #: Canonical JSON: text, so that what is read is to the letter what was hashed.
    before: Mapped[str] = mapped_column(Text)
    after: Mapped[str] = mapped_column(Text)
    #: Random, so that nobody guesses erased particulars from their digest.
    salt: Mapped[str] = mapped_column(String(32))

    # The chain.
    particulars_digest: Mapped[str] = mapped_column(String(64))
    previous_digest: Mapped[str] = mapped_column(String(64))
    digest: Mapped[str] = mapped_column(String(64))
    #: Message authentication code of the digest: whoever can only write to the database cannot make one.
    mac: Mapped[str] = mapped_column(String(64))


class AuditHead(Base):
    """The end of the chain, which every writer locks, and what the last verification found."""

    __tablename__ = "audit_head"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    #: Sequence and digest of the newest entry, signed together.
    sequence: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
    mac: Mapped[str] = mapped_column(String(64))
    verified_at: Mapped[datetime | None]
    #: Up to which entry the chain was verified, and the first broken one if there was any.
    verified_sequence: Mapped[int | None]
    broken_sequence: Mapped[int | None]
    broken_because: Mapped[str | None] = mapped_column(String(20))


Index("ix_audit_entry_action", AuditEntry.action, AuditEntry.sequence)
Index("ix_audit_entry_actor_id", AuditEntry.actor_id, AuditEntry.sequence)
Index("ix_audit_entry_at", AuditEntry.at)

"""Tickets, their timeline, and everything that hangs on them.

Every table that belongs to a ticket is :class:`TicketScoped`: a session sees its rows only as far as it
sees the ticket. See :mod:`deskcore.tickets.access`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Computed,
    ForeignKey,
    Index,
    Select,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    select,
    text,
)
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from deskcore.clock import now
from deskcore.desks.models import DeskRow, RequestTypeRow
from deskcore.extensions import Base
from deskcore.people.models import Person, Team

#: What a participant may be. Each role lets the person see the ticket in the portal, except ``member``: that is
#: somebody of the desk who was named, and sees it in the workspace.
PARTICIPANT_ROLES = ("requester", "reporter", "follower", "approver", "manager", "break_glass", "member")
LINK_KINDS = ("parent", "duplicate", "related", "caused_by")
CHANNELS = ("portal", "api", "phone", "walk_in", "import", "mail", "system")


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


#: Where a ticket without a due time stands in the order of due times.
NO_DUE = datetime(9999, 1, 1, tzinfo=UTC)
#: The same in SQL, as either database stores a moment.
IN_ORDER = f"coalesce(due_at, '{NO_DUE:%Y-%m-%d %H:%M:%S.%f}')"
#: How a ticket stands with its clock; ``late`` is what came to its end after its time.
DUE_STATES = ("running", "paused", "met", "late")
#: Only tickets with a due time stand in its index.
_DUE = text("due_at IS NOT NULL")
_HELD = text("held_by IS NOT NULL")
_SEALED = text("sealed_with IS NOT NULL")
_SOLVED = text("resolved_at IS NOT NULL")
_BY_RULE = text("by_rule")


class Ticket(Base):
    """A request from its first word to its end.

    ``version`` rises with every change and guards against overwriting somebody else's.
    """

    __tablename__ = "ticket"
    __table_args__ = (
        CheckConstraint("visibility IN ('desk', 'named')", name="visibility"),
        CheckConstraint("priority BETWEEN 1 AND 4", name="priority"),
        # The columns after the id let counts and pages of a queue be answered from the index alone.
        Index("ix_ticket_queue", "desk_id", "finished", "updated_at", "id", "visibility"),
        Index("ix_ticket_assignee", "assignee_id", "finished", "updated_at", "id", "desk_id", "visibility"),
        Index("ix_ticket_category", "desk_id", "status_category", "updated_at", "id"),
        Index("ix_ticket_priority", "desk_id", "finished", "priority", "id"),
        Index("ix_ticket_desk_newest", "desk_id", "updated_at", "id"),
        Index("ix_ticket_newest", "finished", "updated_at", "id"),
        Index("ix_ticket_due", "desk_id", "due_at", sqlite_where=_DUE, postgresql_where=_DUE),
        Index("ix_ticket_due_order", "finished", "due_order", "id"),
        Index("ix_ticket_held", "held_by", "id", sqlite_where=_HELD, postgresql_where=_HELD),
        Index("ix_ticket_solved", "assignee_id", "resolved_at", sqlite_where=_SOLVED, postgresql_where=_SOLVED),
        Index("ix_ticket_requester", "requester_id", "created_at", "id"),
        Index("ix_ticket_sealed", "sealed_with", "id", sqlite_where=_SEALED, postgresql_where=_SEALED),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(20), unique=True)
    desk_id: Mapped[int] = mapped_column(ForeignKey("desk.id", ondelete="RESTRICT"))
    request_type_id: Mapped[int] = mapped_column(ForeignKey("request_type.id", ondelete="RESTRICT"))
    form_version_id: Mapped[int] = mapped_column(ForeignKey("form_version.id", ondelete="RESTRICT"))
    subject: Mapped[str] = mapped_column(String(300))
    description: Mapped[str] = mapped_column(Text, default="")
    status: Mapped[str] = mapped_column(String(40))
    status_category: Mapped[str] = mapped_column(String(20))
    #: Whether the category is resolved or closed; lists ask for one value instead of a set.
    finished: Mapped[bool] = mapped_column(default=False)
    #: 1 low, 2 normal, 3 high, 4 urgent.
    priority: Mapped[int] = mapped_column(default=2)
    channel: Mapped[str] = mapped_column(String(10))
    requester_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    team_id: Mapped[int | None] = mapped_column(ForeignKey("team.id", ondelete="SET NULL"))
    #: By field; sensitive ones are sealed (:mod:`deskcore.tickets.sensitive`).
    answers: Mapped[dict[str, Any]] = mapped_column(default=dict)
    #: Name for which its sensitive answers are sealed, wherever it goes; nothing while it has none.
    sealed_as: Mapped[str | None] = mapped_column(String(32))
    #: The key they are sealed with; an older one as long as one of them is.
    sealed_with: Mapped[str | None] = mapped_column(String(8))
    #: Data of plugins, each under its own name.
    extra: Mapped[dict[str, Any]] = mapped_column(default=dict)
    tags: Mapped[list[str]] = mapped_column(default=list)
    #: ``desk`` for everybody who works there, ``named`` for those of them only who were named.
    visibility: Mapped[str] = mapped_column(String(10), default="desk")
    version: Mapped[int] = mapped_column(default=1)
    #: Sequence number of the newest event, so that the next one needs no query.
    last_seq: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now)
    #: When its clock runs out; nothing while it stands still. Kept by :mod:`deskcore.tickets.due`.
    due_at: Mapped[datetime | None]
    #: The same with a moment for every ticket, so that an index holds the order.
    due_order: Mapped[datetime] = mapped_column(Computed(IN_ORDER))
    #: From when on it counts as due soon.
    due_soon_at: Mapped[datetime | None]
    #: One of :data:`DUE_STATES`; nothing for a ticket of which nobody keeps a clock.
    due_state: Mapped[str | None] = mapped_column(String(8))
    resolved_at: Mapped[datetime | None]
    #: The plugin that holds it until it is approved; nobody else lets it go, as long as that plugin is on.
    held_by: Mapped[str | None] = mapped_column(String(60))
    #: Where an imported ticket came from, unique per source, so that a second import finds it.
    import_key: Mapped[str | None] = mapped_column(String(200), unique=True)

    desk: Mapped[DeskRow] = relationship(lazy="raise")
    request_type: Mapped[RequestTypeRow] = relationship(lazy="raise")
    requester: Mapped[Person] = relationship(foreign_keys=[requester_id], lazy="raise")
    assignee: Mapped[Person | None] = relationship(foreign_keys=[assignee_id], lazy="raise")
    team: Mapped[Team | None] = relationship(lazy="raise")


class TicketScoped:
    """Mixin of every model whose rows belong to one ticket and are visible only with it."""

    @declared_attr
    def ticket_id(cls) -> Mapped[int]:
        """The ticket the row belongs to."""
        return mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"), index=True)

    @staticmethod
    def id_of(number: str) -> Select[int]:
        """Return the query for what ``ticket_id`` is in rows of a ticket; it finds nothing where one may not see it."""
        return select(Ticket.id).where(Ticket.number == number)

    @staticmethod
    def number_of(ticket_id: int) -> Select[str]:
        """Return the query for the number of the ticket that a row belongs to, which can change."""
        return select(Ticket.number).where(Ticket.id == ticket_id)


class TicketEvent(TicketScoped, Base):
    """A line of the timeline; append-only, and at once the outbox of what others are told."""

    __tablename__ = "ticket_event"
    __table_args__ = (UniqueConstraint("ticket_id", "seq"), Index("ix_ticket_event_pending", "pending", "id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    seq: Mapped[int]
    kind: Mapped[str] = mapped_column(String(40))
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    #: The plugin that acted, when it was no person.
    actor_plugin: Mapped[str | None] = mapped_column(String(60))
    channel: Mapped[str] = mapped_column(String(10))
    at: Mapped[datetime] = mapped_column(default=now)
    #: Whether participants see the line in the portal.
    public: Mapped[bool] = mapped_column(default=False)
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)
    schema: Mapped[int] = mapped_column(default=1)
    #: True until a delivery exists for every subscriber.
    pending: Mapped[bool] = mapped_column(default=True)
    #: How many deliveries were made of it; nothing while it is pending, and for what nobody is told of.
    told: Mapped[int | None] = mapped_column(SmallInteger)


class TicketParticipant(TicketScoped, Base):
    """Somebody who takes part in a ticket, and therefore sees it in the portal."""

    __tablename__ = "ticket_participant"
    __table_args__ = (
        CheckConstraint(_one_of("role", PARTICIPANT_ROLES), name="role"),
        Index("ix_ticket_participant_person", "person_id", "ticket_id", "role", "until"),
        Index("ix_ticket_participant_rule", "ticket_id", "person_id", sqlite_where=_BY_RULE, postgresql_where=_BY_RULE),
    )

    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), primary_key=True)
    role: Mapped[str] = mapped_column(String(12), primary_key=True)
    until: Mapped[datetime | None]
    since: Mapped[datetime] = mapped_column(default=now)
    #: Added by what the desk says of managers, and taken away by it again.
    by_rule: Mapped[bool] = mapped_column(default=False)


class TicketExclusion(TicketScoped, Base):
    """Somebody who may never see a ticket, whoever is named or asks for emergency access."""

    __tablename__ = "ticket_exclusion"

    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), primary_key=True, index=True)


class FormerNumber(TicketScoped, Base):
    """A number that a ticket had before it came to a confidential desk or left one; nobody ever gets it again."""

    __tablename__ = "former_number"

    number: Mapped[str] = mapped_column(String(20), primary_key=True)


class TicketClaim(TicketScoped, Base):
    """A name that a ticket took for a plugin; no other ticket gets it."""

    __tablename__ = "ticket_claim"

    plugin: Mapped[str] = mapped_column(String(60), primary_key=True)
    #: Of the name: the name itself may tell what stands in answers.
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)


class TicketTag(TicketScoped, Base):
    """A tag of a ticket, kept beside ``Ticket.tags`` so that lists can filter by it."""

    __tablename__ = "ticket_tag"

    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"), primary_key=True)
    tag: Mapped[str] = mapped_column(String(60), primary_key=True, index=True)


class TicketLink(TicketScoped, Base):
    """A typed link: ``ticket`` is the parent, duplicate, relative or effect of ``other``."""

    __tablename__ = "ticket_link"
    __table_args__ = (CheckConstraint(_one_of("kind", LINK_KINDS), name="kind"),)

    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"), primary_key=True)
    other_id: Mapped[int] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"), primary_key=True, index=True)
    kind: Mapped[str] = mapped_column(String(12), primary_key=True)


class IdempotencyKey(Base):
    """The result of something a person sent once, so that sending it again changes nothing."""

    __tablename__ = "idempotency_key"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), primary_key=True)
    key: Mapped[str] = mapped_column(String(100), primary_key=True)
    #: Keyed hash of what was sent, so that the same key with other content is noticed.
    request_hash: Mapped[str] = mapped_column(String(64))
    result: Mapped[dict[str, Any]]
    at: Mapped[datetime] = mapped_column(default=now, index=True)

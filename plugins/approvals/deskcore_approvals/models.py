"""The tables of the plugin: approvals of tickets with what each person decided, delegations, cost centres."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, ForeignKey, Index, String
from sqlalchemy import Text as LongText
from sqlalchemy.orm import Mapped, mapped_column

from deskcore.plugin import Base, JSONType, Text, TicketScoped, now

#: Longest reason, question or comment.
MAX_COMMENT = 4000


class Round(TicketScoped, Base):
    """One approval of a ticket, from the first question to the outcome; a ticket that is opened again gets another."""

    __tablename__ = "approvals_round"

    id: Mapped[int] = mapped_column(primary_key=True)
    #: What the ticket is called and about, for lists.
    number: Mapped[str] = mapped_column(String(20))
    subject: Mapped[str] = mapped_column(String(300))
    #: Address and name of whoever asked.
    requester: Mapped[str] = mapped_column(String(254))
    requester_name: Mapped[str] = mapped_column(String(200))
    #: ``{"amount", "currency"}``, where the answers say it.
    amount: Mapped[dict[str, Any] | None] = mapped_column(JSONType)
    #: The steps as they were when it began, in stages: ``[[{"key", "title", "need", "hours", "approvers"}]]``; each
    #: with ``distinct`` where nobody decides twice.
    stages: Mapped[list[Any]] = mapped_column(JSONType)
    #: Key of the table whose rows may be turned down one by one, and which were.
    lines: Mapped[str] = mapped_column(String(60), default="")
    rejected_lines: Mapped[list[Any]] = mapped_column(JSONType, default=list)
    stage: Mapped[int] = mapped_column(default=0)
    #: ``running``, ``approved``, ``rejected`` or ``cancelled``.
    state: Mapped[str] = mapped_column(String(10), default="running")
    began_at: Mapped[datetime] = mapped_column(default=now)
    ended_at: Mapped[datetime | None]

    @property
    def distinct(self) -> bool:
        """Whether nobody decides twice in it."""
        return any(step.get("distinct") for stage in self.stages for step in stage)

    def step(self, key: str) -> dict[str, Any]:
        """Return a step as it was when the approval began."""
        return next(step for stage in self.stages for step in stage if step["key"] == key)

    def title(self, key: str) -> Text:
        """Return what a step is called."""
        title = self.step(key)["title"]
        return Text(title["en"], title["pl"])


class Decision(TicketScoped, Base):
    """What one person is asked in one step, and what became of it."""

    __tablename__ = "approvals_decision"
    __table_args__ = (
        Index("ix_approvals_decision_decider", "state", "decider"),
        Index("ix_approvals_decision_due", "state", "due_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    #: Random name in addresses.
    token: Mapped[str] = mapped_column(String(24), unique=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("approvals_round.id", ondelete="CASCADE"), index=True)
    stage: Mapped[int]
    step: Mapped[str] = mapped_column(String(40))
    #: Address of whoever the rule found, and of whoever it is with now.
    approver: Mapped[str] = mapped_column(String(254))
    decider: Mapped[str] = mapped_column(String(254))
    #: The entry of a desk or a team through which the approver was found, or ``""``: without that role, no decision.
    asked_as: Mapped[str] = mapped_column(String(160), default="", server_default="")
    #: ``pending``, ``approved``, ``rejected``, or ``void`` when it was no longer needed.
    state: Mapped[str] = mapped_column(String(10), default="pending")
    #: Rises with every change and guards against deciding what one has not seen.
    version: Mapped[int] = mapped_column(default=1)
    decided_by: Mapped[str] = mapped_column(String(254), default="")
    decided_at: Mapped[datetime | None]
    comment: Mapped[str] = mapped_column(LongText, default="")
    #: How often the time ran out.
    escalated: Mapped[int] = mapped_column(default=0)
    asked_at: Mapped[datetime] = mapped_column(default=now)
    due_at: Mapped[datetime | None]
    #: Since when an answer of the requester is waited for.
    question_at: Mapped[datetime | None]
    question: Mapped[str] = mapped_column(LongText, default="")


class Delegation(Base):
    """Somebody decides in the place of somebody else: on certain days, or when the time runs out."""

    __tablename__ = "approvals_delegation"

    id: Mapped[int] = mapped_column(primary_key=True)
    token: Mapped[str] = mapped_column(String(24), unique=True)
    principal: Mapped[str] = mapped_column(String(254), index=True)
    delegate: Mapped[str] = mapped_column(String(254))
    #: First and last day; both empty for a deputy who is asked when the time runs out.
    since: Mapped[date | None] = mapped_column(Date)
    until: Mapped[date | None] = mapped_column(Date)
    made_at: Mapped[datetime] = mapped_column(default=now)


class CostCentre(Base):
    """A cost centre and whoever answers for its money."""

    __tablename__ = "approvals_cost_centre"

    code: Mapped[str] = mapped_column(String(60), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    owner: Mapped[str] = mapped_column(String(254))

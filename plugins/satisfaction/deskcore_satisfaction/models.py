"""The table of the plugin: for each end of a ticket, whether its requester was asked, and the answer."""

from __future__ import annotations

import secrets
from datetime import datetime

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint
from sqlalchemy import Text as LongText
from sqlalchemy.orm import Mapped, mapped_column

from deskcore.plugin import Base, TicketScoped

#: Longest comment, and longest note of a lead.
MAX_COMMENT = 2000
#: Ratings up to this one are low: somebody should look into it.
LOW = 2
#: Ratings from this one on are high.
HIGH = 4


def new_token() -> str:
    """Return a name for links that tells nothing."""
    return secrets.token_urlsafe(15)


class Survey(TicketScoped, Base):
    """One end of a ticket about which its requester is asked, or was."""

    __tablename__ = "satisfaction_survey"
    __table_args__ = (
        UniqueConstraint("ticket_id", "closing"),
        CheckConstraint("rating BETWEEN 1 AND 5", name="rating"),
        Index("ix_satisfaction_survey_due", "state", "due_at"),
        Index("ix_satisfaction_survey_requester", "requester", "state"),
        Index("ix_satisfaction_survey_closed", "closed_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    #: Random name in links.
    token: Mapped[str] = mapped_column(String(24), unique=True, default=new_token)
    #: Of the line on the timeline with which the ticket was finished: once for each, nobody is asked twice.
    closing: Mapped[int]
    #: As it was then, for reports.
    desk: Mapped[str] = mapped_column(String(60))
    request_type: Mapped[str] = mapped_column(String(80))
    #: Address of whoever is asked, and of whoever solved it, if it was a person.
    requester: Mapped[str] = mapped_column(String(254))
    agent: Mapped[str] = mapped_column(String(254), default="")
    closed_at: Mapped[datetime]
    #: ``planned`` until the question is due; ``asked``; ``passed`` over, where not every ticket is asked about;
    #: ``dropped`` when the ticket went on, or a rule spoke against it by then.
    state: Mapped[str] = mapped_column(String(8), default="planned")
    due_at: Mapped[datetime]
    asked_at: Mapped[datetime | None]
    #: Since when the ticket is open again.
    reopened_at: Mapped[datetime | None]
    #: From 1, very bad, to 5, very good.
    rating: Mapped[int | None]
    comment: Mapped[str] = mapped_column(LongText, default="")
    #: When it was first given.
    rated_at: Mapped[datetime | None]
    #: Rises with every change and guards against overwriting what one has not seen.
    version: Mapped[int] = mapped_column(default=1)
    #: The version that the desk was told of.
    told: Mapped[int] = mapped_column(default=1)
    #: When a lead has dealt with a low rating, who, and what was done.
    handled_at: Mapped[datetime | None]
    handled_by: Mapped[str] = mapped_column(String(254), default="")
    handled_note: Mapped[str] = mapped_column(LongText, default="")

    @property
    def is_low(self) -> bool:
        """Whether it was rated so low that somebody should look into it."""
        return self.rating is not None and self.rating <= LOW

    @property
    def waits_for_lead(self) -> bool:
        """Whether nobody has dealt with a low rating yet."""
        return self.is_low and self.handled_at is None

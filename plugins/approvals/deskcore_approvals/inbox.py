"""What waits for somebody, and what somebody decided: read for pages, in a few statements however much it is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from flask_babel import format_currency
from sqlalchemy import Select, or_, select

from deskcore.plugin import Text, session
from deskcore_approvals.models import Decision, Round

#: Rows of one list.
MOST = 100


@dataclass(frozen=True)
class Waiting:
    """Something that waits for a decision.

    :param amount: as it is written in the reader's language, or ``""``.
    :param question: what the requester was asked and has not answered yet.
    """

    token: str
    version: int
    number: str
    subject: str
    requester: str
    step: Text
    amount: str
    asked_at: datetime
    due_at: datetime | None
    question: str
    state: str
    decided_at: datetime | None


def waiting_for(email: str, limit: int = MOST) -> list[Waiting]:
    """Return what waits for somebody, what is due first in front."""
    wanted = _rows().where(Decision.state == "pending", or_(Decision.decider == email, Decision.approver == email))
    return _read(wanted.order_by(Decision.due_at.is_(None), Decision.due_at, Decision.id).limit(limit))


def decided_by(email: str, limit: int = 20) -> list[Waiting]:
    """Return what somebody decided in approvals that are still under way, newest first."""
    wanted = _rows().where(Decision.decided_by == email).order_by(Decision.decided_at.desc())
    return _read(wanted.limit(limit))


def questions_to(email: str, limit: int = 10) -> list[Waiting]:
    """Return what somebody was asked about own requests, before a decision."""
    wanted = _rows().where(Round.requester == email, Decision.question_at.is_not(None), Decision.state == "pending")
    return _read(wanted.order_by(Decision.question_at).limit(limit))


def ticked(tokens: Iterable[str]) -> dict[str, tuple[Decision, Round]]:
    """Return what is asked under these names, as far as whoever asks sees the tickets."""
    rows = session().execute(_rows().where(Decision.token.in_(sorted(tokens)))).all()
    return {row[0].token: (row[0], row[1]) for row in rows}


def money(amount: Any) -> str:
    """Return an amount of an approval as people read it, or ``""``."""
    if not amount:
        return ""
    return str(format_currency(Decimal(amount["amount"]), amount["currency"], format="#,##0.00\u00a0¤¤"))


def as_waiting(decision: Decision, round_: Round) -> Waiting:
    """Return a decision as lists show it."""
    return Waiting(
        token=decision.token,
        version=decision.version,
        number=round_.number,
        subject=round_.subject,
        requester=round_.requester_name,
        step=round_.title(decision.step),
        amount=money(round_.amount),
        asked_at=decision.asked_at,
        due_at=decision.due_at,
        question=decision.question if decision.question_at else "",
        state=decision.state,
        decided_at=decision.decided_at,
    )


def _rows() -> Select[Decision, Round]:
    return select(Decision, Round).join(Round, Round.id == Decision.round_id)


def _read(wanted: Select[Decision, Round]) -> list[Waiting]:
    return [as_waiting(decision, round_) for decision, round_ in session().execute(wanted)]

"""What went wrong with letters: for the administrator, and for the one who did not get them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update

from deskcore.plugin import now, people, session, unit_of_work
from deskcore_notifications import sending
from deskcore_notifications.models import Letter, Line

#: Letters that the administrator's page lists.
LISTED = 50
_OVER = ("refused", "failed")
_UNTRACKED = {"synchronize_session": False}


@dataclass(frozen=True)
class Health:
    """How the mail server does.

    :param away_since: since when it cannot be reached; nothing while it can.
    """

    error: str = ""
    away_since: datetime | None = None
    again_at: datetime | None = None
    sent_at: datetime | None = None


def health() -> Health:
    """Return how the mail server does."""
    row = session().get(Line, 1)
    return Health(row.error, row.away_since, row.paused_until, row.sent_at) if row is not None else Health()


def lost() -> Sequence[Letter]:
    """Return the letters that were given up, the last first; without those that only their desk may know of."""
    wanted = select(Letter).where(Letter.state.in_(_OVER), Letter.quiet.is_(False))
    return session().scalars(wanted.order_by(Letter.ended_at.desc(), Letter.id.desc()).limit(LISTED)).all()


def refused_lately(email: str) -> Letter | None:
    """Return the last letter to somebody, if it was given up: the mailbox may be full, or gone."""
    mine = Letter.receiver.in_(people.addresses_of(email)), Letter.ended_at.is_not(None), Letter.state != "dropped"
    last = session().scalar(select(Letter).where(*mine).order_by(Letter.ended_at.desc()).limit(1))
    return last if last is not None and last.state in _OVER else None


def again(token: str) -> bool:
    """Have a letter sent again that was given up; return false when there is none."""
    with unit_of_work() as work:
        found = Letter.token == token, Letter.state.in_(_OVER), Letter.quiet.is_(False)
        values = {"state": "sending", "due_at": now(), "made_at": now(), "ended_at": None, "attempts": 0}
        done = update(Letter).where(*found).values(values).returning(Letter.id)
        letter = work.scalar(done, execution_options=_UNTRACKED)
        if letter is not None:
            people.record_change("notifications", None, {"letter": "sent again"})
            sending.send_at(now())
        return letter is not None

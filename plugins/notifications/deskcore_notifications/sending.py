"""Letters on their way to the mail server: one after the other, each until the server took it or refused it for good.

What was handed over is recorded at once. Only the one letter that was under way when a worker died can be handed over
twice, as the same message with the same Message-ID; SMTP has no way to ask whether it had arrived.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any

from sqlalchemy import exists, func, select
from sqlalchemy.orm import aliased

from deskcore.plugin import now, session, tickets, unit_of_work
from deskcore_notifications import line
from deskcore_notifications.composing import composed
from deskcore_notifications.mail_server import Access, Away, MailServer, NotNow, Refused, access
from deskcore_notifications.models import Letter

JOB = "notifications_send"
#: Jobs for the same so many seconds are one.
_TOGETHER = 10
#: So many seconds one piece of the work takes; then others have their turn.
_PIECE = 10.0
#: The pause of a letter that is not taken; each further one is twice as long, up to the limit.
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(minutes=10)
#: After so long a letter is given up.
GIVEN_UP = timedelta(days=3)
#: Connections that may break one after the other before the server counts as away.
_MOST_BROKEN = 3
LEFT = ("waiting", "sending")


@dataclass(frozen=True)
class Envelope:
    """A letter that is being sent.

    :param fresh: it was never handed over, not even perhaps.
    """

    id: int
    token: str
    receiver: str
    thread: str
    fresh: bool


def is_set_up() -> bool:
    """Tell whether there is a mail server to send by."""
    return access() is not None


def send_at(moment: datetime) -> None:
    """Have letters sent at a moment; in the surrounding unit of work."""
    seconds = math.ceil(moment.timestamp() / _TOGETHER) * _TOGETHER
    tickets.do_later(JOB, at=datetime.fromtimestamp(seconds, UTC), once=f"at {seconds}")


def send_soon() -> None:
    """Have letters sent as soon as a worker is free."""
    tickets.do_later(JOB)


def send(payload: Mapping[str, Any]) -> None:
    """Send what is due; a job."""
    to = access()
    holder = line.take() if to is not None else ""
    if to is None or not holder:
        return
    try:
        _drain(to, holder)
    finally:
        line.give_back(holder)


def _drain(to: Access, holder: str) -> None:
    end, broken = monotonic() + _PIECE, 0
    with MailServer(to) as server:
        while monotonic() < end:
            envelope = _next(holder)
            if envelope is None:
                return
            try:
                _send(server, to, envelope)
                broken = 0
            except Away as error:
                _pause(envelope, str(error))
                return
            except NotNow as error:
                broken = broken + 1 if error.gone else 0
                _put_off(envelope, str(error))
                if broken >= _MOST_BROKEN:
                    _pause(None, str(error))
                    return
    send_soon()


def _send(server: MailServer, to: Access, envelope: Envelope) -> None:
    """Send one letter and record what became of it.

    :raises Away: when the server is not there.
    :raises NotNow: when it does not take it now.
    """
    letter = composed(envelope.id, envelope.token, envelope.receiver, envelope.thread, to.sender)
    if letter is None:
        _end(envelope, "dropped", "")
        return
    try:
        answer = server.hand_over(letter.message, letter.address)
    except Refused as error:
        _end(envelope, "refused", str(error))
    else:
        _end(envelope, "sent", answer)


def _next(holder: str) -> Envelope | None:
    """Take the letter that is due for longest, in order for one person and ticket, and close it against growing."""
    earlier = aliased(Letter)
    same = earlier.receiver == Letter.receiver, earlier.thread == Letter.thread, earlier.thread != ""
    waits = exists().where(*same, earlier.id < Letter.id, earlier.state.in_(LEFT))
    wanted = select(Letter).where(Letter.state.in_(LEFT), Letter.due_at <= now(), ~waits)
    with unit_of_work() as work:
        if not line.keep(holder):
            return None
        letter = work.scalar(wanted.order_by(Letter.due_at, Letter.id).limit(1).with_for_update(of=Letter))
        if letter is None:
            return None
        fresh = letter.state == "waiting"
        letter.state, letter.attempts = "sending", letter.attempts + 1
        work.flush()
        return Envelope(letter.id, letter.token, letter.receiver, letter.thread, fresh)


def _end(envelope: Envelope, state: str, answer: str) -> None:
    with unit_of_work() as work:
        letter = work.get(Letter, envelope.id)
        if letter is not None:
            letter.state, letter.answer, letter.ended_at = state, answer[:300], now()
        if state != "dropped":
            line.answered()
        if state == "sent":
            line.line().sent_at = now()
        work.flush()


def _put_off(envelope: Envelope, said: str) -> None:
    """Try a letter again after a pause, or give it up after days."""
    with unit_of_work() as work:
        letter = work.get(Letter, envelope.id)
        if letter is not None:
            letter.answer = said[:300]
            letter.due_at = now() + min(FIRST_PAUSE * 2 ** min(letter.attempts - 1, 10), LONGEST_PAUSE)
            if letter.made_at < now() - GIVEN_UP:
                letter.state, letter.ended_at = "failed", now()
        work.flush()


def _pause(envelope: Envelope | None, said: str) -> None:
    """Leave the server alone for a while; the letter that met it so waits as if nothing had been tried."""
    with unit_of_work() as work:
        letter = work.get(Letter, envelope.id) if envelope is not None else None
        if letter is not None:
            letter.attempts -= 1
            letter.state = "waiting" if envelope is not None and envelope.fresh else letter.state
        send_at(line.away(said))
        work.flush()


def waiting() -> int:
    """Return how many letters wait, without those that nobody but their desk may know of."""
    counted = select(func.count(Letter.id)).where(Letter.state.in_(LEFT), Letter.quiet.is_(False))
    return int(session().scalar(counted) or 0)

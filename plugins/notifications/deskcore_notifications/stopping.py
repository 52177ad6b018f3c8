"""Signed links that end e-mail with one click (RFC 8058): what one ends is what its letter was about."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import ColumnElement, and_, select, update

from deskcore.plugin import NotFound, TicketScoped, now, people, session, tickets, unit_of_work
from deskcore_notifications.addresses import WORKSPACE
from deskcore_notifications.events import BY_KEY, Area
from deskcore_notifications.models import Letter, News, Notice
from deskcore_notifications.wishes import mailed, stop_mail, wishes_of

#: For so long after its letter was made a link can be used.
LASTS = timedelta(days=30)
_SALT = "deskcore notifications: no more e-mail"
_HERE = ("localhost", "127.0.0.1", "::1")
_UNTRACKED = {"synchronize_session": False}


@dataclass(frozen=True)
class Ends:
    """What a link ends.

    :param events: of which no e-mail comes any more; ``fixed``: those that the organisation sends to everybody.
    :param follows: a line of the ticket that its receiver no longer follows; no event ends then.
    :param daily: it is the daily summary as a whole.
    """

    receiver: str
    events: Sequence[str] = ()
    fixed: Sequence[str] = ()
    follows: Notice | None = None
    daily: bool = False

    @property
    def anything(self) -> bool:
        """Whether there is something to end."""
        return bool(self.events) or self.follows is not None


class BadLink(Exception):
    """A link cannot be used.

    :param expired: it is genuine, and too old.
    """

    def __init__(self, *, expired: bool) -> None:
        super().__init__("expired" if expired else "not genuine")
        self.expired = expired


def stop_address(token: str) -> str:
    """Return the address that ends what a letter is about; nothing where only this computer could reach it.

    :param token: of the letter.
    """
    address = people.web_address(f"{WORKSPACE}/stop/{sign(token)}")
    return "" if urlsplit(address).hostname in _HERE else address


def sign(token: str) -> str:
    """Return the last part of that address."""
    return str(_serializer().dumps(token))


def read_link(signed: str) -> Ends:
    """Return what a link ends.

    :raises BadLink: for one that was changed, or is too old, or whose receiver has left.
    """
    try:
        token = str(_serializer().loads(signed))
    except (BadSignature, ValueError):
        raise BadLink(expired=False) from None
    letter = session().scalar(select(Letter).where(Letter.token == token))
    if letter is None or letter.made_at < now() - LASTS or people.get(letter.receiver) is None:
        raise BadLink(expired=True)
    found: list[Notice | News] = list(session().scalars(select(Notice).where(Notice.letter_id == letter.id)))
    found += session().scalars(select(News).where(News.letter_id == letter.id))
    ends = what_ends(letter.receiver, found, daily=not letter.thread)
    if not (ends.anything or ends.fixed):
        raise BadLink(expired=True)
    return ends


def what_ends(receiver: str, told: Collection[Notice | News], *, daily: bool) -> Ends:
    """Return what ends with a letter about some things: the daily summary, a following, or e-mail of these kinds."""
    follows = [each for each in told if isinstance(each, Notice) and each.reason == "follower"]
    if follows and len(follows) == len(told) and not daily:
        return Ends(receiver, follows=follows[-1])
    wishes, lead = wishes_of([receiver])[receiver], leads(receiver)
    events = mailed(wishes, "daily", lead=lead) if daily else dict.fromkeys(each.event for each in told)
    known = [key for key in events if key in BY_KEY]
    fixed = [key for key in known if wishes.usual(key, lead=lead).mail_fixed]
    return Ends(receiver, [key for key in known if key not in fixed], fixed, daily=daily)


def number_of(ends: Ends) -> str:
    """Return the number of the ticket that its receiver follows, as far as that person may still know it."""
    if ends.follows is None:
        return ""
    number = session().scalar(TicketScoped.number_of(ends.follows.ticket_id))
    area: Area = "workspace" if ends.follows.area == "workspace" else "portal"
    try:
        told = tickets.told(number, ends.follows.seq, ends.receiver, area) if number else None
    except NotFound:
        return ""
    return told.number if told is not None else ""


def stop(ends: Ends) -> None:
    """End it, also for what waits to be sent; a repeated call changes nothing."""
    with unit_of_work():
        if ends.follows is None:
            stop_mail(ends.receiver, ends.events, lead=leads(ends.receiver))
            for model in (Notice, News):
                _leave_out(ends.receiver, model, model.event.in_(ends.events))
            return
        ticket_id = ends.follows.ticket_id
        number = session().scalar(TicketScoped.number_of(ticket_id))
        if number:
            tickets.unfollow(number, ends.receiver)
        _leave_out(ends.receiver, Notice, and_(Notice.ticket_id == ticket_id, Notice.reason == "follower"))


def _leave_out(receiver: str, model: type[Notice] | type[News], concerned: ColumnElement[bool]) -> None:
    waiting = select(Letter.id).where(Letter.receiver == receiver, Letter.state == "waiting")
    left_out = update(model).where(model.letter_id.in_(waiting), concerned).values(letter_id=None)
    with unit_of_work() as work:
        work.execute(left_out, execution_options=_UNTRACKED)


def leads(email: str) -> bool:
    """Tell whether somebody leads a desk, so that the usual ways are those of leads."""
    return any(lead.email == email for desk in people.desks() for lead in people.on_desk(desk, "lead"))


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(str(current_app.secret_key), salt=_SALT)

"""From an event to what people are told: one notice for each of them, and the letter it goes out in."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from deskcore.plugin import (
    EventView,
    NotFound,
    PersonView,
    TicketScoped,
    TicketView,
    now,
    people,
    setting,
    tickets,
    unit_of_work,
)
from deskcore_notifications import sending
from deskcore_notifications.concerning import Concern, Scene, concerns_of
from deskcore_notifications.events import BY_KEY, EVENTS, Mail, Way
from deskcore_notifications.line import line
from deskcore_notifications.models import Letter, Notice
from deskcore_notifications.wishes import Wishes, wishes_of

#: What is told later than this is no news: the plugin was off, a ticket was imported, a handler had failed for long.
STALE = timedelta(days=2)
#: A status that changes so soon after a reply of the same person came with it.
_WITH_A_REPLY = timedelta(seconds=5)
_STRENGTH = {event.key: place for place, event in enumerate(EVENTS)}
_URGENCY: Mapping[Mail, int] = {"now": 2, "daily": 1, "never": 0}


@dataclass(frozen=True)
class Telling:
    """What one person is told of an event, and how."""

    receiver: PersonView
    concern: Concern
    way: Way
    wishes: Wishes


def heard(event: EventView, ticket: TicketView) -> None:
    """Tell those whom an event concerns; a repeated call tells nobody twice."""
    if event.channel == "import" or event.at < now() - STALE:
        return
    seq = int(event.id.rpartition("/")[2])
    try:
        parts = tickets.concerned(ticket.number)
        concerns = concerns_of(Scene(event, ticket, seq, parts))
    except NotFound:
        return  # on a confidential desk that the plugin was not given, or gone
    tellings = _tellings(concerns)
    if tellings:
        _keep(event, ticket, seq, tellings)


def strongest(concerns: Sequence[Concern], wishes: Wishes) -> tuple[Concern, Way] | None:
    """Return for which of several reasons somebody is told, and how; nothing when that person wants none of it.

    It is told once: in every way in which any of them is wanted, for the one that weighs most. Where one of them is
    wanted by e-mail, that is one of these, so that whoever ends its e-mail hears no more of it.
    """
    ways = [(concern, wishes.way(concern.event, lead=concern.lead)) for concern in concerns]
    wanted = [(concern, way) for concern, way in ways if way.shown or way.mail != "never"]
    if not wanted:
        return None
    mailed = [each for each in wanted if each[1].mail != "never"]
    concern = min((concern for concern, _way in mailed or wanted), key=lambda each: _STRENGTH[each.event])
    same_area = [way for each, way in wanted if BY_KEY[each.event].area == BY_KEY[concern.event].area]
    mail = max((way.mail for way in same_area), key=lambda each: _URGENCY[each])
    return concern, Way(any(way.shown for way in same_area), mail)


def _tellings(concerns: Mapping[str, Sequence[Concern]]) -> list[Telling]:
    known, wishes = people.named(concerns), wishes_of(concerns.keys())
    found = []
    for email in sorted(known.keys() & concerns.keys()):
        chosen = strongest(concerns[email], wishes[email])
        if chosen is not None and not email.endswith(".invalid"):
            found.append(Telling(known[email], *chosen, wishes[email]))
    return found


def _keep(event: EventView, ticket: TicketView, seq: int, tellings: Collection[Telling]) -> None:
    """Store notices and letters, in one transaction."""
    by_mail = sending.is_set_up()
    with unit_of_work() as work:
        ticket_id = work.scalar(TicketScoped.id_of(ticket.number))
        if ticket_id is None:
            return
        already, due = _told_already(work, event, ticket_id, seq), []
        for telling in tellings:
            mail = telling.way.mail if by_mail else "never"
            if telling.receiver.email in already or not (telling.way.shown or mail != "never"):
                continue
            notice = _notice(event, ticket_id, seq, telling)
            if mail != "never":
                thread, quiet = "" if mail == "daily" else _thread(ticket_id), people.is_confidential(ticket.desk)
                letter = letter_for(work, telling.receiver, telling.wishes, mail, thread, quiet=quiet)
                notice.letter_id = letter.id
                due.append(letter.due_at)
            work.add(notice)
        work.flush()
        if due:
            sending.send_at(min(due))


def _told_already(work: Session, event: EventView, ticket_id: int, seq: int) -> set[str]:
    """Return who was told of this, or of the reply that brought another status with it."""
    same = Notice.seq == seq
    if event.kind == "status_changed" and event.data.get("category") != "resolved":
        just_now = Notice.at >= event.at - _WITH_A_REPLY
        same = or_(same, and_(Notice.event == "reply", Notice.actor == event.actor_email, just_now))
    return set(work.scalars(select(Notice.receiver).where(Notice.ticket_id == ticket_id, same)))


def _notice(event: EventView, ticket_id: int, seq: int, telling: Telling) -> Notice:
    return Notice(
        ticket_id=ticket_id,
        receiver=telling.receiver.email,
        area=BY_KEY[telling.concern.event].area,
        event=telling.concern.event,
        reason=telling.concern.reason,
        seq=seq,
        actor=event.actor_email,
        at=event.at,
        shown=telling.way.shown,
    )


def letter_for(
    work: Session, receiver: PersonView, wishes: Wishes, mail: Mail, thread: str, *, quiet: bool = False
) -> Letter:
    """Return the letter that something goes out in: one that still waits, else a new one.

    :param thread: what stands for its ticket in mail programs; empty for a daily summary.
    :param quiet: no administrator hears of it.
    """
    waiting = Letter.receiver == receiver.email, Letter.thread == thread, Letter.state == "waiting"
    letter = work.scalar(select(Letter).where(*waiting).order_by(Letter.id).limit(1).with_for_update())
    if letter is None:
        ready = now() + timedelta(seconds=int(setting("notifications", "gather_seconds")))
        due = wishes.at_once(ready, receiver.time_zone)
        if mail == "daily":
            due = wishes.next_daily(now(), receiver.time_zone)
        letter = Letter(receiver=receiver.email, thread=thread, due_at=due, quiet=True)
        work.add(letter)
    letter.quiet = letter.quiet and quiet
    work.flush()
    return letter


def _thread(ticket_id: int) -> str:
    """Return what stands for a ticket in mail programs: it tells nothing, and stays when the number changes."""
    return hashlib.sha256(f"{line().salt}/{ticket_id}".encode()).hexdigest()[:24]

"""How people want to be told: read for many at once, changed by each for himself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from deskcore.plugin import session, unit_of_work
from deskcore_notifications.decisions import Usual, decided, usual_way
from deskcore_notifications.events import BY_KEY, EVENTS, MAILS, Mail, Way
from deskcore_notifications.models import Choice, Habit

#: The hour of the daily summary where nobody chose one.
USUAL_HOUR = 8


@dataclass(frozen=True)
class Wish:
    """What somebody chose for one event; nothing for as usual."""

    shown: bool | None = None
    mail: Mail | None = None


@dataclass(frozen=True)
class Wishes:
    """What one person wants.

    :param chosen: by event, where it is not the usual way.
    :param quiet: minutes of the day from and until which no e-mail is wanted; it may pass midnight.
    :param decided: what the organisation wants, from :func:`~deskcore_notifications.decisions.decided`.
    """

    chosen: Mapping[str, Wish] = field(default_factory=dict)
    daily_hour: int = USUAL_HOUR
    quiet: tuple[int, int] | None = None
    decided: Mapping[tuple[str, bool], Usual] = field(default_factory=dict)

    def way(self, event: str, *, lead: bool) -> Way:
        """Return how that person is told of an event."""
        usual, wish = self.usual(event, lead=lead), self.chosen.get(event, Wish())
        shown = usual.way.shown if usual.shown_fixed or wish.shown is None else wish.shown
        return Way(shown, usual.way.mail if usual.mail_fixed or wish.mail is None else wish.mail)

    def usual(self, event: str, *, lead: bool) -> Usual:
        """Return how somebody is told who chose nothing, and what of it is fixed."""
        return usual_way(self.decided, BY_KEY[event], lead=lead)

    def at_once(self, moment: datetime, zone: str) -> datetime:
        """Return when a message may go out that is ready at a moment: then, or when the quiet hours are over.

        :param zone: by whose clock the person lives.
        """
        local = moment.astimezone(ZoneInfo(zone))
        if self.quiet is None:
            return moment
        begin, end = self.quiet
        minute = local.hour * 60 + local.minute
        if not (begin <= minute < end if begin < end else minute >= begin or minute < end):
            return moment
        passes_midnight = begin > end and minute >= begin
        day = local.date() + timedelta(days=1 if passes_midnight else 0)
        return datetime.combine(day, time(end // 60, end % 60), ZoneInfo(zone)).astimezone(moment.tzinfo)

    def next_daily(self, moment: datetime, zone: str) -> datetime:
        """Return the first daily summary after a moment."""
        local = moment.astimezone(ZoneInfo(zone))
        there = datetime.combine(local.date(), time(self.daily_hour), ZoneInfo(zone))
        if there <= local:
            there = datetime.combine(local.date() + timedelta(days=1), time(self.daily_hour), ZoneInfo(zone))
        return there.astimezone(moment.tzinfo)


def wishes_of(receivers: Collection[str]) -> dict[str, Wishes]:
    """Return what people want, in three statements for all."""
    chosen: defaultdict[str, dict[str, Wish]] = defaultdict(dict)
    for row in session().scalars(select(Choice).where(Choice.receiver.in_(receivers))):
        if row.event in BY_KEY:
            chosen[row.receiver][row.event] = Wish(row.shown, MAILS.get(row.mail))
    habits = {row.receiver: row for row in session().scalars(select(Habit).where(Habit.receiver.in_(receivers)))}
    usual = decided()
    return {each: _wishes(chosen[each], habits.get(each), usual) for each in receivers}


def _wishes(chosen: Mapping[str, Wish], habit: Habit | None, usual: Mapping[tuple[str, bool], Usual]) -> Wishes:
    if habit is None:
        return Wishes(chosen, decided=usual)
    begin, end = habit.quiet_from, habit.quiet_until
    quiet = (begin, end) if begin is not None and end is not None else None
    return Wishes(chosen, habit.daily_hour, quiet, usual)


def save(receiver: str, wanted: Wishes, *, lead: bool) -> None:
    """Keep what somebody wants; what is as usual follows the usual way from then on.

    What was chosen before stays as far as it is fixed now, for when it no longer is.

    :param lead: whether that person leads a desk, so that the usual way is that of leads.
    """
    with unit_of_work() as work:
        before = wishes_of([receiver])[receiver]
        for key, wish in wanted.chosen.items():
            _keep(receiver, key, _kept(wish, before, key, lead=lead))
        habit = work.get(Habit, receiver) or Habit(receiver=receiver)
        habit.daily_hour = wanted.daily_hour
        habit.quiet_from, habit.quiet_until = wanted.quiet or (None, None)
        work.add(habit)
        work.flush()


def stop_mail(receiver: str, events: Collection[str], *, lead: bool) -> None:
    """Send somebody no e-mail about some events any more, as far as that is not fixed."""
    with unit_of_work() as work:
        before = wishes_of([receiver])[receiver]
        for key in events:
            shown = before.chosen.get(key, Wish()).shown
            _keep(receiver, key, _kept(Wish(shown, "never"), before, key, lead=lead))
        work.flush()


def mailed(wishes: Wishes, mail: Mail, *, lead: bool) -> list[str]:
    """Return the events of which somebody is told by e-mail in one way."""
    return [event.key for event in EVENTS if wishes.way(event.key, lead=lead).mail == mail]


def _kept(wish: Wish, before: Wishes, key: str, *, lead: bool) -> Wish:
    """Return what is stored of a wish."""
    usual, former = before.usual(key, lead=lead), before.chosen.get(key, Wish())
    shown = wish.shown if wish.shown != usual.way.shown else None
    mail = wish.mail if wish.mail != usual.way.mail else None
    return Wish(former.shown if usual.shown_fixed else shown, former.mail if usual.mail_fixed else mail)


def _keep(receiver: str, event: str, wish: Wish) -> None:
    with unit_of_work() as work:
        row = work.get(Choice, (receiver, event))
        if wish == Wish():
            if row is not None:
                work.delete(row)
            return
        row = row or Choice(receiver=receiver, event=event)
        row.shown, row.mail = wish.shown, wish.mail or ""
        work.add(row)

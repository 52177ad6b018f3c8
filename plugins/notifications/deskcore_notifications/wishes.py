"""How people want to be told: read for many at once, changed by each for himself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from deskcore.plugin import session, unit_of_work
from deskcore_notifications.events import BY_KEY, EVENTS, Mail, Way
from deskcore_notifications.models import Choice, Habit

#: The hour of the daily summary where nobody chose one.
USUAL_HOUR = 8
_MAILS: Mapping[str, Mail] = {"now": "now", "daily": "daily", "never": "never"}


@dataclass(frozen=True)
class Wishes:
    """What one person wants.

    :param chosen: by event, where it is not the usual way.
    :param quiet: minutes of the day from and until which no e-mail is wanted; it may pass midnight.
    """

    chosen: Mapping[str, Way] = field(default_factory=dict)
    daily_hour: int = USUAL_HOUR
    quiet: tuple[int, int] | None = None

    def way(self, event: str, *, lead: bool) -> Way:
        """Return how that person is told of an event."""
        return self.chosen.get(event) or BY_KEY[event].usual_for(lead=lead)

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
    """Return what people want, in two statements for all."""
    chosen: defaultdict[str, dict[str, Way]] = defaultdict(dict)
    for row in session().scalars(select(Choice).where(Choice.receiver.in_(receivers))):
        if row.event in BY_KEY and row.mail in _MAILS:
            chosen[row.receiver][row.event] = Way(row.shown, _MAILS[row.mail])
    habits = {row.receiver: row for row in session().scalars(select(Habit).where(Habit.receiver.in_(receivers)))}
    return {each: _wishes(chosen[each], habits.get(each)) for each in receivers}


def _wishes(chosen: Mapping[str, Way], habit: Habit | None) -> Wishes:
    if habit is None:
        return Wishes(chosen)
    quiet = (habit.quiet_from, habit.quiet_until)
    known = quiet if quiet[0] is not None and quiet[1] is not None else None
    return Wishes(chosen, habit.daily_hour, (known[0], known[1]) if known else None)  # type: ignore[arg-type]


def save(receiver: str, wishes: Wishes, *, lead: bool) -> None:
    """Keep what somebody wants; what is as usual follows the usual way from then on.

    :param lead: whether that person leads a desk, so that the usual way is that of leads.
    """
    with unit_of_work() as work:
        rows = {row.event: row for row in work.scalars(select(Choice).where(Choice.receiver == receiver))}
        for event in EVENTS:
            wanted, row = wishes.chosen.get(event.key), rows.get(event.key)
            if wanted is None:
                continue
            if wanted == event.usual_for(lead=lead):
                if row is not None:
                    work.delete(row)
            elif row is None:
                work.add(Choice(receiver=receiver, event=event.key, shown=wanted.shown, mail=wanted.mail))
            else:
                row.shown, row.mail = wanted.shown, wanted.mail
        habit = work.get(Habit, receiver) or Habit(receiver=receiver)
        habit.daily_hour = wishes.daily_hour
        habit.quiet_from, habit.quiet_until = wishes.quiet or (None, None)
        work.add(habit)
        work.flush()

"""Calendars as they are stored, and the two that are there before anybody made one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from flask_babel import gettext as _
from sqlalchemy import delete, select

from deskcore.plugin import Conflict, NotFound, Problem, Refused, now, people, session, unit_of_work
from deskcore_sla_policies.calendars import Calendar
from deskcore_sla_policies.hours import DAY, BadCalendar, OwnDay, Span
from deskcore_sla_policies.models import CalendarRow, DayRow, new_version
from deskcore_sla_policies.rules import PLUGIN, ruleset

#: Keys of the calendars that are always there.
OFFICE, ALWAYS = "office", "always"
#: So many days unlike others a calendar may have.
MOST_DAYS = 2_000
#: Years of holidays that the first calendar has: from a fixed one, so that nothing is counted anew at New Year, until
#: so many years ahead.
_FROM, _AHEAD = 2020, 2
#: Countries whose holidays are offered, by time zone that makes one the likely choice.
_COUNTRY_OF = {"Europe/Warsaw": "PL"}


@dataclass(frozen=True)
class Stored:
    """A calendar with what it is called.

    :param name: by language.
    :param version: guards against overwriting somebody else's change; empty for one that nobody has edited.
    """

    key: str
    name: Mapping[str, str]
    calendar: Calendar
    version: str = ""

    def title(self, language: str) -> str:
        """Return its name in a language; in the other one where it has only that."""
        return self.name.get(language) or self.name.get("en") or self.name.get("pl") or self.key


@dataclass(frozen=True)
class Edited:
    """What somebody typed about a calendar, in the order of the page; the days are kept beside it."""

    key: str
    name: Mapping[str, str]
    zone: str
    weekly: Sequence[Span]
    version: str = ""


def calendars() -> dict[str, Calendar]:
    """Return the calendars by key; each is the same object as long as it has not changed."""
    return {key: stored.calendar for key, stored in stored_calendars().items()}


def stored_calendars() -> dict[str, Stored]:
    """Return the calendars with their names, in the order of these."""
    rows = session().execute(select(CalendarRow.key, CalendarRow.version)).all()
    found = {stored.key: stored for stored in _first(people.time_zone, now().year)}
    found |= {row.key: _read(row.key, row.version) for row in rows}
    return dict(sorted(found.items(), key=lambda item: (item[0] not in (OFFICE, ALWAYS), item[1].title("en"))))


def stored_calendar(key: str) -> Stored:
    """Return one calendar.

    :raises NotFound: when there is none with this key.
    """
    found = stored_calendars().get(key)
    if found is None:
        raise NotFound(_("There is no such calendar."))
    return found


def save(edited: Edited, days: Mapping[date, OwnDay]) -> None:
    """Store a calendar with its days, and write what changed into the audit log.

    :raises Conflict: when somebody changed it meanwhile.
    :raises Refused: for a calendar that makes no sense, naming each field to correct.
    """
    calendar = checked(edited, days)
    with unit_of_work() as work:
        before = stored_calendars().get(edited.key)
        if (before.version if before else "") != edited.version:
            raise Conflict(_("Somebody changed this calendar meanwhile. Look at it again, then repeat your change."))
        row = work.get(CalendarRow, edited.key) or CalendarRow(key=edited.key)
        row.name, row.zone, row.version = dict(edited.name), edited.zone, new_version()
        row.weekly = [list(span) for span in calendar.weekly]
        work.add(row)
        work.flush()
        work.execute(delete(DayRow).where(DayRow.calendar == edited.key))
        work.add_all(_row(edited.key, day, own) for day, own in sorted(days.items()))
        work.flush()
        people.record_change(PLUGIN, *_differences(before, Stored(edited.key, edited.name, calendar)))


def remove(key: str) -> None:
    """Remove a calendar that no policy counts by.

    :raises NotFound: when there is none, or it is always there.
    :raises Refused: naming a policy that counts by it.
    """
    with unit_of_work() as work:
        row = work.get(CalendarRow, key)
        if row is None:
            raise NotFound(_("There is no such calendar."))
        used = next((policy for policy in ruleset().policies if policy.calendar == key), None)
        if used is not None and key not in (OFFICE, ALWAYS):
            raise Refused(_("The policy “%(name)s” counts by this calendar.", name=used.title("en")))
        before = _read(key, row.version)
        work.delete(row)
        work.flush()
        people.record_change(PLUGIN, *_differences(before, None))


def checked(edited: Edited, days: Mapping[date, OwnDay]) -> Calendar:
    """Return the calendar that somebody typed.

    :raises Refused: naming each field to correct: ``zone``, ``weekly``, ``days``, ``hours.0`` for Monday's hours and so
        on, or ``day_hours`` for those of a day of its own.
    """
    problems = []
    if len(days) > MOST_DAYS:
        said = _("A calendar holds at most %(most)s days; remove those of past years.", most=MOST_DAYS)
        problems.append(Problem(said, "days"))
    if not edited.weekly and not any(own.spans for own in days.values()):
        problems.append(Problem(_("Nobody ever works by this calendar. Enter hours for at least one day."), "weekly"))
    if problems:
        raise Refused(problems)
    try:
        return Calendar(edited.zone, tuple(sorted(edited.weekly)), dict(days))
    except BadCalendar as bad:
        raise Refused(Problem(_explained(bad), _field(bad))) from bad


def holidays_of(country: str, years: Iterable[int]) -> dict[date, str]:
    """Return the public holidays of a country by day, under the names that they have there, whoever asks.

    :param country: its code, such as ``PL``.
    :raises Refused: when there are none.
    """
    # On first use: most of it is the calendars of other countries.
    from holidays import country_holidays

    try:
        own_language = country_holidays(country).default_language
        return dict(country_holidays(country, years=list(years), language=own_language))
    except NotImplementedError as unknown:
        raise Refused(Problem(_("Choose a country from the list."), "country")) from unknown


def countries() -> list[str]:
    """Return the codes of the countries whose holidays can be copied."""
    from holidays import list_supported_countries

    return sorted(list_supported_countries(include_aliases=False))


def _field(bad: BadCalendar) -> str:
    if bad.reason == "zone":
        return "zone"
    return "day_hours" if isinstance(bad.where, date) else f"hours.{bad.where}"


def _explained(bad: BadCalendar) -> str:
    if bad.reason == "zone":
        return _("Choose a time zone from the list, such as Europe/Warsaw.")
    if bad.reason == "overlap":
        return _("Two stretches of working time overlap; correct one of them.")
    return _("Write times such as 08:00 and 16:00; the latest is 24:00.")


@lru_cache(maxsize=20)
def _first(zone: str, year: int) -> tuple[Stored, Stored]:
    """Return the calendars that are there before anybody made one: of an office in a time zone, and one without end."""
    weekly = tuple(Span(weekday, 8 * 60, 16 * 60) for weekday in range(5))
    country = _COUNTRY_OF.get(zone)
    off = holidays_of(country, range(_FROM, year + _AHEAD + 1)) if country else {}
    office = Calendar(zone, weekly, {day: OwnDay(name) for day, name in off.items()})
    return (
        Stored(OFFICE, {"en": "Office hours", "pl": "Godziny pracy biura"}, office),
        Stored(ALWAYS, {"en": "Around the clock", "pl": "Całą dobę"}, Calendar.always(zone)),
    )


@lru_cache(maxsize=200)
def _read(key: str, version: str) -> Stored:
    """Return a stored calendar; what has the same version is the same, so that each is read once."""
    row = session().execute(select(CalendarRow).where(CalendarRow.key == key)).scalar_one()
    days = session().execute(select(DayRow).where(DayRow.calendar == key)).scalars().all()
    own = {each.day: OwnDay(each.name, tuple((begin, end) for begin, end in each.spans)) for each in days}
    return Stored(key, row.name, Calendar(row.zone, tuple(Span(*span) for span in row.weekly), own), version)


def _row(key: str, day: date, own: OwnDay) -> DayRow:
    return DayRow(calendar=key, day=day, name=own.name, spans=[list(span) for span in own.spans])


def _differences(before: Stored | None, after: Stored | None) -> tuple[dict[str, object], dict[str, object]]:
    """Return what an auditor reads of a calendar, as it was and as it is."""
    was, is_now = _told(before), _told(after)
    changed = [key for key in {**was, **is_now} if was.get(key) != is_now.get(key)]
    return {key: was[key] for key in changed if key in was}, {key: is_now[key] for key in changed if key in is_now}


def _told(stored: Stored | None) -> dict[str, object]:
    if stored is None:
        return {}
    hours = [f"{span.weekday + 1} {clock(span.begin)}–{clock(span.end)}" for span in stored.calendar.weekly]
    days = {f"{day:%Y-%m-%d}": own.name for day, own in sorted(stored.calendar.days.items())}
    whole = {"name": dict(stored.name), "zone": stored.calendar.zone, "hours": hours, "days": days}
    return {f"calendar {stored.key} {key}": value for key, value in whole.items()}


def clock(minute: int) -> str:
    """Return a minute of the day as people write it; after midnight it is of the next day."""
    hours, minutes = divmod(minute if minute == DAY else minute % DAY, 60)
    return f"{hours:02}:{minutes:02}"


def days_of_month(calendar: Calendar, first: date) -> list[date]:
    """Return the days of the month that begins on ``first``."""
    following = (first + timedelta(days=31)).replace(day=1)
    return [first + timedelta(days=number) for number in range((following - first).days)]

"""How moments, sizes, lengths of time and names are written, in English and Polish.

Everything here is a function of its arguments: no request, no application, so that pages, mail and
exports write the same thing the same way. The few words that belong to a moment or a length of time
live here in both languages; sentences of the interface live in the translation catalogue.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache

from babel.dates import get_day_names, get_month_names
from babel.numbers import format_decimal
from markupsafe import Markup, escape

NBSP = "\N{NO-BREAK SPACE}"
#: Minutes of one working day, the unit in which typical times are declared.
WORKING_DAY = 480
#: How many tones an avatar can have (classes ``a1`` to ``a4``).
AVATAR_TONES = 4

_WORDS = {
    "en": {
        "now": "just now",
        "ago": "{} min ago",
        "in": "in {} min",
        "today": "today, {}",
        "yesterday": "yesterday, {}",
        "tomorrow": "tomorrow, {}",
        "usually": "usually {}",
    },
    "pl": {
        "now": "przed chwilą",
        "ago": "{} min temu",
        "in": "za {} min",
        "today": "dziś, {}",
        "yesterday": "wczoraj, {}",
        "tomorrow": "jutro, {}",
        "usually": "zwykle {}",
    },
}
#: One, few, many; English uses the first and the last.
_UNITS = {
    "en": {
        "minute": ("minute", "minutes", "minutes"),
        "hour": ("hour", "hours", "hours"),
        "day": ("working day", "working days", "working days"),
    },
    "pl": {
        "minute": ("minuta", "minuty", "minut"),
        "hour": ("godzina", "godziny", "godzin"),
        "day": ("dzień roboczy", "dni robocze", "dni roboczych"),
    },
}
_NEAR_DAYS = {-1: "yesterday", 0: "today", 1: "tomorrow"}
_SIZES = ("B", "kB", "MB", "GB", "TB")
_ONE_LETTER = re.compile(r"(?<![^\W\d_])([wzioauWZIOAU]) (?=\S)")


@dataclass(frozen=True)
class When:
    """A moment as a page shows it.

    :param text: short and relative, in the reader's language.
    :param iso: RFC 3339 in UTC, for ``datetime=``.
    :param title: weekday, date and time in the reader's zone; the zone's name where its offset is not today's.
    :param fixed: ``text`` as it reads once the moment is an hour away; the same as ``text`` if it is already.
    """

    text: str
    iso: str
    title: str
    fixed: str

    def __str__(self) -> str:
        return self.text

    def __html__(self) -> Markup:
        """Return the ``<time>`` element; one that still counts minutes is marked for live updates."""
        live = f' data-fixed="{escape(self.fixed)}"' if self.fixed != self.text else ""
        shown = f'<time datetime="{self.iso}" title="{escape(self.title)}"{live}>{escape(self.text)}</time>'
        return Markup(shown)  # noqa: S704  (what people could have written is escaped)


def when(moment: datetime, now: datetime, zone: tzinfo, language: str = "en", short: bool = False) -> When:
    """Return how ``moment`` is shown to someone who reads at ``now``.

    :param moment: aware.
    :param now: aware.
    :param zone: the reader's time zone; "today" is a day there.
    :param language: ``"en"`` or ``"pl"``.
    :param short: for a column: a weekday is abbreviated.
    """
    local, here = moment.astimezone(zone), now.astimezone(zone)
    fixed = _calendar_text(local, here, language, short)
    minutes = int((local - here) / timedelta(minutes=1))
    return When(
        text=_near_text(minutes, language) or fixed,
        iso=moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        title=_full_text(local, here, language),
        fixed=fixed,
    )


def clock_time(moment: datetime, zone: tzinfo) -> str:
    """Return hours and minutes in ``zone``, on 24 hours, without a leading zero: ``9:42``."""
    local = moment.astimezone(zone)
    return f"{local.hour}:{local.minute:02d}"


def day(moment: datetime, now: datetime, zone: tzinfo, language: str = "en") -> str:
    """Return the day of a moment: ``3 Dec``, with the year where it is another one."""
    local, here = moment.astimezone(zone), now.astimezone(zone)
    text = f"{local.day}\u00a0{_names(language).months[local.month]}"
    return text if local.year == here.year else f"{text}\u00a0{local.year}"


def number(value: float, language: str = "en") -> str:
    """Return ``value`` with the language's decimal and thousands marks, at most two decimals."""
    return format_decimal(value, format="#,##0.##", locale=_locale(language))


def size(count: int, language: str = "en") -> str:
    """Return a file size in steps of 1,000 with a no-break space: ``184 kB``, ``1.2 MB``."""
    value, step = float(max(count, 0)), 0
    while round(value, 1 if step else 0) >= 1000 and step < len(_SIZES) - 1:
        value, step = value / 1000, step + 1
    digits = 1 if step and value < 10 else 0
    return number(round(value, digits), language) + NBSP + _SIZES[step]


def plural(count: int, forms: Sequence[str], language: str = "en") -> str:
    """Return the form of a word that goes with ``count``.

    :param forms: for one, for a few (2, 3, 4, 22, …), for many; English takes the first or the last.
    """
    if count == 1:
        return forms[0]
    if language == "pl" and count % 10 in (2, 3, 4) and count % 100 not in (12, 13, 14):
        return forms[1]
    return forms[2]


def working_time(minutes: int, language: str = "en") -> str:
    """Return a length of working time in its largest fitting unit: ``3 working days``, ``4 godziny``.

    :param minutes: working minutes; a working day has :data:`WORKING_DAY`.
    """
    if minutes >= WORKING_DAY:
        count, unit = round(minutes / WORKING_DAY), "day"
    elif minutes >= 60:
        count, unit = round(minutes / 60), "hour"
    else:
        count, unit = max(minutes, 1), "minute"
    language = _known(language)
    return f"{number(count, language)}{NBSP}{plural(count, _UNITS[language][unit], language)}"


def usually(minutes: int, language: str = "en") -> str:
    """Return the promise of a service: ``usually 3 working days``, ``zwykle 3 dni robocze``."""
    return _WORDS[_known(language)]["usually"].format(working_time(minutes, language))


def bind_one_letter_words(text: str) -> str:
    """Return ``text`` with no-break spaces after the Polish one-letter words w, z, i, o, a, u."""
    bound, position = text[:0], 0
    for match in _ONE_LETTER.finditer(text):
        bound += text[position : match.end() - 1] + NBSP
        position = match.end()
    return bound + text[position:]


def initials(name: str) -> str:
    """Return one or two capital letters for an avatar: first and last word of ``name``, ``?`` if there is none."""
    words = [word for word in re.split(r"[\s\-_.@]+", name) if word[:1].isalnum()]
    if not words:
        return "?"
    return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper()


def avatar_tone(name: str) -> int:
    """Return the tone, 1 to :data:`AVATAR_TONES`, that a person's avatar has everywhere and always."""
    return zlib.crc32(name.casefold().encode()) % AVATAR_TONES + 1


def live_words(language: str = "en") -> dict[str, str]:
    """Return the patterns with which the workspace script keeps relative times fresh; ``{}`` is the number."""
    words = _WORDS[_known(language)]
    return {key: words[key] for key in ("now", "ago", "in")}


def _near_text(minutes: int, language: str) -> str:
    """Return the text of a moment less than an hour away, and nothing for others."""
    words = _WORDS[_known(language)]
    if minutes == 0:
        return words["now"]
    if -60 < minutes < 0:
        return words["ago"].format(-minutes)
    if 0 < minutes < 60:
        return words["in"].format(minutes)
    return ""


def _calendar_text(local: datetime, here: datetime, language: str, short: bool) -> str:
    days = (local.date() - here.date()).days
    words = _WORDS[_known(language)]
    clock = f"{local.hour}:{local.minute:02d}"
    if days in _NEAR_DAYS:
        return words[_NEAR_DAYS[days]].format(clock)
    names = _names(language)
    if -7 < days < 7:
        return f"{(names.short_days if short else names.days)[local.weekday()]}, {clock}"
    return f"{local.day} {names.months[local.month]} {local.year}"


def _full_text(local: datetime, here: datetime, language: str) -> str:
    names = _names(language)
    date = f"{names.short_days[local.weekday()]} {local.day} {names.months[local.month]} {local.year}"
    text = f"{date}, {local.hour}:{local.minute:02d}"
    if local.utcoffset() != here.utcoffset():
        text += f" {local.tzname()}"
    return text


@dataclass(frozen=True)
class _Names:
    """What days, from 0 for Monday, and months, from 1, are called; the months in short."""

    days: Mapping[int, str]
    short_days: Mapping[int, str]
    months: Mapping[int, str]


@cache
def _names(language: str) -> _Names:
    """Return the names, looked up once: a page shows a hundred moments, and a pattern costs more than its parts."""
    locale = _locale(language)
    days, short_days = (dict(get_day_names(width, locale=locale)) for width in ("wide", "abbreviated"))
    return _Names(days, short_days, dict(get_month_names("abbreviated", locale=locale)))


def _locale(language: str) -> str:
    return "pl" if language == "pl" else "en_GB"


def _known(language: str) -> str:
    return "pl" if language == "pl" else "en"

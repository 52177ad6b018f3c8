"""What people type, read and written: lengths of time, hours of a day, and the boxes of a form."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from flask_babel import gettext as _

from deskcore.plugin import Problem
from deskcore_sla_policies.hours import BadCalendar, Span, shift

#: Minutes of an hour and of a working day.
HOUR, WORKING_DAY = 60, 480
#: Longest promise: a year of working days.
LONGEST = 250 * WORKING_DAY
_UNITS = {"min": 1, "m": 1, "h": HOUR, "g": HOUR, "godz": HOUR, "d": WORKING_DAY, "dni": WORKING_DAY}
_PART = re.compile(r"(\d{1,6})\s*(min|m|h|godz|g|dni|d)\.?")


@dataclass
class Typed:
    """A form as it was sent, and what there is to correct in it.

    :param values: by name of the field; several of one name are beside one another.
    """

    values: Mapping[str, list[str]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def text(self, name: str, most: int = 200) -> str:
        """Return what was typed into a field, without what surrounds it."""
        found = self.values.get(name) or [""]
        return found[0].strip()[:most]

    def ticked(self, name: str) -> frozenset[str]:
        """Return the boxes of a name that were ticked."""
        return frozenset(each for each in self.values.get(name, ()) if each)

    @property
    def tiers(self) -> list[str]:
        """The teams beside which a time was typed."""
        return [name.removeprefix("tier.") for name in self.values if name.startswith("tier.") and self.text(name)]

    def refuse(self, name: str, message: str) -> None:
        """Note something to correct."""
        self.problems.append(Problem(message, name))

    @property
    def errors(self) -> dict[str, str]:
        """What to correct, by field."""
        return {problem.field: problem.message for problem in self.problems}

    @property
    def summary(self) -> list[dict[str, str]]:
        """What to correct, for the box above the page."""
        return [{"message": each.message, "id": f"f-{each.field}" if each.field else ""} for each in self.problems]


def read_minutes(text: str) -> int | None:
    """Return the minutes that ``30 min``, ``4 h``, ``3 d`` or ``1 h 30 min`` stand for; nothing for anything else."""
    plain = text.strip().lower()
    if _PART.sub("", plain).strip() or not plain:
        return None
    return sum(int(amount) * _UNITS[unit] for amount, unit in _PART.findall(plain))


def write_minutes(minutes: int, *, days: bool = True) -> str:
    """Return minutes as people write them, in signs that English and Polish share.

    :param days: so many hours may be called a working day.
    """
    if days and minutes >= WORKING_DAY and minutes % WORKING_DAY == 0:
        return f"{minutes // WORKING_DAY} d"
    hours, left = divmod(minutes, HOUR)
    return " ".join(([f"{hours} h"] if hours else []) + ([f"{left} min"] if left or not hours else []))


def length(typed: Typed, name: str, *, zero: bool = False) -> int | None:
    """Return a length of time that was typed into a field, in minutes; nothing when it is empty, or refused.

    :param zero: it may be nothing at all.
    """
    text = typed.text(name, 40)
    if not text:
        return None
    minutes = read_minutes(text)
    if minutes is None:
        typed.refuse(name, _("Write a time such as 30 min, 4 h or 3 d, not “%(text)s”.", text=text))
    elif minutes == 0 and not zero:
        typed.refuse(name, _("A promise of no time at all is always broken; write at least 1 min."))
    elif minutes > LONGEST:
        typed.refuse(name, _("Nobody waits that long; the longest time is 250 d."))
    else:
        return minutes
    return None


def read_hours(text: str, weekday: int) -> list[Span]:
    """Return the stretches of working time of a day, written as ``08:00–12:00, 13:00–16:00``.

    :raises BadCalendar: for anything else.
    """
    return [Span(weekday, *pair) for pair in read_pairs(text)]


def read_pairs(text: str) -> list[tuple[int, int]]:
    """Return stretches of time in minutes of a day; one that ends before it begins goes on over midnight.

    :raises BadCalendar: for anything that is no such list.
    """
    found = []
    for part in (part for part in re.split(r"[,;]", text) if part.strip()):
        begin, dash, end = re.sub(r"[–—]", "-", part).partition("-")
        if not dash:
            raise BadCalendar("time")
        found.append(shift(begin, end))
    return found

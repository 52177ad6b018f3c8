"""What a report is asked about, as its address says it: a desk, and a period that ends now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from deskcore.clock import now
from deskcore.errors import NotFound
from deskcore.hooks.reporting import Asked
from deskcore.web.viewer import language, time_zone
from deskcore.web.workspace.mine import my_desks

#: Days that a period has, by its name in addresses; the second one unless another is asked for.
PERIODS: Mapping[str, tuple[int, LazyString]] = {
    "week": (7, _l("Last 7 days")),
    "month": (28, _l("Last 4 weeks")),
    "quarter": (91, _l("Last 13 weeks")),
    "year": (364, _l("Last 52 weeks")),
}
USUAL = "month"


@dataclass(frozen=True)
class Choice:
    """One of the values that a filter may have."""

    value: str
    label: str
    chosen: bool


@dataclass(frozen=True)
class Filters:
    """The filters above a report, as they are set."""

    desk: str
    period: str
    desks: tuple[Choice, ...]
    periods: tuple[Choice, ...]
    asked: Asked

    @property
    def wider(self) -> str:
        """Return the next longer period, or ``""`` when there is none."""
        names = list(PERIODS)
        return (names[names.index(self.period) + 1 :] or [""])[0]

    def address(self) -> dict[str, Any]:
        """Return the filters as an address carries them."""
        return {"desk": self.desk, "period": self.period}


def read_filters(arguments: Mapping[str, str]) -> Filters:
    """Return what an address asks for; a period that does not exist is the usual one.

    :raises NotFound: for a desk that the reader does not work on, or that is not there.
    """
    desk, period = arguments.get("desk", ""), arguments.get("period", USUAL)
    mine = {each.key: each.title.in_language(language()) for each in my_desks()}
    if desk and desk not in mine:
        raise NotFound(_("There is no such desk."))
    if period not in PERIODS:
        period = USUAL
    desks = [("", _("All desks")), *mine.items()] if len(mine) > 1 else list(mine.items())
    return Filters(
        desk,
        period,
        tuple(Choice(key, title, key == desk) for key, title in desks),
        tuple(Choice(name, str(label), name == period) for name, (_days, label) in PERIODS.items()),
        Asked(desk, _beginning(PERIODS[period][0]), now(), period),
    )


def _beginning(days: int) -> datetime:
    """Return the midnight with which so many days begin, of which today is the last."""
    zone = time_zone()
    first = now().astimezone(zone).date() - timedelta(days=days - 1)
    return datetime.combine(first, time(), zone)

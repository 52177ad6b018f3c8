"""Until when: the moment that a request was promised for, in words that stand behind “by”."""

from __future__ import annotations

from datetime import datetime, timedelta

from deskcore.clock import now
from deskcore.web import formatting
from deskcore.web.templating import language, time_zone

#: Polish has the genitive after “do”; a month in short has no cases.
_SAID = {
    "en": {0: "{time}", 1: "{time} tomorrow", -1: "{day}, {time}"},
    "pl": {0: "{time}", 1: "jutra, {time}", -1: "{day}, {time}"},
}


def by_when(moment: datetime) -> str:
    """Return a coming moment as it stands behind “by” in English, and behind “do” in Polish."""
    zone, spoken = time_zone(), language()
    said = _SAID[spoken if spoken in _SAID else "en"]
    days = (moment.astimezone(zone).date() - now().astimezone(zone).date()) // timedelta(days=1)
    day, time = formatting.day(moment, now(), zone, spoken), formatting.clock_time(moment, zone)
    return said.get(days, said[-1]).format(day=day, time=time).replace(" ", formatting.NBSP)

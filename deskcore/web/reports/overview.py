"""The overview: what came in and was solved, what is open and with whom, and what plugins tell of their reports."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from flask import url_for
from flask_babel import format_date, ngettext
from flask_babel import gettext as _

from deskcore.hooks.contributions import Text
from deskcore.hooks.reporting import Asked, Cell, Figure, Made, Report, Row, Table
from deskcore.runtime import runtime
from deskcore.tickets import overview
from deskcore.tickets.due import are_kept
from deskcore.tickets.overview import Open
from deskcore.tickets.snapshots import ViewerView
from deskcore.web.reports.drawing import Chart, drawn
from deskcore.web.viewer import language, time_zone
from deskcore.web.workspace.filters import UNSOLVED

#: The end of its address; no plugin can have it.
KEY = "overview"
#: Days from which on open tickets are older: of each line of the table but the last.
_AGES = (1, 3, 8, 15)
#: Agents, and request types, that are listed.
_AGENTS, _TYPES = 8, 6
#: Points of the chart at most: of a longer period it shows weeks.
_POINTS = 35


@dataclass(frozen=True)
class Period:
    """A period, cut into days or weeks, and as long a time before it.

    :param before: where that time began.
    """

    beginnings: tuple[datetime, ...]
    before: datetime

    @classmethod
    def of(cls, asked: Asked) -> Period:
        """Return the period that is asked about."""
        zone = time_zone()
        first, last = asked.since.astimezone(zone), asked.until.astimezone(zone)
        days = (last.date() - first.date()).days + 1
        step = 1 if days <= _POINTS else 7
        beginnings = tuple(first + timedelta(days=number) for number in range(0, days, step))
        return cls(beginnings, first - timedelta(days=days))


def make(asked: Asked, viewer: ViewerView) -> Made:
    """Return the overview of a period as any report is made: figures, and tables."""
    desk_id = runtime().catalogue.desk(asked.desk).id if asked.desk else None
    period = Period.of(asked)
    came, went = (count([period.before, *period.beginnings], desk_id) for count in (overview.created, overview.solved))
    today = asked.until.astimezone(time_zone()).replace(hour=0, minute=0, second=0, microsecond=0)
    ages = [today, *(today - timedelta(days=days - 1) for days in _AGES[1:])]
    still = overview.open_now(ages, desk_id)
    tables = (
        _per_day(period, came[1:], went[1:]),
        _ages(asked, still, ages),
        _workload(asked, still),
        _services(asked, overview.most_wanted(asked.since, desk_id, _TYPES)),
    )
    return Made(tables, tuple(_figures(asked, still, came, went)))


REPORT = Report(
    KEY,
    Text("Overview", "Przegląd"),
    Text(
        "What came in, what was solved, and what is open now.",
        "Co wpłynęło, co rozwiązano i\u00a0co jest teraz otwarte.",
    ),
    make,
)


def chart_of(made: Made) -> Chart | None:
    """Return the lines of what came in and what was solved, if anything did."""
    table = next(table for table in made.tables if table.key == "per-day")
    labels = [row.label for row in table.rows]
    values = [[int(row.cells[place].number or 0) for row in table.rows] for place in (0, 1)]
    return drawn(labels, values[0], values[1]) if any(map(any, values)) else None


def _figures(asked: Asked, still: Sequence[Open], came: Sequence[int], went: Sequence[int]) -> Iterator[Figure]:
    whole, nobodys = _sum(still), _sum(each for each in still if each.assignee is None)
    note = ngettext("%(num)s that nobody has", "%(num)s that nobody has", nobodys)
    yield Figure(_("Open now"), str(whole), note, _list(asked))
    if are_kept():
        late = _sum(each for each in still if each.overdue)
        yield Figure(_("Overdue now"), str(late), "", _list(asked, "due:overdue"))
    since = f"created:>={asked.since:%Y-%m-%d}"
    yield _compared(Figure(_("Came in"), str(sum(came[1:])), url=_list(asked, since, unsolved=False)), came)
    yield _compared(Figure(_("Solved"), str(sum(went[1:]))), went)


def _compared(figure: Figure, counts: Sequence[int]) -> Figure:
    """Return a figure that says how it differs from the time before, which is as long."""
    more = sum(counts[1:]) - counts[0]
    if not more:
        return replace(figure, note=_("as before"), trend="same")
    said = _("%(count)s more than before", count=more) if more > 0 else _("%(count)s fewer than before", count=-more)
    return replace(figure, note=said, trend="up" if more > 0 else "down")


def _per_day(period: Period, came: Sequence[int], went: Sequence[int]) -> Table:
    rows = tuple(
        Row(_day(beginning), (_number(first), _number(second)))
        for beginning, first, second in zip(period.beginnings, came, went, strict=True)
    )
    weekly = len(period.beginnings) > 1 and period.beginnings[1] - period.beginnings[0] > timedelta(days=2)
    title = _("Came in and solved, per week") if weekly else _("Came in and solved, per day")
    return Table("per-day", title, (_("From") if weekly else _("Day"), _("Came in"), _("Solved")), rows)


def _day(beginning: datetime) -> str:
    return str(format_date(beginning, "d MMM"))  # type: ignore[no-untyped-call]


def _ages(asked: Asked, still: Sequence[Open], ages: Sequence[datetime]) -> Table:
    counts = Counter[int]()
    for each in still:
        counts[each.age] += each.count
    labels = (_("today"), _("1–2 days"), _("3–7 days"), _("8–14 days"), _("over 14 days"))
    rows = tuple(
        _bar(label, counts[place], max(counts.values(), default=0), _list(asked, *_between(ages, place)))
        for place, label in enumerate(labels)
    )
    return Table("age", _("Age of open tickets"), (_("Age"), _("Tickets")), rows if still else ())


def _between(ages: Sequence[datetime], place: int) -> Iterator[str]:
    """Yield the terms for tickets of one age."""
    if place < len(ages):
        yield f"created:>={ages[place]:%Y-%m-%d}"
    if place:
        yield f"created:<{ages[place - 1]:%Y-%m-%d}"


def _workload(asked: Asked, still: Sequence[Open]) -> Table:
    """Return who has how many open tickets; those with most first."""
    whole, waiting, late = Counter[tuple[str, str]](), Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for each in still:
        if each.assignee is not None:
            whole[each.assignee] += each.count
            waiting[each.assignee] += each.count if each.waiting else 0
            late[each.assignee] += each.count if each.overdue else 0
    most = max(whole.values(), default=1)
    rows = tuple(
        Row(
            who[1],
            (
                _number(count, _list(asked, f"assignee:{who[0]}")),
                _number(waiting[who], _list(asked, f"assignee:{who[0]}", f"status:{','.join(overview.WAITING)}")),
                *([_number(late[who], _list(asked, f"assignee:{who[0]}", "due:overdue"))] if are_kept() else []),
            ),
            count / most,
        )
        for who, count in sorted(whole.items(), key=lambda item: (-item[1], item[0][1]))[:_AGENTS]
    )
    late_column = (_("Overdue"),) if are_kept() else ()
    return Table("workload", _("Workload now"), (_("Agent"), _("Open"), _("Waiting"), *late_column), rows)


def _services(asked: Asked, counts: Any) -> Table:
    catalogue, since = runtime().catalogue, f"created:>={asked.since:%Y-%m-%d}"
    rows = []
    for type_id, count in counts.items():
        entry = catalogue.type_by_id(type_id)
        title = entry.type.title.in_language(language()) if entry else _("A request type that is gone")
        url = _list(asked, since, f"service:{entry.slug}", unsolved=False) if entry else ""
        rows.append(_bar(title, count, max(counts.values()), url))
    return Table("services", _("Most frequent services"), (_("Request type"), _("Tickets")), tuple(rows))


def _bar(label: str, count: int, most: int, url: str) -> Row:
    return Row(label, (_number(count, url),), count / most if most else 0.0)


def _number(count: int, url: str = "") -> Cell:
    return Cell(str(count), url if count else "", count)


def _sum(some: Any) -> int:
    return sum(each.count for each in some)


def _list(asked: Asked, *terms: str, unsolved: bool = True) -> str:
    """Return the address of the list that a number counts."""
    words = [*([str(UNSOLVED)] if unsolved else []), *([f"desk:{asked.desk}"] if asked.desk else []), *terms]
    return url_for("workspace.queue", q=" ".join(words))

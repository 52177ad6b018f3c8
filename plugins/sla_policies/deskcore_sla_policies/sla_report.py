"""The report “SLA”: how much of what was promised was kept, where it was not, and what tickets waited for."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from flask_babel import gettext as _
from sqlalchemy import func, select

from deskcore.plugin import Text, ViewerView, people, reports, session, tickets
from deskcore_sla_policies.lengths import moment
from deskcore_sla_policies.models import ClockRow, Followed
from deskcore_sla_policies.policies import PRIORITIES
from deskcore_sla_policies.report_cells import number_cell, percent, time_cell, within
from deskcore_sla_policies.report_times import times, waits
from deskcore_sla_policies.texts import MEASURES
from deskcore_sla_policies.words import priority_word

#: Where the bars have a mark.
GOAL = 0.9
#: Late clocks that are listed.
LISTED = 200
#: By what promises are counted: its column, and the key of its table.
_BY: Mapping[str, Any] = {
    "desk": Followed.desk,
    "priority": Followed.priority,
    "team": Followed.team,
    "service": Followed.request_type,
}


@dataclass(frozen=True)
class Kept:
    """How many promises of one kind were kept and broken; those still open and not late are in neither."""

    met: int = 0
    late: int = 0

    @property
    def count(self) -> int:
        """Return how many are decided."""
        return self.met + self.late

    @property
    def share(self) -> float | None:
        """Return the part that was kept, of those that are decided."""
        return self.met / self.count if self.count else None


#: How many clocks there are, by measure, what they belong to, and outcome.
Counts = Mapping[tuple[str, str, str, str, str], Counter[str]]


def make(asked: reports.Asked, viewer: ViewerView) -> reports.Made:
    """Return the report about the tickets that were opened in a period."""
    words = _Words(viewer.language)
    counts = _counts(asked)
    tables = [
        _table(asked, counts, "desk", _("Kept, by desk"), _("Desk"), words.desk),
        _table(asked, counts, "priority", _("Kept, by priority"), _("Priority"), priority_word),
        _table(asked, counts, "team", _("Kept, by team"), _("Team"), words.team),
        _table(asked, counts, "service", _("Kept, by request type"), _("Request type"), words.service),
        times(asked, viewer.language),
        waits(asked),
        _late(asked, words),
    ]
    note = _("Tickets opened in this period. The mark in the bars stands at 90%.")
    return reports.Made(tuple(tables), tuple(_figures(asked, counts, words)), note)


def summary(asked: reports.Asked, viewer: ViewerView) -> reports.Made:
    """Return what stands on the overview: what was kept of the first replies and of the solutions, and where."""
    words, counts = _Words(viewer.language), _counts(asked)
    rows = []
    for desk in sorted({key[1] for key in counts}, key=lambda desk: words.desk(desk).casefold()):
        every = _sum(counts, by="desk", value=desk)
        cells = (_kept(every), number_cell(every.late, _late_of(asked, "desk", desk)))
        rows.append(reports.Row(words.desk(desk), cells, every.share, every.count, _list_of(asked, "desk", desk)))
    columns = (_("Desk"), _("Kept"), _("Late"))
    table = reports.Table("by-desk", _("Promises kept, by desk"), columns, tuple(rows), goal=GOAL)
    return reports.Made((table,), tuple(_figures(asked, counts, words, ("first_reply", "resolution"))))


REPORT = reports.Report(
    key="sla",
    title=Text("SLA", "SLA"),
    about=Text("How much of what was promised was kept.", "Ile z\u00a0obietnic udało się dotrzymać."),
    make=make,
    summary=summary,
)


class _Words:
    """Names of desks, teams and request types in the reader's language."""

    def __init__(self, language: str) -> None:
        self._language = language
        self._desks = people.desks()
        self._teams = {team.key: team.title for desk in self._desks for team in people.teams(desk)}
        self._services = {key: title for desk in self._desks for key, title in people.services(desk).items()}

    def desk(self, key: str) -> str:
        return self._said(self._desks, key)

    def team(self, key: str) -> str:
        return self._said(self._teams, key) if key else _("No team")

    def service(self, key: str) -> str:
        return self._said(self._services, key)

    def measure(self, key: str) -> str:
        return MEASURES[key].in_language(self._language)

    def _said(self, names: Mapping[str, Text], key: str) -> str:
        return names[key].in_language(self._language) if key in names else key


def _counts(asked: reports.Asked) -> Counts:
    """Return all clocks of the period, counted in one statement."""
    of = (ClockRow.measure, *_BY.values())
    wanted = select(*of, ClockRow.outcome, func.count()).join(Followed, Followed.ticket_id == ClockRow.ticket_id)
    found: defaultdict[tuple[str, str, str, str, str], Counter[str]] = defaultdict(Counter)
    for *key, outcome, count in session().execute(wanted.where(*within(asked)).group_by(*of, ClockRow.outcome)):
        found[tuple(key)][outcome] += count
    return found


def _sum(counts: Counts, measure: str = "", by: str = "", value: str = "") -> Kept:
    """Return what was kept of one measure, or of all, by what stands in one place, or anywhere."""
    place = 1 + list(_BY).index(by) if by else 0
    fitting = (
        counter
        for key, counter in counts.items()
        if (not measure or key[0] == measure) and (not by or key[place] == value)
    )
    total = sum(fitting, Counter[str]())
    return Kept(total["met"], total["late"])


def _figures(
    asked: reports.Asked, counts: Counts, words: _Words, measures: Iterable[str] = tuple(MEASURES)
) -> Iterable[reports.Figure]:
    for measure in measures:
        kept = _sum(counts, measure)
        if kept.share is not None:
            note = _("%(late)s late of %(count)s", late=kept.late, count=kept.count)
            label, url = words.measure(measure), _narrowed(asked) + "#late"
            yield reports.Figure(label, percent(kept.share), note, url, kept.count)


def _table(
    asked: reports.Asked, counts: Counts, by: str, title: str, head: str, word: Callable[[str], str]
) -> reports.Table:
    place = 1 + list(_BY).index(by)
    rows = []
    for value in sorted({key[place] for key in counts}, key=lambda value: _order(by, value, word)):
        first, last = (_sum(counts, measure, by, value) for measure in ("first_reply", "resolution"))
        every = _sum(counts, by=by, value=value)
        cells = (
            _kept(first),
            _kept(last),
            number_cell(every.late, _late_of(asked, by, value)),
            number_cell(every.count),
        )
        rows.append(reports.Row(word(value), cells, every.share, every.count, _list_of(asked, by, value)))
    columns = (head, _("First reply"), _("Solution"), _("Late"), _("Promises"))
    return reports.Table(f"by-{by}", title, columns, tuple(rows), goal=GOAL)


def _order(by: str, value: str, word: Callable[[str], str]) -> tuple[int, str]:
    """Return by what the lines of a table stand: priorities by how pressing they are, everything else by name."""
    return (PRIORITIES.index(value), "") if by == "priority" and value in PRIORITIES else (0, word(value).casefold())


def _late(asked: reports.Asked, words: _Words) -> reports.Table:
    """Return the promises that were not kept, the newest first."""
    wanted = select(ClockRow, Followed).join(Followed, Followed.ticket_id == ClockRow.ticket_id)
    wanted = wanted.where(*within(asked), ClockRow.outcome == "late").order_by(ClockRow.breached_at.desc())
    rows = session().execute(wanted.limit(LISTED)).all()
    views = tickets.views({clock.ticket_id for clock, _followed in rows})
    shown = [
        _late_row(views[clock.ticket_id].number, views[clock.ticket_id].subject, clock, followed, words)
        for clock, followed in rows
        if clock.ticket_id in views
    ]
    columns = (_("Ticket"), _("Promise"), _("Desk"), _("Priority"), _("Since"), _("Late by"))
    note = _("The newest %(count)s.", count=LISTED) if len(rows) == LISTED else ""
    return reports.Table("late", _("Not kept"), columns, tuple(shown), note, empty=_("Everything was kept."))


def _late_row(number: str, subject: str, clock: ClockRow, followed: Followed, words: _Words) -> reports.Row:
    over = clock.elapsed - clock.goal
    by = time_cell(over) if clock.state == "stopped" else reports.Cell(_("still open"))
    said = (words.measure(clock.measure), words.desk(followed.desk), priority_word(followed.priority))
    cells = (*map(reports.Cell, said), reports.Cell(moment(clock.breached_at)), by)
    return reports.Row(f"{number} {subject}"[:200], cells, url=f"/agent/tickets/{number}/sla")


def _list_of(asked: reports.Asked, by: str, value: str) -> str:
    """Return the address of the list of these tickets."""
    terms = [f"created:>={asked.since:%Y-%m-%d}", *([f"desk:{asked.desk}"] if asked.desk and by != "desk" else [])]
    terms.append(f"{by}:{value}" if value else f"no:{by}")
    return "/agent/tickets?q=" + quote(" ".join(terms), safe=":")


def _late_of(asked: reports.Asked, by: str, value: str) -> str:
    """Return the address of what was late, where the report can be narrowed to it."""
    if by == "desk":
        return f"/reports/sla?desk={value}&period={asked.period}#late"
    return ""


def _narrowed(asked: reports.Asked) -> str:
    return f"/reports/sla?desk={asked.desk}&period={asked.period}"


def _kept(kept: Kept) -> reports.Cell:
    if kept.share is None:
        return reports.Cell("–")
    return reports.Cell(percent(kept.share), number=round(kept.share, 4))

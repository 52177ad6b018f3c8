"""The report “SLA”: how much of what was promised was kept, where it was not, and what tickets waited for."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from statistics import median
from typing import Any
from urllib.parse import quote

from flask_babel import format_percent
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, func, select

from deskcore.plugin import Text, ViewerView, people, reports, session, tickets
from deskcore_sla_policies import history
from deskcore_sla_policies.cycles import FINISHED, Stay, stays
from deskcore_sla_policies.lengths import length, moment
from deskcore_sla_policies.models import ClockRow, Followed
from deskcore_sla_policies.policies import PRIORITIES
from deskcore_sla_policies.texts import MEASURES
from deskcore_sla_policies.words import category_word, priority_word

#: Where the bars have a mark.
GOAL = 0.9
#: Of so many tickets, the newest ones, the timelines are read to say what they waited for.
READ = 300
#: Late clocks that are listed.
LISTED = 200
_PERCENTILES = (50, 75, 90, 95)
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
        _times(asked, words),
        _waits(asked),
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
        cells = (_kept(every), _number(every.late, _late_of(asked, "desk", desk)))
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


def _within(asked: reports.Asked) -> list[ColumnElement[bool]]:
    """Return the conditions on tickets that a report is about."""
    opened = Followed.opened_at.between(asked.since, asked.until)
    return [opened, Followed.desk == asked.desk] if asked.desk else [opened]


def _counts(asked: reports.Asked) -> Counts:
    """Return all clocks of the period, counted in one statement."""
    of = (ClockRow.measure, *_BY.values())
    wanted = select(*of, ClockRow.outcome, func.count()).join(Followed, Followed.ticket_id == ClockRow.ticket_id)
    found: defaultdict[tuple[str, str, str, str, str], Counter[str]] = defaultdict(Counter)
    for *key, outcome, count in session().execute(wanted.where(*_within(asked)).group_by(*of, ClockRow.outcome)):
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
            yield reports.Figure(label, _percent(kept.share), note, url, kept.count)


def _table(
    asked: reports.Asked, counts: Counts, by: str, title: str, head: str, word: Callable[[str], str]
) -> reports.Table:
    place = 1 + list(_BY).index(by)
    rows = []
    for value in sorted({key[place] for key in counts}, key=lambda value: _order(by, value, word)):
        first, last = (_sum(counts, measure, by, value) for measure in ("first_reply", "resolution"))
        every = _sum(counts, by=by, value=value)
        cells = (_kept(first), _kept(last), _number(every.late, _late_of(asked, by, value)), _number(every.count))
        rows.append(reports.Row(word(value), cells, every.share, every.count, _list_of(asked, by, value)))
    columns = (head, _("First reply"), _("Solution"), _("Late"), _("Promises"))
    return reports.Table(f"by-{by}", title, columns, tuple(rows), goal=GOAL)


def _order(by: str, value: str, word: Callable[[str], str]) -> tuple[int, str]:
    """Return by what the lines of a table stand: priorities by how pressing they are, everything else by name."""
    return (PRIORITIES.index(value), "") if by == "priority" and value in PRIORITIES else (0, word(value).casefold())


def _times(asked: reports.Asked, words: _Words) -> reports.Table:
    """Return how long things took, in the time that each policy counts."""
    wanted = select(ClockRow.measure, ClockRow.elapsed).join(Followed, Followed.ticket_id == ClockRow.ticket_id)
    took: defaultdict[str, list[int]] = defaultdict(list)
    for measure, elapsed in session().execute(wanted.where(*_within(asked), ClockRow.state == "stopped")):
        took[measure].append(elapsed)
    rows = [
        reports.Row(words.measure(measure), _quantiles(sorted(took[measure])), count=len(took[measure]))
        for measure in MEASURES
        if took[measure]
    ]
    columns = (_("What was promised"), *(_("%(share)s%% within", share=share) for share in _PERCENTILES))
    note = _("In the time that counts: pauses and time outside working hours are left out.")
    return reports.Table("times", _("How long it took"), columns, tuple(rows), note)


def _quantiles(seconds: Sequence[int]) -> tuple[reports.Cell, ...]:
    return tuple(_time(seconds[max(0, -(-len(seconds) * share // 100) - 1)]) for share in _PERCENTILES)


def _waits(asked: reports.Asked) -> reports.Table:
    """Return what tickets waited for, from the timelines of the newest ones."""
    wanted = select(Followed.ticket_id).where(*_within(asked)).order_by(Followed.ticket_id.desc()).limit(READ)
    found = list(session().scalars(wanted))
    waits: defaultdict[str, list[float]] = defaultdict(list)
    whole = 0.0
    for events in tickets.timelines(found).values():
        facts = history.facts(events)
        spent = stays(facts, asked.until) if facts else []
        by_category = _by_category(spent)
        whole += sum(by_category.values())
        for category, seconds in by_category.items():
            waits[category].append(seconds)
    rows = [
        _waited(category, seconds, whole)
        for category, seconds in sorted(waits.items(), key=lambda item: -sum(item[1]))
        if category.startswith("waiting") or category == "on_hold"
    ]
    columns = (_("What for"), _("Of the whole time"), _("Tickets"), _("Half of them within"))
    note = _("By the clock on the wall, until the solution; of the newest %(count)s tickets.", count=len(found))
    return reports.Table("waits", _("What tickets waited for"), columns, tuple(rows), note)


def _by_category(spent: Sequence[Stay]) -> Mapping[str, float]:
    found: defaultdict[str, float] = defaultdict(float)
    for stay in spent:
        if stay.category not in FINISHED:
            found[stay.category] += (stay.end - stay.start).total_seconds()
    return found


def _waited(category: str, seconds: Sequence[float], whole: float) -> reports.Row:
    share = sum(seconds) / whole if whole else 0.0
    part = reports.Cell(_percent(share), number=round(share, 4))
    cells = (part, _number(len(seconds)), _time(round(median(seconds))))
    return reports.Row(category_word(category), cells, share, len(seconds))


def _late(asked: reports.Asked, words: _Words) -> reports.Table:
    """Return the promises that were not kept, the newest first."""
    wanted = select(ClockRow, Followed).join(Followed, Followed.ticket_id == ClockRow.ticket_id)
    wanted = wanted.where(*_within(asked), ClockRow.outcome == "late").order_by(ClockRow.breached_at.desc())
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
    by = _time(over) if clock.state == "stopped" else reports.Cell(_("still open"))
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
    return reports.Cell(_percent(kept.share), number=round(kept.share, 4))


def _number(count: int, url: str = "") -> reports.Cell:
    return reports.Cell(str(count), url if count else "", count)


def _time(seconds: int) -> reports.Cell:
    return reports.Cell(length(timedelta(seconds=seconds)), number=seconds)


def _percent(share: float) -> str:
    return str(format_percent(share, "#,##0.#%"))

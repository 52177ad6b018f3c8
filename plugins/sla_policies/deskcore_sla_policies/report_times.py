"""Two tables of the report: how long things took, and what tickets waited for meanwhile."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from statistics import median

from flask_babel import gettext as _
from sqlalchemy import select

from deskcore.plugin import reports, session, tickets
from deskcore_sla_policies import history
from deskcore_sla_policies.cycles import FINISHED, Stay, stays
from deskcore_sla_policies.models import ClockRow, Followed
from deskcore_sla_policies.report_cells import number_cell, percent, time_cell, within
from deskcore_sla_policies.texts import MEASURES
from deskcore_sla_policies.words import category_word

#: Of so many tickets, the newest ones, the timelines are read to say what they waited for.
READ = 300
_PERCENTILES = (50, 75, 90, 95)


def times(asked: reports.Asked, language: str) -> reports.Table:
    """Return how long things took, in the time that each policy counts."""
    wanted = select(ClockRow.measure, ClockRow.elapsed).join(Followed, Followed.ticket_id == ClockRow.ticket_id)
    took: defaultdict[str, list[int]] = defaultdict(list)
    for measure, elapsed in session().execute(wanted.where(*within(asked), ClockRow.state == "stopped")):
        took[measure].append(elapsed)
    rows = [
        reports.Row(said.in_language(language), _quantiles(sorted(took[measure])), count=len(took[measure]))
        for measure, said in MEASURES.items()
        if took[measure]
    ]
    columns = (_("What was promised"), *(_("%(share)s%% within", share=share) for share in _PERCENTILES))
    note = _("In the time that counts: pauses and time outside working hours are left out.")
    return reports.Table("times", _("How long it took"), columns, tuple(rows), note)


def _quantiles(seconds: Sequence[int]) -> tuple[reports.Cell, ...]:
    return tuple(time_cell(seconds[max(0, -(-len(seconds) * share // 100) - 1)]) for share in _PERCENTILES)


def waits(asked: reports.Asked) -> reports.Table:
    """Return what tickets waited for, from the timelines of the newest ones."""
    wanted = select(Followed.ticket_id).where(*within(asked)).order_by(Followed.ticket_id.desc()).limit(READ)
    found = list(session().scalars(wanted))
    waited: defaultdict[str, list[float]] = defaultdict(list)
    whole = 0.0
    for events in tickets.timelines(found, kinds=history.KINDS).values():
        facts = history.facts(events)
        spent = stays(facts, asked.until) if facts else []
        by_category = _by_category(spent)
        whole += sum(by_category.values())
        for category, seconds in by_category.items():
            waited[category].append(seconds)
    rows = [
        _waited(category, seconds, whole)
        for category, seconds in sorted(waited.items(), key=lambda item: -sum(item[1]))
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
    part = reports.Cell(percent(share), number=round(share, 4))
    cells = (part, number_cell(len(seconds)), time_cell(round(median(seconds))))
    return reports.Row(category_word(category), cells, share, len(seconds))

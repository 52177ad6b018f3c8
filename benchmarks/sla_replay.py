"""``python -m benchmarks.sla_replay DATA``: the SLA clock over two real logs, against figures counted independently.

DATA is a folder with ``eventlog-servicenow-141k`` and ``eventlog-helpdesk-italian-21k``. Every event becomes a fact
of a timeline, every case is timed by the clock of the SLA plugin, and what comes out stands beside the aggregates that
another program counted over the same files. Then the same events are timed by three policies: what each would have
called late.

Times in both files are local and name no zone; they are taken as UTC, like the aggregates do.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby, pairwise
from pathlib import Path
from statistics import mean, median, quantiles
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "plugins" / "sla_policies"))

from deskcore_sla_policies.calendars import Calendar
from deskcore_sla_policies.clock import Clock, Terms, clock
from deskcore_sla_policies.cycles import FINISHED, Fact
from deskcore_sla_policies.hours import Span

HOUR = timedelta(hours=1)
#: What the states of the first log are here.
_STATES = {
    "New": "new",
    "Active": "open",
    "Awaiting User Info": "waiting_requester",
    "Awaiting Vendor": "on_hold",
    "Awaiting Problem": "on_hold",
    "Awaiting Evidence": "on_hold",
    "Resolved": "resolved",
    "Closed": "closed",
}
#: What the activities of the second log begin; one that is not in here changes nothing.
_ACTIVITIES = {
    "Take in charge ticket": "open",
    "Wait": "waiting_requester",
    "Schedule intervention": "open",
    "Require upgrade": "on_hold",
    "Create SW anomaly": "on_hold",
    "Resolve SW anomaly": "open",
    "Resolve ticket": "resolved",
    "RESOLVED": "resolved",
    "Closed": "closed",
}
_ALWAYS = Calendar.always()
_OFFICE = Calendar("UTC", tuple(Span.of(weekday, "08:00", "16:00") for weekday in range(5)))
_WAITING = frozenset({"waiting_requester", "on_hold"})
#: Hours to a solution by priority; the second log has none, and is timed like the third priority.
_HOURS = {"1": 4, "2": 8, "3": 24, "4": 40}


@dataclass(frozen=True)
class Case:
    """What happened to one ticket.

    :param noted: when the source itself says that it was solved, if it does.
    :param ended: when the source says that all was over.
    """

    key: str
    priority: str
    facts: tuple[Fact, ...]
    noted: datetime | None
    ended: datetime
    reopened: bool


def main() -> None:
    """Replay both logs and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("data", type=Path)
    data = parser.parse_args().data
    for compare, cases, folder in (
        (compare_servicenow, servicenow, "eventlog-servicenow-141k"),
        (compare_helpdesk, helpdesk, "eventlog-helpdesk-italian-21k"),
    ):
        found = list(cases(data / folder))
        reference = json.loads((data / folder / "reference-aggregates.json").read_text(encoding="utf-8"))
        print(f"\n{folder}: {len(found):,} cases")
        print(table(("figure", "here", "reference", "why they differ"), compare(found, reference)))
        print("\nwhat three policies would have called late")
        print(table(("policy", "late", "of", "%", "median h", "p90 h"), what_if(found)))


def servicenow(folder: Path) -> Iterator[Case]:
    """Yield the incidents of the first log; a state that only repeats is no event."""
    for key, rows in groupby(_rows(folder / "incident_event_log.csv.gz"), key=lambda row: row["number"]):
        lines = list(rows)
        opened, last = _moment(lines[0]["opened_at"], "%d/%m/%Y %H:%M"), lines[-1]
        facts = [Fact(opened, "opened", "new", seq=0)]
        for line in lines:
            state = _STATES.get(line["ident_state"], "")
            if state and state != _category(facts):
                facts.extend(_begun(_moment(line["sys_updated_at"], "%d/%m/%Y %H:%M"), state, facts))
        noted = None if last["resolved_at"] == "?" else _moment(last["resolved_at"], "%d/%m/%Y %H:%M")
        closed = _moment(last["closed_at"], "%d/%m/%Y %H:%M")
        yield Case(key, last["priority"], tuple(facts), noted, closed, int(last["reopen_count"]) > 0)


def helpdesk(folder: Path) -> Iterator[Case]:
    """Yield the cases of the second log, which begin with whatever is known of them first."""
    for key, rows in groupby(_rows(folder / "finale.csv.gz"), key=lambda row: row["Case ID"]):
        lines = list(rows)
        facts = [Fact(_moment(lines[0]["Complete Timestamp"], "%Y/%m/%d %H:%M:%S.%f"), "opened", "new", seq=0)]
        solved = 0
        for line in lines:
            state = _ACTIVITIES.get(line["Activity"], "")
            solved += line["Activity"] == "Resolve ticket"
            if state and state != _category(facts):
                facts.extend(_begun(_moment(line["Complete Timestamp"], "%Y/%m/%d %H:%M:%S.%f"), state, facts))
        ended = _moment(lines[-1]["Complete Timestamp"], "%Y/%m/%d %H:%M:%S.%f")
        yield Case(key, "3", tuple(facts), None, ended, solved > 1)


def compare_servicenow(cases: Sequence[Case], reference: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
    """Yield the figures of the first log beside those of the reference."""
    yield "incidents", len(cases), reference["incidents"], ""
    timed = [(case, _resolution(case)) for case in cases]
    for priority, theirs in sorted(reference["hours_opened_to_resolved"].items()):
        of = [(case, found) for case, found in timed if case.priority == priority]
        noted = [_hours(case.noted - case.facts[0].at) for case, _ in of if case.noted]
        ours = sorted(_hours(_stop(found) - found.started_at) for _, found in of)
        why = Counter(_why(case, found) for case, found in of)
        said = ", ".join(f"{count} {name}" for name, count in sorted(why.items()) if name)
        yield f"P{priority}, noted as solved", len(noted), theirs["n"], ""
        yield f"P{priority}, median h as noted", _said(median(noted)), theirs["median"], ""
        yield f"P{priority}, solved by events", len(ours), theirs["n"], said
        yield f"P{priority}, median h by events", _said(median(ours)), theirs["median"], "the same"
        yield f"P{priority}, p90 h by events", _said(_p90(ours)), "–", "the reference has none"
    ended = [_hours(case.ended - case.facts[0].at) for case in cases]
    closed = reference["hours_opened_to_closed"]
    yield "median h to the end", _said(median(ended)), closed["median"], ""
    by_events = [_hours(case.facts[-1].at - case.facts[0].at) for case in cases]
    late = sum(case.facts[-1].at < case.ended for case in cases)
    yield "median h to the end by events", _said(median(by_events)), closed["median"], f"closed_at is later in {late}"
    yield "taken up again, by the source", sum(case.reopened for case in cases), reference["reopened_incidents"], ""
    again = sum(any(_reopens(one, other) for one, other in _pairs(case)) for case in cases)
    yield "taken up again, by events", again, reference["reopened_incidents"], ""
    yield from _replies(cases, "first work on it")


def compare_helpdesk(cases: Sequence[Case], reference: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
    """Yield the figures of the second log beside those of the reference."""
    yield "cases", len(cases), reference["cases"], ""
    waited = sum(any(fact.category == "waiting_requester" for fact in case.facts) for case in cases)
    yield "cases that waited", waited, reference["cases_with_Wait"], ""
    yield "solved more than once", sum(case.reopened for case in cases), reference["cases_resolved_more_than_once"], ""
    days = sorted((case.ended - case.facts[0].at) / timedelta(days=1) for case in cases)
    theirs = reference["days_first_to_last_event"]
    for name, figure in (("mean", mean(days)), ("median", median(days)), ("max", days[-1])):
        yield f"days from first to last event, {name}", _said(figure, 4), theirs[name], ""
    hours = sorted(_hours(_stop(found) - found.started_at) for case in cases if (found := _resolution(case)).stopped_at)
    yield "solved", len(hours), "–", "the rest never was, in the log"
    yield "median h to the solution", _said(median(hours)), "–", "the reference times the whole case, with closing"
    yield "p90 h to the solution", _said(_p90(hours)), "–", "the reference has none"
    yield from _replies(cases, "taken in charge")


def what_if(cases: Sequence[Case]) -> Iterator[tuple[Any, ...]]:
    """Yield what each of three policies would have called late, over the same events."""
    policies: Mapping[str, Callable[[timedelta], Terms]] = {
        "around the clock, nothing pauses": lambda goal: Terms(goal, _ALWAYS),
        "office hours, nothing pauses": lambda goal: Terms(goal, _OFFICE),
        "office hours, waiting pauses": lambda goal: Terms(goal, _OFFICE, _WAITING),
    }
    for name, terms in policies.items():
        by_priority = {priority: terms(hours * HOUR) for priority, hours in _HOURS.items()}
        found = [_resolution(case, by_priority.get(case.priority, by_priority["3"])) for case in cases]
        late = sum(each.late for each in found)
        hours = sorted(_hours(each.elapsed) for each in found)
        share = _said(100 * late / len(found), 1)
        yield name, late, len(found), share, _said(median(hours)), _said(_p90(hours))


def table(head: Sequence[str], rows: Iterator[tuple[Any, ...]]) -> str:
    """Return rows as a table of text."""
    lines = [[str(cell) for cell in row] for row in (head, *rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines)


def _replies(cases: Sequence[Case], what: str) -> Iterator[tuple[Any, ...]]:
    """Yield how long the first reply took; neither log has messages, so it is when somebody began."""
    read = (clock("first_reply", case.facts, [Terms(HOUR, _ALWAYS)], case.facts[-1].at) for case in cases)
    hours = sorted(_hours(found.elapsed) for found in read if found and found.stopped_at)
    yield f"response: {what}", len(hours), "–", "no messages in the log"
    yield "response, median h", _said(median(hours)), "–", "the reference has none"
    yield "response, p90 h", _said(_p90(hours)), "–", "the reference has none"


def _resolution(case: Case, terms: Terms | None = None) -> Clock:
    found = clock("resolution", case.facts, [terms or Terms(HOUR, _ALWAYS)], case.facts[-1].at)
    assert found is not None
    return found


def _why(case: Case, found: Clock) -> str:
    """Return why the solution by the events is not the one that the source notes; nothing when it is."""
    if case.noted is None:
        return "solved, and not noted"
    if _stop(found) == case.noted:
        return ""
    return "noted later than solved" if _stop(found) < case.noted else "solved again after that was noted"


def _begun(at: datetime, state: str, facts: Sequence[Fact]) -> Iterator[Fact]:
    yield Fact(at, "status", state, seq=2 * len(facts))
    if state == "open" and not any(fact.kind == "answered" for fact in facts):
        yield Fact(at, "answered", seq=2 * len(facts) + 1)


def _category(facts: Sequence[Fact]) -> str:
    return next(fact.category for fact in reversed(facts) if fact.category)


def _pairs(case: Case) -> Iterator[tuple[str, str]]:
    states = [fact.category for fact in case.facts if fact.category]
    return pairwise(states)


def _reopens(before: str, after: str) -> bool:
    return before in FINISHED and after not in FINISHED


def _stop(found: Clock) -> datetime:
    return found.stopped_at or found.ended_at


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _moment(text: str, form: str) -> datetime:
    return datetime.strptime(text, form).replace(tzinfo=UTC)


def _hours(length: timedelta) -> float:
    return length / HOUR


def _p90(values: Sequence[float]) -> float:
    return quantiles(values, n=10, method="inclusive")[-1]


def _said(figure: float, digits: int = 3) -> float:
    return round(figure, digits)


if __name__ == "__main__":
    main()

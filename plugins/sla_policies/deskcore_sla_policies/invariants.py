"""What must be true of clocks as they are stored: they are what reading the ticket again says."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime

from sqlalchemy import select

from deskcore.plugin import TicketView, now, session, tickets
from deskcore_sla_policies.cycles import FINISHED
from deskcore_sla_policies.following import Around, subject_of
from deskcore_sla_policies.models import ClockRow, Followed
from deskcore_sla_policies.reading import Marks, Reading, read
from deskcore_sla_policies.stored import marks_of, written
from deskcore_sla_policies.watching import latest_run

#: What changes as time goes by; until somebody has looked, which happens every minute, it is not stored.
_BY_TIME = frozenset({"outcome", "breached_at"})


def clocks_are_what_reading_says(ids: Collection[int]) -> Iterator[tuple[int, str]]:
    """Yield tickets whose stored clocks, due time or next look differ from what reading them again gives."""
    around, views, events = Around.now(), tickets.views(ids), tickets.timelines(ids)
    rows = {row.ticket_id: row for row in session().scalars(select(Followed).where(Followed.ticket_id.in_(ids)))}
    clocks, marks, run = _clocks(ids), marks_of(ids), latest_run()
    ahead = run.after if run is not None and run.state == "running" else None
    for ticket_id, view in views.items():
        if ahead is not None and ticket_id > ahead:
            continue  # the rules changed, and nobody has come to it yet
        row = rows.get(ticket_id)
        if row is not None:
            reading = read(events[ticket_id], subject_of(view, row), around.rulesets, around.calendars, now())
            said = [
                *_of_the_ticket(view, row, reading, marks[ticket_id]),
                *_of_its_clocks(reading, row, clocks[ticket_id]),
            ]
            yield from ((ticket_id, each) for each in said[:1])
        elif run is not None and view.status_category not in FINISHED:
            yield ticket_id, "Nobody keeps its clocks."


def _of_the_ticket(view: TicketView, row: Followed, reading: Reading, marks: Marks) -> Iterator[str]:
    if (row.desk, row.priority, row.team) != (view.desk, view.priority, view.team):
        yield "Reports count it under another desk, priority or team than it has."
    if view.due_at != reading.due.at:
        yield f"It says that it is due {_moment(view.due_at)}, and should say {_moment(reading.due.at)}."
    expected = reading.next_look(marks)
    if not _waits(row) and row.wake_at != expected:
        yield f"Somebody will look at it {_moment(row.wake_at)}, and should {_moment(expected)}."


def _of_its_clocks(reading: Reading, row: Followed, clocks: Collection[ClockRow]) -> Iterator[str]:
    expected = {(kept.clock.measure, kept.clock.cycle): written(kept) for kept in reading.kept}
    there = {(clock.measure, clock.cycle): clock for clock in clocks}
    for measure, cycle in sorted(expected.keys() ^ there.keys()):
        yield f"The clock {measure} {cycle} {'is not stored' if (measure, cycle) in expected else 'times nothing'}."
    for (measure, cycle), clock in there.items():
        for name, value in expected.get((measure, cycle), {}).items():
            if getattr(clock, name) != value and not (name in _BY_TIME and _waits(row)):
                yield f"The {name} of its clock {measure} {cycle} is {getattr(clock, name)}, and should be {value}."


def _waits(row: Followed) -> bool:
    """Tell whether some time of a ticket is up, and nobody has looked since."""
    return row.wake_at is not None and row.wake_at <= now()


def _moment(at: datetime | None) -> str:
    return "never" if at is None else at.isoformat(timespec="seconds")


def _clocks(ids: Collection[int]) -> Mapping[int, list[ClockRow]]:
    found: defaultdict[int, list[ClockRow]] = defaultdict(list)
    for row in session().scalars(select(ClockRow).where(ClockRow.ticket_id.in_(ids))):
        found[row.ticket_id].append(row)
    return found

"""``python -m benchmarks.sla``: what one SLA clock costs, in CPU time and as a ratio to a floor of the same round.

The floor parses as many moments in ISO 8601 as the ticket has events: what reading them from anywhere costs at least.
Where ``businesstimedelta`` is installed, one sum of working time over a month stands beside one of its.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from statistics import median
from time import process_time

sys.path.insert(0, str(Path(__file__).parents[1] / "plugins" / "sla_policies"))

from deskcore_sla_policies.calendars import Calendar
from deskcore_sla_policies.clock import Terms, clock
from deskcore_sla_policies.cycles import MEASURES, Fact
from deskcore_sla_policies.hours import OwnDay, Span

ROUNDS = 7
_MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)
_OFFICE = Calendar(
    "Europe/Warsaw",
    tuple(Span.of(weekday, "08:00", "16:00") for weekday in range(5)),
    {date(2026, 12, 24): OwnDay("Wigilia"), date(2026, 12, 25): OwnDay("Boże Narodzenie")},
)
_TERMS = (Terms(timedelta(hours=8), _OFFICE, frozenset({"waiting_requester"})),)
_MONTH = (_MONDAY, _MONDAY + timedelta(days=30))


def main() -> None:
    """Measure and print."""
    print("one clock, due time and breach included: µs of CPU time, and as a ratio to the floor")
    for count, most in ((20, 50), (1_000, 1_000)):
        facts, texts = _facts(count), [fact.at.isoformat() for fact in _facts(count)]
        floor = _cost(lambda texts=texts: [datetime.fromisoformat(text) for text in texts], 20_000 // count)
        for measure in MEASURES:
            cost = _cost(lambda facts=facts, measure=measure: _read(measure, facts), 20_000 // count)
            print(
                f"  {count:>5} events  {measure:<12} {cost:8.1f} µs  (target {most})  {cost / floor:5.1f} × the floor"
            )
    _beside_a_peer()


def _facts(count: int) -> Sequence[Fact]:
    """Return what happened to a ticket: an event an hour, of which every other one changes its status."""
    states = ("open", "waiting_requester", "on_hold", "waiting_requester")
    facts = [Fact(_MONDAY, "opened", "new", seq=0)]
    for seq in range(1, count):
        kind = "status" if seq % 2 else "asked" if seq % 4 else "answered"
        facts.append(Fact(_MONDAY + timedelta(hours=seq), kind, states[seq // 2 % 4] if seq % 2 else "", seq=seq))
    return facts


def _read(measure: str, facts: Sequence[Fact]) -> None:
    found = clock(measure, facts, _TERMS, _MONDAY + timedelta(days=100))
    assert found is not None
    assert (found.due_at, found.breached_at, found.elapsed) is not None


def _beside_a_peer() -> None:
    """Print the working time of a month beside a library that reckons it, where it is installed."""
    ours = _cost(lambda: _OFFICE.between(*_MONTH), 5_000)
    print(f"working time of a month: {ours:.2f} µs")
    try:
        import businesstimedelta
    except ImportError:
        print("  businesstimedelta is not installed; pip install businesstimedelta pytz to compare")
        return
    rules = businesstimedelta.WorkDayRule(start_time=time(8), end_time=time(16), working_days=list(range(5)))
    theirs = _cost(lambda: rules.difference(*_MONTH), 200)
    print(f"  businesstimedelta: {theirs:.2f} µs, {theirs / ours:.0f} × ours")


def _cost(work: Callable[[], object], times: int) -> float:
    """Return the microseconds that one call takes: the middle of several rounds."""
    work()
    found = []
    for _round in range(ROUNDS):
        begun = process_time()
        for _number in range(times):
            work()
        found.append((process_time() - begun) / times * 1e6)
    return median(found)


if __name__ == "__main__":
    main()

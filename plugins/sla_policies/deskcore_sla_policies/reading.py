"""How a ticket stands by its policies: all its clocks, when it is due, and when somebody has to look again.

A pure function of the timeline, the policies and the calendars: read again, it says the same.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from deskcore.plugin import EventView, tickets
from deskcore_sla_policies import clock as clocks_of
from deskcore_sla_policies import history
from deskcore_sla_policies.calendars import Calendar
from deskcore_sla_policies.clock import Clock
from deskcore_sla_policies.cycles import FINISHED, MEASURES, Fact
from deskcore_sla_policies.policies import Policy, Promise, Ruleset, Stage, Subject, promises

#: Of the goal: with less than this left, a ticket is due soon.
_SOON = 0.75
#: What was done about a clock already: measure, cycle and percent.
Marks = Collection[tuple[str, int, int]]


@dataclass(frozen=True)
class Kept:
    """A clock, and the policy that promised what it counts towards, with the revision of the policies."""

    clock: Clock
    policy: Policy
    revision: int = 0

    def moment_of(self, stage: Stage) -> datetime | None:
        """Return when a stage is reached, or will be if nothing else happens; nothing while the clock stands still."""
        if stage.is_breach:
            return self.clock.breached_at or self.clock.moment_of(self.clock.goal + self.clock.terms.grace)
        return self.clock.moment_of(self.clock.goal * stage.percent / 100)

    def name_of(self, stage: Stage) -> tuple[str, int, int]:
        """Return what a stage is called among the marks."""
        return self.clock.measure, self.clock.cycle, stage.percent


@dataclass(frozen=True)
class Reading:
    """What a ticket's clocks say at one moment.

    :param subject: what the ticket is.
    """

    subject: Subject
    kept: tuple[Kept, ...]
    finished: bool
    at: datetime

    @property
    def open(self) -> list[Kept]:
        """The clocks that still wait for something."""
        return [each for each in self.kept if each.clock.state != "stopped"]

    @property
    def due(self) -> tickets.Due:
        """How the ticket stands: by the clock that runs out first, or by what came of all of them."""
        running = [each.clock for each in self.open if each.clock.state == "running" and each.clock.due_at]
        if running and not self.finished:
            nearest = min(running, key=_due)
            return tickets.Due("running", nearest.due_at, nearest.moment_of(nearest.goal * _SOON))
        if self.open and not self.finished:
            return tickets.Due("paused")
        if not self.kept:
            return tickets.Due()
        return tickets.Due("late" if any(each.clock.late for each in self.kept) else "met")

    def reached(self, done: Marks) -> list[tuple[Kept, Stage]]:
        """Return what has come to be done by now and was not done yet, in the order of time.

        A warning is none any more once the clock stands still or was stopped; that a time was over stays true.
        """
        found = [
            (moment, kept, stage)
            for kept, stage, moment in self._stages
            if kept.name_of(stage) not in done
            and moment <= self.at
            and (kept.clock.late if stage.is_breach else kept.clock.state == "running")
        ]
        return [(kept, stage) for _moment, kept, stage in sorted(found, key=lambda each: (each[0], each[2].percent))]

    def next_look(self, done: Marks) -> datetime | None:
        """Return when something more comes to be done if nothing else happens."""
        ahead = (
            moment
            for kept, stage, moment in self._stages
            if moment >= self.at and kept.clock.state == "running" and kept.name_of(stage) not in done
        )
        # A clock is late only after the moment in which its time was used up.
        return min((moment + timedelta(microseconds=1) for moment in ahead), default=None)

    @cached_property
    def _stages(self) -> list[tuple[Kept, Stage, datetime]]:
        """Every stage of every clock that has a moment."""
        found = ((kept, stage, kept.moment_of(stage)) for kept in self.kept for stage in kept.policy.stages)
        return [(kept, stage, moment) for kept, stage, moment in found if moment is not None]


def read(
    events: Sequence[EventView],
    subject: Subject,
    rulesets: Sequence[Ruleset],
    calendars: Mapping[str, Calendar],
    now: datetime,
) -> Reading:
    """Return how a ticket stands.

    :param events: its whole timeline.
    :param subject: what it is at present.
    """
    facts = history.facts(events)
    if not facts:
        return Reading(subject, (), finished=False, at=now)
    held = history.subjects(events, subject)
    kept = [
        each
        for measure in MEASURES
        for each in _kept(measure, facts, promises(measure, held, rulesets, calendars), now)
    ]
    category = [fact.category for fact in facts if fact.category][-1]
    return Reading(held[-1][1], tuple(kept), category in FINISHED, now)


def _kept(measure: str, facts: Sequence[Fact], promised: Sequence[Promise], now: datetime) -> Iterator[Kept]:
    """Yield the clocks of one kind; what is promised no longer is not counted from then on."""
    held = [each for each in promised if each.terms is not None]
    if not held:
        return
    last = promised[-1]
    for clock in clocks_of.clocks(measure, facts, [each.terms for each in held if each.terms], now):
        withdrawn = last.terms is None and (clock.stopped_at is None or clock.stopped_at >= last.since)
        promise = next(each for each in held if each.terms is clock.terms)
        if promise.policy is not None and not withdrawn:
            yield Kept(clock, promise.policy, promise.revision)


def _due(clock: Clock) -> datetime:
    assert clock.due_at is not None
    return clock.due_at

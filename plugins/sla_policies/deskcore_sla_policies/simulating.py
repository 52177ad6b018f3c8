"""What would be promised to a ticket that does not exist: by the same functions that time those that do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from deskcore_sla_policies.calendars import Calendar
from deskcore_sla_policies.clock import Clock, clock
from deskcore_sla_policies.cycles import MEASURES, Fact
from deskcore_sla_policies.policies import Policy, Ruleset, Stage, Subject, promises
from deskcore_sla_policies.reading import Kept


@dataclass(frozen=True)
class Simulated:
    """One promise to a ticket as it would be opened.

    :param clock: as it would stand when the time is up, if nothing happened; or at once, where that never comes.
    :param due_at: nothing for never.
    :param stages: when what would be done about it.
    """

    clock: Clock
    policy: Policy
    due_at: datetime | None
    stages: tuple[tuple[Stage, datetime], ...]


def simulate(
    opened_at: datetime, subject: Subject, held: Ruleset, calendars: Mapping[str, Calendar]
) -> Sequence[Simulated]:
    """Return what would be promised to a ticket opened at a moment, if nothing else happened to it.

    The next reply is promised once somebody asks again, so there is none of it yet.
    """
    facts = [Fact(opened_at, "opened", "new")]
    found = []
    for measure in MEASURES:
        [promise] = promises(measure, [(opened_at, subject)], [_timeless(held)], calendars)
        if promise.policy is None or promise.terms is None:
            continue
        begun = clock(measure, facts, [promise.terms], opened_at)
        if begun is not None:
            kept = Kept(begun, promise.policy)
            stages = tuple((each, at) for each in promise.policy.stages if (at := kept.moment_of(each)))
            until = clock(measure, facts, [promise.terms], begun.due_at or opened_at)
            found.append(Simulated(until or begun, promise.policy, begun.due_at, stages))
    return found


def _timeless(held: Ruleset) -> Ruleset:
    """Return the policies as if they had always held."""
    return Ruleset(held.policies, held.revision)

"""What is promised to whom: policies in their order, and which of them holds for a ticket at a moment.

A set of policies never changes: an edit makes the next one, so that what a ticket was promised last spring can still
be said. Nothing in here knows of Flask or of a database.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from deskcore_sla_policies.calendars import Calendar
from deskcore_sla_policies.clock import Terms
from deskcore_sla_policies.cycles import MEASURES

#: Priorities from most to least pressing, as tables show them.
PRIORITIES = ("urgent", "high", "normal", "low")
#: Categories of status in which a clock may stand still.
PAUSABLE = ("new", "open", "waiting_requester", "waiting_approval", "on_hold")
#: What can be done when a time is nearly over, or over.
ACTIONS = ("notify", "raise_priority", "next_tier", "assign", "tag")


@dataclass(frozen=True)
class Subject:
    """What a policy looks at in a ticket.

    :param department: of whoever asked, as it was when the ticket was opened; ``location`` and ``vip`` likewise.
    """

    desk: str
    request_type: str
    priority: str
    department: str = ""
    location: str = ""
    vip: bool = False


@dataclass(frozen=True)
class Action:
    """Something done once.

    :param kind: one of :data:`ACTIONS`.
    :param value: whom to notify or assign, or the tag.
    """

    kind: str
    value: str = ""


@dataclass(frozen=True)
class Stage:
    """What is done when so much of a time is used up.

    :param percent: of the goal; 100 is the breach, with the grace on top.
    """

    percent: int
    actions: tuple[Action, ...] = ()

    @property
    def is_breach(self) -> bool:
        """Tell whether the time is over then."""
        return self.percent >= 100


@dataclass(frozen=True)
class Policy:
    """What is promised, to whom, and how its time is counted; an empty condition means everybody.

    :param name: in English and Polish, by language.
    :param goals: minutes by measure, by priority; what is missing is not promised.
    :param calendar: key of the calendar whose working time counts.
    :param around_the_clock: measures whose minutes count at all hours.
    :param pauses: categories of status in which the clocks stand still.
    :param grace: minutes beyond a goal before it counts as missed.
    :param tiers: minutes that a ticket may stay with a team, by its key: what the teams of a desk promise one another.
    """

    key: str
    name: Mapping[str, str]
    desks: frozenset[str] = frozenset()
    request_types: frozenset[str] = frozenset()
    priorities: frozenset[str] = frozenset()
    departments: frozenset[str] = frozenset()
    locations: frozenset[str] = frozenset()
    vip: bool = False
    goals: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    calendar: str = "office"
    around_the_clock: frozenset[str] = frozenset()
    pauses: frozenset[str] = frozenset({"waiting_requester", "waiting_approval", "on_hold"})
    grace: int = 0
    stages: tuple[Stage, ...] = (Stage(75), Stage(100))
    tiers: Mapping[str, int] = field(default_factory=dict)
    enabled: bool = True

    def fits(self, subject: Subject) -> bool:
        """Tell whether it is meant for such a ticket, and promises anything to its priority."""
        asked = (
            (self.desks, subject.desk),
            (self.request_types, subject.request_type),
            (self.priorities, subject.priority),
            (self.departments, subject.department),
            (self.locations, subject.location),
        )
        meant = all(not wanted or value in wanted for wanted, value in asked) and (subject.vip or not self.vip)
        return self.enabled and meant and bool(self.goals.get(subject.priority))

    def goal(self, measure: str, priority: str) -> timedelta | None:
        """Return what is promised to a priority, if anything."""
        minutes = self.goals.get(priority, {}).get(measure)
        return None if minutes is None else timedelta(minutes=minutes)

    def title(self, language: str) -> str:
        """Return its name in a language; in the other one where it has only that."""
        return self.name.get(language) or self.name.get("en") or self.name.get("pl") or self.key


@dataclass(frozen=True)
class Ruleset:
    """All policies, in the order in which they are tried, from one moment on.

    :param revision: rises with every edit; 0 is what the plugin brings along.
    """

    policies: tuple[Policy, ...]
    revision: int = 0
    since: datetime | None = None

    def choose(self, subject: Subject) -> Policy | None:
        """Return the first policy that fits, which is the one that holds."""
        return next((policy for policy in self.policies if policy.fits(subject)), None)

    def policy(self, key: str) -> Policy | None:
        """Return the policy with this key, if there is one."""
        return next((policy for policy in self.policies if policy.key == key), None)


@dataclass(frozen=True)
class Promise:
    """What holds for one measure of a ticket from one moment on; no ``terms`` when nothing is promised any more.

    :param revision: of the policies that said so first.
    """

    since: datetime
    policy: Policy | None
    terms: Terms | None
    revision: int = 0


def promises(
    measure: str,
    subjects: Sequence[tuple[datetime, Subject]],
    rulesets: Sequence[Ruleset],
    calendars: Mapping[str, Calendar],
) -> list[Promise]:
    """Return what held for one measure of a ticket, from when on: another one wherever something of it changed.

    :param subjects: what the ticket was from which moment on, the first from when it was opened.
    :param rulesets: in the order of their revisions.
    """
    found: list[Promise] = []
    for moment, subject, ruleset in _moments(subjects, rulesets):
        policy = ruleset.choose(subject)
        terms = _terms(policy, measure, subject.priority, calendars, moment if found else None)
        before = found[-1].terms if found else None
        if not found or _said(before) != _said(terms):
            found.append(Promise(moment, policy, terms, ruleset.revision))
    return found


def uncovered(ruleset: Ruleset, desk: str, measure: str = "resolution") -> list[str]:
    """Return the priorities of a desk to which nobody promises anything, whoever asks for whatever."""
    return [
        priority
        for priority in PRIORITIES
        if not any(
            policy.enabled
            and (not policy.desks or desk in policy.desks)
            and policy.goals.get(priority, {}).get(measure)
            for policy in ruleset.policies
            if not policy.priorities or priority in policy.priorities
        )
    ]


def _moments(
    subjects: Sequence[tuple[datetime, Subject]], rulesets: Sequence[Ruleset]
) -> Iterator[tuple[datetime, Subject, Ruleset]]:
    """Yield each moment at which the ticket or the rules changed, with both as they were from then on."""
    opened = subjects[0][0]
    edits = [ruleset.since for ruleset in rulesets if ruleset.since is not None and ruleset.since > opened]
    for moment in sorted({*(moment for moment, _ in subjects), *edits}):
        subject = [each for since, each in subjects if since <= moment][-1]
        held = [each for each in rulesets if each.since is None or each.since <= moment]
        yield moment, subject, held[-1] if held else rulesets[0]


def _terms(
    policy: Policy | None, measure: str, priority: str, calendars: Mapping[str, Calendar], since: datetime | None
) -> Terms | None:
    goal = policy.goal(measure, priority) if policy else None
    if policy is None or goal is None or measure not in MEASURES:
        return None
    calendar = Calendar.always() if measure in policy.around_the_clock else calendars.get(policy.calendar)
    grace = timedelta(minutes=policy.grace)
    return Terms(goal, calendar or Calendar.always(), policy.pauses, grace, since, policy.title("en"))


def _said(terms: Terms | None) -> object:
    """Return what tells terms apart, whenever they began."""
    return terms and (terms.goal, id(terms.calendar), terms.pauses, terms.grace, terms.name)

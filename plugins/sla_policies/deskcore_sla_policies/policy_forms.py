"""The form of a policy: what an administrator typed as a policy, and a policy as it stands in the form."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from flask_babel import gettext as _

from deskcore_sla_policies.cycles import MEASURES
from deskcore_sla_policies.policies import PAUSABLE, PRIORITIES, Action, Policy, Ruleset, Stage
from deskcore_sla_policies.typed import Typed, length, write_minutes

#: So many warnings a form has room for, before the breach.
WARNINGS = 2
#: Whom a message can go to, beside addresses.
RECEIVERS = ("assignee", "lead")
_KEY = re.compile(r"[^a-z0-9]+")
_LETTERS = str.maketrans("ąćęłńóśźż", "acelnoszz")


def blank() -> Policy:
    """Return what the form of another policy begins with."""
    return Policy("", {"en": "", "pl": ""}, stages=(Stage(75, (Action("notify", "assignee"),)), Stage(100)))


def key_for(name: str, taken: Collection[str]) -> str:
    """Return a key for another policy or calendar, made of its name."""
    plain = _KEY.sub("_", name.lower().translate(_LETTERS)).strip("_")[:30] or "policy"
    numbers = (f"{plain}_{number}" for number in range(2, len(taken) + 3))
    return next(key for key in (plain, *numbers) if key not in taken)


def values(policy: Policy) -> dict[str, list[str]]:
    """Return a policy as the fields of its form."""
    found = {
        "en": [policy.name.get("en", "")],
        "pl": [policy.name.get("pl", "")],
        "enabled": ["yes"] if policy.enabled else [],
        "vip": ["yes"] if policy.vip else [],
        "calendar": [policy.calendar],
        "grace": [write_minutes(policy.grace)] if policy.grace else [],
        "desk": sorted(policy.desks),
        "type": sorted(policy.request_types),
        "department": sorted(policy.departments),
        "location": sorted(policy.locations),
        "clock": sorted(policy.around_the_clock),
        "pause": sorted(policy.pauses),
    }
    for priority in PRIORITIES if not policy.priorities else sorted(policy.priorities):
        for measure, minutes in policy.goals.get(priority, {}).items():
            found[f"{priority}.{measure}"] = [write_minutes(minutes, days=measure not in policy.around_the_clock)]
    for team, minutes in policy.tiers.items():
        found[f"tier.{team}"] = [write_minutes(minutes)]
    for place, stage in _in_places(policy):
        found |= _stage_values(place, stage)
    return found


def read_policy(typed: Typed, key: str, calendars: Collection[str], teams: Collection[str]) -> Policy:
    """Return the policy that was typed; what there is to correct is noted in ``typed``.

    :param calendars: keys of those that there are; ``teams`` likewise.
    """
    name = {language: typed.text(language, 120) for language in ("en", "pl")}
    if not any(name.values()):
        typed.refuse("en", _("Give the policy a name."))
    calendar = typed.text("calendar")
    if calendar not in calendars:
        typed.refuse("calendar", _("Choose a calendar from the list."))
    goals = {priority: _goals(typed, priority) for priority in PRIORITIES}
    if not typed.problems and not any(goals.values()):
        typed.refuse(f"{PRIORITIES[0]}.{MEASURES[0]}", _("Promise a time to at least one priority."))
    tiers = {team: length(typed, f"tier.{team}") for team in teams}
    return Policy(
        key,
        name,
        desks=typed.ticked("desk"),
        request_types=typed.ticked("type"),
        departments=typed.ticked("department"),
        locations=typed.ticked("location"),
        vip=bool(typed.ticked("vip")),
        goals={priority: each for priority, each in goals.items() if each},
        calendar=calendar,
        around_the_clock=typed.ticked("clock") & set(MEASURES),
        pauses=typed.ticked("pause") & set(PAUSABLE),
        grace=length(typed, "grace", zero=True) or 0,
        stages=tuple(_stages(typed)),
        tiers={team: minutes for team, minutes in tiers.items() if minutes},
        enabled=bool(typed.ticked("enabled")),
    )


def warnings(ruleset: Ruleset, policy: Policy) -> list[str]:
    """Return what an administrator should know of a policy: that it holds for everything, or for nothing."""
    narrowed = policy.desks or policy.request_types or policy.departments or policy.locations or policy.vip
    found = [_("It holds for every ticket; no policy below it is ever tried.")] if not narrowed else []
    above = ruleset.policies[: [each.key for each in ruleset.policies].index(policy.key)]
    if any(_takes_all_of(each, policy) for each in above if each.enabled):
        found.append(_("It never holds: a policy above it takes the same tickets."))
    return found


def _takes_all_of(one: Policy, other: Policy) -> bool:
    """Tell whether every ticket that the other policy is for goes to this one."""
    pairs = (
        (one.desks, other.desks),
        (one.request_types, other.request_types),
        (one.priorities, other.priorities),
        (one.departments, other.departments),
        (one.locations, other.locations),
    )
    wider = all(not mine or (theirs and theirs <= mine) for mine, theirs in pairs)
    return wider and (not one.vip or other.vip) and set(other.goals) <= set(one.goals)


def _goals(typed: Typed, priority: str) -> dict[str, int]:
    found = {measure: length(typed, f"{priority}.{measure}") for measure in MEASURES}
    return {measure: minutes for measure, minutes in found.items() if minutes is not None}


def _in_places(policy: Policy) -> Iterator[tuple[str, Stage]]:
    """Yield the stages of a policy with their places in the form: warnings by number, and the breach."""
    early = [stage for stage in policy.stages if not stage.is_breach]
    yield from ((str(place), stage) for place, stage in enumerate(early[:WARNINGS], 1))
    yield "breach", next((stage for stage in policy.stages if stage.is_breach), Stage(100))


def _stage_values(place: str, stage: Stage) -> dict[str, list[str]]:
    of = {
        kind: [action.value for action in stage.actions if action.kind == kind] for kind in ("notify", "assign", "tag")
    }
    kinds = {action.kind for action in stage.actions}
    return {
        f"{place}.percent": [str(stage.percent)],
        f"{place}.notify": [each for each in of["notify"] if each in RECEIVERS],
        f"{place}.do": sorted(kinds & {"raise_priority", "next_tier"}),
        f"{place}.assign": of["assign"],
        f"{place}.tag": of["tag"],
    }


def _stages(typed: Typed) -> Iterator[Stage]:
    seen: set[int] = set()
    for place in (*map(str, range(1, WARNINGS + 1)), "breach"):
        percent = 100 if place == "breach" else _percent(typed, f"{place}.percent")
        if percent is None:
            continue
        if percent in seen:
            typed.refuse(f"{place}.percent", _("Two warnings come at the same time; change one of them."))
        seen.add(percent)
        yield Stage(percent, tuple(_actions(typed, place)))


def _percent(typed: Typed, name: str) -> int | None:
    text = typed.text(name, 10).rstrip("% \u00a0")
    if not text:
        return None
    if not text.isdecimal() or not 1 <= int(text) <= 99:
        typed.refuse(name, _("Write how much of the time is used up: a number from 1 to 99."))
        return None
    return int(text)


def _actions(typed: Typed, place: str) -> Iterator[Action]:
    yield from (Action("notify", each) for each in RECEIVERS if each in typed.ticked(f"{place}.notify"))
    yield from (Action(each) for each in ("raise_priority", "next_tier") if each in typed.ticked(f"{place}.do"))
    if email := typed.text(f"{place}.assign"):
        if "@" not in email:
            typed.refuse(f"{place}.assign", _("Enter the e-mail address of an agent."))
        yield Action("assign", email.lower())
    if tag := typed.text(f"{place}.tag", 60):
        yield Action("tag", tag)

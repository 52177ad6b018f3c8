"""The policies as they are stored: what the plugin brings along, and each set that somebody made of it since."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from deskcore.plugin import Conflict, now, people, session, unit_of_work
from deskcore_sla_policies.models import RulesetRow
from deskcore_sla_policies.policies import PRIORITIES, Action, Policy, Ruleset, Stage

PLUGIN = "sla_policies"
#: Units of a time in the shipped file, in minutes; a day is a working day.
_UNITS = {"m": 1, "h": 60, "d": 480}
_SETS = ("desks", "request_types", "priorities", "departments", "locations", "around_the_clock", "pauses")


def rulesets() -> tuple[Ruleset, ...]:
    """Return every set of policies there has been, in order; the last one holds now."""
    columns = RulesetRow.revision, RulesetRow.since, RulesetRow.version
    rows = session().execute(select(*columns).order_by(RulesetRow.revision)).all()
    return (shipped(), *(_stored(*row) for row in rows))


def ruleset() -> Ruleset:
    """Return the policies that hold now."""
    return rulesets()[-1]


def change(revision: int, edit: Callable[[Ruleset], Sequence[Policy]]) -> Ruleset:
    """Store another set of policies, which holds from now on, and write it into the audit log.

    :param revision: of the set that the edit was made against.
    :param edit: returns the policies in their order; what it raises keeps everything as it was.
    :raises Conflict: when somebody changed them meanwhile.
    """
    with unit_of_work() as work:
        before = ruleset()
        if before.revision != revision:
            raise Conflict(_("Somebody changed the policies meanwhile. Look at them again, then repeat your change."))
        after = Ruleset(tuple(edit(before)), before.revision + 1, now())
        by = people.asking().email
        work.add(
            RulesetRow(revision=after.revision, since=after.since, by=by, policies=[*map(to_json, after.policies)])
        )
        work.flush()
        people.record_change(PLUGIN, *_differences(before, after))
    return after


@cache
def shipped() -> Ruleset:
    """Return the policies that the plugin brings along for the desks that come with Deskcore."""
    text = (Path(__file__).parent / "defaults.toml").read_text(encoding="utf-8")
    return Ruleset(tuple(map(_declared, tomllib.loads(text)["policies"])))


def to_json(policy: Policy) -> dict[str, Any]:
    """Return a policy as it is stored."""
    content = asdict(policy)
    return content | {name: sorted(content[name]) for name in _SETS}


def from_json(content: Mapping[str, Any]) -> Policy:
    """Return a policy from what was stored."""
    stages = tuple(
        Stage(stage["percent"], tuple(Action(**action) for action in stage["actions"])) for stage in content["stages"]
    )
    return Policy(**{**content, **{name: frozenset(content[name]) for name in _SETS}, "stages": stages})


@lru_cache(maxsize=500)
def _stored(revision: int, since: datetime, version: str) -> Ruleset:
    """Return a stored set; it never changes, so that each is read once."""
    content = session().scalars(select(RulesetRow.policies).where(RulesetRow.revision == revision)).one()
    return Ruleset(tuple(map(from_json, content)), revision, since)


def _declared(entry: Mapping[str, Any]) -> Policy:
    """Return a policy of the shipped file."""
    given: dict[str, Any] = {name: frozenset(entry[name]) for name in _SETS if name in entry}
    if "stages" in entry:
        given["stages"] = tuple(map(_stage, entry["stages"]))
    return Policy(entry["key"], {"en": entry["en"], "pl": entry["pl"]}, goals=_goals(entry), **given)


def _goals(entry: Mapping[str, Any]) -> dict[str, dict[str, int]]:
    """Return the goals of each priority: its own ones over those of all."""
    every = entry.get("all", {})
    goals = {priority: {**every, **entry.get(priority, {})} for priority in PRIORITIES}
    return {priority: {key: _minutes(text) for key, text in each.items()} for priority, each in goals.items() if each}


def _stage(entry: Mapping[str, Any]) -> Stage:
    return Stage(entry["percent"], tuple(Action(*action.split(":", 1)) for action in entry["actions"]))


def _minutes(text: str) -> int:
    return int(text[:-1]) * _UNITS[text[-1]]


def _differences(before: Ruleset, after: Ruleset) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what an auditor reads: of each policy what differs, before and after; the order where only that did."""
    was, is_now = ({policy.key: to_json(policy) for policy in each.policies} for each in (before, after))
    old: dict[str, Any] = {}
    new: dict[str, Any] = {}
    for key in {**was, **is_now}:
        if was.get(key) != is_now.get(key):
            one, other = was.get(key, {}), is_now.get(key, {})
            differs = {name for name in {**one, **other} if one.get(name) != other.get(name)}
            old |= {f"policy {key}": {name: one[name] for name in sorted(differs)}} if one else {}
            new |= {f"policy {key}": {name: other[name] for name in sorted(differs)}} if other else {}
    if was.keys() == is_now.keys() and list(was) != list(is_now):
        old, new = old | {"order": list(was)}, new | {"order": list(is_now)}
    return old, new

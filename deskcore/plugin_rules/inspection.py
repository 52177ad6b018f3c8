"""Looks at plugins by the rules: in their sources, then in a trial."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from deskcore.plugin_rules.catalogue import RULES
from deskcore.plugin_rules.reading import Source
from deskcore.plugin_rules.rules import Finding, Rule, Spot
from deskcore.plugin_rules.trial import TIME_LIMIT, Trial, try_out


@dataclass(frozen=True)
class Silenced:
    """A rule that a plugin breaks on purpose.

    :param findings: how often.
    """

    rule: str
    reason: str
    findings: int


@dataclass
class Result:
    """What was found in one plugin.

    :param notes: what could not be looked at, and why.
    """

    plugin: str
    version: str
    findings: list[Finding] = field(default_factory=list)
    silenced: list[Silenced] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Return the result as plain data."""
        return asdict(self)


def inspect(
    plugin: Source,
    rules: Collection[str] = (),
    postgresql: str = "",
    seconds: float = TIME_LIMIT,
    *,
    trial: bool = True,
) -> Result:
    """Return where a plugin breaks rules; nothing that it does reaches this process.

    :param rules: names of those to look at; all when empty.
    :param postgresql: address of a server on which migrations are tried, too.
    :param seconds: how long a trial may take.
    :param trial: whether there is one; without it, only what the sources show is found.
    """
    result = Result(plugin.name, plugin.declaration.version)
    usable = plugin.declaration.path is not None
    wanted = [rule for rule in RULES.values() if not rules or rule.name in rules] if usable else [RULES["manifest"]]
    found = dict(_in_sources(plugin, wanted, result))
    if not usable:
        result.notes.append("Only its manifest was looked at: it says where everything else is.")
    elif trial and any(rule.tried for rule in wanted):
        shown = _tried(plugin, wanted, result, postgresql, seconds)
        if _merge(found, shown, _explained(plugin, found)):
            result.notes.append("What is found in its sources kept it from being tried to the end; look again after.")
    for name, spots in ((name, found[name]) for name in RULES if found.get(name)):
        if plugin.silenced.get(name):
            result.silenced.append(Silenced(name, plugin.silenced[name], len(spots)))
        else:
            result.findings += [
                Finding(plugin.name, name, spot.where, spot.message, RULES[name].remedy) for spot in spots
            ]
    return result


def _in_sources(plugin: Source, rules: Collection[Rule], result: Result) -> Iterator[tuple[str, list[Spot]]]:
    for rule in rules:
        if rule.needs_folder and plugin.folder is None:
            result.notes.append(f"“{rule.name}” needs the plugin's folder, and this is an installed copy.")
        elif rule.look is not None:
            yield rule.name, list(dict.fromkeys(rule.look(plugin)))


def _tried(plugin: Source, rules: Collection[Rule], result: Result, postgresql: str, seconds: float) -> Trial:
    if plugin.declaration.problem is not None:
        result.notes.append("It was not tried: this Deskcore would not load it.")
        return Trial()
    trial = try_out(plugin, postgresql, seconds)
    result.notes += trial.notes
    # What kept the rest from being tried is shown whatever was asked for: to leave it out would look like success.
    names = {rule.name for rule in rules} if trial.whole else set(trial.spots)
    return Trial({name: spots for name, spots in trial.spots.items() if name in names})


def _explained(plugin: Source, found: dict[str, list[Spot]]) -> set[str]:
    """Return the rules of which a trial would only repeat what the sources showed, in all of them, wanted or not."""
    every = {rule.name: found[rule.name] if rule.name in found else _spots(plugin, rule) for rule in RULES.values()
             if rule.explains}  # fmt: skip
    return {name for rule, spots in every.items() if spots for name in RULES[rule].explains}


def _spots(plugin: Source, rule: Rule) -> list[Spot]:
    return list(rule.look(plugin)) if rule.look is not None else []


def _merge(found: dict[str, list[Spot]], trial: Trial, explained: set[str]) -> bool:
    """Add what a trial showed and the sources did not; return whether anything was left out for that."""
    left_out = False
    for name, spots in trial.spots.items():
        known = found.setdefault(name, [])
        if name in explained or (known and RULES[name].look is not None):
            left_out = True
        else:
            known += spots
    return left_out

"""From what is declared and wanted to what is possible: states and load order, without importing anything."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Literal

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from deskcore.hooks.declarations import PluginDeclaration
from deskcore.hooks.sentences import Sentence, sentence

State = Literal["incompatible", "blocked", "disabled", "enabled", "quarantined", "missing"]
Declarations = Mapping[str, PluginDeclaration]


@dataclass(frozen=True)
class Verdict:
    """What becomes of a plugin, and why.

    :param trace: the trace of the exception that led here, for the administrator.
    """

    state: State
    reason: Sentence | None = None
    trace: str = ""


def resolve(declarations: Declarations, wanted: Collection[str], seen: Iterable[str] = ()) -> dict[str, Verdict]:
    """Return the verdict on every plugin that is declared or was ``seen`` before, by name.

    :param wanted: names of the plugins that the administrator has switched on.
    """
    verdicts = {name: _gone(name) for name in seen if name not in declarations}
    cyclic = _cycles(declarations)
    for name, declaration in declarations.items():
        reason = declaration.problem or cyclic.get(name) or _unmet(declaration, declarations)
        if reason is not None:
            verdicts[name] = Verdict("incompatible", reason)
        else:
            verdicts[name] = Verdict("enabled" if name in wanted else "disabled")
    for name in load_order(declarations):
        if verdicts[name].state == "enabled":
            verdicts[name] = _after_its_needs(declarations[name], declarations, verdicts)
    return verdicts


def load_order(declarations: Declarations) -> list[str]:
    """Return the names so that each comes after those it needs, otherwise alphabetical; cyclic ones last."""
    cyclic = _cycles(declarations)
    sorter: TopologicalSorter[str] = TopologicalSorter()
    for name in sorted(declarations.keys() - cyclic.keys()):
        sorter.add(name, *sorted(needs(declarations[name], declarations) - cyclic.keys()))
    sorter.prepare()
    order: list[str] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready())
        order += ready
        sorter.done(*ready)
    return order + sorted(cyclic)


def needs(declaration: PluginDeclaration, declarations: Declarations) -> set[str]:
    """Return names of the declared plugins that ``declaration`` requires directly."""
    by_distribution = _distributions(declarations)
    named = (canonicalize_name(requirement.name) for requirement in declaration.requires.others)
    return {by_distribution[name] for name in named if name in by_distribution}


def dependants(name: str, declarations: Declarations) -> set[str]:
    """Return names of the plugins that need ``name``, directly or through others."""
    found: set[str] = set()
    fresh = {name}
    while fresh:
        fresh = {one for one, it in declarations.items() if needs(it, declarations) & fresh} - found - {name}
        found |= fresh
    return found


def blocked_by(needed: str) -> Verdict:
    """Return the verdict on a plugin that needs the plugin ``needed``, which is off."""
    return Verdict("blocked", sentence("It needs “%(needed)s”, which is off; enable that first.", needed=needed))


def _gone(name: str) -> Verdict:
    return Verdict("missing", sentence(
        "Its package “deskcore_%(name)s” is gone; its data and settings are kept. Install it again to go on.", name=name
    ))  # fmt: skip


def _distributions(declarations: Declarations) -> dict[str, str]:
    return {declaration.distribution: name for name, declaration in declarations.items() if declaration.distribution}


def _after_its_needs(
    declaration: PluginDeclaration, declarations: Declarations, verdicts: dict[str, Verdict]
) -> Verdict:
    for requirement in declaration.requires.others:
        if _absent_plugin(requirement, declarations):
            return Verdict("blocked", sentence(
                "It needs the plugin “%(needed)s”, which is not there; install it.", needed=requirement.name
            ))  # fmt: skip
    off = sorted(one for one in needs(declaration, declarations) if verdicts[one].state != "enabled")
    return blocked_by(off[0]) if off else Verdict("enabled")


def _unmet(declaration: PluginDeclaration, declarations: Declarations) -> Sentence | None:
    """Return why a requirement on a version or a library is not met, or ``None``."""
    by_distribution = _distributions(declarations)
    for requirement in declaration.requires.others:
        name = canonicalize_name(requirement.name)
        if name in by_distribution:
            version: str | None = declarations[by_distribution[name]].version
        else:
            version = _installed_version(name)
        if version is None and not _absent_plugin(requirement, declarations):
            return sentence(
                "It needs the library “%(requirement)s”, which is not installed; run pip install '%(requirement)s'.",
                requirement=requirement,
            )
        if version is not None and not requirement.specifier.contains(version, prereleases=True):
            return sentence(
                "It needs “%(requirement)s” and %(version)s is there; install a version that fits.",
                requirement=requirement, version=version,
            )  # fmt: skip
    return None


def _absent_plugin(requirement: Requirement, declarations: Declarations) -> bool:
    """Tell whether a requirement means a plugin that is nowhere: they are all named ``deskcore-…``."""
    name = canonicalize_name(requirement.name)
    return name.startswith("deskcore-") and name not in _distributions(declarations)


def _installed_version(distribution: str) -> str | None:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return None


def _cycles(declarations: Declarations) -> dict[str, Sentence]:
    """Return the plugins that need themselves through others, each with the way round."""
    found: dict[str, Sentence] = {}
    rest = {name: needs(declaration, declarations) for name, declaration in declarations.items()}
    while True:
        try:
            TopologicalSorter(rest).prepare()
        except CycleError as error:
            ring = list(reversed(error.args[1]))
            way = " → ".join(ring)
            found |= dict.fromkeys(ring, sentence("These plugins need one another: %(way)s; remove one need.", way=way))
            rest = {name: wants - set(ring) for name, wants in rest.items() if name not in ring}
        else:
            return found

"""Compares what plugins use with what a Deskcore offers; each finding is one sentence with its remedy."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from deskcore.hooks.declarations import PluginDeclaration
from deskcore.preflight.sources import Notice
from deskcore.preflight.surface import Surface
from deskcore.preflight.usage import Use


@dataclass(frozen=True)
class Finding:
    """One thing to do about a plugin, or about the core.

    :param plugin: its name; ``deskcore`` for the core.
    :param rule: what was looked at: ``range``, ``hook``, ``tables`` …
    :param where: file and line inside the plugin's package, if it is about its source.
    """

    plugin: str
    rule: str
    message: str
    where: str = ""


@dataclass(frozen=True)
class Target:
    """The Deskcore that plugins shall run with.

    :param now: what this installation offers.
    :param then: what the other one offers; the same as ``now`` where only its version is known.
    :param version: its version.
    """

    now: Surface
    then: Surface
    version: str

    def gone(self, notice: Notice | None) -> bool:
        """Tell whether what has this notice is no longer there, as far as notices tell."""
        return notice is not None and Version(self.version) >= Version(notice.release)


def of_source(plugin: str, use: Use, target: Target) -> Iterator[Finding]:
    """Yield what one use in a plugin's source means for the target."""
    found = _CHECKS[use.kind](use, target)
    if found is not None:
        rule, message = found
        yield Finding(plugin, rule, message, use.where)


def of_range(declaration: PluginDeclaration, version: str) -> Iterator[Finding]:
    """Yield that a plugin was not made for a version of Deskcore."""
    core = declaration.requires.core
    if str(core) and not core.contains(version, prereleases=True):
        message = f"It is made for Deskcore {core}, not for {version}; get a version of it made for that one."
        yield Finding(declaration.name, "range", message)


def of_libraries(declaration: PluginDeclaration, target: Target) -> Iterator[Finding]:
    """Yield the libraries of which plugin and target want versions that exclude one another."""
    wanted = {canonicalize_name(each.name): each for each in target.then.requires}
    for own in declaration.requires.others:
        core = wanted.get(canonicalize_name(own.name))
        if core is not None and not _agree(own.specifier, core.specifier):
            message = (
                f"It needs “{own}” and Deskcore {target.version} needs “{_plain(core)}”; get a newer version of it."
            )
            yield Finding(declaration.name, "requirement", message)


def _hook(use: Use, target: Target) -> tuple[str, str] | None:
    known, offered = target.now.hooks.get(use.name), target.then.hooks.get(use.name)
    last = offered or known
    notice = last.notice if last is not None else None
    if offered is None:
        near = _renamed(use.name, set(target.then.hooks) - set(target.now.hooks), set(target.then.hooks))
        return (
            "hook",
            f"It implements “{use.name}”, which {_lost(target, known)}; {_instead(notice, near, 'remove it')}",
        )
    return _deprecated(f"It implements “{use.name}”", notice, target)


def _argument(use: Use, target: Target) -> tuple[str, str] | None:
    known, offered = target.now.hooks.get(use.name), target.then.hooks.get(use.name)
    if offered is None:
        return None  # said already
    said = f"Its “{use.name}” takes “{use.of}”"
    if use.of not in offered.arguments:
        before, notice = (set(known.arguments), known.notices.get(use.of)) if known else (set(), None)
        near = _renamed(use.of, set(offered.arguments) - before, set(offered.arguments))
        lost = _lost(target, use.of in before)
        return "argument", f"{said}, which {lost}; {_instead(notice, near, 'leave it out')}"
    return _deprecated(said, offered.notices.get(use.of), target)


def _name(use: Use, target: Target) -> tuple[str, str] | None:
    module, dot, _member = use.name.rpartition(".")
    if dot and not any(name.startswith(f"{module}.") for name in {**target.now.names, **target.then.names}):
        return None  # an attribute of a class or function, not a name of one of the facade's modules
    known, offered = target.now.names.get(use.name), target.then.names.get(use.name)
    last = offered or known
    notice = last.notice if last is not None else None
    said = f"It uses “{use.name}” of deskcore.plugin"
    if offered is None and not _is_special(use.name):
        near = _renamed(use.name, set(target.then.names) - set(target.now.names), set(target.then.names))
        return "name", f"{said}, which {_lost(target, known)}; {_instead(notice, near, 'do without it')}"
    return _deprecated(said, notice, target)


def _keyword(use: Use, target: Target) -> tuple[str, str] | None:
    known, offered = target.now.names.get(use.name), target.then.names.get(use.name)
    if offered is None or offered.parameters is None or use.of in offered.parameters:
        return None
    before = known.parameters if known and known.parameters else frozenset()
    near = _renamed(use.of, set(offered.parameters - before), set(offered.parameters))
    lost = _lost(target, use.of in before)
    said = f"It calls {use.name}({use.of}=…), which {lost}"
    return "keyword", f"{said}; {_instead(None, near, 'leave it out')}"


def _internal(use: Use, target: Target) -> tuple[str, str] | None:
    return "internal", (
        f"It imports {use.name}, which is not for plugins and may change with any release; use what deskcore.plugin "
        "offers."
    )


def _source(use: Use, target: Target) -> tuple[str, str] | None:
    return "source", f"Its source cannot be read ({use.name}); correct it, then look again."


_CHECKS = {
    "hook": _hook,
    "argument": _argument,
    "name": _name,
    "keyword": _keyword,
    "internal": _internal,
    "source": _source,
}


def _deprecated(said: str, notice: Notice | None, target: Target) -> tuple[str, str] | None:
    if notice is None:
        return None
    if target.gone(notice):
        return "removed", f"{said}, which is gone in {notice.release}. {notice.text}"
    return "deprecated", f"{said}, which goes in {notice.release}. {notice.text}"


def _lost(target: Target, known: object) -> str:
    return f"is gone in {target.version}" if known else f"Deskcore {target.version} does not have"


def _instead(notice: Notice | None, near: str, otherwise: str) -> str:
    """Return what to do: what the notice says, else the new name, else what is always possible."""
    if notice is not None and notice.text:
        return notice.text[0].lower() + notice.text[1:]
    return f"“{near}” may be its new name." if near else f"{otherwise}."


def _renamed(name: str, new: set[str], every: set[str]) -> str:
    """Return what ``name`` may be called now; names that are new are likelier than those that were there before."""
    near = difflib.get_close_matches(name, sorted(new), n=1, cutoff=0.4)
    return next(iter(near or difflib.get_close_matches(name, sorted(every), n=1, cutoff=0.8)), "")


def _is_special(name: str) -> bool:
    return name == "*" or name.startswith("__")


def _plain(requirement: Requirement) -> str:
    return f"{requirement.name}{requirement.specifier}"


def _agree(one: SpecifierSet, other: SpecifierSet) -> bool:
    """Tell whether some version satisfies both, trying those at and just above every boundary."""
    both = one & other
    edges = {spec.version.removesuffix(".*") for spec in both}
    tried = {"0", *edges, *(f"{Version(edge).base_version}.0.1" for edge in edges)}
    return any(both.contains(version, prereleases=True) for version in tried)

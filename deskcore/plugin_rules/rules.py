"""What a rule is, and what one finds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from deskcore.plugin_rules.reading import Source


@dataclass(frozen=True)
class Spot:
    """One place where a plugin breaks a rule.

    :param where: file and line inside the plugin's folder, as far as it is known.
    :param message: what is there, as a sentence.
    """

    where: str
    message: str


@dataclass(frozen=True)
class Rule:
    """One thing that every plugin keeps to.

    :param name: as ``--rule`` and the manifest name it.
    :param reason: why, in one sentence.
    :param remedy: what to do where it is broken, in one sentence.
    :param look: finds the places in the sources; nothing for a rule that only a trial can judge.
    :param tried: whether a trial looks, too.
    :param needs_folder: whether it is about files that an installed copy has no more.
    :param explains: rules whose findings in a trial only repeat what this one found in the sources.
    """

    name: str
    reason: str
    remedy: str
    look: Callable[[Source], Iterator[Spot]] | None = None
    tried: bool = False
    needs_folder: bool = False
    explains: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Finding:
    """A place where a plugin breaks a rule, with what to do about it."""

    plugin: str
    rule: str
    where: str
    message: str
    remedy: str

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        return f"{self.plugin}  {self.rule}  {place}{self.message} {self.remedy}"

"""What plugins will say of many changes, asked before any of them is made: one plugin after the other never waits."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Any

from deskcore.errors import Problem
from deskcore.hooks import answers
from deskcore.hooks.answers import Answer

if TYPE_CHECKING:
    from deskcore.hooks.registry import Registry


@dataclass(frozen=True)
class Question:
    """One change that may be made later.

    :param desk: key of the desk on which it would be stored.
    :param views: the parameters of the hook.
    """

    desk: str
    views: Mapping[str, Any]


@dataclass(frozen=True)
class Foreseen:
    """What plugins said.

    :param problems: of each question, in their order: any at all means that the change will be refused.
    :param silent: names of the plugins that did not answer every question; they may still refuse.
    """

    problems: tuple[tuple[Problem, ...], ...]
    silent: tuple[str, ...] = ()


class Series:
    """The questions to one plugin, asked one after the other as long as there is time.

    :param questions: each with its place among all.
    :param ask: asks one of them.
    :param seconds: after which no other one is begun.
    """

    def __init__(
        self,
        plugin: str,
        questions: Sequence[tuple[int, Question]],
        ask: Callable[[Mapping[str, Any]], Answer],
        seconds: float,
    ) -> None:
        self.plugin = plugin
        self._questions, self._ask, self._seconds = questions, ask, seconds
        #: What was said so far; whoever waits no longer reads it while the plugin goes on.
        self._said: list[tuple[int, Answer]] = []

    def run(self) -> None:
        """Ask; belongs in a thread of the plugin's."""
        end = monotonic() + self._seconds
        for place, question in self._questions:
            if monotonic() > end:
                return
            self._said.append((place, self._ask(question.views)))

    def add_to(self, problems: Sequence[list[Problem]], registry: Registry, *, failed: bool) -> bool:
        """Add what was said to the problems of all questions, and return whether every question was answered.

        :param failed: it raised or hung; where nothing is stored without its checks, that is a problem by itself.
        """
        said = self._said[:]
        for place, answer in said:
            problems[place].extend(answer if isinstance(answer, tuple) else ())
        left = self._questions[len(said) :]
        for place, question in left if failed else ():
            if registry.is_critical(self.plugin, question.desk):
                problems[place].append(answers.closed(self.plugin))
        return not left

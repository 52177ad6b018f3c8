"""What plugins add to an installation as a whole: settings, permissions, background work, commands, the demo."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from deskcore.hooks.contributions import Option, Text

if TYPE_CHECKING:
    import click

Role = Literal["agent", "lead", "administrator"]
SettingType = Literal["text", "int", "bool", "select", "secret"]


@dataclass(frozen=True)
class Setting:
    """A setting of a plugin, stored as JSON under the plugin's name."""

    key: str
    label: Text
    type: SettingType = "text"
    default: Any = None
    options: tuple[Option, ...] = ()
    hint: Text | None = None


@dataclass(frozen=True)
class Permission:
    """A right of the plugin's own, named ``<plugin>.<verb>``; it comes with a role.

    :param role: who holds it: from ``agent`` or ``lead`` on, of one of the plugin's desks, or of any desk if the plugin
        has none; or every ``administrator``.
    """

    key: str
    title: Text
    role: Role = "lead"


@dataclass(frozen=True)
class Job:
    """Background work.

    :param run: called in a worker, outside any request, as its plugin.
    :param schedule: cron expression of five fields in the organisation's time zone, or empty for work queued by hand.
    """

    key: str
    run: Callable[[Mapping[str, Any]], None]
    schedule: str = ""


@dataclass(frozen=True)
class Command:
    """A command under ``deskcore <plugin>``.

    :param under: ``import`` or ``export``, for a command that stands under ``deskcore import`` or ``deskcore export``
        instead, such as ``deskcore import articles``.
    """

    command: click.Command
    under: Literal["", "import", "export"] = ""


@dataclass(frozen=True)
class Invariant:
    """Something that must always be true of what a plugin keeps about tickets; ``deskcore fsck --plugins`` checks it.

    :param check: called as the plugin with ids of tickets, a hundred at most; yields the id of each of which it is not
        true, with a sentence in English that says what is not. It may only read. Tickets of which the plugin has not
        been told everything yet are left out, and what it finds is asked about once more before it is said.
    """

    key: str
    check: Callable[[Collection[int]], Iterable[tuple[int, str]]]


@dataclass(frozen=True)
class Demo:
    """Tickets that make the demo organisation believable.

    :param seed: called once by ``deskcore demo`` with the demo's :class:`random.Random`-like source and people.
    """

    seed: Callable[..., None]
    order: int = 100

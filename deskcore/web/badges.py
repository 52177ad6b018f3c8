"""Badges that plugins give to tickets: asked once for a page, and left out where a plugin fails."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from deskcore.hooks import answers
from deskcore.hooks.work_parts import Badge, TicketBadges, Tone
from deskcore.runtime import runtime
from deskcore.web.asking import ask, plain

#: Characters of a badge: it stands beside others in one line.
LONGEST = 40


@dataclass(frozen=True)
class BadgeView:
    """A badge on a page, and whose it is."""

    plugin: str
    text: str
    tone: str
    icon: str


def badges(numbers: Sequence[str]) -> Mapping[str, list[BadgeView]]:
    """Return the badges of these tickets by number, each plugin asked once for all of them."""
    found: dict[str, list[BadgeView]] = {}
    for item in runtime().plugins.badges if numbers else ():
        outcome = ask(item.plugin, f"badge {item.value.key}", _badges_of(item.value, numbers))
        for number, badge in (outcome.value or {}).items():
            found.setdefault(number, []).append(BadgeView(item.plugin, badge.text, badge.tone, badge.icon))
    return found


def _badges_of(contributed: TicketBadges, numbers: Sequence[str]) -> Callable[[], dict[str, Badge]]:
    def call() -> dict[str, Badge]:
        value: Any = contributed.badges(tuple(numbers))
        if not isinstance(value, Mapping):
            raise answers.unusable(value)
        return {number: _badge(value[number]) for number in numbers if number in value}

    return call


def _badge(value: Any) -> Badge:
    if type(value) is not Badge or value.tone not in get_args(Tone):
        raise answers.unusable(value)
    return Badge(plain(value.text, LONGEST), value.tone, plain(value.icon))

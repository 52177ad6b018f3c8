"""How much a plugin may add to one place of the pages, so that the pages stay those of the helpdesk."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from deskcore.hooks.contributions import Text
from deskcore.hooks.errors import BadContribution
from deskcore.hooks.sentences import sentence

#: Contributions of one plugin, by hook.
MOST = {
    "register_ticket_panels": 3,
    "register_person_panels": 1,
    "register_request_panels": 1,
    "register_list_columns": 2,
    "register_reports": 3,
    "register_ticket_badges": 1,
    "register_bulk_actions": 1,
    "register_palette_commands": 1,
    "register_composer_tools": 1,
}
#: Entries of one plugin in a menu, by area.
MOST_ENTRIES = {"portal": 2, "workspace": 3, "reports": 3, "admin": 1}
#: Characters of a label in English and in Polish, by hook: what fits where it stands.
LONGEST_LABELS = {
    "register_nav_items": (18, 24),
    "register_list_columns": (18, 24),
    "register_ticket_panels": (40, 50),
    "register_person_panels": (40, 50),
    "register_request_panels": (40, 50),
    "register_ticket_pages": (40, 50),
    "register_ticket_actions": (40, 50),
    "register_bulk_actions": (18, 24),
    "register_composer_tools": (18, 24),
    "register_list_filters": (40, 50),
    "register_reports": (18, 24),
}


def check_limits(contributions: Mapping[str, Iterable[Any]]) -> None:
    """Check that a plugin adds no more to a place than there is room for.

    :raises BadContribution: naming the first thing to correct.
    """
    for hook, most in MOST.items():
        count = len(list(contributions.get(hook, ())))
        if count > most:
            raise BadContribution(sentence(
                "Its %(hook)s adds %(count)s, and at most %(most)s of one plugin are shown; leave some out.",
                hook=hook, count=count, most=most,
            ))  # fmt: skip
    entries = Counter(item.area for item in contributions.get("register_nav_items", ()))
    for area, most in MOST_ENTRIES.items():
        if entries[area] > most:
            raise BadContribution(sentence(
                "Its register_nav_items adds %(count)s to the menu “%(area)s”, and at most %(most)s of one plugin "
                "are shown; leave some out.", count=entries[area], area=area, most=most,
            ))  # fmt: skip
    for hook, longest in LONGEST_LABELS.items():
        for value in contributions.get(hook, ()):
            _check_label(hook, getattr(value, "label", None) or getattr(value, "title", None), longest)


def _check_label(hook: str, label: Text | None, longest: tuple[int, int]) -> None:
    if label is None:
        return
    for text, most in zip((label.en, label.pl), longest, strict=True):
        if len(text) > most:
            raise BadContribution(sentence(
                "The label “%(label)s” of its %(hook)s has %(count)s characters, and %(most)s fit; shorten it.",
                label=text[:80], hook=hook, count=len(text), most=most,
            ))  # fmt: skip

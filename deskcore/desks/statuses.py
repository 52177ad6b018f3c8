"""The statuses of a desk as an administrator may change them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _

from deskcore.errors import Problem, Refused
from deskcore.hooks.contributions import STATUS_CATEGORIES
from deskcore.organisation.services import one_line

#: So many statuses a desk may have.
MOST = 30
_LONGEST = 60


def checked_statuses(held: Sequence[Mapping[str, Any]], wanted: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return statuses as they may be stored, by category.

    :param held: the present ones, whose category stays: tickets have it written down.
    :param wanted: key (empty for a new one), category, title and portal words by language.
    :raises Refused: naming each field to correct as ``<row>.title.en``.
    """
    categories = {status["key"]: status["category"] for status in held}
    problems: list[Problem] = []
    taken = set(categories)
    found = []
    for place, status in enumerate(wanted):
        title, portal = (_words(status.get(part), f"{place}.{part}", problems) for part in ("title", "portal"))
        if title is None:
            problems.append(Problem(_("Write the name in both languages"), f"{place}.title.en"))
            continue
        key = status["key"] if status["key"] in categories else free_key(title["en"], taken, "status")
        taken.add(key)
        category = categories.get(key, status.get("category", ""))
        if category not in STATUS_CATEGORIES:
            problems.append(Problem(_("Choose what the status means"), f"{place}.category"))
        found.append({"key": key, "category": category, "title": title, "portal": portal})
    problems += _as_a_whole(found)
    if problems:
        raise Refused(problems)
    return sorted(found, key=lambda status: STATUS_CATEGORIES.index(status["category"]))


def _as_a_whole(found: Sequence[Mapping[str, Any]]) -> list[Problem]:
    problems = []
    if len(found) > MOST:
        problems.append(Problem(_("A desk has at most %(count)s statuses.", count=MOST)))
    missing = set(STATUS_CATEGORIES) - {status["category"] for status in found}
    if missing:
        problems.append(Problem(_("Every meaning needs a status, so one of each must stay.")))
    for language in ("en", "pl"):
        names = [status["title"][language].casefold() for status in found]
        if len(names) != len(set(names)):
            problems.append(Problem(_("Two statuses have the same name. Give one another name.")))
            break
    return problems


def _words(given: Any, place: str, problems: list[Problem]) -> dict[str, str] | None:
    """Return words in both languages, or nothing when there are none; half of them is something to correct."""
    given = given if isinstance(given, Mapping) else {}
    clean = {language: one_line(str(given.get(language) or "")) for language in ("en", "pl")}
    for language, words in clean.items():
        if len(words) > _LONGEST:
            problems.append(Problem(_("Use at most %(count)s characters", count=_LONGEST), f"{place}.{language}"))
    if not any(clean.values()):
        return None
    for language, words in clean.items():
        if not words:
            problems.append(Problem(_("Write the name in both languages"), f"{place}.{language}"))
    return clean


def free_key(words: str, taken: set[str], fallback: str) -> str:
    """Return a key made from English words that nothing else has.

    :param fallback: for words without a letter of the alphabet.
    """
    base = re.sub(r"[^a-z0-9]+", "_", words.lower()).strip("_")[:30]
    base = base if re.match(r"[a-z]", base) else fallback
    return next(key for key in (base, *(f"{base}_{n}" for n in range(2, 10_000))) if key not in taken)

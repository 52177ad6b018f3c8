"""The forms in which administrators edit request types and fields: from what is stored to text, and back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from deskcore.desks.declarations import MINUTES
from deskcore.desks.fields.cleaning import clean_line
from deskcore.desks.form_checks import LONGEST_KEY
from deskcore.errors import Problem
from deskcore.hooks.contributions import Door, RequestType, Text

#: Texts of a request type, in the order of the form, and which of them must be there.
TEXTS = {"title": True, "summary": True, "group": False, "subject": False}
#: The longest text, key or list that is read at all.
_LONGEST = 4000
_DURATION = re.compile(r"([0-9]{1,5}) ?(min|h|d)")


@dataclass(frozen=True)
class Parsed:
    """What a form held.

    :param value: the request type, or the field, that it describes.
    :param values: every control as it was sent.
    """

    value: Any
    values: Mapping[str, str]
    problems: tuple[Problem, ...] = ()


def line(form: MultiDict[str, str], name: str) -> str:
    """Return one line of what was typed."""
    return clean_line(form.get(name, "")[:_LONGEST])


def text_of(form: MultiDict[str, str], name: str, needed: bool) -> Text | None:
    """Return a text in both languages; nothing when both are empty and it may be."""
    words = Text(line(form, f"{name}.en"), line(form, f"{name}.pl"))
    return words if needed or words.en or words.pl else None


def whole(form: MultiDict[str, str], name: str, problems: list[Problem], default: int | None = None) -> int | None:
    """Return a whole number, or ``default`` when nothing was typed."""
    typed = line(form, name)
    if not typed:
        return default
    if re.fullmatch(r"-?[0-9]{1,9}", typed):
        return int(typed)
    problems.append(Problem(_("Enter a whole number."), name))
    return default


def values_of(edited: RequestType) -> dict[str, str]:
    """Return what the controls of the form hold for a request type."""
    found: dict[str, str] = {}
    for name in TEXTS:
        text = getattr(edited, name)
        found |= {f"{name}.en": text.en if text else "", f"{name}.pl": text.pl if text else ""}
    for name in ("door", "icon", "audience", "default_priority", "team", "description"):
        found[name] = getattr(edited, name)
    found |= {name: str(getattr(edited, name)) for name in ("popularity", "order")}
    found["typical"] = duration_words(edited.typical_minutes)
    found["keywords"] = ", ".join(edited.keywords)
    return found


def read_details(form: MultiDict[str, str], before: RequestType) -> Parsed:
    """Return a request type with everything but its fields as the form holds it."""
    problems: list[Problem] = []
    keywords = tuple(word for part in line(form, "keywords").split(",") if (word := part.strip()))
    texts: dict[str, Any] = {name: text_of(form, name, needed) for name, needed in TEXTS.items()}
    order = whole(form, "order", problems, 100)
    edited = replace(
        before,
        **texts,
        door=cast(Door, _one_of(form, "door", ("broken", "need", "process"), before.door)),
        icon=_one_of(form, "icon", icons(), before.icon),
        audience=_one_of(form, "audience", ("everyone", "agents", before.audience), before.audience),
        default_priority=_one_of(form, "default_priority", ("low", "normal", "high", "urgent"), "normal"),
        team=line(form, "team")[:LONGEST_KEY],
        description=line(form, "description")[:LONGEST_KEY],
        typical_minutes=_minutes(form, problems),
        popularity=max(0, whole(form, "popularity", problems, 0) or 0),
        order=100 if order is None else order,
        keywords=keywords,
    )
    return Parsed(edited, sent_values(form), tuple(problems))


def sent_values(form: MultiDict[str, str]) -> dict[str, str]:
    """Return what was sent, as the page shows it again."""
    return {name: value[:_LONGEST] for name, value in form.items()}


def duration_words(minutes: int | None) -> str:
    """Return working minutes as the form writes them: ``2 h``."""
    if minutes is None:
        return ""
    unit = next((unit for unit in ("d", "h") if minutes and minutes % MINUTES[unit] == 0), "min")
    return f"{minutes // MINUTES[unit]} {unit}"


def _minutes(form: MultiDict[str, str], problems: list[Problem]) -> int | None:
    typed = line(form, "typical")
    if not typed:
        return None
    found = _DURATION.fullmatch(typed)
    if found is None or int(found[1]) * MINUTES[found[2]] > 99_999:
        problems.append(Problem(_("Write a number with min, h or d, such as 2 h."), "typical"))
        return None
    return int(found[1]) * MINUTES[found[2]]


def _one_of(form: MultiDict[str, str], name: str, allowed: tuple[str, ...], default: str) -> str:
    chosen = form.get(name, "")
    return chosen if chosen in allowed else default


@lru_cache(maxsize=1)
def icons() -> tuple[str, ...]:
    """Return the names of the icons that there are."""
    sprite = Path(__file__).parents[2] / "static" / "icons.svg"
    return tuple(sorted(re.findall(r'<symbol id="([a-z0-9-]+)"', sprite.read_text(encoding="utf-8"))))

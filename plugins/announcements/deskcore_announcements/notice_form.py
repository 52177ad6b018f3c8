"""The form of a notice: what was typed, as a notice that can be published, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import request
from flask_babel import get_timezone
from flask_babel import gettext as _

from deskcore.plugin import Problem, Refused, people
from deskcore_announcements.models import KINDS, Notice
from deskcore_announcements.rights import Publisher
from deskcore_announcements.words import KIND, language
from deskcore_announcements.writing import Wanted

_LINES = ("desk", "kind", "title_en", "title_pl", "text_en", "text_pl", "number")
_LISTS = ("departments", "locations", "services")
MOMENTS = ("starts_at", "next_update_at", "ends_at")
#: How a browser sends a moment, and shows it.
_FORMAT = "%Y-%m-%dT%H:%M"


@dataclass(frozen=True)
class Choice:
    """An option or a box to tick."""

    value: str
    label: str
    selected: bool = False
    hint: str = ""


def zone() -> ZoneInfo:
    """Return by whose clock the reader types moments."""
    return ZoneInfo(str(get_timezone() or people.time_zone))


def typed() -> dict[str, Any]:
    """Return the form as it was sent."""
    sent: dict[str, Any] = {key: request.form.get(key, "") for key in (*_LINES, *MOMENTS)}
    return {
        **sent,
        **{key: tuple(request.form.getlist(key)) for key in _LISTS},
        "counted": "counted" in request.form,
        "tell": "tell" in request.form,
    }


def wanted_of(values: Mapping[str, Any]) -> Wanted:
    """Return what was typed as a notice.

    :raises Refused: for moments that are none.
    """
    problems, moments = list[Problem](), dict[str, datetime | None]()
    for key in MOMENTS:
        try:
            moments[key] = moment_of(values[key], key)
        except Refused as error:
            problems += error.problems
    if problems:
        raise Refused(problems)
    return Wanted(**{**values, **moments})


def moment_of(text: str, key: str) -> datetime | None:
    """Return a moment as a browser sends it, by the reader's clock.

    :raises Refused: when it is none.
    """
    if not text.strip():
        return None
    try:
        return datetime.strptime(text.strip()[:16], _FORMAT).replace(tzinfo=zone())
    except ValueError:
        raise Refused(Problem(_("Write the moment like 2026-11-30 14:00."), key)) from None


def shown(moment: datetime | None) -> str:
    """Return a moment as a browser shows it in a form."""
    return moment.astimezone(zone()).strftime(_FORMAT) if moment is not None else ""


def values_of(notice: Notice, number: str) -> dict[str, Any]:
    """Return a stored notice as its form shows it."""
    lines = {key: getattr(notice, key) for key in _LINES if key != "number"}
    lists = {key: tuple(getattr(notice, key)) for key in _LISTS}
    moments = {key: shown(getattr(notice, key)) for key in MOMENTS}
    return {**lines, **lists, **moments, "number": number, "counted": notice.counted, "tell": False}


def empty(who: Publisher, asked: Mapping[str, str]) -> dict[str, Any]:
    """Return the form as it opens.

    :param asked: kind, desk and number of the ticket with which somebody came.
    """
    mine = [desk for desk in people.desks() if who.publishes(desk)]
    desk = asked.get("desk", "") if asked.get("desk") in mine else next(iter(mine), "")
    kind = asked.get("kind", "") if asked.get("kind") in KINDS else "team" if people.is_confidential(desk) else KINDS[0]
    nothing = dict.fromkeys((*_LINES, *MOMENTS), "") | dict.fromkeys(_LISTS, ())
    return {
        **nothing,
        "desk": desk,
        "kind": kind,
        "number": asked.get("ticket", "")[:20],
        "counted": True,
        "tell": True,
    }


def choices(values: Mapping[str, Any], who: Publisher) -> dict[str, Any]:
    """Return what can be chosen, with what is."""
    desks = {key: title for key, title in people.desks().items() if who.publishes(key)}
    return {
        "kind": [Choice(key, str(KIND[key]), key == values["kind"], _hint(key)) for key in KINDS],
        "desk": [Choice(key, desks[key].in_language(language()), key == values["desk"]) for key in desks],
        "departments": _ticked(people.departments(), values["departments"]),
        "locations": _ticked(people.locations(), values["locations"]),
        "services": {
            title.in_language(language()): _services(desk, values["services"])
            for desk, title in desks.items()
            if not people.is_confidential(desk)
        },
    }


def _hint(kind: str) -> str:
    hints = {
        "problem": _("Something does not work now."),
        "planned": _("Something will not work for a while."),
        "information": _("Something that people should know."),
        "team": _("Only the people of the desk see it."),
    }
    return hints[kind]


def _ticked(names: Sequence[str], chosen: Sequence[str]) -> list[Choice]:
    gone = [name for name in chosen if name not in names]
    return [Choice(name, name, name in chosen) for name in (*names, *gone)]


def _services(desk: str, chosen: Sequence[str]) -> list[Choice]:
    found = people.services(desk)
    entries = [
        Choice(f"{desk}/{key}", title.in_language(language()), f"{desk}/{key}" in chosen)
        for key, title in found.items()
    ]
    return sorted(entries, key=lambda each: each.label.casefold())

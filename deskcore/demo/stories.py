"""Plays stories into the demo: tickets that a plugin writes down in ``open.toml`` and ``finished.toml``.

A story is a table ``[[story]]`` with ``type``, ``answers`` and a ``thread`` of ``[who, minutes later, text]``, where
who is ``agent``, ``requester`` or ``note`` and minutes are of working time. It may name its ``requester``, ``assignee``
and ``channel``; one that is still open has its ``state`` and how many minutes ``ago`` it was opened. ``{me}`` and
``{colleague}`` are addresses, ``{day+3}`` and ``{minute-20}`` count from the opening in working days and minutes.

The same random source and the same present moment give the same tickets.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import cycle, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deskcore.clock import now

if TYPE_CHECKING:
    from random import Random

    from deskcore.demo.builder import DemoBuilder, DemoTicket

#: What a plugin's stories say beside the words that all have.
Words = Callable[["Random"], Mapping[str, str]]
#: Working minutes of a day, from 7:00 UTC.
DAY = 480
OPENS_AT = 7
WEEKS = 8
#: Working minutes after which a solved ticket is closed.
CLOSED_AFTER = 5 * DAY

#: A Monday long before any ticket.
_EPOCH = datetime(2001, 1, 1, tzinfo=UTC)
_COUNTED = re.compile(r"\{(day|minute)([+-]\d+)\}")


@dataclass(frozen=True)
class _Plan:
    """One ticket that is to be opened.

    :param story: as it stands in the file.
    :param opened_at: in UTC, within working hours.
    """

    story: Mapping[str, Any]
    opened_at: datetime
    requester: str
    assignee: str


def play(builder: DemoBuilder, folder: Path, desk: str, finished: int, words: Words | None = None) -> list[DemoTicket]:
    """Open the tickets in the order of time, so that their numbers rise with it, and play what followed.

    :param finished: how many came to an end; their stories are used again and again until there are as many.
    :param words: gives for each ticket what stands for ``{words}`` of the stories' own.
    :returns: the tickets, in that order.
    """
    agents = list(builder.agents(desk))
    people = [person for person in builder.people if person not in agents]
    present = now()
    plans = _plans(builder.random, folder, finished, people, agents, present)
    plans.sort(key=lambda plan: plan.opened_at)
    return [_play(builder, plan, people, present, words(builder.random) if words else {}) for plan in plans]


def read_stories(file: Path) -> list[dict[str, Any]]:
    """Return the stories of a file."""
    with file.open("rb") as opened:
        stories: list[dict[str, Any]] = tomllib.load(opened)["story"]
    return stories


def _plans(
    random: Random, folder: Path, finished: int, people: Sequence[str], agents: Sequence[str], present: datetime
) -> list[_Plan]:
    stories = read_stories(folder / "finished.toml")
    random.shuffle(stories)
    plans = []
    for number, story in enumerate(islice(cycle(stories), finished)):
        shortest = sum(minutes for _who, minutes, _text in story["thread"]) + DAY // 2
        opened_at = shift(present, -random.randint(shortest, WEEKS * 5 * DAY))
        fixed = story.get("requester") if number < len(stories) else None
        assignee = story.get("assignee") or random.choice(agents)
        plans.append(_Plan(story, opened_at, fixed or random.choice(people), assignee))
    for story in read_stories(folder / "open.toml"):
        requester = story.get("requester") or random.choice(people)
        assignee = story.get("assignee") or random.choice(agents)
        plans.append(_Plan(story, shift(present, -story["ago"]), requester, assignee))
    return plans


def _play(
    builder: DemoBuilder, plan: _Plan, people: Sequence[str], present: datetime, own: Mapping[str, str]
) -> DemoTicket:
    story, state = plan.story, plan.story.get("state", "closed")
    colleague = builder.random.choice([person for person in people if person != plan.requester])
    words = {"me": plan.requester, "colleague": colleague, **own}
    answers = _filled(story["answers"], words, plan.opened_at)
    waits = state == "waiting_approval"
    channel = story.get("channel", "portal")
    ticket = builder.ticket(story["type"], plan.requester, answers, plan.opened_at, channel=channel, approved=not waits)
    if state == "new" or waits:
        return ticket
    at = shift(plan.opened_at, builder.random.randint(2, 4))
    ticket.assign(plan.assignee, plan.assignee, at)
    ticket.status("open", plan.assignee, at)
    for who, minutes, text in story["thread"]:
        at = shift(at, minutes)
        say = ticket.note if who == "note" else ticket.reply
        say(plan.requester if who == "requester" else plan.assignee, _fill(text, words, plan.opened_at), at)
    _end(ticket, plan.assignee, state, at, present)
    return ticket


def _end(ticket: DemoTicket, agent: str, state: str, at: datetime, present: datetime) -> None:
    if state != "closed":
        if state != "open":
            ticket.status(state, agent, at)
        return
    ticket.status("resolved", agent, shift(at, 1))
    closed_at = shift(at, CLOSED_AFTER)
    if closed_at < present:
        ticket.status("closed", agent, closed_at)


def _filled(value: Any, words: Mapping[str, str], opened_at: datetime) -> Any:
    if isinstance(value, str):
        return _fill(value, words, opened_at)
    if isinstance(value, Mapping):
        return {key: _filled(inner, words, opened_at) for key, inner in value.items()}
    return [_filled(inner, words, opened_at) for inner in value] if isinstance(value, list) else value


def _fill(text: str, words: Mapping[str, str], opened_at: datetime) -> str:
    text = _COUNTED.sub(partial(_counted, opened_at), text)
    for name, word in words.items():
        text = text.replace("{" + name + "}", word)
    return text


def _counted(opened_at: datetime, found: re.Match[str]) -> str:
    if found[1] == "day":
        return shift(opened_at, int(found[2]) * DAY).date().isoformat()
    return shift(opened_at, int(found[2])).strftime("%Y-%m-%dT%H:%M:%SZ")


def shift(moment: datetime, minutes: int) -> datetime:
    """Return the moment ``minutes`` of working time later, or earlier if negative, to the minute.

    A moment outside working hours counts as the end of the working day before it.
    """
    worked = _worked_minutes(moment) + minutes
    days, rest = divmod(worked, DAY)
    weeks, day = divmod(days, 5)
    return _EPOCH + timedelta(weeks=weeks, days=day, hours=OPENS_AT, minutes=rest)


def _worked_minutes(moment: datetime) -> int:
    days = (moment - _EPOCH).days
    weeks, day = divmod(days, 7)
    if day >= 5:
        return (weeks + 1) * 5 * DAY - 1
    since_opening = (moment.hour - OPENS_AT) * 60 + moment.minute
    return (weeks * 5 + day) * DAY + max(-1, min(since_opening, DAY - 1))

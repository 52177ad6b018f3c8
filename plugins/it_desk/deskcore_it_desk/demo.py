"""Eight weeks of tickets for the demo organisation, in both languages, from ``stories/``.

The same random source and the same present moment give the same tickets.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import cycle, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deskcore.plugin import now

if TYPE_CHECKING:
    from random import Random

    from deskcore.plugin import DemoBuilder

STORIES = Path(__file__).parent / "stories"
#: Finished tickets in the demo; with those still open it is about fifteen a week.
FINISHED = 95
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
class Plan:
    """One ticket that is to be opened.

    :param story: as it stands in the file.
    :param opened_at: in UTC, within working hours.
    """

    story: Mapping[str, Any]
    opened_at: datetime
    requester: str
    assignee: str


def seed(builder: DemoBuilder) -> None:
    """Open the tickets in the order of time, so that their numbers rise with it, and play what followed."""
    agents = list(builder.agents("it"))
    people = [person for person in builder.people if person not in agents]
    present = now()
    for plan in sorted(_plans(builder.random, people, agents, present), key=lambda plan: plan.opened_at):
        _play(builder, plan, people, agents, present)


def read_stories(name: str) -> list[dict[str, Any]]:
    """Return the stories of ``open`` or ``finished``."""
    with (STORIES / f"{name}.toml").open("rb") as file:
        stories: list[dict[str, Any]] = tomllib.load(file)["story"]
    return stories


def _plans(random: Random, people: Sequence[str], agents: Sequence[str], present: datetime) -> list[Plan]:
    finished = read_stories("finished")
    random.shuffle(finished)
    plans = []
    for number, story in enumerate(islice(cycle(finished), FINISHED)):
        shortest = sum(minutes for _who, minutes, _text in story["thread"]) + DAY // 2
        opened_at = shift(present, -random.randint(shortest, WEEKS * 5 * DAY))
        fixed = story.get("requester") if number < len(finished) else None
        plans.append(Plan(story, opened_at, fixed or random.choice(people), random.choice(agents)))
    for story in read_stories("open"):
        requester = story.get("requester") or random.choice(people)
        assignee = story.get("assignee") or random.choice(agents)
        plans.append(Plan(story, shift(present, -story["ago"]), requester, assignee))
    return plans


def _play(builder: DemoBuilder, plan: Plan, people: Sequence[str], agents: Sequence[str], present: datetime) -> None:
    random, story = builder.random, plan.story
    words = _words(random, plan, people)
    answers = _filled(story["answers"], words, plan.opened_at)
    channel = story.get("channel", "portal")
    ticket = builder.ticket(story["type"], plan.requester, answers, plan.opened_at, channel=channel, approved=True)
    state = story.get("state", "closed")
    if state == "new":
        return
    at = shift(plan.opened_at, random.randint(2, 4))
    ticket.assign(plan.assignee, random.choice(agents), at)
    ticket.status("open", plan.assignee, at)
    for who, minutes, text in story["thread"]:
        at = shift(at, minutes)
        say = {"agent": ticket.reply, "note": ticket.note, "requester": ticket.reply}[who]
        say(plan.requester if who == "requester" else plan.assignee, _fill(text, words, plan.opened_at), at)
    if state not in ("open", "closed"):
        ticket.status(state, plan.assignee, at)
    if state == "closed":
        _finish(ticket, plan.assignee, at, present)


def _finish(ticket: Any, agent: str, at: datetime, present: datetime) -> None:
    ticket.status("resolved", agent, shift(at, 1))
    closed_at = shift(at, CLOSED_AFTER)
    if closed_at < present:
        ticket.status("closed", agent, closed_at)


def _words(random: Random, plan: Plan, people: Sequence[str]) -> dict[str, str]:
    return {
        "nb": f"NB-{random.randint(120, 489):04}",
        "printer": f"PRN-{random.randint(11, 39)}",
        "floor": str(random.randint(2, 5)),
        "room": f"{random.randint(2, 5)}.{random.randint(10, 29)}",
        "num": str(random.randint(100, 999)),
        "me": plan.requester,
        "colleague": random.choice([person for person in people if person != plan.requester]),
    }


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

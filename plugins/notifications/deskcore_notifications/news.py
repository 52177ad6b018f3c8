"""News that no ticket is about, such as a notice that mail is slow: told like tickets are, in the way people want."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import select

from deskcore.plugin import PersonView, Text, now, people, unit_of_work
from deskcore_notifications import sending
from deskcore_notifications.hearing import STALE, letter_for
from deskcore_notifications.line import line
from deskcore_notifications.models import News
from deskcore_notifications.wishes import Wishes, wishes_of

#: Which event it is for the table of choices, and why this person is told, by what happened to a notice.
_OF_A_NOTICE: Mapping[str, tuple[str, str]] = MappingProxyType({
    "published": ("notice_new", "subscribed"),
    "updated": ("notice_update", "affected"),
    "resolved": ("notice_over", "affected"),
    "team": ("team_news", "colleague"),
})  # fmt: skip


@dataclass(frozen=True)
class Item:
    """Something to tell people of.

    :param key: what is the same when it is told again; ``subject`` what is the same for all that belongs together.
    :param path: where it is read, in the area.
    """

    event: str
    reason: str
    key: str
    subject: str
    title: Text
    area: str
    path: str
    at: datetime


def heard_of_notice(told: Mapping[str, Any]) -> None:
    """Tell people of a service notice; a repeated call tells nobody twice."""
    moment = datetime.fromisoformat(told["moment"])
    if told["what"] not in _OF_A_NOTICE or moment < now() - STALE:
        return
    event, reason = _OF_A_NOTICE[told["what"]]
    title = Text(str(told["title_en"]), str(told["title_pl"]))
    area, subject = str(told["area"]), f"notice/{told['key'].partition('/')[0]}"
    spread(Item(event, reason, told["key"], subject, title, area, str(told["path"]), moment), told["receivers"])


def spread(item: Item, receivers: Collection[str]) -> None:
    """Tell people of something, each as that person wants it; a repeated call tells nobody twice."""
    known = people.named(receivers)
    wishes, thread = wishes_of(known.keys()), _thread(item.subject)
    with unit_of_work() as work:
        due, key = [], f"{item.event} {item.key}"[:80]
        already = set(work.scalars(select(News.receiver).where(News.key == key, News.receiver.in_(known))))
        for email in sorted(known.keys() - already):
            news = _news(item, email, key)
            letter = _tell(news, known[email], wishes[email], thread)
            if letter is not None:
                due.append(letter)
            if news.shown or news.letter_id is not None:
                work.add(news)
        work.flush()
        if due:
            sending.send_at(min(due))


def _news(item: Item, receiver: str, key: str) -> News:
    return News(
        receiver=receiver,
        area="workspace" if item.area == "workspace" else "portal",
        event=item.event,
        reason=item.reason,
        key=key,
        title_en=item.title.en[:200],
        title_pl=item.title.pl[:200],
        path=item.path[:200],
        at=item.at,
    )


def _tell(news: News, receiver: PersonView, wishes: Wishes, thread: str) -> datetime | None:
    """Say how somebody is told, and return when the letter goes out that says it, if one does."""
    way = wishes.way(news.event, lead=False)
    news.shown = way.shown
    if way.mail == "never" or not sending.is_set_up() or receiver.email.endswith(".invalid"):
        return None
    with unit_of_work() as work:
        letter = letter_for(work, receiver, wishes, way.mail, "" if way.mail == "daily" else thread)
    news.letter_id = letter.id
    return letter.due_at


def _thread(subject: str) -> str:
    """Return what stands for a subject in mail programs."""
    return hashlib.sha256(f"{line().salt}/{subject}".encode()).hexdigest()[:24]

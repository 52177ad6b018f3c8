"""News that no ticket is about, such as a notice that mail is slow: told like tickets are, in the way people want."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import select

from deskcore.plugin import PersonView, now, people, unit_of_work
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


def heard_of_notice(told: Mapping[str, Any]) -> None:
    """Tell people of a service notice; a repeated call tells nobody twice."""
    moment = datetime.fromisoformat(told["moment"])
    if told["what"] not in _OF_A_NOTICE or moment < now() - STALE:
        return
    event, reason = _OF_A_NOTICE[told["what"]]
    receivers = people.named(told["receivers"])
    wishes, same = wishes_of(receivers.keys()), _thread(told["key"].partition("/")[0])
    with unit_of_work() as work:
        due, key = [], f"{event} {told['key']}"[:80]
        already = set(work.scalars(select(News.receiver).where(News.key == key, News.receiver.in_(receivers))))
        for email in sorted(receivers.keys() - already):
            news = _news(told, event, reason, key, moment)
            news.receiver = email
            letter = _tell(news, receivers[email], wishes[email], same)
            if letter is not None:
                due.append(letter)
            if news.shown or news.letter_id is not None:
                work.add(news)
        work.flush()
        if due:
            sending.send_at(min(due))


def _news(told: Mapping[str, Any], event: str, reason: str, key: str, moment: datetime) -> News:
    return News(
        area="workspace" if told["area"] == "workspace" else "portal",
        event=event,
        reason=reason,
        key=key,
        title_en=str(told["title_en"])[:200],
        title_pl=str(told["title_pl"])[:200],
        path=str(told["path"])[:200],
        at=moment,
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


def _thread(token: str) -> str:
    """Return what stands for a notice in mail programs."""
    return hashlib.sha256(f"{line().salt}/notice/{token}".encode()).hexdigest()[:24]

"""What is done once a day: what is over is forgotten, and people are followed to their new addresses."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select, union, update

from deskcore.plugin import now, people, session, unit_of_work
from deskcore_notifications.models import Choice, Habit, Letter, News, Notice

#: For so long there is something to look up.
_NOTICES, _LETTERS = timedelta(days=90), timedelta(days=30)
#: So many rows go in one transaction.
_PIECE = 500
_UNTRACKED = {"synchronize_session": False}


def tidy(payload: Mapping[str, Any]) -> None:
    """Forget what is over, and follow people to their new addresses."""
    _follow()
    told = now() - _NOTICES
    forgotten = ((Notice, Notice.at < told), (News, News.at < told), (Letter, Letter.ended_at < now() - _LETTERS))
    for model, over in forgotten:
        while ids := list(session().scalars(select(model.id).where(over).limit(_PIECE))):
            with unit_of_work() as work:
                work.execute(delete(model).where(model.id.in_(ids)), execution_options=_UNTRACKED)


def _follow() -> None:
    models = (Notice, News, Letter, Choice, Habit)
    stored = set(session().scalars(union(*(select(model.receiver) for model in models))))
    for former in sorted(stored - people.named(stored).keys()):
        person = people.get(former)
        if person is None:
            continue
        with unit_of_work() as work:
            mine = set(work.scalars(select(Choice.event).where(Choice.receiver == person.email)))
            work.execute(
                delete(Choice).where(Choice.receiver == former, Choice.event.in_(mine)), execution_options=_UNTRACKED
            )
            if work.get(Habit, person.email) is not None:
                work.execute(delete(Habit).where(Habit.receiver == former), execution_options=_UNTRACKED)
            for model in models:
                moved = update(model).where(model.receiver == former).values(receiver=person.email)
                work.execute(moved, execution_options=_UNTRACKED)

"""What is done once a day: what is old is forgotten, and people are followed to their new addresses."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select, union, update

from deskcore.plugin import now, people, session, setting, unit_of_work
from deskcore_satisfaction.models import Survey
from deskcore_satisfaction.rules import PLUGIN

#: So many rows go in one transaction.
_PIECE = 500
_UNTRACKED = {"synchronize_session": False}
_ADDRESSES = (Survey.requester, Survey.agent, Survey.handled_by)


def tidy(payload: Mapping[str, Any]) -> None:
    """Forget what is old, and follow people to their new addresses; a job."""
    _follow()
    days = int(setting(PLUGIN, "keep_days"))
    if days <= 0:
        return
    over = select(Survey.id).where(Survey.closed_at < now() - timedelta(days=days)).limit(_PIECE)
    while ids := list(session().scalars(over)):
        with unit_of_work() as work:
            work.execute(delete(Survey).where(Survey.id.in_(ids)), execution_options=_UNTRACKED)


def _follow() -> None:
    stored = set(session().scalars(union(*(select(column) for column in _ADDRESSES)))) - {""}
    for former in sorted(stored - people.named(stored).keys()):
        person = people.get(former)
        if person is None:
            continue
        with unit_of_work() as work:
            for column in _ADDRESSES:
                moved = update(Survey).where(column == former).values({column.key: person.email})
                work.execute(moved, execution_options=_UNTRACKED)

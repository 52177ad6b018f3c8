"""Whom a notice is told to through the hook of the plugin: who asked for new ones, whom it affects, or a team."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Literal

from sqlalchemy import select

from deskcore.plugin import people, session, tickets
from deskcore_announcements.models import Affected, Notice, Subscriber
from deskcore_announcements.reading import is_for

#: The path of the portal that the plugin claims, and where those who write notices find them.
STATUS, _DESK_PAGES = "/status", "/x/announcements/notices"
#: People in one telling.
_AT_ONCE = 200
What = Literal["published", "updated", "resolved", "team"]


def service_notice(told: Mapping[str, Any]) -> None:
    """Do what follows when people are to be told of a notice, such as telling them.

    :param told: ``what`` happened (``published``, ``updated``, ``resolved``, or ``team`` for what is announced to a
        desk), a ``key`` that a repeated call has, too, the ``moment``, the ``area`` in which and the ``path`` under
        which they read it, its title as ``title_en`` and ``title_pl``, which everybody may read whom it is told, and
        the addresses of those, ``receivers``.
    """


def published(notice: Notice, *, tell: bool) -> None:
    """Tell those who asked for new notices of one; of what is announced to a team, its people if they shall be told."""
    if notice.is_public:
        wanting = session().scalars(select(Subscriber.person)).all()
        there = people.named(wanting).values() if wanting else ()
        _tell(notice, "published", {each.email for each in there if is_for(notice, each)})
    elif tell:
        team = [*people.on_desk(notice.desk, "agent"), *people.on_desk(notice.desk, "lead")]
        _tell(notice, "team", {each.email for each in team})


def updated(notice: Notice, *, closing: bool) -> None:
    """Tell those whom a notice affects how it goes on, or that it is over."""
    affected = session().scalars(select(Affected.person).where(Affected.notice_id == notice.id)).all()
    _tell(notice, "resolved" if closing else "updated", people.named(affected) if affected else ())


def _tell(notice: Notice, what: What, receivers: Collection[str]) -> None:
    receiving = sorted(set(receivers) - {notice.author} if what in ("published", "team") else receivers)
    told = {
        "what": what,
        "key": f"{notice.token}/{notice.version}",
        "moment": notice.updated_at.isoformat(),
        "area": "workspace" if what == "team" else "portal",
        "path": f"{_DESK_PAGES if what == 'team' else STATUS}/{notice.token}",
        "title_en": notice.title_en,
        "title_pl": notice.title_pl,
    }
    for start in range(0, len(receiving), _AT_ONCE):
        tickets.tell("service_notice", told | {"receivers": receiving[start : start + _AT_ONCE]})

"""The macros that an agent may use: one's own, those of the desks one works on, and those that all agents share."""

from __future__ import annotations

import re
from collections.abc import Sequence

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, select

from deskcore.plugin import NotFound, ViewerView, has_permission, people, session
from deskcore_macros.models import Macro

#: Macros that one agent may see: more than anybody scrolls through.
MOST = 300
#: The right to give a macro to all agents, and to change those that they share.
SHARE = "macros.share_with_all"


def macros(viewer: ViewerView, words: str = "", *, most_used: bool = False, limit: int = MOST) -> Sequence[Macro]:
    """Return the macros that an agent may use, by name.

    :param words: only those that have each of them in the name or in a text.
    :param most_used: those that are used most come first instead.
    """
    wanted = select(Macro).where(_usable(viewer)).limit(limit)
    for word in words.replace("\0", "").split()[:10]:
        pattern = "%" + re.sub(r"([\\%_])", r"\\\1", word) + "%"
        columns = (Macro.name, Macro.reply, Macro.note)
        wanted = wanted.where(sa.or_(*(each.ilike(pattern, escape="\\") for each in columns)))
    order = (Macro.used.desc(), sa.func.lower(Macro.name)) if most_used else (sa.func.lower(Macro.name),)
    return session().scalars(wanted.order_by(*order, Macro.id)).all()


def find(viewer: ViewerView, token: str) -> Macro:
    """Return a macro that an agent may use.

    :raises NotFound: when there is none, or it is somebody else's.
    """
    found = session().scalar(select(Macro).where(Macro.token == token[:24].replace("\0", ""), _usable(viewer)))
    if found is None:
        raise NotFound(_("There is no such macro."))
    return found


def may_change(viewer: ViewerView, macro: Macro) -> bool:
    """Tell whether an agent may change a macro that is in sight."""
    if macro.everyone:
        return has_permission(SHARE)
    if macro.desk:
        return viewer.desks.get(macro.desk) == "lead"
    return macro.owner in people.addresses_of(viewer.email)


def _usable(viewer: ViewerView) -> ColumnElement[bool]:
    private = sa.and_(Macro.desk == "", ~Macro.everyone)
    own = sa.and_(private, Macro.owner.in_(people.addresses_of(viewer.email)))
    return sa.or_(own, Macro.everyone, Macro.desk.in_(sorted(viewer.desks)))

"""Saved views: lists with a name, for their owner, for a desk, or for every agent.

A view says what a list asks for and nothing more: whoever opens it sees the tickets that they may see.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from deskcore.alphabet import alphabetical
from deskcore.errors import Conflict, NotAllowed, NotFound, Problem, Refused
from deskcore.extensions import db
from deskcore.people.models import Person
from deskcore.people.services import clean_name
from deskcore.tickets.idempotency import earlier_result, fingerprint, remember
from deskcore.tickets.queries import PAGE_SIZES, SORTS
from deskcore.tickets.query_language import parse, written
from deskcore.tickets.services.rights import author, require_agent
from deskcore.tickets.view_models import SavedViewRow
from deskcore.viewer import Viewer
from deskcore.work import unit_of_work

Sharing = Literal["me", "desk", "all"]
SHARINGS: tuple[Sharing, ...] = ("me", "desk", "all")
MAX_NAME = 80
_MAX_COLUMNS = 16
_MAX_COLUMN = 60
#: What of its row everybody sees who finds it.
_SHOWN = ("key", "name", "query", "sort", "columns", "page_size", "sharing", "desk_id", "version")


@dataclass(frozen=True)
class SavedView:
    """A saved view.

    :param key: its name in addresses.
    :param mine: whether the person who looks made it; ``owner`` is who did.
    """

    key: str
    name: str
    query: str
    sort: str
    columns: tuple[str, ...]
    page_size: int
    sharing: str
    desk_id: int | None
    version: int
    mine: bool
    owner: str

    @property
    def shown(self) -> tuple[str, str, tuple[str, ...], int]:
        """What of a list it keeps."""
        return self.query, self.sort, self.columns, self.page_size


@dataclass(frozen=True)
class NewView:
    """What is to be kept.

    :param desk_id: for ``sharing="desk"``.
    """

    name: str
    query: str
    sort: str
    columns: tuple[str, ...] = ()
    page_size: int = 25
    sharing: str = "me"
    desk_id: int | None = None


#: Those that somebody finds; a view of a desk stays with the desk when its maker leaves it.
_VISIBLE = sa.or_(
    sa.and_(SavedViewRow.owner_id == sa.bindparam("reader"), SavedViewRow.sharing != "desk"),
    sa.and_(SavedViewRow.sharing == "desk", SavedViewRow.desk_id.in_(sa.bindparam("desks", expanding=True))),
    SavedViewRow.sharing == "all",
)
#: Built once: every page of the workspace asks for them.
_VIEWS = (
    select(*(getattr(SavedViewRow, name) for name in _SHOWN), SavedViewRow.owner_id, Person.name.label("owner"))
    .join(Person, Person.id == SavedViewRow.owner_id)
    .where(_VISIBLE)
)


def visible_views(person_id: int, desk_ids: Collection[int]) -> list[SavedView]:
    """Return the views that somebody finds: their own, those of their desks, those for all; each group by name."""
    rows = db.session.execute(_VIEWS, _finds(person_id, desk_ids))
    views = [_view(row, row.owner, person_id) for row in rows]
    return sorted(views, key=lambda view: (SHARINGS.index(view.sharing), alphabetical(view.name), view.key))


def _finds(person_id: int, desk_ids: Collection[int]) -> dict[str, Any]:
    return {"reader": person_id, "desks": sorted(desk_ids)}


def _view(row: Any, owner: str, person_id: int) -> SavedView:
    kept = {name: getattr(row, name) for name in _SHOWN}
    return SavedView(**kept | {"columns": tuple(row.columns), "mine": row.owner_id == person_id, "owner": owner})


def may_share(viewer: Viewer, sharing: str, desk_id: int | None) -> bool:
    """Tell whether somebody may keep a view for others: a lead for the desk, an administrator for all."""
    if sharing == "desk":
        return desk_id is not None and viewer.desk_roles.get(desk_id) == "lead"
    return sharing == "me" or (sharing == "all" and viewer.administrator)


def may_change(viewer: Viewer, view: SavedView) -> bool:
    """Tell whether somebody may change or delete a view: its owner, and who may share one so."""
    return view.mine or (view.sharing != "me" and may_share(viewer, view.sharing, view.desk_id))


def save_view(new: NewView, once: str = "") -> str:
    """Keep a view and return its key.

    :param once: idempotency key of the form; a repeat returns the same view.
    :raises Refused: with what there is to correct.
    :raises NotAllowed: when the agent may not share it so.
    """
    viewer = require_agent()
    checked = _checked(new, viewer)
    key = secrets.token_urlsafe(9)
    with unit_of_work() as session:
        content = fingerprint(["view", *_values(checked).values()])
        if once and (earlier := earlier_result(session, author(viewer), once, content)):
            return str(earlier["key"])
        session.add(SavedViewRow(key=key, owner_id=author(viewer), **_values(checked)))
        if once:
            remember(session, author(viewer), once, {"key": key})
    return key


def change_view(key: str, new: NewView, version: int) -> None:
    """Change a view that the agent may change.

    :param version: what the agent saw.
    :raises Conflict: when somebody changed it meanwhile.
    """
    viewer = require_agent()
    with unit_of_work() as session:
        row = _changeable(session, key, viewer)
        # A view may stay shared as it is, also by an owner who may no longer share one so.
        checked = _checked(new, viewer, kept=(row.sharing, row.desk_id))
        if row.version != version:
            raise Conflict(_("Somebody changed this view meanwhile. Look at it again."), row.version)
        for name, value in _values(checked).items():
            setattr(row, name, value)
        row.version += 1


def delete_view(key: str) -> str:
    """Delete a view that the agent may change, and return what it was called."""
    viewer = require_agent()
    with unit_of_work() as session:
        row = _changeable(session, key, viewer)
        session.delete(row)
        return row.name


def _changeable(session: Session, key: str, viewer: Viewer) -> SavedViewRow:
    person_id = author(viewer)
    wanted = select(SavedViewRow).where(SavedViewRow.key == key[:16], _VISIBLE).with_for_update()
    found = _finds(person_id, viewer.desk_roles)
    row = session.scalar(wanted.execution_options(populate_existing=True), found)
    if row is None:
        raise NotFound(_("There is no such view."))
    if not may_change(viewer, _view(row, "", person_id)):
        raise NotAllowed(_("Only the person who made this view can change it."))
    return row


def _checked(new: NewView, viewer: Viewer, kept: tuple[str, int | None] | None = None) -> NewView:
    name = clean_name(new.name)
    problems = []
    if not name:
        problems.append(Problem(_("Give the view a name"), "name"))
    if len(name) > MAX_NAME:
        problems.append(Problem(_("Use at most %(count)s characters", count=MAX_NAME), "name"))
    if new.sort.removeprefix("-") not in SORTS or new.page_size not in PAGE_SIZES:
        problems.append(Problem(_("Choose how the list is sorted"), "sort"))
    if problems:
        raise Refused(problems)
    desk_id = new.desk_id if new.sharing == "desk" else None
    if (new.sharing, desk_id) != kept and not may_share(viewer, new.sharing, desk_id):
        raise NotAllowed(_("You cannot share a view in this way."))
    columns = tuple(column[:_MAX_COLUMN] for column in new.columns[:_MAX_COLUMNS])
    return NewView(name, written(parse(new.query)), new.sort, columns, new.page_size, new.sharing, desk_id)


def _values(view: NewView) -> dict[str, object]:
    return {
        "name": view.name,
        "query": view.query,
        "sort": view.sort,
        "columns": list(view.columns),
        "page_size": view.page_size,
        "sharing": view.sharing,
        "desk_id": view.desk_id,
    }

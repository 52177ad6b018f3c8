"""Saved views that ask for a status which goes: who is told of it, and what they ask for afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from deskcore.alphabet import alphabetical
from deskcore.desks.models import DeskRow
from deskcore.extensions import db
from deskcore.tickets.query_language import Item, Term, parse, written
from deskcore.tickets.view_models import SavedViewRow


def views_asking_for(desk: DeskRow, status: str) -> tuple[list[str], int]:
    """Return the names of the shared views that ask for a status of a desk, and how many more views do.

    What somebody called a view of his own, or one for those who work on a confidential desk, is nobody else's business.
    """
    session = db.session()
    rows = _asking(session, desk, status)
    confidential = set(session.scalars(select(DeskRow.id).where(DeskRow.confidential)))
    named = [row for row in rows if row.sharing != "me" and row.desk_id not in confidential]
    return sorted({row.name for row in named}, key=alphabetical), len(rows) - len(named)


def rename_in_views(session: Session, desk: DeskRow, status: str, target: str) -> int:
    """Let saved views ask for the status that tickets got instead; return how many there were.

    Where another desk has a status of the same key, they ask for both.
    """
    others = session.scalars(select(DeskRow).where(DeskRow.id != desk.id))
    elsewhere = any(held["key"] == status for other in others for held in other.statuses)
    rows = _asking(session, desk, status)
    for row in rows:
        row.query = written(_renamed(item, status, target, elsewhere) for item in parse(row.query))
        row.version += 1
    return len(rows)


def _asking(session: Session, desk: DeskRow, status: str) -> Sequence[SavedViewRow]:
    likely = select(SavedViewRow).where(SavedViewRow.query.contains(status, autoescape=True)).order_by(SavedViewRow.id)
    return [row for row in session.scalars(likely) if _asks(parse(row.query), desk, status)]


def _asks(items: Sequence[Item], desk: DeskRow, status: str) -> bool:
    terms = [item for item in items if isinstance(item, Term)]
    elsewhere = any(term.key == "desk" and (desk.key in term.values) == term.negated for term in terms)
    return not elsewhere and any(term.key == "status" and status in term.values for term in terms)


def _renamed(item: Item, status: str, target: str, elsewhere: bool) -> Item:
    if not isinstance(item, Term) or item.key != "status" or status not in item.values:
        return item
    instead = (status, target) if elsewhere else (target,)
    values = [new for value in item.values for new in (instead if value == status else (value,))]
    return replace(item, values=tuple(dict.fromkeys(values)))

"""What happened to licences, stock and kits: one line for each change, with who did it and when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from deskcore.plugin import session
from deskcore_it_assets.kit_models import Entry, Kit
from deskcore_it_assets.licence_models import Licence
from deskcore_it_assets.rights import Keeper
from deskcore_it_assets.stock_models import StockItem

#: Lines of a history that a page shows.
SHOWN = 100


def note(work: Session, about: Licence | StockItem | Kit, kind: str, by: Keeper, **data: Any) -> None:
    """Add a line to the history of something that is stored already; what is empty is left out."""
    told = {key: value for key, value in data.items() if value}
    work.add(Entry(kind=kind, by=by.email, by_name=by.name, data=told, **_column(about)))


def note_changes(
    work: Session, about: Licence | StockItem | Kit, by: Keeper, before: Mapping[str, str], after: Mapping[str, str]
) -> None:
    """Add a line that says what is known of something now and was not before, if anything is."""
    changed = {key: [before.get(key, ""), text] for key, text in after.items() if before.get(key, "") != text}
    if changed:
        note(work, about, "changed", by, changed=changed)


def entries_of(about: Licence | StockItem | Kit) -> Sequence[Entry]:
    """Return what happened to something, the newest first."""
    wanted = select(Entry).filter_by(**_column(about)).order_by(Entry.id.desc())
    return session().scalars(wanted.limit(SHOWN)).all()


def _column(about: Licence | StockItem | Kit) -> dict[str, int]:
    if isinstance(about, Licence):
        return {"licence_id": about.id}
    return {"item_id": about.id} if isinstance(about, StockItem) else {"kit_id": about.id}

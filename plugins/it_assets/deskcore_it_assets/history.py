"""What happened to a thing: one line for each change, with who did it and when, that outlives everybody in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from deskcore.plugin import now, session
from deskcore_it_assets.care_models import Labelled
from deskcore_it_assets.models import Asset, Move, Reason
from deskcore_it_assets.rights import Keeper

#: Lines of a history that a page shows.
SHOWN = 100


def note(
    work: Session, asset: Asset, kind: str, by: Keeper, before: str, *, ticket_id: int | None = None, **data: Any
) -> None:
    """Add a line to the history of a thing that has just been changed, and count the change.

    :param before: the state that it was in.
    :param ticket_id: of the ticket for which it was done.
    :param data: what there is to know; what is empty is left out.
    """
    asset.version += 1
    asset.updated_at = now()
    if before != asset.state:
        # A label says more about one state: with the state it goes.
        work.execute(delete(Labelled).where(Labelled.asset_id == asset.id))
    move = Move(
        asset_id=asset.id,
        kind=kind,
        at=asset.updated_at,
        by=by.email,
        by_name=by.name,
        from_state=before,
        to_state=asset.state,
        data={key: value for key, value in data.items() if value},
    )
    work.add(move)
    if ticket_id is not None:
        work.flush()
        work.add(Reason(move_id=move.id, ticket_id=ticket_id))


def note_first(work: Session, assets: Sequence[Asset], by: Keeper) -> None:
    """Begin the histories of things that have just been added, in one statement."""
    written = {
        "kind": "added",
        "at": now(),
        "by": by.email,
        "by_name": by.name,
        "from_state": "",
        "data": {},
    }
    rows = [{"asset_id": asset.id, "to_state": asset.state, **written} for asset in assets]
    if rows:
        work.execute(insert(Move), rows)


def history_of(asset: Asset) -> Sequence[Move]:
    """Return what happened to a thing, the newest first."""
    wanted = select(Move).where(Move.asset_id == asset.id).order_by(Move.id.desc()).limit(SHOWN)
    return session().scalars(wanted).all()

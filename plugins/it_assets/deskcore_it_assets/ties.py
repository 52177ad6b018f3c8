"""Tickets that are about a thing, and things that a ticket is about; each sees them as far as the tickets."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from deskcore.plugin import NotFound, TicketView, session, tickets, unit_of_work
from deskcore_it_assets.models import Asset, Move, Reason, Tie
from deskcore_it_assets.rights import Keeper
from deskcore_it_assets.spelling import spelled

#: Tickets and things of one list.
SHOWN = 50


def ticket_id_of(work: Session, number: str) -> int | None:
    """Return what rows about a ticket carry; nothing without a number.

    :raises NotFound: when there is no such ticket, or whoever asks may not see it.
    """
    if not number:
        return None
    found = work.scalar(Tie.id_of(number))
    if found is None:
        raise NotFound(_("There is no ticket %(number)s.", number=number))
    return found


def tie(work: Session, assets: Sequence[Asset], ticket_id: int | None) -> None:
    """Note that a ticket is about things; that it is noted already does nothing."""
    if ticket_id is None:
        return
    known = set(work.scalars(select(Tie.asset_id).where(Tie.ticket_id == ticket_id)))
    work.add_all(Tie(asset_id=asset.id, ticket_id=ticket_id) for asset in assets if asset.id not in known)


def tie_by_tag(tag: str, number: str, by: Keeper) -> Asset:
    """Note that a ticket is about a thing that somebody looks after.

    :raises NotFound: when there is no such thing or no such ticket.
    """
    with unit_of_work() as work:
        asset = work.scalar(select(Asset).where(Asset.tag_key == spelled(tag), by.own()))
        if asset is None:
            raise NotFound(_("There is no %(tag)s, or another desk looks after it.", tag=tag))
        tie(work, [asset], ticket_id_of(work, number))
    return asset


def untie(tag: str, number: str, by: Keeper) -> None:
    """Note that a ticket is not about a thing after all."""
    with unit_of_work() as work:
        ticket = work.scalar(Tie.id_of(number))
        asset = work.scalar(select(Asset.id).where(Asset.tag_key == spelled(tag), by.own()))
        found = work.scalar(select(Tie).where(Tie.asset_id == asset, Tie.ticket_id == ticket))
        if found is not None:
            work.delete(found)


def assets_of(number: str) -> Sequence[Asset]:
    """Return the things that a ticket is about, with what they are, as far as whoever asks sees the ticket."""
    tied = select(Tie.asset_id).where(Tie.ticket_id == Tie.id_of(number).scalar_subquery())
    wanted = select(Asset).where(Asset.id.in_(tied)).options(joinedload(Asset.product))
    return session().scalars(wanted.order_by(Asset.tag_key).limit(SHOWN)).all()


def tickets_of(asset: Asset, moves: Sequence[Move]) -> tuple[list[TicketView], dict[int, TicketView]]:
    """Return the tickets that are about a thing, the newest first, and those for which something happened to it.

    :returns: both as far as whoever asks sees them; the latter by the id of the line of the history.
    """
    tied = select(Tie.ticket_id).where(Tie.asset_id == asset.id).order_by(Tie.id.desc()).limit(SHOWN)
    numbers = session().scalars(tied).all()
    why = select(Reason.move_id, Reason.ticket_id).where(Reason.move_id.in_([move.id for move in moves]))
    reasons = {row.move_id: row.ticket_id for row in session().execute(why)}
    seen = tickets.views({*numbers, *reasons.values()})
    return (
        [seen[number] for number in numbers if number in seen],
        {move: seen[number] for move, number in reasons.items() if number in seen},
    )

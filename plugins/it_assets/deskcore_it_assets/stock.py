"""Stock of what is counted: what there is, how much of it lies where, and who has how much."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload

from deskcore.plugin import Conflict, NotFound, PanelRow, Problem, Refused, TicketView, session, tickets, unit_of_work
from deskcore_it_assets import entries
from deskcore_it_assets.catalogue import category_named
from deskcore_it_assets.models import Location
from deskcore_it_assets.particulars import price_text
from deskcore_it_assets.rights import Keeper
from deskcore_it_assets.spelling import spelled
from deskcore_it_assets.stock_models import Lent, Movement, MovementReason, Shelf, StockItem
from deskcore_it_assets.typed import Typed

#: Items on a page, and lines of a history.
PAGE, SHOWN = 50, 100
_TEXTS = ("name", "number", "desk", "currency", "notes")


@dataclass(frozen=True)
class Listed:
    """One line of a list: an item, and how much of it there is."""

    item: StockItem
    total: int

    @property
    def is_low(self) -> bool:
        """Whether somebody should buy more."""
        return self.total < self.item.minimum


def listed(by: Keeper, words: str = "", *, low: bool = False, closed: bool = False, after: str = "") -> list[Listed]:
    """Return the items of somebody's desks by name with how much there is, one more than a page if there are more.

    :param low: those of which there is too little alone.
    :param after: name and token behind which the page begins, as :func:`place_of` gives them.
    """
    total = _total()
    wanted = (
        select(StockItem, total).where(_own(by), StockItem.closed.is_(closed)).options(joinedload(StockItem.category))
    )
    if low:
        wanted = wanted.where(total < StockItem.minimum)
    if after:
        name, _tab, token = after.partition("\t")
        wanted = wanted.where((StockItem.name > name) | ((StockItem.name == name) & (StockItem.token > token)))
    for word in words.split()[:6]:
        found_in = StockItem.name.icontains(word, autoescape=True) | StockItem.number.icontains(word, autoescape=True)
        wanted = wanted.where(found_in)
    rows = session().execute(wanted.order_by(StockItem.name, StockItem.token).limit(PAGE + 1))
    return [Listed(item, count) for item, count in rows]


def place_of(item: StockItem) -> str:
    """Return where a list goes on behind an item."""
    return f"{item.name}\t{item.token}"


def _total() -> Any:
    summed = select(func.coalesce(func.sum(Shelf.quantity), 0)).where(Shelf.item_id == StockItem.id)
    return summed.correlate(StockItem).scalar_subquery()


def find(token: str, by: Keeper) -> StockItem:
    """Return an item that somebody looks after.

    :raises NotFound: when there is none, or another desk looks after it.
    """
    wanted = select(StockItem).where(StockItem.token == token, _own(by)).options(joinedload(StockItem.category))
    found = session().scalar(wanted.execution_options(populate_existing=True))
    if found is None:
        raise NotFound(_("There is no such item in stock, or another desk looks after it."))
    return found


def shelves_of(item: StockItem) -> Sequence[Shelf]:
    """Return how much of an item lies where, by place."""
    wanted = select(Shelf).join(Location).where(Shelf.item_id == item.id).options(joinedload(Shelf.place))
    return session().scalars(wanted.order_by(Location.name).execution_options(populate_existing=True)).all()


def lent_of(item: StockItem) -> Sequence[Lent]:
    """Return who has how much of a returnable item, by name."""
    wanted = select(Lent).where(Lent.item_id == item.id, Lent.quantity > 0).order_by(Lent.person_name)
    return session().scalars(wanted.limit(SHOWN).execution_options(populate_existing=True)).all()


def lent_to(addresses: Collection[str], by: Keeper | None = None) -> Sequence[Lent]:
    """Return what somebody has of returnable items.

    :param by: whose desks' items it is narrowed to; left out, everybody's.
    """
    wanted = select(Lent).join(StockItem).where(Lent.person.in_(sorted(addresses)), Lent.quantity > 0)
    wanted = wanted.where(_own(by)) if by is not None else wanted
    return session().scalars(wanted.options(joinedload(Lent.item)).order_by(StockItem.name).limit(SHOWN)).all()


def panel_rows(addresses: Collection[str], by: Keeper) -> list[PanelRow]:
    """Return what a person has of returnable items, as lines of a panel."""
    return [
        PanelRow(
            f"{each.quantity} × {each.item.name}",
            _("Has it"),
            url_for("it_assets_stock.item", item_token=each.item.token),
            "box",
        )
        for each in lent_to(addresses, by)
    ]


def movements_of(item: StockItem) -> Sequence[Movement]:
    """Return what was moved of an item, the newest first."""
    wanted = select(Movement).where(Movement.item_id == item.id).options(joinedload(Movement.place))
    return session().scalars(wanted.order_by(Movement.id.desc()).limit(SHOWN)).all()


def reasons_of(moved: Sequence[Movement]) -> dict[int, TicketView]:
    """Return the tickets for which things were moved, by the movement, as far as whoever asks sees them."""
    mine = MovementReason.movement_id.in_([each.id for each in moved])
    found = session().execute(select(MovementReason.movement_id, MovementReason.ticket_id).where(mine)).all()
    seen = tickets.views([row.ticket_id for row in found])
    return {row.movement_id: seen[row.ticket_id] for row in found if row.ticket_id in seen}


def shown(item: StockItem) -> dict[str, str]:
    """Return what is known of an item as texts, as a form holds them."""
    found = {key: getattr(item, key) for key in _TEXTS} | {
        "price": price_text(item.cents),
        "minimum": str(item.minimum),
    }
    found |= {key: "yes" if getattr(item, key) else "" for key in ("returnable", "closed")}
    return found | {"category": item.category.title_en if item.category else ""}


def save(token: str, given: Mapping[str, str], by: Keeper, version: int = 0) -> StockItem:
    """Add an item, or change what is known of one.

    :param token: of the one that is changed; empty for a new one.
    :param version: that the change is based on.
    :raises Refused: naming what to correct.
    :raises Conflict: when somebody else changed it meanwhile.
    """
    if token:
        find(token, by)
    values, category = _checked(given, by)
    try:
        with unit_of_work() as work:
            item = locked(work, token, by) if token else StockItem(token=secrets.token_urlsafe(12))
            if token and item.version != version:
                raise Conflict(_("Somebody changed this item meanwhile. Look at it again."))
            before = shown(item) if token else {}
            _refuse_lent(work, item, values)
            for name, value in values.items():
                setattr(item, name, value)
            item.category = category_named(work, category)
            item.version = (item.version or 0) + 1
            work.add(item)
            work.flush()
            if token:
                entries.note_changes(work, item, by, before, shown(item))
            else:
                entries.note(work, item, "added", by)
    except IntegrityError as error:
        raise Refused(Problem(_("There is an item of this name already."), "name")) from error
    return item


def _refuse_lent(work: Session, item: StockItem, values: Mapping[str, Any]) -> None:
    if item.id and item.returnable and not values["returnable"]:
        out = work.scalar(select(func.sum(Lent.quantity)).where(Lent.item_id == item.id))
        if out:
            raise Refused(Problem(_("People have some of it: take that back first."), "returnable"))


def _checked(given: Mapping[str, str], by: Keeper) -> tuple[dict[str, Any], str]:
    typed = Typed(given)
    cents, currency = typed.price()
    name = typed.line("name", required=True)
    values: dict[str, Any] = {
        "name": name,
        "key": spelled(name),
        "number": typed.line("number"),
        "desk": typed.desk(by),
        "returnable": typed.text("returnable") == "yes",
        "minimum": typed.whole("minimum", least=0) or 0,
        "cents": cents,
        "currency": currency,
        "notes": typed.notes(),
        "closed": typed.text("closed") == "yes",
    }
    category = typed.line("category")
    typed.require()
    return values, category


def locked(work: Session, token: str, by: Keeper) -> StockItem:
    """Return an item of which nobody else changes anything until the end of the transaction.

    :raises NotFound: when there is none, or another desk looks after it.
    """
    wanted = select(StockItem).where(StockItem.token == token, _own(by)).options(joinedload(StockItem.category))
    # Who changes amounts of one item waits for whoever does so already: the first at a place adds the row.
    found = work.scalar(wanted.execution_options(populate_existing=True).with_for_update(of=StockItem))
    if found is None:
        raise NotFound(_("There is no such item in stock, or another desk looks after it."))
    return found


def _own(by: Keeper) -> Any:
    return StockItem.desk.in_(sorted(by.desks)) if not by.everywhere else StockItem.id.is_not(None)

"""Moving stock: bought, taken out, brought back, carried elsewhere, corrected; never below nothing.

What lies at a place changes in one statement that the database refuses where it would fall below zero: of two who
take the last one at the same moment, one gets it.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from deskcore.plugin import Problem, Refused, people, unit_of_work
from deskcore_it_assets import stock, ties
from deskcore_it_assets.catalogue import named
from deskcore_it_assets.models import MAX_NAME, Location
from deskcore_it_assets.rights import Keeper
from deskcore_it_assets.stock_models import Lent, Movement, MovementReason, Shelf, StockItem
from deskcore_it_assets.typed import MOST


@dataclass(frozen=True)
class Wanted:
    """How much is moved, where, for whom and why.

    :param person: address of whoever gets or gives it back.
    :param ticket: number of the ticket for which it is done.
    """

    quantity: int
    place: str
    person: str = ""
    ticket: str = ""
    note: str = ""


def put_in(token: str, wanted: Wanted, by: Keeper) -> None:
    """Note what was bought."""
    _move(token, "in", wanted, by)


def take_out(token: str, wanted: Wanted, by: Keeper) -> None:
    """Note what somebody got, or what went into a ticket.

    :raises Refused: when there is not as much, or nobody was named.
    """
    _move(token, "out", wanted, by)


def bring_back(token: str, wanted: Wanted, by: Keeper) -> None:
    """Note what somebody gave back.

    :raises Refused: when that person has not as much.
    """
    _move(token, "back", wanted, by)


def correct(token: str, counted: int, place: str, note: str, by: Keeper) -> None:
    """Note how many there really are at a place, and why the books said otherwise.

    :raises Refused: without a reason, or when the books say the same.
    """
    if not note.strip():
        raise Refused(Problem(_("Say why the books were wrong."), "note"))
    with unit_of_work() as work:
        item = stock.locked(work, token, by)
        here = _named_place(work, place, by)
        stood = work.scalar(select(Shelf.quantity).where(Shelf.item_id == item.id, Shelf.place_id == here.id)) or 0
        if counted == stood:
            raise Refused(Problem(_("The books say %(count)s already.", count=stood), "quantity"))
        _change(work, item, here, "correction", counted - stood, by, Wanted(1, place, note=note))


def move(token: str, quantity: int, place: str, to: str, by: Keeper) -> None:
    """Carry some from one place to another.

    :raises Refused: when there is not as much, or both are the same place.
    """
    with unit_of_work() as work:
        item = stock.locked(work, token, by)
        here, there = _named_place(work, place, by), _named_place(work, to, by, "to")
        if here.id == there.id:
            raise Refused(Problem(_("Choose another place."), "to"))
        _change(work, item, here, "moved", -quantity, by, Wanted(quantity, place, note=f"→ {there.name}"))
        _change(work, item, there, "moved", quantity, by, Wanted(quantity, to, note=f"← {here.name}"))


def _move(token: str, kind: str, wanted: Wanted, by: Keeper) -> None:
    _check(wanted)
    with unit_of_work() as work:
        item = stock.locked(work, token, by)
        if item.closed and kind != "back":
            raise Refused(_("%(name)s is no longer used.", name=item.name))
        ticket_id = ties.ticket_id_of(work, wanted.ticket)
        if kind == "out" and not (wanted.person or ticket_id):
            raise Refused(Problem(_("Name the person or the ticket."), "person"))
        if kind == "back" and not item.returnable:
            raise Refused(_("%(name)s is used up: it does not come back. Correct the stock instead.", name=item.name))
        if item.returnable and kind in ("out", "back") and not wanted.person:
            raise Refused(Problem(_("Name the person: it comes back."), "person"))
        change = -wanted.quantity if kind == "out" else wanted.quantity
        moved = _change(work, item, _named_place(work, wanted.place, by), kind, change, by, wanted)
        if item.returnable and kind in ("out", "back"):
            _lend(work, item, moved, -change)
        if ticket_id is not None:
            work.add(MovementReason(movement_id=moved.id, ticket_id=ticket_id))


def _check(wanted: Wanted) -> None:
    if not 1 <= wanted.quantity <= MOST:
        raise Refused(Problem(_("Write a whole number, at least %(least)s.", least=1), "quantity"))
    if len(wanted.note) > MAX_NAME:
        raise Refused(Problem(_("Use at most %(count)s characters.", count=MAX_NAME), "note"))


def _change(
    work: Session, item: StockItem, place: Location, kind: str, change: int, by: Keeper, wanted: Wanted
) -> Movement:
    """Change how many lie at a place, and note it."""
    left = _shelved(work, item, place, change)
    person = people.get(wanted.person) if wanted.person and kind == "out" else None
    if wanted.person and kind == "out" and person is None:
        raise Refused(Problem(_("Nobody here has the address %(email)s.", email=wanted.person), "person"))
    made = Movement(
        item_id=item.id, kind=kind, change=change, remaining=left, place_id=place.id,
        person=person.email if person else wanted.person, person_name=person.name if person else "",
        by=by.email, by_name=by.name, note=wanted.note.strip()[:MAX_NAME],
    )  # fmt: skip
    work.add(made)
    work.flush()
    return made


def _shelved(work: Session, item: StockItem, place: Location, change: int) -> int:
    """Add to what lies at a place, and return how much that is now."""
    here = Shelf.item_id == item.id, Shelf.place_id == place.id
    changed = update(Shelf).where(*here, Shelf.quantity + change >= 0).values(quantity=Shelf.quantity + change)
    left = work.scalar(changed.returning(Shelf.quantity).execution_options(synchronize_session=False))
    if left is not None:
        return left
    stood = work.scalar(select(Shelf.quantity).where(*here))
    if stood is not None or change < 0:
        said = _(
            "Only %(count)s of %(name)s lie there (%(place)s).", count=stood or 0, name=item.name, place=place.name
        )
        raise Refused(Problem(said, "quantity"))
    work.add(Shelf(item_id=item.id, place_id=place.id, quantity=change))
    work.flush()
    return change


def _lend(work: Session, item: StockItem, moved: Movement, change: int) -> None:
    """Note how much of a returnable item somebody has now, by whichever of the addresses it was taken."""
    wanted = select(Lent).where(Lent.item_id == item.id, Lent.person.in_(people.addresses_of(moved.person)))
    held = work.scalars(wanted.with_for_update().execution_options(populate_existing=True)).all()
    if change < 0 and sum(each.quantity for each in held) < -change:
        raise Refused(Problem(_("That person does not have as much of %(name)s.", name=item.name), "person"))
    if change > 0:
        mine = next((each for each in held if each.person == moved.person), None)
        if mine is None:
            mine = Lent(item_id=item.id, person=moved.person, person_name=moved.person_name, quantity=0)
            work.add(mine)
        mine.quantity += change
    for each in held if change < 0 else ():
        given = min(each.quantity, -change)
        each.quantity, change = each.quantity - given, change + given
        moved.person_name = each.person_name
    work.flush()


def _named_place(work: Session, name: str, by: Keeper, field: str = "place") -> Location:
    plain = " ".join(name.split())
    if not plain or len(plain) > MAX_NAME:
        raise Refused(Problem(_("Name the place."), field))
    place = named(work, Location, plain)
    assert place is not None
    by.require_place(place.id)
    return place

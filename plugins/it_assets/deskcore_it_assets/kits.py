"""Kits: what somebody gets together, handed over in one transaction, all of it or nothing."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import get_locale
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, delete, func, or_, select
from sqlalchemy.orm import Session, joinedload

from deskcore.plugin import NotFound, Problem, Refused, people, session, unit_of_work
from deskcore_it_assets import custody, entries, licences, stocking
from deskcore_it_assets.custody import Terms
from deskcore_it_assets.kit_models import WHAT, Kit, KitLine
from deskcore_it_assets.licence_models import Licence
from deskcore_it_assets.models import Asset, Category, Location, Product
from deskcore_it_assets.rights import Keeper
from deskcore_it_assets.spelling import spelled
from deskcore_it_assets.stock_models import Shelf, StockItem
from deskcore_it_assets.stocking import Wanted
from deskcore_it_assets.typed import Typed

#: Kits of a list, lines of a kit, things that are offered for a line, things of one line.
SHOWN, MOST_LINES, OFFERED, MOST = 200, 50, 50, 20


@dataclass(frozen=True)
class Offer:
    """A line of a kit with what there is to hand over for it.

    :param assets: that lie in stock or are reserved for the person, those first.
    :param there: how many there are at all; nothing for a licence without a limit.
    """

    line: KitLine
    assets: tuple[Asset, ...] = ()
    there: int | None = None

    @property
    def is_enough(self) -> bool:
        """Whether the line can be handed over now."""
        return self.there is None or self.there >= self.line.quantity


def listed(by: Keeper, *, closed: bool = False) -> Sequence[Kit]:
    """Return the kits of somebody's desks by name."""
    wanted = select(Kit).where(_own(by), Kit.closed.is_(closed)).order_by(Kit.name, Kit.id)
    return session().scalars(wanted.limit(SHOWN)).all()


def find(token: str, by: Keeper) -> Kit:
    """Return a kit that somebody hands over.

    :raises NotFound: when there is none, or it is another desk's.
    """
    found = session().scalar(select(Kit).where(Kit.token == token, _own(by)))
    if found is None:
        raise NotFound(_("There is no such kit, or it is another desk's."))
    return found


def lines_of(kit: Kit) -> Sequence[KitLine]:
    """Return the lines of a kit, each with what it is of."""
    product = joinedload(KitLine.product).joinedload(Product.manufacturer)
    options = product, joinedload(KitLine.category), joinedload(KitLine.item), joinedload(KitLine.licence)
    wanted = select(KitLine).where(KitLine.kit_id == kit.id).options(*options).order_by(KitLine.id)
    return session().scalars(wanted.execution_options(populate_existing=True)).all()


def save(token: str, given: Mapping[str, str], by: Keeper) -> Kit:
    """Add a kit, or change what it is called.

    :param token: of the one that is changed; empty for a new one.
    :raises Refused: naming what to correct.
    """
    if token:
        find(token, by)
    typed = Typed(given)
    values: dict[str, Any] = {
        "name": typed.line("name", required=True), "desk": typed.desk(by), "notes": typed.notes(),
        "closed": typed.text("closed") == "yes",
    }  # fmt: skip
    typed.require()
    with unit_of_work() as work:
        kit = find(token, by) if token else Kit(token=secrets.token_urlsafe(12))
        before = shown(kit) if token else {}
        for name, value in values.items():
            setattr(kit, name, value)
        work.add(kit)
        work.flush()
        if token:
            entries.note_changes(work, kit, by, before, shown(kit))
        else:
            entries.note(work, kit, "added", by)
    return kit


def shown(kit: Kit) -> dict[str, str]:
    """Return what is known of a kit as texts, as a form holds them."""
    return {"name": kit.name, "desk": kit.desk, "notes": kit.notes, "closed": "yes" if kit.closed else ""}


def add_line(token: str, given: Mapping[str, str], by: Keeper) -> None:
    """Add a line to a kit: ``what`` is one of :data:`~deskcore_it_assets.kit_models.WHAT`, ``name`` what it is called.

    :raises Refused: naming what to correct.
    """
    typed = Typed(given)
    what, name = typed.choice("what", WHAT), typed.line("line", required=True)
    quantity = typed.whole("quantity", required=True) or 1
    if quantity > MOST:
        typed.wrong(_("Write at most %(most)s.", most=MOST), "quantity")
    if what == "licence" and quantity > 1:
        typed.wrong(_("Of a licence, somebody gets one seat."), "quantity")
    typed.require()
    with unit_of_work() as work:
        kit = find(token, by)
        found = _named(work, what, name, by)
        if found is None:
            raise Refused(Problem(_("There is nothing of this name."), "line"))
        if len(lines_of(kit)) >= MOST_LINES:
            raise Refused(_("A kit has at most %(count)s lines.", count=MOST_LINES))
        work.add(KitLine(**{"kit_id": kit.id, "quantity": quantity, f"{what}_id": found}))
        entries.note(work, kit, "line_added", by, note=f"{quantity} × {name}")


def _named(work: Session, what: str, name: str, by: Keeper) -> int | None:
    key = spelled(name)
    if what == "product":
        # The database lowers ASCII letters alone on SQLite: an exact name is found in any case.
        same = or_(Product.name == name, func.lower(Product.name) == name.lower())
        return work.scalar(select(Product.id).where(same).order_by(Product.id).limit(1))
    if what == "category":
        titles = work.scalars(select(Category)).all()
        return next((each.id for each in titles if key in (each.key, spelled(each.title_pl))), None)
    if what == "item":
        mine = () if by.everywhere else (StockItem.desk.in_(sorted(by.desks)),)
        return work.scalar(select(StockItem.id).where(StockItem.key == key, *mine).limit(1))
    mine = () if by.everywhere else (Licence.desk.in_(sorted(by.desks)),)
    rows = work.execute(select(Licence.id, Licence.name).where(Licence.closed.is_(False), *mine))
    return next((row.id for row in rows if spelled(row.name) == key), None)


def drop_line(token: str, line_id: int, by: Keeper) -> None:
    """Take a line off a kit."""
    with unit_of_work() as work:
        kit = find(token, by)
        gone = work.execute(
            delete(KitLine).where(KitLine.kit_id == kit.id, KitLine.id == line_id).returning(KitLine.id)
        )
        if gone.first() is not None:
            entries.note(work, kit, "line_dropped", by)


def offers_of(kit: Kit, by: Keeper, person: str = "") -> list[Offer]:
    """Return the lines of a kit with what there is to hand over, as far as somebody looks after it."""
    return [_offer(session(), line, by, person) for line in lines_of(kit)]


def _offer(work: Session, line: KitLine, by: Keeper, person: str) -> Offer:
    if line.licence is not None:
        return Offer(line, there=0 if line.licence.closed else line.licence.free)
    if line.item_id is not None:
        there = work.scalar(select(func.max(Shelf.quantity)).where(Shelf.item_id == line.item_id, *_reachable(by)))
        return Offer(line, there=there or 0)
    free = _free(line, by, person)
    count = work.scalar(select(func.count()).select_from(Asset).where(*free)) or 0
    first = (Asset.state != "reserved", Asset.tag_key)
    assets = work.scalars(select(Asset).where(*free).options(joinedload(Asset.product)).order_by(*first).limit(OFFERED))
    return Offer(line, tuple(assets), count)


def _free(line: KitLine, by: Keeper, person: str) -> list[ColumnElement[bool]]:
    of = Asset.product_id == line.product_id if line.product_id else Asset.category_id == line.category_id
    mine = (Asset.state == "reserved") & (Asset.reserved_for == person) if person else Asset.id.is_(None)
    return [of, by.own(), (Asset.state == "stock") | mine]


def _reachable(by: Keeper) -> list[ColumnElement[bool]]:
    return [] if by.places is None else [Shelf.place_id.in_(sorted(by.places))]


def hand_over(token: str, email: str, chosen: Mapping[int, Sequence[str]], by: Keeper, terms: Terms) -> list[str]:
    """Hand a kit over to somebody: every line of it, or nothing.

    :param chosen: tags of the things by line; of a line that is not named, the first ones are taken.
    :returns: the tags of the things.
    :raises Refused: naming everything that is missing; then nothing was handed over.
    """
    person = people.get(email.strip()) if email.strip() else None
    if person is None:
        raise Refused(Problem(_("Nobody here has the address %(email)s.", email=email.strip() or "–"), "person"))
    with unit_of_work() as work:
        kit = find(token, by)
        if kit.closed:
            raise Refused(_("This kit is no longer used."))
        offers = offers_of(kit, by, person.email)
        missing = [_missing(each) for each in offers if not each.is_enough]
        if missing or not offers:
            raise Refused(missing or [Problem(_("There is nothing in this kit yet."))])
        tags = _tags(offers, chosen)
        if tags:
            custody.hand_over(tags, custody.Holder("person", person.email), by, terms)
        for each in offers:
            _rest(work, each.line, person.email, by, terms)
        entries.note(work, kit, "handed_over", by, holder=person.name, note=", ".join(tags)[:200])
    return tags


def _missing(offer: Offer) -> Problem:
    said = _(
        "%(what)s: %(wanted)s are needed, and %(there)s are there.",
        what=title_of(offer.line), wanted=offer.line.quantity, there=offer.there,
    )  # fmt: skip
    return Problem(said, f"line-{offer.line.id}")


def _tags(offers: Sequence[Offer], chosen: Mapping[int, Sequence[str]]) -> list[str]:
    """Return the tags for all lines; no thing stands for two lines."""
    taken: dict[str, None] = {}
    for offer in (each for each in offers if each.line.product_id or each.line.category_id):
        free = {asset.tag_key: asset.tag for asset in offer.assets}
        asked = [spelled(tag) for tag in chosen.get(offer.line.id, ()) if tag.strip()]
        field, what = f"line-{offer.line.id}", title_of(offer.line)
        if any(key not in free or key in taken for key in asked) or len(set(asked)) < len(asked):
            raise Refused(Problem(_("%(what)s: choose items that are free, each once.", what=what), field))
        rest = (key for key in free if key not in taken and key not in asked)
        mine = [*asked, *rest][: offer.line.quantity]
        if len(mine) < offer.line.quantity:
            raise Refused(Problem(_("%(what)s: too few are free for all lines of the kit.", what=what), field))
        taken |= dict.fromkeys(mine)
    return list(taken)


def _rest(work: Session, line: KitLine, email: str, by: Keeper, terms: Terms) -> None:
    """Hand over what a line is of, where these are no things with tags."""
    if line.licence is not None:
        licences.assign(line.licence.token, licences.Holder(person=email), by)
    elif line.item is not None:
        enough = select(Location.name).join(Shelf, Shelf.place_id == Location.id).where(
            Shelf.item_id == line.item_id, Shelf.quantity >= line.quantity, *_reachable(by)
        )  # fmt: skip
        place = work.scalar(enough.order_by(Shelf.quantity.desc(), Location.id).limit(1)) or ""
        stocking.take_out(line.item.token, Wanted(line.quantity, place, email, terms.ticket, terms.note), by)


def title_of(line: KitLine) -> str:
    """Return what a line of a kit is of."""
    if line.product is not None:
        maker = line.product.manufacturer.name if line.product.manufacturer else ""
        return f"{maker} {line.product.name}".strip()
    if line.category is not None:
        locale = get_locale()
        return line.category.title.in_language(locale.language if locale is not None else "en")
    found = line.item or line.licence
    return found.name if found is not None else ""


def _own(by: Keeper) -> ColumnElement[bool]:
    return Kit.desk.in_(sorted(by.desks)) if not by.everywhere else Kit.id.is_not(None)

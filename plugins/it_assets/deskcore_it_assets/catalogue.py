"""What things are, who makes and sells them, and where they lie: found by name, and added where the name is new."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from sqlalchemy import select, update
from sqlalchemy.orm import Session, joinedload

from deskcore.plugin import session
from deskcore_it_assets import ends
from deskcore_it_assets.models import Asset, Category, Location, Manufacturer, Product, Supplier
from deskcore_it_assets.own_fields import OwnField, fields_of
from deskcore_it_assets.spelling import spelled

NamedT = TypeVar("NamedT", Manufacturer, Supplier, Location)


def named(work: Session, model: type[NamedT], name: str) -> NamedT | None:
    """Return the manufacturer, supplier or location of a name, added if it is new; nothing without a name."""
    if not name:
        return None
    found = work.scalar(select(model).where(model.key == spelled(name)))
    if found is None:
        found = model(key=spelled(name), name=name)
        work.add(found)
        work.flush()
    return found


def category_named(work: Session, title: str) -> Category | None:
    """Return the category of an English or Polish name, added if it is new; nothing without a name."""
    if not title:
        return None
    key = spelled(title)
    found = work.scalar(select(Category).where(Category.key == key))
    found = found or next((each for each in categories() if spelled(each.title_pl) == key), None)
    if found is None:
        found = Category(key=key, title_en=title, title_pl=title, fields=[])
        work.add(found)
        work.flush()
    return found


def own_fields_of(title: str) -> list[OwnField]:
    """Return the fields of the category of a name; none for a name that is new."""
    key = spelled(title)
    found = (each for each in categories() if key in (each.key, spelled(each.title_pl)))
    return next((fields_of(each.fields) for each in found), [])


def product_key(name: str, number: str, manufacturer: str) -> str:
    """Return what a model is found by."""
    return f"{spelled(manufacturer)}\n{spelled(name)}\n{spelled(number)}"


def product_named(work: Session, name: str, number: str, manufacturer: str, category: str) -> Product | None:
    """Return a model, added if it is new; nothing without a name."""
    if not name:
        return None
    key = product_key(name, number, manufacturer)
    found = work.scalar(select(Product).where(Product.key == key))
    kind = category_named(work, category)
    if found is None:
        maker = named(work, Manufacturer, manufacturer)
        found = Product(key=key, name=name, number=number, manufacturer_id=maker.id if maker else None)
        work.add(found)
        ends.look_up(work, found, manufacturer)
    work.flush()
    if kind is not None and found.category_id is None:
        put_into(work, found, kind)
    return found


def put_into(work: Session, product: Product, category: Category) -> None:
    """Say of which category a model is, and with it every thing of that model."""
    product.category_id = category.id
    things = update(Asset).where(Asset.product_id == product.id).values(category_id=category.id)
    work.execute(things.execution_options(synchronize_session=False))
    work.flush()


def categories() -> Sequence[Category]:
    """Return all categories by name."""
    return session().scalars(select(Category).order_by(Category.title_en, Category.id)).all()


def locations() -> Sequence[Location]:
    """Return all locations by name."""
    return session().scalars(select(Location).order_by(Location.name, Location.id)).all()


def suppliers() -> Sequence[Supplier]:
    """Return all suppliers by name."""
    return session().scalars(select(Supplier).order_by(Supplier.name, Supplier.id)).all()


def products(limit: int) -> Sequence[Product]:
    """Return models by name, with their manufacturers."""
    wanted = select(Product).options(joinedload(Product.manufacturer)).order_by(Product.name, Product.number)
    return session().scalars(wanted.limit(limit)).all()

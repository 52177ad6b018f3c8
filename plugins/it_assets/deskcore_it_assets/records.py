"""Writing things down: adding one, and changing what is known of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload
from sqlalchemy.sql.base import ExecutableOption

from deskcore.plugin import Conflict, NotFound, Problem, Refused, people, unit_of_work
from deskcore_it_assets import history, indexing, secrets
from deskcore_it_assets.catalogue import named, product_named
from deskcore_it_assets.models import MAX_NAME, MAX_NOTES, MAX_TAG, Asset, Category, Location, Product, Supplier
from deskcore_it_assets.own_fields import OwnField, fields_of, read_fields
from deskcore_it_assets.rights import Keeper
from deskcore_it_assets.spelling import serial_spelled, spelled
from deskcore_it_assets.states import FIRST

#: Most hundredths of a price: a thousand million.
_DEAREST = 10**11
_CURRENCY = re.compile(r"[A-Z]{3}")
_LONGEST: Mapping[str, int] = {"tag": MAX_TAG, "notes": MAX_NOTES}


@dataclass(frozen=True)
class Wanted:
    """What is to be known of a thing, as a form or a file says it: texts, of which each but the tag may be empty.

    :param state: in which a new thing is; what is there already gets its state by steps alone.
    :param fields: of its category's own, by key.
    """

    tag: str
    serial: str = ""
    name: str = ""
    model: str = ""
    model_number: str = ""
    manufacturer: str = ""
    category: str = ""
    desk: str = ""
    location: str = ""
    supplier: str = ""
    order_number: str = ""
    company: str = ""
    bought_on: str = ""
    price: str = ""
    currency: str = ""
    warranty_until: str = ""
    ends_on: str = ""
    notes: str = ""
    state: str = "stock"
    fields: Mapping[str, str] = field(default_factory=dict)


#: What can be known of a thing, apart from the fields of its category.
_KNOWN = frozenset(Wanted.__dataclass_fields__) - {"fields"}


def wanted_of(texts: Mapping[str, str]) -> Wanted:
    """Return what is to be known of a thing, by name; names that are none are left out."""
    return Wanted(**plain_of(texts))


def plain_of(texts: Mapping[str, str]) -> Any:
    """Return those of texts, by name, that can be known of a thing."""
    return {key: text for key, text in texts.items() if key in _KNOWN}


#: The texts of :class:`Wanted` that become columns of the same name.
PLAIN = ("serial", "name", "order_number", "company", "notes")
_DAYS = ("bought_on", "warranty_until", "ends_on")
_LINES = ("tag", *PLAIN[:-1], "model", "model_number", "manufacturer", "category", "location", "supplier")


def add(wanted: Wanted, by: Keeper) -> Asset:
    """Write down a thing that was not known before.

    :raises Refused: naming what to correct.
    """
    values = checked(wanted, by)
    try:
        with unit_of_work() as work:
            asset = Asset(tag="", tag_key="", desk=wanted.desk, state=wanted.state, fields={})
            _write(work, asset, wanted, values)
            by.require_place(asset.location_id)
            work.add(asset)
            work.flush()
            secrets.store(work, asset, _declared(work, asset), wanted.fields)
            history.note_first(work, [asset], by)
            indexing.reindex(work, [asset])
    except IntegrityError as error:
        raise taken(wanted) from error
    return asset


def save(tag: str, wanted: Wanted, by: Keeper, version: int) -> Asset:
    """Change what is known of a thing; its state and its holder stay as they are.

    :param version: that the change is based on.
    :raises NotFound: when there is no such thing, or another desk looks after it.
    :raises Refused: naming what to correct.
    :raises Conflict: when somebody else changed it meanwhile.
    """
    values = checked(wanted, by)
    try:
        with unit_of_work() as work:
            asset = find_for(work, tag, by)
            if asset.version != version:
                raise Conflict(_("Somebody changed %(tag)s meanwhile. Look at it again.", tag=asset.tag))
            before = shown(asset)
            _write(work, asset, wanted, values)
            by.require_place(asset.location_id)
            work.flush()
            sealed = secrets.store(work, asset, _declared(work, asset), wanted.fields)
            asset = find_for(work, wanted.tag, by)
            after = shown(asset)
            differ = [key for key in after if before.get(key, "") != after[key]]
            changed = sealed | {key: [before.get(key, ""), after[key]] for key in differ}
            if changed:
                history.note(work, asset, "changed", by, asset.state, changed=changed)
                indexing.reindex(work, [asset])
    except IntegrityError as error:
        raise taken(wanted) from error
    return asset


def find_for(work: Session, tag: str, by: Keeper) -> Asset:
    """Return a thing that somebody looks after, with everything that is known of it, to be changed.

    :raises NotFound: when there is none.
    """
    wanted = select(Asset).where(Asset.tag_key == spelled(tag), by.own()).options(*whole())
    found = work.scalar(wanted.execution_options(populate_existing=True).with_for_update(of=Asset))
    if found is None:
        raise NotFound(_("There is no %(tag)s, or another desk looks after it.", tag=tag))
    return found


def whole() -> tuple[ExecutableOption, ...]:
    """Return what is read with a thing for a page about it."""
    product = joinedload(Asset.product)
    more = joinedload(Asset.location), joinedload(Asset.supplier)
    return product.joinedload(Product.manufacturer), product.joinedload(Product.category), *more


def shown(asset: Asset) -> dict[str, str]:
    """Return what is known of a thing as texts, as a form holds them; it comes with :func:`whole`."""
    product = asset.product
    found = {key: getattr(asset, key) for key in ("tag", *PLAIN, "desk", "currency")}
    found |= {key: day.isoformat() if (day := getattr(asset, key)) else "" for key in _DAYS}
    found["price"] = price_text(asset.cents)
    found["model"] = product.name if product else ""
    found["model_number"] = product.number if product else ""
    found["manufacturer"] = product.manufacturer.name if product and product.manufacturer else ""
    found["category"] = product.category.title_en if product and product.category else ""
    found["location"] = asset.location.name if asset.location else ""
    found["supplier"] = asset.supplier.name if asset.supplier else ""
    return found | {f"fields.{key}": str(value) for key, value in asset.fields.items()}


def price_text(cents: int | None) -> str:
    """Return a price as a form holds it."""
    return "" if cents is None else f"{cents // 100}.{cents % 100:02d}"


@dataclass
class Checked:
    """The values of a thing that are no plain texts."""

    days: dict[str, date | None] = field(default_factory=dict)
    cents: int | None = None
    currency: str = ""
    problems: list[Problem] = field(default_factory=list)


def checked(wanted: Wanted, by: Keeper) -> Checked:
    """Return the values of a thing.

    :raises Refused: naming everything that is to be corrected.
    :raises NotAllowed: for a desk on which that person does not work.
    """
    found = Checked()
    _check_texts(wanted, found.problems)
    if wanted.desk not in people.desks():
        found.problems.append(Problem(_("Choose the desk that looks after it."), "desk"))
    if wanted.state not in FIRST:
        found.problems.append(Problem(_("Choose the state it is in."), "state"))
    for key in _DAYS:
        found.days[key] = _day(getattr(wanted, key), key, found.problems)
    found.cents = _cents(wanted.price, found.problems)
    found.currency = _currency(wanted, found)
    if found.problems:
        raise Refused(found.problems)
    by.require(wanted.desk)
    return found


def taken(wanted: Wanted) -> Refused:
    """Return the refusal of a tag or a serial number that another thing has."""
    return Refused(
        Problem(
            _(
                "Another item has the tag %(tag)s or the serial number %(serial)s.",
                tag=wanted.tag,
                serial=wanted.serial or "–",
            ),
            "tag",
        )
    )


def _check_texts(wanted: Wanted, problems: list[Problem]) -> None:
    if not wanted.tag.strip():
        problems.append(Problem(_("Write the tag that stands on it."), "tag"))
    for key in (*_LINES, "notes"):
        most = _LONGEST.get(key, MAX_NAME)
        if len(getattr(wanted, key)) > most:
            problems.append(Problem(_("Use at most %(count)s characters.", count=most), key))
    if not wanted.model.strip() and (wanted.manufacturer.strip() or wanted.category.strip()):
        problems.append(Problem(_("Name the model, too: the category and the manufacturer belong to it."), "model"))


def _day(text: str, key: str, problems: list[Problem]) -> date | None:
    if not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        problems.append(Problem(_("Write the day like 2026-11-30."), key))
        return None


def _cents(text: str, problems: list[Problem]) -> int | None:
    if not text.strip():
        return None
    try:
        found = cents_of(text)
    except ValueError as error:
        problems.append(Problem(str(error), "price"))
        return None
    return found


def cents_of(text: str) -> int:
    """Return the hundredths of a price such as ``1 299,50`` or ``1,299.50``.

    :raises ValueError: saying what to write instead.
    """
    plain = re.sub(r"[\s\u00a0\u202f']", "", text)
    if "," in plain and "." in plain:
        thousands = "," if plain.rfind(",") < plain.rfind(".") else "."
        plain = plain.replace(thousands, "")
    try:
        amount = Decimal(plain.replace(",", "."))
    except InvalidOperation:
        raise ValueError(_("Write the price like 1299.50.")) from None
    if not amount.is_finite():
        raise ValueError(_("Write the price like 1299.50."))
    if amount < 0:
        raise ValueError(_("A price cannot be negative."))
    if amount * 100 > _DEAREST:
        raise ValueError(_("The price is too high."))
    return int((amount * 100).to_integral_value())


def _currency(wanted: Wanted, found: Checked) -> str:
    if found.cents is None:
        return ""
    currency = wanted.currency.strip().upper()
    if not _CURRENCY.fullmatch(currency):
        found.problems.append(Problem(_("Write the currency in three letters, such as PLN."), "currency"))
    return currency


def _write(work: Session, asset: Asset, wanted: Wanted, values: Checked) -> None:
    """Put checked values into a thing."""
    lines = {key: " ".join(getattr(wanted, key).split()) for key in _LINES}
    asset.tag, asset.tag_key = lines["tag"], spelled(lines["tag"])
    asset.serial_key = serial_spelled(lines["serial"])
    for key in PLAIN:
        setattr(asset, key, lines[key] if key in lines else wanted.notes.strip())
    product = product_named(work, lines["model"], lines["model_number"], lines["manufacturer"], lines["category"])
    place, seller = named(work, Location, lines["location"]), named(work, Supplier, lines["supplier"])
    asset.product_id = product.id if product else None
    asset.category_id = product.category_id if product else None
    asset.location_id = place.id if place else None
    asset.supplier_id = seller.id if seller else None
    asset.desk = wanted.desk
    for key, day in values.days.items():
        setattr(asset, key, day)
    asset.cents, asset.currency = values.cents, values.currency
    asset.fields = _own(work, asset, wanted.fields)


def _declared(work: Session, asset: Asset) -> list[OwnField]:
    category = work.get(Category, asset.category_id) if asset.category_id else None
    return fields_of(category.fields) if category else []


def _own(work: Session, asset: Asset, given: Mapping[str, str]) -> dict[str, Any]:
    declared = _declared(work, asset)
    values, problems = read_fields(declared, given)
    if any(field.sensitive for field in declared):
        known = secrets.fields_of({"asset_id": asset.id}) if asset.id else set[str]()
        problems += secrets.problems_of(declared, given, known)
    if problems:
        raise Refused(problems)
    return values

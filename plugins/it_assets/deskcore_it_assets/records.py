"""Writing things down: adding one, and changing what is known of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload
from sqlalchemy.sql.base import ExecutableOption

from deskcore.plugin import Conflict, NotFound, Problem, Refused, unit_of_work
from deskcore_it_assets import history, indexing, secrets
from deskcore_it_assets.catalogue import named, product_named
from deskcore_it_assets.models import Asset, Category, Location, Product, Supplier
from deskcore_it_assets.own_fields import OwnField, fields_of, read_fields
from deskcore_it_assets.particulars import DAYS, LINES, PLAIN, Checked, Wanted, checked, price_text
from deskcore_it_assets.rights import Keeper
from deskcore_it_assets.spelling import serial_spelled, spelled


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
    found |= {key: day.isoformat() if (day := getattr(asset, key)) else "" for key in DAYS}
    found["price"] = price_text(asset.cents)
    found["model"] = product.name if product else ""
    found["model_number"] = product.number if product else ""
    found["manufacturer"] = product.manufacturer.name if product and product.manufacturer else ""
    found["category"] = product.category.title_en if product and product.category else ""
    found["location"] = asset.location.name if asset.location else ""
    found["supplier"] = asset.supplier.name if asset.supplier else ""
    return found | {f"fields.{key}": str(value) for key, value in asset.fields.items()}


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


def _write(work: Session, asset: Asset, wanted: Wanted, values: Checked) -> None:
    """Put checked values into a thing."""
    lines = {key: " ".join(getattr(wanted, key).split()) for key in LINES}
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

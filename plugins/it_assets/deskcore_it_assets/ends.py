"""Until when makers look after what they made: taken from a list of devices, shown as a warning, never guessed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from deskcore.plugin import now
from deskcore_it_assets.audit_models import Release
from deskcore_it_assets.models import Asset, Manufacturer, Product
from deskcore_it_assets.spelling import folded

#: So long before its end a thing is warned of.
AHEAD = timedelta(days=180)
#: What says nothing about which device it is.
_FILLING = {"with", "inch", "the", "mobile", "mobility", "firewall"}


@dataclass(frozen=True)
class Ending:
    """That nobody looks after a thing any more from a day on.

    :param past: it is over already.
    """

    on: date
    past: bool


def ends_on(asset: Asset) -> date | None:
    """Return when the life of a thing ends, by what people wrote, or else by its model; it comes with that."""
    return asset.ends_on or (asset.product.ends_on if asset.product else None)


def ending(asset: Asset) -> Ending | None:
    """Return that the life of a thing has ended or ends soon."""
    today, day = now().date(), ends_on(asset)
    return Ending(day, day < today) if day is not None and day <= today + AHEAD else None


def device_key(maker: str, model: str) -> str:
    """Return what a device is known by: the words of its maker and model, each once, in their order."""
    found = dict.fromkeys(word for word in folded(f"{maker} {model}").replace("-", " ").split() if word not in _FILLING)
    return " ".join(word.strip("()\",'”″") for word in found)[:400]


def carry_over(work: Session) -> int:
    """Give models the ends that the list knows, and return how many changed; what people wrote stays."""
    known = {row.key: row for row in work.scalars(select(Release).where(Release.key != ""))}
    wanted = select(Product, Manufacturer.name).outerjoin(Manufacturer, Manufacturer.id == Product.manufacturer_id)
    rows = work.execute(wanted).all()
    return sum(_takes(product, known.get(device_key(maker or "", product.name))) for product, maker in rows)


def look_up(work: Session, product: Product, maker: str) -> None:
    """Give a model that is new the end that the list knows."""
    _takes(product, work.scalars(select(Release).where(Release.key == device_key(maker, product.name))).first())


def _takes(product: Product, release: Release | None) -> bool:
    """Let a model end when the list says, and tell whether that changed it."""
    by_hand = product.ends_on is not None and not product.ends_from
    if release is None or by_hand or (product.ends_on, product.ends_from) == (release.ends_on, release.product):
        return False
    product.ends_on, product.ends_from = release.ends_on, release.product
    return True

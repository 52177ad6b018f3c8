"""What a thing is worth: its price, written off in equal parts over the months of its category."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from deskcore.plugin import now
from deskcore_it_assets.models import Asset


@dataclass(frozen=True)
class Worth:
    """What a thing cost, and what it is worth now.

    :param now: nothing where it is not written off.
    """

    price: str
    now: str = ""


def worth_of(asset: Asset, today: date | None = None) -> Worth | None:
    """Return what a thing is worth on a day; nothing for one without a price. It comes with its category."""
    if asset.cents is None:
        return None
    price = _money(asset.cents, asset.currency)
    months = asset.product.category.months if asset.product and asset.product.category else None
    if not months or asset.bought_on is None:
        return Worth(price)
    past = months_between(asset.bought_on, today or now().date())
    return Worth(price, _money(asset.cents * max(months - past, 0) // months, asset.currency))


def months_between(first: date, last: date) -> int:
    """Return how many whole months lie between two days; none before the first."""
    whole = (last.year - first.year) * 12 + last.month - first.month - (last.day < first.day)
    return max(whole, 0)


def _money(cents: int, currency: str) -> str:
    return f"{cents // 100:,}".replace(",", "\u00a0") + f".{cents % 100:02d}\u00a0{currency}"

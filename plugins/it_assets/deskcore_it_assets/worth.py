"""What a thing is worth: its price, written off in equal parts over the months of its category."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from deskcore.plugin import now
from deskcore_it_assets.models import Asset
from deskcore_it_assets.writing import money


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
    price = money(asset.cents, asset.currency)
    months = asset.product.category.months if asset.product and asset.product.category else None
    if not months or asset.bought_on is None:
        return Worth(price)
    past = months_between(asset.bought_on, today or now().date())
    return Worth(price, money(left_of(asset.cents, months, past), asset.currency))


def left_of(cents: int, months: int, past: int) -> int:
    """Return what is left of a price that is written off over months, so many of which are past."""
    return cents * max(months - past, 0) // months


def months_between(first: date, last: date) -> int:
    """Return how many whole months lie between two days; none before the first."""
    whole = (last.year - first.year) * 12 + last.month - first.month - (last.day < first.day)
    return max(whole, 0)

"""The row of links that leads from equipment to licences, stock, kits and what needs attention."""

from __future__ import annotations

from dataclasses import dataclass

from flask import request, url_for
from flask_babel import gettext as _

from deskcore_it_assets import attention
from deskcore_it_assets.rights import Keeper


@dataclass(frozen=True)
class Link:
    """One link of the row.

    :param count: what needs attention there, as a badge shows it.
    """

    label: str
    url: str
    current: bool
    count: str | None = None


def sections(by: Keeper) -> list[Link]:
    """Return the links for somebody who looks after equipment."""
    open_ones = attention.count(by)
    badge = None if not open_ones else f"{attention.COUNTED}+" if open_ones > attention.COUNTED else str(open_ones)
    named = (
        (_("Items"), "it_assets_desk.assets", None),
        (_("Licences"), "it_assets_licences.licences", None),
        (_("Stock"), "it_assets_stock.items", None),
        (_("Kits"), "it_assets_kits.kits", None),
        (_("Attention"), "it_assets_attention.alerts", badge),
    )
    return [Link(label, url_for(to), to == request.endpoint, count) for label, to, count in named]

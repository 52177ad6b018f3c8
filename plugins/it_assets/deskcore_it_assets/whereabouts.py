"""Where things lie and when somebody last saw them there, of what changes no hands."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext as _
from sqlalchemy import select

from deskcore.plugin import Problem, Refused, unit_of_work
from deskcore_it_assets import differences, history
from deskcore_it_assets.catalogue import named
from deskcore_it_assets.custody import locked, named_place
from deskcore_it_assets.models import MAX_NAME, Asset, Location
from deskcore_it_assets.rights import Keeper


def seen(tag: str, by: Keeper, note: str = "", version: int = 0) -> Asset:
    """Note that somebody saw a thing today, outside any campaign.

    :raises Refused: when the note is too long.
    """
    if len(note) > MAX_NAME:
        raise Refused(Problem(_("Use at most %(count)s characters.", count=MAX_NAME), "note"))
    with unit_of_work() as work:
        asset = locked(work, [tag], by, version)[0]
        differences.seen(work, [asset], by, note.strip())
        asset.version += 1
    return asset


def move(tags: Sequence[str], location: str, by: Keeper, note: str = "") -> list[Asset]:
    """Write down that things lie somewhere else.

    :raises Refused: when nothing would change of one, or somebody has it: what is handed out lies nowhere.
    """
    with unit_of_work() as work:
        assets = locked(work, tags, by)
        place = named(work, Location, named_place(location))
        if place is None:
            raise Refused(Problem(_("Name the place."), "location"))
        by.require_place(place.id)
        names = {each.id: each.name for each in work.scalars(select(Location))}
        for asset in assets:
            if asset.state == "assigned":
                raise Refused(_("Somebody has %(tag)s: take it back, or hand it on.", tag=asset.tag))
            if asset.location_id == place.id:
                raise Refused(_("%(tag)s lies there already.", tag=asset.tag))
            was = names.get(asset.location_id or 0, "")
            asset.location_id = place.id
            history.note(work, asset, "changed", by, asset.state, changed={"location": [was, place.name]}, note=note)
        work.flush()
    return assets

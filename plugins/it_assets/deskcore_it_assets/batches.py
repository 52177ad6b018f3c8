"""Things by the batch: what is in the books of those that lines of a file tell of, and adding many at once."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import insert, or_, select
from sqlalchemy.orm import Session, joinedload

from deskcore.plugin import PersonView, now, people
from deskcore_it_assets import indexing
from deskcore_it_assets.models import Asset, Assignment, Move, open_now
from deskcore_it_assets.records import whole
from deskcore_it_assets.rows import Line


@dataclass
class Known:
    """What is in the books of the things of one batch."""

    by_tag: dict[str, Asset]
    by_serial: dict[str, Asset]
    held: dict[int, Assignment]
    people: dict[str, PersonView]


@dataclass
class Fresh:
    """A thing that is about to be added."""

    row: dict[str, Any]
    words: set[str]
    held: dict[str, Any] = field(default_factory=dict)


def known_of(work: Session, lines: Sequence[Line]) -> Known:
    """Return what is in the books of the things that lines tell of."""
    tags = sorted({line.tag_key for line in lines if line.tag_key})
    serials = sorted({line.serial_key for line in lines if line.serial_key})
    wanted = select(Asset).where(or_(Asset.tag_key.in_(tags), Asset.serial_key.in_(serials)))
    found = work.scalars(wanted.options(*whole()).execution_options(populate_existing=True)).all()
    held = select(Assignment).where(Assignment.asset_id.in_([asset.id for asset in found]), open_now())
    return Known(
        {asset.tag_key: asset for asset in found},
        {asset.serial_key: asset for asset in found if asset.serial_key},
        {each.asset_id: each for each in work.scalars(held.options(joinedload(Assignment.place)))},
        people.named(line.holder.casefold() for line in lines if line.holder),
    )


def add_all(work: Session, fresh: Sequence[Fresh]) -> None:
    """Add things with who has them, their words and the first line of their histories: one statement for each."""
    if not fresh:
        return
    added = insert(Asset).returning(Asset.tag_key, Asset.id)
    ids = {key: number for key, number in work.execute(added, [each.row for each in fresh])}  # noqa: C416
    mine = [(ids[each.row["tag_key"]], each) for each in fresh]
    written = {"kind": "added", "at": now(), "by": "", "by_name": "", "from_state": "", "data": {}}
    moves = [{"asset_id": number, "to_state": each.row["state"], **written} for number, each in mine]
    work.connection().execute(insert(Move), moves)
    held = [{"asset_id": number, "token": secrets.token_urlsafe(16), **each.held} for number, each in mine if each.held]
    if held:
        work.execute(insert(Assignment), held)
    indexing.write_words(work, ((number, each.words) for number, each in mine))

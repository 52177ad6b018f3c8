"""What came of a campaign: how many lines ended how, which they are, and what closing it writes into the books."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, case, func, insert, select, update
from sqlalchemy.orm import Session, joinedload

from deskcore.plugin import now, session, unit_of_work
from deskcore_it_assets.audit_models import Campaign, CampaignItem
from deskcore_it_assets.campaigns import PAGE, open_campaign, outcome_of
from deskcore_it_assets.catalogue import named
from deskcore_it_assets.exporting import line_of
from deskcore_it_assets.models import Asset, Category, Location, Move
from deskcore_it_assets.rights import Keeper
from deskcore_it_assets.rows import months_after

_NOTHING: Mapping[int, Any] = {}
#: Rows that are read at once for a file.
_BATCH = 1000
_COLUMNS = ("Tag", "Name", "Outcome", "Expected place", "Expected with", "Found place", "Found at", "Found by")


def counts(campaign: Campaign) -> Mapping[str, int]:
    """Return how many lines of a campaign ended how."""
    outcome = _outcome().label("outcome")
    wanted = (
        select(outcome, func.count().label("number")).where(CampaignItem.campaign_id == campaign.id).group_by(outcome)
    )
    return Counter({row.outcome: row.number for row in session().execute(wanted)})


def lines(campaign: Campaign, outcome: str, after: int = 0, most: int = PAGE) -> Sequence[CampaignItem]:
    """Return lines of a campaign that ended in one way, in the order in which they were listed.

    :param outcome: empty for every one.
    :param after: id behind which they begin.
    """
    wanted = select(CampaignItem).where(CampaignItem.campaign_id == campaign.id, CampaignItem.id > after)
    if outcome:
        wanted = wanted.where(_outcome() == outcome)
    options = joinedload(CampaignItem.asset).joinedload(Asset.product)
    return session().scalars(wanted.options(options).order_by(CampaignItem.id).limit(most)).all()


def _outcome() -> ColumnElement[str]:
    """Return the outcome of a line as the database tells it, the same as :func:`campaigns.outcome_of`."""
    item = CampaignItem
    both = (item.found_place != "") & (item.expected_place != "")
    elsewhere = both & (item.found_place != item.expected_place)
    return case(
        (item.found_at.is_(None), "missing"),
        (item.expected & elsewhere, "wrong_place"),
        (item.expected, "found"),
        (item.asset_id.is_not(None), "unexpected"),
        else_="unknown",
    )


def close(token: str, by: Keeper, *, put_right: bool) -> Campaign:
    """Close a campaign: whatever was found counts as seen today, and says when it is next to be looked for.

    :param put_right: write the place into the books where something was found elsewhere.
    :raises Refused: when it is closed already.
    """
    with unit_of_work() as work:
        campaign = open_campaign(work, token, by)
        found = CampaignItem.found_at.is_not(None) & CampaignItem.asset_id.is_not(None)
        wanted = select(CampaignItem).where(CampaignItem.campaign_id == campaign.id, found)
        items = work.scalars(wanted.options(joinedload(CampaignItem.asset))).all()
        moved = _put_right(work, items) if put_right else {}
        note = campaign.title
        seen(work, [item.asset for item in items if item.asset is not None], by, note, moved)
        campaign.closed_at, campaign.closed_by, campaign.closed_by_name = now(), by.email, by.name
    return campaign


def _put_right(work: Session, items: Sequence[CampaignItem]) -> dict[int, dict[str, Any]]:
    """Write where things were found, and return what changed of each."""
    moved: dict[int, dict[str, Any]] = {}
    for item in items:
        if item.asset is None or not item.found_place or not _elsewhere(item):
            continue
        place = named(work, Location, item.found_place)
        if place is not None and item.asset.state != "assigned" and item.asset.location_id != place.id:
            item.asset.location_id = place.id
            item.asset.version += 1
            moved[item.asset.id] = {"changed": {"location": [item.expected_place, place.name]}}
    return moved


def _elsewhere(item: CampaignItem) -> bool:
    return outcome_of(item) in ("wrong_place", "unexpected") or not item.expected_place


def seen(work: Session, assets: Sequence[Asset], by: Keeper, note: str, more: Mapping[int, Any] = _NOTHING) -> None:
    """Note that things were seen today, and when each is next to be looked for.

    :param more: what else changed of each, by id, for its history.
    """
    at, months = now(), _months(work)
    today = at.date()
    by_due: dict[date | None, list[int]] = {}
    for asset in assets:
        period = months.get(asset.category_id or 0)
        by_due.setdefault(months_after(today, period) if period else None, []).append(asset.id)
    for due, ids in by_due.items():
        for start in range(0, len(ids), _BATCH):
            piece = update(Asset).where(Asset.id.in_(ids[start : start + _BATCH]))
            values = {"audited_on": today, "audit_on": due}
            work.execute(piece.values(values).execution_options(synchronize_session=False))
    written = {"kind": "seen", "at": at, "by": by.email, "by_name": by.name}
    rows = [
        {
            **written, "asset_id": each.id, "from_state": each.state, "to_state": each.state,
            "data": ({"note": note} if note else {}) | dict(more.get(each.id, {})),
        }
        for each in assets
    ]  # fmt: skip
    if rows:
        work.execute(insert(Move), rows)


def _months(work: Session) -> dict[int, int]:
    wanted = select(Category.id, Category.audit_months).where(Category.audit_months.is_not(None))
    return {row.id: row.audit_months for row in work.execute(wanted)}


def as_csv(campaign: Campaign) -> Iterator[str]:
    """Yield the lines of a file about everything that a campaign listed or found."""
    yield line_of(_COLUMNS)
    after = 0
    while found := lines(campaign, "", after, _BATCH):
        for item in found:
            at = item.found_at.isoformat(timespec="seconds") if item.found_at else ""
            title = item.asset.title if item.asset else ""
            yield line_of([
                item.code, title, outcome_of(item), item.expected_place, item.expected_with, item.found_place, at,
                item.found_by_name,
            ])  # fmt: skip
        after = found[-1].id

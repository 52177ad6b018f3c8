"""Campaigns: what is expected is listed once, then scanned; what is missing, misplaced or too many shows itself."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import date

from flask_babel import gettext as _
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from deskcore.plugin import NotFound, Problem, Refused, now, people, session, unit_of_work
from deskcore_it_assets import finding
from deskcore_it_assets.audit_models import Campaign, CampaignItem
from deskcore_it_assets.finding import Filter
from deskcore_it_assets.models import MAX_NAME, Asset
from deskcore_it_assets.rights import Keeper
from deskcore_it_assets.scanning import code_in, thing_of
from deskcore_it_assets.spelling import spelled

#: Things that one campaign expects, campaigns of one list, rows of one page.
MOST, LISTED, PAGE = 20_000, 50, 100
#: What can become of a line, the pressing ones first; ``unknown`` is a code that is no thing's.
OUTCOMES = ("missing", "wrong_place", "unexpected", "unknown", "found")


def begin(title: str, desk: str, wanted: Filter, by: Keeper, due_on: date | None = None) -> Campaign:
    """List what a filter finds among the things of a desk, to be looked for.

    :raises Refused: naming what to correct.
    """
    title = " ".join(title.split())
    problems = []
    if not title or len(title) > MAX_NAME:
        problems.append(Problem(_("Give it a name of at most %(count)s characters.", count=MAX_NAME), "title"))
    if desk not in people.desks():
        problems.append(Problem(_("Choose the desk whose people count."), "desk"))
    if problems:
        raise Refused(problems)
    by.require(desk)
    with unit_of_work() as work:
        expected = finding.standing(work, wanted, desk, by, MOST + 1)
        if not expected:
            raise Refused(_("Nothing matches the filter: there would be nothing to look for."))
        if len(expected) > MOST:
            raise Refused(_("At most %(count)s items are counted in one campaign. Narrow the filter.", count=MOST))
        made = Campaign(
            token=secrets.token_urlsafe(16), title=title, desk=desk, due_on=due_on, began_at=now(), began_by=by.email,
            began_by_name=by.name,
        )  # fmt: skip
        work.add(made)
        work.flush()
        work.execute(insert(CampaignItem), [_listed(made.id, each) for each in expected])
    return made


def _listed(campaign_id: int, each: finding.Standing) -> dict[str, object]:
    return {
        "campaign_id": campaign_id, "asset_id": each.id, "code": each.tag, "code_key": each.tag_key, "expected": True,
        "expected_place": each.place, "expected_with": each.holder, "found_at": None, "found_by": "",
        "found_by_name": "", "found_place": "",
    }  # fmt: skip


def add(token: str, tags: Sequence[str], by: Keeper) -> int:
    """Expect more things in a campaign, and return how many were not expected before."""
    with unit_of_work() as work:
        campaign = open_campaign(work, token, by)
        keys = [spelled(tag) for tag in tags]
        standing = finding.standing(work, Filter(view="all"), campaign.desk, by, MOST, Asset.tag_key.in_(keys))
        mine = select(CampaignItem).where(CampaignItem.campaign_id == campaign.id)
        listed = {item.asset_id: item for item in work.scalars(mine.where(CampaignItem.code_key.in_(keys)))}
        fresh = [_listed(campaign.id, each) for each in standing if each.id not in listed]
        if fresh:
            work.execute(insert(CampaignItem), fresh)
        for item in listed.values():
            item.expected = True
    return len(fresh)


def scan(token: str, text: str, place: str, by: Keeper) -> tuple[CampaignItem, bool]:
    """Note that something was scanned, and return its line with whether it was scanned before.

    :param place: where whoever scans stands; empty where that does not matter.
    :raises Refused: for nothing, or when the campaign is closed.
    """
    code, place = code_in(text), " ".join(place.split())
    if not code:
        raise Refused(Problem(_("Scan or type a code."), "code"))
    if len(place) > MAX_NAME:
        raise Refused(Problem(_("Use at most %(count)s characters.", count=MAX_NAME), "place"))
    with unit_of_work() as work:
        campaign = open_campaign(work, token, by)
        asset = thing_of(work, text, by)
        key = asset.tag_key if asset else spelled(code)
        item = _line_of(work, campaign, asset, key)
        again = item is not None and item.found_at is not None
        if item is None:
            item = CampaignItem(
                campaign_id=campaign.id, code=asset.tag if asset else code, code_key=key, expected=False,
                asset_id=asset.id if asset else None,
            )  # fmt: skip
            work.add(item)
        # One spelling, so that the database can compare the two places.
        same = spelled(place) == spelled(item.expected_place or "")
        item.found_place = item.expected_place or "" if same else place
        item.found_at, item.found_by, item.found_by_name = now(), by.email, by.name
        work.flush()
    return item, again


def _line_of(work: Session, campaign: Campaign, asset: Asset | None, key: str) -> CampaignItem | None:
    same = CampaignItem.code_key == key
    if asset is not None:
        same = same | (CampaignItem.asset_id == asset.id)
    wanted = select(CampaignItem).where(CampaignItem.campaign_id == campaign.id, same).order_by(CampaignItem.id)
    return work.scalars(wanted.limit(1)).first()


def outcome_of(item: CampaignItem) -> str:
    """Return what became of a line."""
    if item.found_at is None:
        return "missing"
    if not item.expected:
        return "unexpected" if item.asset_id is not None else "unknown"
    elsewhere = item.found_place and item.expected_place and item.found_place != item.expected_place
    return "wrong_place" if elsewhere else "found"


def find(token: str, by: Keeper) -> Campaign:
    """Return a campaign of a desk on which somebody works.

    :raises NotFound: when there is none.
    """
    return _find(session(), token, by)


def open_campaign(work: Session, token: str, by: Keeper) -> Campaign:
    """Return a campaign that is open still, to be changed.

    :raises Refused: when it is closed.
    """
    found = _find(work, token, by, lock=True)
    if found.closed_at is not None:
        raise Refused(_("This campaign is closed."))
    return found


def _find(work: Session, token: str, by: Keeper, *, lock: bool = False) -> Campaign:
    wanted = select(Campaign).where(Campaign.token == token, Campaign.desk.in_(sorted(by.desks)))
    wanted = wanted.with_for_update() if lock else wanted
    found = work.scalar(wanted.execution_options(populate_existing=True))
    if found is None:
        raise NotFound(_("There is no such campaign."))
    return found


def open_ones(by: Keeper) -> Sequence[Campaign]:
    """Return the campaigns that somebody can scan for, the newest first."""
    return [each for each in all_of(by) if each.closed_at is None]


def all_of(by: Keeper) -> Sequence[Campaign]:
    """Return the campaigns of the desks on which somebody works, the newest first."""
    wanted = select(Campaign).where(Campaign.desk.in_(sorted(by.desks))).order_by(Campaign.id.desc())
    return session().scalars(wanted.limit(LISTED)).all()

"""What people have: their own equipment, and their answer to whether it arrived."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext as _
from sqlalchemy import func, select

from deskcore.plugin import NotFound, Refused, ViewerView, now, people, session, unit_of_work
from deskcore_it_assets import finding, history, indexing
from deskcore_it_assets.models import Asset, Assignment, open_now
from deskcore_it_assets.rights import Keeper


def mine(asking: ViewerView) -> Sequence[Assignment]:
    """Return what somebody has, by the present address or a former one; what waits for an answer comes first."""
    held = finding.of_person(people.addresses_of(asking.email))
    return sorted(held, key=lambda each: each.answer != "waiting")


def waiting(asking: ViewerView) -> int:
    """Return for how many things somebody was asked whether they arrived."""
    mine = Assignment.person.in_(people.addresses_of(asking.email))
    asked = select(func.count()).select_from(Assignment).where(mine, open_now(), Assignment.answer == "waiting")
    return session().scalar(asked) or 0


def answer(asking: ViewerView, accepts: bool, token: str = "", reason: str = "") -> int:
    """Note whether things arrived; one that did not is in stock again.

    :param token: of the one thing; left out, everything that waits for this person's answer.
    :returns: how many things it was about.
    :raises NotFound: when nothing of this person's has the token.
    :raises Refused: when it was answered already.
    """
    with unit_of_work() as work:
        mine = Assignment.person.in_(people.addresses_of(asking.email))
        wanted = select(Assignment).where(mine, open_now()).order_by(Assignment.id).with_for_update()
        wanted = wanted.where(Assignment.token == token) if token else wanted.where(Assignment.answer == "waiting")
        found = work.scalars(wanted.execution_options(populate_existing=True)).all()
        if token and not found:
            raise NotFound(_("You do not have this any more."))
        if any(each.answer != "waiting" for each in found):
            raise Refused(_("You answered this already."))
        for each in found:
            asset = work.scalars(select(Asset).where(Asset.id == each.asset_id).with_for_update()).one()
            _answer(asset, each, accepts)
            by = Keeper(asking.email, asking.name)
            kind = "accepted" if accepts else "declined"
            history.note(work, asset, kind, by, "assigned", holder=each.person_name, note=reason.strip()[:200])
            work.flush()
            indexing.reindex(work, [asset])
    return len(found)


def _answer(asset: Asset, held: Assignment, accepts: bool) -> None:
    held.answer, held.answered_at = ("accepted" if accepts else "declined"), now()
    if not accepts:
        held.ended_at, asset.state = held.answered_at, "stock"

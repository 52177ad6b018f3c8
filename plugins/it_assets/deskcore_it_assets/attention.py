"""What needs the attention of somebody who looks after equipment, and what was taken care of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.orm import joinedload

from deskcore.plugin import now, session, unit_of_work
from deskcore_it_assets.care_models import Alert
from deskcore_it_assets.exporting import line_of
from deskcore_it_assets.models import Asset
from deskcore_it_assets.rights import Keeper

#: Lines of a page; beyond so many, a badge counts no further.
PAGE, COUNTED = 50, 99


@dataclass(frozen=True)
class Filter:
    """Which lines a page lists.

    :param kind: one of :data:`~deskcore_it_assets.care_models.ALERTS`; empty for all.
    :param seen: what was taken care of, instead of what was not.
    :param after: day and id behind which the page begins.
    """

    kind: str = ""
    seen: bool = False
    after: tuple[date, int] | None = None


def listed(wanted: Filter, by: Keeper) -> Sequence[Alert]:
    """Return a page of what needs attention, the most urgent first, and one more if there is a next page."""
    product = joinedload(Alert.asset).joinedload(Asset.product)
    found = (
        select(Alert).where(*_narrowed(wanted, by)).options(product, joinedload(Alert.licence), joinedload(Alert.item))
    )
    if wanted.after is not None:
        day, number = wanted.after
        found = found.where(or_(Alert.due_on > day, and_(Alert.due_on == day, Alert.id > number)))
    return session().scalars(found.order_by(Alert.due_on, Alert.id).limit(PAGE + 1)).all()


def count(by: Keeper) -> int:
    """Return how much needs somebody's attention, as far as a badge counts."""
    some = select(Alert.id).where(*_narrowed(Filter(), by)).limit(COUNTED + 1).subquery()
    return session().scalar(select(func.count()).select_from(some)) or 0


def take_care(ids: Sequence[int], by: Keeper) -> int:
    """Note that somebody takes care of some; return of how many."""
    mine = Alert.id.in_(ids), *_narrowed(Filter(), by)
    seen = {"seen_at": now(), "seen_by": by.email, "seen_by_name": by.name}
    with unit_of_work() as work:
        done = update(Alert).where(*mine).values(seen).returning(Alert.id)
        return len(work.execute(done.execution_options(synchronize_session=False)).all())


def as_csv(wanted: Filter, by: Keeper) -> Iterator[str]:
    """Yield the lines of a file about everything that a list shows."""
    yield line_of(["Kind", "Due", "Desk", "Tag", "Name", "Found", "Seen by"])
    while True:
        found = listed(wanted, by)
        yield from (line_of(_values(each)) for each in found[:PAGE])
        if len(found) <= PAGE:
            return
        wanted = replace(wanted, after=(found[PAGE - 1].due_on, found[PAGE - 1].id))


def _values(alert: Alert) -> list[str]:
    about = alert.licence or alert.item
    name = about.name if about is not None else alert.asset.title if alert.asset is not None else ""
    tag = alert.asset.tag if alert.asset is not None else ""
    return [alert.kind, str(alert.due_on), alert.desk, tag, name, alert.found_at.date().isoformat(), alert.seen_by_name]


def _narrowed(wanted: Filter, by: Keeper) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [Alert.seen_at.is_not(None) if wanted.seen else Alert.seen_at.is_(None)]
    found += [] if wanted.seen else [Alert.ended_at.is_(None)]
    found.append(_own(by))
    return [*found, Alert.kind == wanted.kind] if wanted.kind else found


def _own(by: Keeper) -> ColumnElement[bool]:
    if by.everywhere:
        return Alert.id.is_not(None)
    on_desks = Alert.desk.in_(sorted(by.desks))
    if by.places is None:
        return on_desks
    mine = select(Asset.id).where(by.own())
    return and_(on_desks, or_(Alert.asset_id.is_(None), Alert.asset_id.in_(mine)))

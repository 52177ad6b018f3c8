"""What needs attention, found by a job every day: each of it once for the day that it is about."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import and_, func, insert, or_, select
from sqlalchemy.orm import Session, joinedload

from deskcore.plugin import now, people, session, tickets, unit_of_work
from deskcore_it_assets.care_models import Alert
from deskcore_it_assets.licence_models import Licence
from deskcore_it_assets.models import Asset, Assignment, Product, open_now
from deskcore_it_assets.states import GONE
from deskcore_it_assets.stock_models import Shelf, StockItem

#: Key of the job, and when it looks.
JOB, SCHEDULE = "it_assets_alerts", "23 5 * * *"
#: How long before and after a day somebody is told of it for the first time.
AHEAD = {"warranty": 30, "licence": 30, "end": 90, "audit": 0}
_LATE = timedelta(days=30)
_AT_ONCE = 500

Found = Mapping[str, Any]
_T = TypeVar("_T")


def asset_alert(told: Mapping[str, Any]) -> None:
    """Do what follows when something needs attention, such as a warranty that ends.

    :param told: the ``kind`` (``warranty``, ``licence``, ``return``, ``audit``, ``stock``, ``end`` or ``leaver``), the
        ``desk`` that looks after it, the day ``due_on``, a random-looking ``key`` that a repeated call has, too, and
        what it is about: the ``tag`` of an item, or the ``name`` of a licence or of what is in stock.
    """


def run(payload: Mapping[str, Any]) -> None:
    """Look what needs attention today; the job."""
    look(now().date())


def look(today: date) -> tuple[int, int]:
    """Note what needs attention from a day on, and what no longer does; return how much of each there was."""
    found = {each["key"]: each for each in _all(today)}
    with unit_of_work() as work:
        ended = _end(work)
        fresh = [found[key] for key in _new(work, list(found))]
        if fresh:
            work.execute(insert(Alert), [{**_COLUMNS, **each} for each in fresh])
        for each in _told(work, fresh):
            tickets.tell("asset_alert", each)
    return len(fresh), ended


_COLUMNS: Mapping[str, None] = {"asset_id": None, "licence_id": None, "item_id": None}


def _all(today: date) -> Iterator[Found]:
    """Yield everything that needs attention."""
    ends_on = func.coalesce(Asset.ends_on, Product.ends_on)
    for kind, day in (("warranty", Asset.warranty_until), ("audit", Asset.audit_on), ("end", ends_on)):
        wanted = select(Asset.id, Asset.desk, day.label("day")).outerjoin(Product, Product.id == Asset.product_id)
        within = Asset.state.not_in(GONE), day.between(today - _LATE, today + timedelta(days=AHEAD[kind]))
        for row in session().execute(wanted.where(*within)):
            yield _found(kind, row.desk, row.day, f"{row.id}:{row.day}", asset_id=row.id)
    licences = select(Licence.id, Licence.desk, Licence.ends_on).where(Licence.closed.is_(False))
    soon = Licence.ends_on.between(today - _LATE, today + timedelta(days=AHEAD["licence"]))
    for row in session().execute(licences.where(soon)):
        yield _found("licence", row.desk, row.ends_on, f"{row.id}:{row.ends_on}", licence_id=row.id)
    for row in session().execute(_held().where(Assignment.due_on <= today)):
        yield _found("return", row.desk, row.due_on, f"{row.held}:{row.due_on}", asset_id=row.id)
    yield from _leavers(today)
    for item, desk in session().execute(_low()):
        yield _found("stock", desk, today, f"{item}:{today}", item_id=item)


def _found(kind: str, desk: str, day: date, key: str, **about: int) -> Found:
    return {"kind": kind, "desk": desk, "due_on": day, "key": f"{kind}:{key}", **about}


def _held() -> Any:
    columns = Asset.id, Asset.desk, Assignment.id.label("held"), Assignment.due_on, Assignment.person
    return select(*columns).join(Asset, Asset.id == Assignment.asset_id).where(open_now())


def _leavers(today: date) -> Iterator[Found]:
    """Yield what people have whose accounts were closed."""
    held = select(Assignment.person).where(open_now(), Assignment.kind == "person").distinct()
    holders = session().scalars(held).all()
    gone = [email for email in _without(holders, people.named(holders)) if people.get(email) is None]
    for some in _parts(gone):
        for row in session().execute(_held().where(Assignment.person.in_(some))):
            yield _found("leaver", row.desk, today, str(row.held), asset_id=row.id)


def _without(emails: Iterable[str], known: Mapping[str, Any]) -> list[str]:
    return [email for email in emails if email not in known]


def _low() -> Any:
    """Return the query for items of which there is too little, and nobody was told so yet."""
    total = select(func.coalesce(func.sum(Shelf.quantity), 0)).where(Shelf.item_id == StockItem.id)
    told = select(Alert.id).where(Alert.item_id == StockItem.id, Alert.ended_at.is_(None)).exists()
    low = StockItem.closed.is_(False), total.correlate(StockItem).scalar_subquery() < StockItem.minimum
    return select(StockItem.id, StockItem.desk).where(*low, ~told)


def _new(work: Session, keys: Sequence[str]) -> list[str]:
    known = set[str]()
    for some in _parts(keys):
        known.update(work.scalars(select(Alert.key).where(Alert.key.in_(some))))
    return [key for key in keys if key not in known]


def _end(work: Session) -> int:
    """End what there is no longer any reason for: the day has changed, the thing is gone, there is enough again."""
    open_ones = and_(Alert.ended_at.is_(None), or_(Alert.seen_at.is_(None), Alert.kind == "stock"))
    product = joinedload(Alert.asset).joinedload(Asset.product)
    wanted = select(Alert).where(open_ones).options(product, joinedload(Alert.licence), joinedload(Alert.item))
    totals = select(Shelf.item_id, func.sum(Shelf.quantity)).group_by(Shelf.item_id)
    amounts = {item: total for item, total in work.execute(totals)}  # noqa: C416
    held = set(work.scalars(select(Assignment.id).where(open_now())))
    count = 0
    for alert in work.scalars(wanted.execution_options(populate_existing=True)).all():
        if not _holds(alert, amounts, held):
            alert.ended_at, count = now(), count + 1
    return count


def _holds(alert: Alert, amounts: Mapping[int, int], held: set[int]) -> bool:
    if alert.item is not None:
        return not alert.item.closed and amounts.get(alert.item.id, 0) < alert.item.minimum
    if alert.licence is not None:
        return not alert.licence.closed and alert.licence.ends_on == alert.due_on
    asset = alert.asset
    if asset is None or asset.state in GONE:
        return False
    if alert.kind in ("return", "leaver"):
        return int(alert.key.split(":")[1]) in held
    day = _DAYS[alert.kind]
    return day(asset) == alert.due_on


_DAYS: Mapping[str, Callable[[Asset], date | None]] = {
    "warranty": lambda asset: asset.warranty_until,
    "audit": lambda asset: asset.audit_on,
    "end": lambda asset: asset.ends_on or (asset.product.ends_on if asset.product else None),
}


def _told(work: Session, fresh: Sequence[Found]) -> Iterator[dict[str, str]]:
    """Yield what other plugins are told, with the names of what it is about."""
    names = {
        "asset_id": _names(work, Asset.id, Asset.tag, fresh, "asset_id"),
        "licence_id": _names(work, Licence.id, Licence.name, fresh, "licence_id"),
        "item_id": _names(work, StockItem.id, StockItem.name, fresh, "item_id"),
    }
    for each in fresh:
        plain = {key: str(each[key]) for key in ("kind", "desk", "due_on", "key")}
        [about] = [column for column in names if column in each]
        yield plain | {"tag" if about == "asset_id" else "name": names[about][each[about]]}


def _parts(values: Iterable[_T]) -> Iterator[list[_T]]:
    """Yield values in parts that fit into one statement."""
    rest = iter(values)
    while part := list(islice(rest, _AT_ONCE)):
        yield part


def _names(work: Session, ids: Any, name: Any, fresh: Sequence[Found], column: str) -> dict[int, str]:
    found: dict[int, str] = {}
    for some in _parts([each[column] for each in fresh if column in each]):
        found |= {row[0]: row[1] for row in work.execute(select(ids, name).where(ids.in_(some)))}
    return found

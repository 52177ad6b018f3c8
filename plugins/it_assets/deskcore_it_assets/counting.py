"""Reports: what equipment there is and what it is worth, what has to be replaced, and who has how much."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from flask import url_for
from flask_babel import format_decimal
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, and_, extract, func, select

from deskcore.plugin import Text, ViewerView, now, people, reports, session
from deskcore_it_assets import words
from deskcore_it_assets.models import Asset, Assignment, Category, Location, Product, open_now
from deskcore_it_assets.rights import keeper_of
from deskcore_it_assets.rows import months_after
from deskcore_it_assets.states import GONE, STATES
from deskcore_it_assets.worth import left_of, months_between
from deskcore_it_assets.writing import money, round_sum

#: Ages in years that are counted each for itself; what is older is one row.
_YEARS = 6
#: Rows of a table of people, of places and of models.
_LISTED = 200
#: So far ahead a plan of replacements looks.
_AHEAD = 12


@dataclass
class Sum:
    """How many things there are, what they cost and what they are worth, by currency."""

    count: int = 0
    cost: Counter[str] = field(default_factory=Counter)
    worth: Counter[str] = field(default_factory=Counter)

    def add(self, count: int, cents: int, worth: int, currency: str) -> None:
        """Add things of one currency; of those without a price only their number counts."""
        self.count += count
        if currency:
            self.cost[currency] += cents
            self.worth[currency] += worth


def _money(amounts: Mapping[str, int]) -> reports.Cell:
    """Return amounts, each in its currency; a file for spreadsheets holds the one of a single currency as a number."""
    said = ", ".join(money(cents, currency) for currency, cents in sorted(amounts.items()))
    number = next(iter(amounts.values())) / 100 if len(amounts) == 1 else None
    return reports.Cell(said or "–", number=number)


def _large(amounts: Mapping[str, int]) -> str:
    return ", ".join(round_sum(cents, currency) for currency, cents in sorted(amounts.items())) or "–"


def _count(number: int, url: str = "") -> reports.Cell:
    return reports.Cell(str(format_decimal(number)), url, number)


def _asked(asked: reports.Asked, viewer: ViewerView) -> list[ColumnElement[bool]]:
    return [keeper_of(viewer).own(), *([Asset.desk == asked.desk] if asked.desk else [])]


@dataclass(frozen=True)
class Group:
    """Things that are alike in what reports are about."""

    state: str
    category: int
    place: int
    bought: date | None
    currency: str
    count: int
    cents: int


def _groups(conditions: Sequence[ColumnElement[bool]]) -> list[Group]:
    """Return what there is, counted by the database: a row for each month of each kind."""
    year, month = extract("year", Asset.bought_on), extract("month", Asset.bought_on)
    keys = (Asset.state, Asset.category_id, Asset.location_id, year, month, Asset.currency)
    wanted = select(*keys, func.count(), func.coalesce(func.sum(Asset.cents), 0)).where(*conditions).group_by(*keys)
    return [
        Group(state, kind or 0, place or 0, date(int(y), int(m), 1) if y else None, currency, count, int(cents or 0))
        for state, kind, place, y, m, currency, count, cents in session().execute(wanted)
    ]


def make_overview(asked: reports.Asked, viewer: ViewerView) -> reports.Made:
    """Return what equipment there is by state, age, category and place, with its cost and its worth now."""
    conditions = _asked(asked, viewer)
    found, today = _groups(conditions), now().date()
    kinds = {each.id: each for each in session().scalars(select(Category))}
    places = {each.id: each.name for each in session().scalars(select(Location))}
    sums: dict[str, dict[Any, Sum]] = {name: defaultdict(Sum) for name in ("state", "age", "category", "place")}
    total = Sum()
    for each in found:
        worth = _worth(each, kinds.get(each.category), today)
        told = (each.count, each.cents, worth, each.currency)
        sums["state"][each.state].add(*told)
        if each.state in GONE:
            continue
        total.add(*told)
        sums["age"][_age(each.bought, today)].add(*told)
        sums["category"][each.category].add(*told)
        sums["place"][each.place].add(*told)
    lists = {key: url_for("it_assets_desk.assets", show=key) for key in STATES}
    by_kind = {key: url_for("it_assets_desk.assets", category=key) for key in kinds}
    by_place = {key: url_for("it_assets_desk.assets", place=key) for key in places}
    title = {key: each.title.in_language(viewer.language) for key, each in kinds.items()}
    states = [(key, str(words.STATES[key][0])) for key in STATES]
    tables = (
        _table("state", _("By state"), _("State"), states, sums["state"], lists),
        _table("age", _("By age"), _("Age"), _ages(), sums["age"]),
        _table(
            "category", _("By category"), _("Category"), [*_named(title), (0, _("None"))], sums["category"], by_kind
        ),
        _table("place", _("By place"), _("Place"), [*_named(places), (0, _("None"))], sums["place"], by_place),
    )
    figures = (
        reports.Figure(_("Items"), _count(total.count).text, _("not lost, retired or disposed of")),
        reports.Figure(_("Cost"), _large(total.cost)),
        reports.Figure(_("Worth now"), _large(total.worth), _("written off in equal parts")),
    )
    return reports.Made(tables, figures, _("As things stand today; the period does not matter here."))


def _worth(each: Group, kind: Category | None, today: date) -> int:
    if kind is None or not kind.months or each.bought is None:
        return each.cents
    return left_of(each.cents, kind.months, months_between(each.bought, today))


def _age(bought: date | None, today: date) -> int:
    return -1 if bought is None else min(months_between(bought, today) // 12, _YEARS)


def _ages() -> list[tuple[Any, str]]:
    known = [(year, _("%(first)s to %(last)s years", first=year, last=year + 1)) for year in range(_YEARS)]
    return [*known, (_YEARS, _("%(count)s years and more", count=_YEARS)), (-1, _("not known"))]


def _named(titles: Mapping[int, str]) -> list[tuple[Any, str]]:
    return sorted(titles.items(), key=lambda pair: pair[1].casefold())


def _table(
    key: str, title: str, head: str, names: Iterable[tuple[Any, str]], sums: Mapping[Any, Sum],
    urls: Mapping[Any, str] | None = None,
) -> reports.Table:  # fmt: skip
    most = max((each.count for each in sums.values()), default=0)
    rows = tuple(
        reports.Row(
            name,
            (_count(sums[at].count, (urls or {}).get(at, "")), _money(sums[at].cost), _money(sums[at].worth)),
            share=sums[at].count / most,
        )
        for at, name in names
        if at in sums and sums[at].count
    )
    columns = (head, _("Items"), _("Cost"), _("Worth now"))
    return reports.Table(key, title, columns, rows[:_LISTED], empty=_("There is nothing to count."))


def make_plan(asked: reports.Asked, viewer: ViewerView) -> reports.Made:
    """Return what has to be replaced within the next twelve months, month by month, at the price it once had."""
    conditions = _asked(asked, viewer)
    today = now().date()
    last = months_after(today, _AHEAD)
    by_month: dict[tuple[int, int], Sum] = defaultdict(Sum)
    by_kind: dict[int, Sum] = defaultdict(Sum)
    titles = {each.id: each.title.in_language(viewer.language) for each in session().scalars(select(Category))}
    for ends, kind, currency, count, cents in _ending([*conditions, Asset.state.not_in(GONE)], last):
        month = (ends.year, ends.month) if ends >= today else (0, 0)
        by_month[month].add(count, cents, 0, currency)
        by_kind[kind].add(count, cents, 0, currency)
    total = Sum()
    for each in by_month.values():
        total.count += each.count
        total.cost.update(each.cost)
    months = [((0, 0), _("overdue"))] + [((day.year, day.month), f"{day:%Y-%m}") for day in _next_months(today)]
    figures = (
        reports.Figure(_("To be replaced"), _count(total.count).text, _("overdue, or within twelve months")),
        reports.Figure(_("At the price it once had"), _large(total.cost)),
    )
    note = _(
        "An item is replaced on the day on which its life ends, or its model's; without one, when it is written off."
    )
    tables = (
        _plan("months", _("By month"), _("Month"), months, by_month),
        _plan("categories", _("By category"), _("Category"), [*_named(titles), (0, _("None"))], by_kind),
    )
    return reports.Made(tables, figures, note)


def _next_months(today: date) -> list[date]:
    first = today.replace(day=1)
    return [months_after(first, number) for number in range(_AHEAD + 1)]


def _plan(key: str, title: str, head: str, names: Iterable[tuple[Any, str]], sums: Mapping[Any, Sum]) -> reports.Table:
    most = max((each.count for each in sums.values()), default=0)
    rows = (
        reports.Row(name, (_count(sums[at].count), _money(sums[at].cost)), share=sums[at].count / most)
        for at, name in names
        if at in sums
    )
    columns = (head, _("Items"), _("Cost"))
    return reports.Table(key, title, columns, tuple(rows)[:_LISTED], empty=_("Nothing has to be replaced."))


def _ending(conditions: Sequence[ColumnElement[bool]], last: date) -> Iterable[tuple[date, int, str, int, int]]:
    """Yield when things end, with their category, currency, number and price: those that end by a day."""
    until = func.coalesce(Asset.ends_on, Product.ends_on)
    keys = (until, Asset.bought_on, Category.months, Asset.category_id, Asset.currency)
    wanted = (
        select(*keys, func.count(), func.coalesce(func.sum(Asset.cents), 0))
        .outerjoin(Product, Product.id == Asset.product_id)
        .outerjoin(Category, Category.id == Asset.category_id)
        .where(*conditions, until.is_not(None) | and_(Category.months.is_not(None), Asset.bought_on.is_not(None)))
        .group_by(*keys)
    )
    for ends, bought, months, kind, currency, count, cents in session().execute(wanted):
        day = _end_of(ends, bought, months)
        if day is not None and day <= last:
            yield day, kind or 0, currency, count, int(cents or 0)


def _end_of(ends: date | None, bought: date | None, months: int | None) -> date | None:
    if ends is None and bought is not None and months is not None:
        return months_after(bought, months)
    return ends


def make_people(asked: reports.Asked, viewer: ViewerView) -> reports.Made:
    """Return who has how much, and what each department has."""
    conditions = _asked(asked, viewer)
    keys = (Assignment.person, Asset.currency)
    wanted = (
        select(*keys, func.max(Assignment.person_name), func.count(), func.coalesce(func.sum(Asset.cents), 0))
        .join(Asset, Asset.id == Assignment.asset_id)
        .where(*conditions, Assignment.kind == "person", open_now())
        .group_by(*keys)
    )
    sums: dict[str, Sum] = defaultdict(Sum)
    names: dict[str, str] = {}
    for person, currency, name, count, cents in session().execute(wanted):
        sums[person].add(count, int(cents or 0), 0, currency)
        names[person] = name or person
    known = people.named(sums)
    departments: dict[str, Sum] = defaultdict(Sum)
    for person, each in sums.items():
        where = known[person].department if person in known else ""
        departments[where].count += each.count
        departments[where].cost.update(each.cost)
    first = sorted(sums, key=lambda person: (-sum(sums[person].cost.values()), -sums[person].count, names[person]))
    rows = tuple(
        reports.Row(
            names[person] if person in known else _("%(name)s (has no account any more)", name=names[person]),
            (_count(sums[person].count), _money(sums[person].cost)),
            url=url_for("workspace.person", email=person),
        )
        for person in first[:_LISTED]
    )
    note = _("The %(count)s people with the most are listed.", count=_LISTED) if len(first) > _LISTED else ""
    by_department = [(name, name or _("None")) for name in sorted(departments)]
    figures = (
        reports.Figure(_("People with equipment"), _count(len(sums)).text),
        reports.Figure(_("Items in use"), _count(sum(each.count for each in sums.values())).text),
    )
    return reports.Made(
        (
            _plan("departments", _("By department"), _("Department"), by_department, departments),
            reports.Table("people", _("By person"), (_("Person"), _("Items"), _("Cost")), rows, note=note,
                          empty=_("Nobody has anything.")),
        ),
        figures,
    )  # fmt: skip


REPORTS = [
    reports.Report(
        "equipment", Text("Equipment", "Sprzęt"),
        Text("What there is, how old it is and what it is worth.", "Co jest, ile ma lat i\u00a0ile jest warte."),
        make_overview,
    ),
    reports.Report(
        "replacements", Text("Replacements", "Wymiany sprzętu"),
        Text("What has to be replaced within a year, and what it costs.",
             "Co trzeba wymienić w\u00a0ciągu roku i\u00a0ile to kosztuje."), make_plan, order=110,
    ),
    reports.Report(
        "equipment-people", Text("Who has what", "Kto co ma"),
        Text("What each person and each department has.", "Co ma każda osoba i\u00a0każdy dział."), make_people,
        order=120,
    ),
]  # fmt: skip

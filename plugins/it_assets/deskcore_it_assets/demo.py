"""Equipment of the demo organisation: a notebook for everybody, what goes with it, and what lies in the store."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import update

from deskcore.plugin import DemoBuilder, now, people, unit_of_work
from deskcore_it_assets import custody, demo_belongings, records
from deskcore_it_assets.catalogue import category_named
from deskcore_it_assets.custody import Holder, Terms
from deskcore_it_assets.models import Assignment, Move
from deskcore_it_assets.particulars import Wanted
from deskcore_it_assets.rights import Keeper

_DESK = "it"
#: Prefix of the tags, model, model number, manufacturer, category, price.
_KINDS = {
    "notebook": ("NB", "ThinkPad T14 Gen 5", "21ML0055PB", "Lenovo", "Notebooks", "5899.00"),
    "better": ("NB", "MacBook Pro 14", "MRX33ZE/A", "Apple", "Notebooks", "9999.00"),
    "monitor": ("MN", "UltraSharp U2724D", "210-BJTL", "Dell", "Monitors", "1749.00"),
    "phone": ("TF", "Galaxy A55", "SM-A556B", "Samsung", "Phones", "1599.00"),
    "dock": ("ST", "Thunderbolt 4 Dock", "40B00135EU", "Lenovo", "Docking stations", "999.00"),
}
_CATEGORIES = (
    ("Notebooks", "Notebooki", 36),
    ("Monitors", "Monitory", 48),
    ("Phones", "Telefony", 24),
    ("Docking stations", "Stacje dokujące", 36),
)


def seed(builder: DemoBuilder) -> None:
    """Add the equipment that the IT desk looks after, if there is one."""
    if _DESK not in people.desks():
        return
    agent = builder.agents(_DESK)[0]
    known = people.get(agent)
    keeper = Keeper(agent, known.name if known else "", {_DESK: "lead"})
    _add_categories()
    for number, (kind, owner) in enumerate(_wanted(builder), start=401):
        tag = _add(builder, keeper, kind, number)
        if owner:
            [made] = custody.hand_over([tag], Holder("person", owner), keeper, Terms(condition="new"))
            _date_back(made.asset_id, now() - timedelta(days=builder.random.randint(5, 700)))
    custody.step("NB-0401", "lose", keeper)
    custody.step("MN-0402", "repair", keeper)
    _ask_from_now_on()
    demo_belongings.seed(builder, keeper, _DESK)
    custody.hand_over([_add(builder, keeper, "better", 400)], Holder("person", builder.people[0]), keeper)


def _wanted(builder: DemoBuilder) -> Iterator[tuple[str, str]]:
    """Yield kinds of equipment, each with whoever has it, or with nobody."""
    yield from (("notebook", ""), ("monitor", ""))
    for index, email in enumerate(builder.people):
        yield ("better" if index % 7 == 3 else "notebook"), email
        if index % 2:
            yield "monitor", email
        if index % 3 == 0:
            yield "phone", email
        if index % 4 == 0:
            yield "dock", email
    yield from ((kind, "") for kind in ("notebook", "notebook", "notebook", "monitor", "phone", "dock", "dock"))


def _add_categories() -> None:
    """Add the categories; nobody is asked yet, because what people have arrived long ago."""
    with unit_of_work() as work:
        for english, polish, months in _CATEGORIES:
            found = category_named(work, english)
            assert found is not None
            found.title_pl, found.months = polish, months


def _ask_from_now_on() -> None:
    with unit_of_work() as work:
        found = category_named(work, "Notebooks")
        assert found is not None
        found.accepted = True


def _add(builder: DemoBuilder, keeper: Keeper, kind: str, number: int) -> str:
    prefix, model, model_number, maker, category, price = _KINDS[kind]
    bought = builder.today - timedelta(days=builder.random.randint(40, 1100))
    serial = "".join(builder.random.choices("ABCDEFGHJKLMNPQRSTUVWXYZ0123456789", k=10))
    wanted = Wanted(
        f"{prefix}-{number:04}", serial, "", model, model_number, maker, category, _DESK, "IT store", "Komputronik",
        bought_on=bought.isoformat(), price=price, currency="PLN",
        warranty_until=(bought + timedelta(days=1096)).isoformat(),
    )  # fmt: skip
    return records.add(wanted, keeper).tag


def _date_back(asset_id: int, at: datetime) -> None:
    """Let a thing have been written down and handed over at a moment of the past."""
    at_once = {"execution_options": {"synchronize_session": False}}
    with unit_of_work() as work:
        work.execute(update(Assignment).where(Assignment.asset_id == asset_id).values(began_at=at), **at_once)
        work.execute(update(Move).where(Move.asset_id == asset_id).values(at=at), **at_once)

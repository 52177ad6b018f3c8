"""Licences, stock, kits and places of the demo organisation."""

from __future__ import annotations

from datetime import date, timedelta

from deskcore.plugin import DemoBuilder, unit_of_work
from deskcore_it_assets import alerts, kits, licences, places, state_labels, stock, stocking
from deskcore_it_assets.catalogue import category_named
from deskcore_it_assets.rights import Keeper
from deskcore_it_assets.stocking import Wanted

#: Name, publisher, seats, months (none for bought once), price, for what, days until it ends, how many use it.
_LICENCES = (
    ("Microsoft 365 Business Standard", "Microsoft", "45", "1", "52.20", "seat", 19, 38),
    ("Adobe Creative Cloud", "Adobe", "4", "12", "2799.00", "seat", 120, 4),
    ("JetBrains All Products", "JetBrains", "6", "12", "1249.00", "seat", 64, 5),
    ("ESET Protect", "ESET", "", "12", "8400.00", "all", 240, 0),
    ("AutoCAD LT 2021", "Autodesk", "2", "", "4350.00", "seat", 0, 1),
)
#: Name, model number, category, whether it comes back, at least, price, how many were bought and given out.
_STOCK = (
    ("Wireless mouse", "M650", "Accessories", "yes", "5", "129.00", 18, 9),
    ("Headset", "Evolve2 40", "Accessories", "yes", "4", "399.00", 8, 6),
    ("USB-C charger 65 W", "4X20M26268", "Accessories", "yes", "3", "189.00", 12, 5),
    ("Toner 26X", "CF226X", "Consumables", "", "4", "649.00", 3, 0),
    ("HDMI cable 2 m", "", "Consumables", "", "0", "29.00", 25, 0),
)
_PLACES = (("Head office", ""), ("IT store", "Head office"), ("Server room", "Head office"))


def seed(builder: DemoBuilder, keeper: Keeper, desk: str) -> None:
    """Add them, with what came of them so far."""
    for name, parent in _PLACES:
        known = {each.place.name: each.place.id for each in places.tree()}
        places.save(known.get(name, 0), name, parent, [])
    wiped = {"title_en": "Waiting to be wiped", "title_pl": "Czeka na wyczyszczenie"}
    state_labels.save(0, {"state": "stock", **wiped})
    with unit_of_work() as work:
        for english, polish in (("Accessories", "Akcesoria"), ("Consumables", "Materiały eksploatacyjne")):
            found = category_named(work, english)
            assert found is not None
            found.title_pl = polish
        _licences(builder, keeper, desk)
        _stock(builder, keeper, desk)
        _kit(keeper, desk)
    alerts.look(builder.today)


def _licences(builder: DemoBuilder, keeper: Keeper, desk: str) -> None:
    for name, publisher, seats, months, price, per, days, used in _LICENCES:
        given = {
            "name": name, "publisher": publisher, "desk": desk, "seats": seats, "months": months, "price": price,
            "currency": "PLN", "per": per, "kind": "subscription" if months else "perpetual", "reassigned": "yes",
            "ends_on": _in(builder.today, days), "key": f"DEMO-{builder.random.randint(10000, 99999)}-KEY",
        }  # fmt: skip
        made = licences.save("", given, keeper)
        for email in builder.people[:used]:
            licences.assign(made.token, licences.Holder(email), keeper)


def _in(today: date, days: int) -> str:
    return (today + timedelta(days=days)).isoformat() if days else ""


def _stock(builder: DemoBuilder, keeper: Keeper, desk: str) -> None:
    for name, number, category, returnable, minimum, price, bought, given_out in _STOCK:
        given = {
            "name": name, "number": number, "desk": desk, "category": category, "returnable": returnable,
            "minimum": minimum, "price": price, "currency": "PLN",
        }  # fmt: skip
        token = stock.save("", given, keeper).token
        stocking.put_in(token, Wanted(bought, "IT store"), keeper)
        for email in builder.people[:given_out]:
            stocking.take_out(token, Wanted(1, "IT store", email), keeper)


def _kit(keeper: Keeper, desk: str) -> None:
    token = kits.save("", {"name": "First day at work", "desk": desk}, keeper).token
    lines = (
        ("category", "Notebooks"), ("category", "Docking stations"), ("item", "Wireless mouse"), ("item", "Headset"),
        ("licence", "Microsoft 365 Business Standard"),
    )  # fmt: skip
    for what, name in lines:
        kits.add_line(token, {"what": what, "line": name, "quantity": "1"}, keeper)

"""What is to be known of a thing, as somebody typed it or a file says it, read into values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from flask_babel import gettext as _

from deskcore.plugin import Problem, Refused, people
from deskcore_it_assets.models import MAX_NAME, MAX_NOTES, MAX_TAG
from deskcore_it_assets.rights import Keeper
from deskcore_it_assets.states import FIRST

#: Most hundredths of a price: a thousand million.
_DEAREST = 10**11
_CURRENCY = re.compile(r"[A-Z]{3}")
_LONGEST: Mapping[str, int] = {"tag": MAX_TAG, "notes": MAX_NOTES}

#: The texts of :class:`Wanted` that become columns of the same name.
PLAIN = ("serial", "name", "order_number", "company", "notes")
#: Those that become days.
DAYS = ("bought_on", "warranty_until", "ends_on")
#: Those of one line, in which blanks do not count.
LINES = ("tag", *PLAIN[:-1], "model", "model_number", "manufacturer", "category", "location", "supplier")


@dataclass(frozen=True)
class Wanted:
    """What is to be known of a thing, as a form or a file says it: texts, of which each but the tag may be empty.

    :param state: in which a new thing is; what is there already gets its state by steps alone.
    :param fields: of its category's own, by key.
    """

    tag: str
    serial: str = ""
    name: str = ""
    model: str = ""
    model_number: str = ""
    manufacturer: str = ""
    category: str = ""
    desk: str = ""
    location: str = ""
    supplier: str = ""
    order_number: str = ""
    company: str = ""
    bought_on: str = ""
    price: str = ""
    currency: str = ""
    warranty_until: str = ""
    ends_on: str = ""
    notes: str = ""
    state: str = "stock"
    fields: Mapping[str, str] = field(default_factory=dict)


#: What can be known of a thing, apart from the fields of its category.
_KNOWN = frozenset(Wanted.__dataclass_fields__) - {"fields"}


def wanted_of(texts: Mapping[str, str]) -> Wanted:
    """Return what is to be known of a thing, by name; names that are none are left out."""
    return Wanted(**plain_of(texts))


def plain_of(texts: Mapping[str, str]) -> Any:
    """Return those of texts, by name, that can be known of a thing."""
    return {key: text for key, text in texts.items() if key in _KNOWN}


@dataclass
class Checked:
    """The values of a thing that are no plain texts."""

    days: dict[str, date | None] = field(default_factory=dict)
    cents: int | None = None
    currency: str = ""
    problems: list[Problem] = field(default_factory=list)


def checked(wanted: Wanted, by: Keeper) -> Checked:
    """Return the values of a thing.

    :raises Refused: naming everything that is to be corrected.
    :raises NotAllowed: for a desk on which that person does not work.
    """
    found = Checked()
    _check_texts(wanted, found.problems)
    if wanted.desk not in people.desks():
        found.problems.append(Problem(_("Choose the desk that looks after it."), "desk"))
    if wanted.state not in FIRST:
        found.problems.append(Problem(_("Choose the state it is in."), "state"))
    for key in DAYS:
        found.days[key] = _day(getattr(wanted, key), key, found.problems)
    found.cents = _cents(wanted.price, found.problems)
    found.currency = _currency(wanted, found)
    if found.problems:
        raise Refused(found.problems)
    by.require(wanted.desk)
    return found


def _check_texts(wanted: Wanted, problems: list[Problem]) -> None:
    if not wanted.tag.strip():
        problems.append(Problem(_("Write the tag that stands on it."), "tag"))
    for key in (*LINES, "notes"):
        most = _LONGEST.get(key, MAX_NAME)
        if len(getattr(wanted, key)) > most:
            problems.append(Problem(_("Use at most %(count)s characters.", count=most), key))
    if not wanted.model.strip() and (wanted.manufacturer.strip() or wanted.category.strip()):
        problems.append(Problem(_("Name the model, too: the category and the manufacturer belong to it."), "model"))


def _day(text: str, key: str, problems: list[Problem]) -> date | None:
    if not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        problems.append(Problem(_("Write the day like 2026-11-30."), key))
        return None


def _cents(text: str, problems: list[Problem]) -> int | None:
    if not text.strip():
        return None
    try:
        found = cents_of(text)
    except ValueError as error:
        problems.append(Problem(str(error), "price"))
        return None
    return found


def cents_of(text: str) -> int:
    """Return the hundredths of a price such as ``1 299,50`` or ``1,299.50``.

    :raises ValueError: saying what to write instead.
    """
    plain = re.sub(r"[\s\u00a0\u202f']", "", text)
    if "," in plain and "." in plain:
        thousands = "," if plain.rfind(",") < plain.rfind(".") else "."
        plain = plain.replace(thousands, "")
    try:
        amount = Decimal(plain.replace(",", "."))
    except InvalidOperation:
        raise ValueError(_("Write the price like 1299.50.")) from None
    if not amount.is_finite():
        raise ValueError(_("Write the price like 1299.50."))
    if amount < 0:
        raise ValueError(_("A price cannot be negative."))
    if amount * 100 > _DEAREST:
        raise ValueError(_("The price is too high."))
    return int((amount * 100).to_integral_value())


def _currency(wanted: Wanted, found: Checked) -> str:
    if found.cents is None:
        return ""
    currency = wanted.currency.strip().upper()
    if not _CURRENCY.fullmatch(currency):
        found.problems.append(Problem(_("Write the currency in three letters, such as PLN."), "currency"))
    return currency


def price_text(cents: int | None) -> str:
    """Return a price as a form holds it."""
    return "" if cents is None else f"{cents // 100}.{cents % 100:02d}"

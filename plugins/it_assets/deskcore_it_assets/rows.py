"""Rows of a file: each becomes what is to be known of one thing, or says in which column it is wrong."""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from deskcore.plugin import importing
from deskcore_it_assets.columns import DAYS, OWN, STATES_BY_NAME
from deskcore_it_assets.files import day_in
from deskcore_it_assets.particulars import cents_of, price_text
from deskcore_it_assets.spelling import serial_spelled, spelled

#: Targets that become texts of the thing as they stand.
_TEXTS = ("tag", "serial", "name", "model", "model_number", "manufacturer", "category", "location", "supplier",
          "order_number", "company", "notes", "currency")  # fmt: skip
_MOST_MONTHS = 600


@dataclass(frozen=True)
class Line:
    """What one row says.

    :param texts: what is to be known of the thing, by name of :class:`~deskcore_it_assets.particulars.Wanted`; only
        what the row says.
    :param state: one of the states, or ``""``.
    :param holder: address of whoever has it; ``place`` where it stands instead.
    """

    number: int
    texts: Mapping[str, str]
    fields: Mapping[str, str] = field(default_factory=dict)
    state: str = ""
    holder: str = ""
    place: str = ""
    due_on: date | None = None

    @property
    def tag_key(self) -> str:
        """Its tag in one spelling."""
        return spelled(self.texts.get("tag", ""))

    @property
    def serial_key(self) -> str | None:
        """Its serial number in one spelling."""
        return serial_spelled(self.texts.get("serial", ""))


def read_row(row: importing.Row, fields: importing.FieldMap, days: str) -> Line:
    """Return what a row says.

    :param days: format in which the file writes days.
    :raises BadValue: naming the column and what is wrong in it.
    """
    given = {target: fields.get(row.values, target).strip() for target in fields.targets}
    given = {target: text for target, text in given.items() if text}
    for target, text in given.items():
        if text.startswith("="):
            raise _bad(fields, target, "It holds a formula. Save the values of the cells instead.")
    texts = {key: " ".join(given[key].split()) if key != "notes" else given[key] for key in _TEXTS if key in given}
    found = {key: _day(given[key], days, fields, key) for key in DAYS if key in given}
    if "warranty_months" in given:
        found.setdefault("warranty_until", _warranty(given, found.get("bought_on"), fields))
    texts |= {key: day.isoformat() for key, day in found.items() if key != "due_on"}
    if "price" in given:
        texts["price"] = _price(given["price"], fields)
    if "currency" in texts:
        texts["currency"] = texts["currency"].upper()
    own = {target.removeprefix(OWN): text for target, text in given.items() if target.startswith(OWN)}
    place, due_on = given.get("holder_place", ""), found.get("due_on")
    return Line(row.line, texts, own, _state(given, fields), _holder(given, fields), place, due_on)


def column_of(fields: importing.FieldMap, target: str) -> str:
    """Return the column from which a target gets its value, as the file calls it."""
    return " + ".join(fields.columns.get(target, ())) or target


def _bad(fields: importing.FieldMap, target: str, said: str, **values: object) -> importing.BadValue:
    return importing.BadValue(in_column(fields, target, str(importing.sentence(said, **values))))


def in_column(fields: importing.FieldMap, target: str, said: str) -> importing.Sentence:
    """Return what is said of a column, after its name."""
    return importing.sentence("%(column)s: %(said)s", column=column_of(fields, target), said=said)


def _day(text: str, days: str, fields: importing.FieldMap, target: str) -> date:
    # A spreadsheet often adds a midnight that nobody wrote.
    found = day_in(text.removesuffix(" 00:00:00").removesuffix("T00:00:00"), days)
    if found is None:
        raise _bad(fields, target, "“%(text)s” is no day written like the others in this file.", text=text[:40])
    return found


def _warranty(given: Mapping[str, str], bought_on: date | None, fields: importing.FieldMap) -> date:
    text = given["warranty_months"].casefold().removesuffix("months").removesuffix("month").strip()
    if not text.isdecimal() or int(text) > _MOST_MONTHS:
        raise _bad(fields, "warranty_months", "“%(text)s” is no number of months.", text=text[:40])
    if bought_on is None:
        raise _bad(fields, "warranty_months", "It needs the day on which the thing was bought.")
    return months_after(bought_on, int(text))


def months_after(day: date, months: int) -> date:
    """Return the day so many months later; the last of a month where there is no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _price(text: str, fields: importing.FieldMap) -> str:
    try:
        return price_text(cents_of(text))
    except ValueError as error:
        raise _bad(fields, "price", "“%(text)s”: %(reason)s", text=text[:40], reason=error) from None


def _state(given: Mapping[str, str], fields: importing.FieldMap) -> str:
    text = given.get("status", "")
    if not text:
        return ""
    state = STATES_BY_NAME.get(spelled(text))
    if state is None:
        raise _bad(
            fields,
            "status",
            "“%(text)s” is unknown. Say what it means: --value “status.%(text)s=stock”.",
            text=text[:40],
        )
    return state


def _holder(given: Mapping[str, str], fields: importing.FieldMap) -> str:
    text = given.get("holder", "")
    if text and "@" not in text:
        raise _bad(fields, "holder", "“%(text)s” is no e-mail address.", text=text[:40])
    return text

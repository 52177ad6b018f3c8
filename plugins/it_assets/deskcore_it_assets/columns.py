"""What the columns of a file mean: those of Snipe-IT and of common lists are known by their names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from deskcore.plugin import importing
from deskcore_it_assets.spelling import spelled
from deskcore_it_assets.states import STATES

#: By target: the names of columns that mean it, in small letters.
NAMES: Mapping[str, tuple[str, ...]] = {
    "tag": ("asset tag", "tag", "inventory number", "nr inwentarzowy", "numer inwentarzowy", "numer ewidencyjny"),
    "serial": ("serial", "serial number", "s/n", "numer seryjny", "nr seryjny"),
    "name": ("asset name", "item name", "name", "nazwa"),
    "model": ("model name", "model"),
    "model_number": ("model number", "model no.", "part number", "numer modelu"),
    "manufacturer": ("manufacturer", "producent", "marka"),
    "category": ("category", "kategoria", "rodzaj"),
    "location": ("location", "default location", "lokalizacja", "miejsce"),
    "supplier": ("supplier", "vendor", "dostawca"),
    "order_number": ("order number", "order no.", "numer zamówienia", "nr zamówienia"),
    "company": ("company", "firma", "spółka"),
    "bought_on": ("purchase date", "purchased", "data zakupu"),
    "price": ("purchase cost", "price", "cost", "cena", "wartość"),
    "currency": ("currency", "waluta"),
    "warranty_until": ("warranty until", "warranty expires", "gwarancja do"),
    "warranty_months": ("warranty", "warranty months", "gwarancja (miesiące)"),
    "ends_on": ("asset eol date", "eol date", "end of life", "koniec wsparcia"),
    "notes": ("asset notes", "notes", "uwagi"),
    "status": ("status", "status label", "stan"),
    "holder": (
        "checked out to: email", "user email", "email", "e-mail", "assigned to", "użytkownik", "przypisane do",
        "checked out to: username", "username",
    ),
    "holder_place": ("checked out to: location", "checkout location"),
    "due_on": ("expected checkin date", "expected checkin", "termin zwrotu"),
}  # fmt: skip
#: What other programs call the states.
STATES_BY_NAME: Mapping[str, str] = {
    **{state: state for state in STATES},
    **dict.fromkeys(("ready to deploy", "deployable", "in stock", "available", "w magazynie", "dostępny"), "stock"),
    **dict.fromkeys(("deployed", "in use", "assigned", "w użyciu", "wydany", "przypisany"), "assigned"),
    **dict.fromkeys(("pending", "on order", "zamówiony"), "ordered"),
    **dict.fromkeys(("out for repair", "out for diagnostics", "broken", "in repair", "w serwisie"), "service"),
    **dict.fromkeys(("lost/stolen", "stolen", "missing", "zagubiony", "skradziony"), "lost"),
    **dict.fromkeys(("archived", "undeployable", "wycofany"), "retired"),
    **dict.fromkeys(("sold", "scrapped", "sprzedany", "zutylizowany", "zlikwidowany"), "disposed"),
}
DAYS = ("bought_on", "warranty_until", "ends_on", "due_on")
#: Where a file says something about a field of a category: ``fields.KEY``.
OWN = "fields."


def completed(fields: importing.FieldMap, columns: Iterable[str]) -> list[str]:
    """Add to a mapping what the names of columns say, and return the columns that mean nothing.

    What was mapped by hand stays.
    """
    by_name: dict[str, str] = {}
    for column in filter(None, columns):
        by_name.setdefault(spelled(column), column)
    used = {column for group in fields.columns.values() for column in group}
    for target, names in NAMES.items():
        there = [by_name[name] for name in names if name in by_name]
        if there and target not in fields.targets and there[0] not in used:
            fields.columns[target] = (there[0],)
            used.add(there[0])
    return [column for column in by_name.values() if column not in used]


def check(fields: importing.FieldMap, columns: tuple[str, ...]) -> None:
    """Refuse a mapping that cannot be meant.

    :raises Refused: naming what is wrong, or that nothing says which thing a row is about.
    """
    own = {target for target in fields.targets if target.startswith(OWN)}
    fields.check({*NAMES, *own}, columns)
    if not {"tag", "serial"} & fields.targets:
        raise importing.Unusable(importing.sentence("No column holds the tags. Name it: --map “tag=YOUR COLUMN”."))


def saved(fields: importing.FieldMap, path: Path) -> None:
    """Write a mapping into a TOML file, for ``--mapping``."""
    lines = ["[map]"]
    lines += [f"{_quoted(target)} = [{', '.join(map(_quoted, group))}]" for target, group in fields.columns.items()]
    if fields.constants:
        lines += ["", "[set]", *(f"{_quoted(target)} = {_quoted(value)}" for target, value in fields.constants.items())]
    for name, table in fields.values.items():
        lines += ["", f"[values.{_quoted(name)}]"]
        lines += [f"{_quoted(value)} = {_quoted(result)}" for value, result in table.items()]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _quoted(text: str) -> str:
    plain = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in plain) + '"'

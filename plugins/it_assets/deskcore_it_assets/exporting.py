"""Equipment as a table for spreadsheets, with the columns by which an import knows them again."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import replace
from io import StringIO

from deskcore_it_assets import finding, records
from deskcore_it_assets.finding import Filter, Listed
from deskcore_it_assets.rights import Keeper

#: Columns, and what of an item stands in each.
_COLUMNS = {
    "Asset Tag": "tag", "Serial": "serial", "Name": "name", "Model": "model", "Model Number": "model_number",
    "Manufacturer": "manufacturer", "Category": "category", "Location": "location", "Supplier": "supplier",
    "Order Number": "order_number", "Company": "company", "Purchase Date": "bought_on", "Purchase Cost": "price",
    "Currency": "currency", "Warranty until": "warranty_until", "EOL Date": "ends_on", "Notes": "notes",
}  # fmt: skip
_MORE = ("Status", "Checked Out To: Email", "Checked Out To: Name", "Checked Out To: Location", "Expected Checkin Date")
#: With these a spreadsheet begins a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def as_csv(wanted: Filter, by: Keeper) -> Iterator[str]:
    """Yield the lines of a file about everything that a list shows, page by page."""
    yield line_of([*_COLUMNS, *_MORE])
    while True:
        found = finding.listed(wanted, by, whole=True)
        yield from (line_of(_values(row)) for row in found[: finding.PAGE])
        if len(found) <= finding.PAGE:
            return
        wanted = replace(wanted, after=found[finding.PAGE - 1].asset.tag)


def _values(row: Listed) -> list[str]:
    known, held = records.shown(row.asset), row.held
    person = held is not None and held.kind == "person"
    return [
        *(known[key] for key in _COLUMNS.values()),
        row.asset.state,
        held.person if held and person else "",
        held.person_name if held and person else "",
        held.place.name if held and held.place else "",
        str(held.due_on or "") if held else "",
    ]


def line_of(values: Sequence[str]) -> str:
    """Return a line of a file, in which nothing is a formula to a spreadsheet."""
    written = StringIO()
    csv.writer(written).writerow([f"'{text}" if text.startswith(_FORMULA) else text for text in values])
    return written.getvalue()

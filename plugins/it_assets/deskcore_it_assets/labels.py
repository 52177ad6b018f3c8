"""Labels: what stands on them, on which sheets they are printed, and the code that leads to the thing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import select

from deskcore.plugin import Problem, Refused, Text, session, unit_of_work
from deskcore_it_assets import catalogue, records
from deskcore_it_assets.audit_models import LabelLayout
from deskcore_it_assets.models import MAX_NAME, Asset
from deskcore_it_assets.own_fields import fields_of
from deskcore_it_assets.spelling import spelled

#: What of a thing can stand on its label; the tag always does.
FIELDS = ("name", "model", "serial", "category", "manufacturer", "company", "location", "bought_on")
#: How a layout keeps words of its own, and fields of categories.
OWN_WORDS, OWN_FIELD = "text:", "fields."
#: What stands on a label that nobody described.
USUAL = ("name", "serial")
#: Lines that fit beside the code.
MOST_LINES = 4


@dataclass(frozen=True)
class Sheet:
    """Paper with labels; its measures are in the style sheet, under its key.

    :param columns: and rows of labels on one page.
    """

    key: str
    title: Text
    columns: int
    rows: int

    @property
    def count(self) -> int:
        """Labels on one page."""
        return self.columns * self.rows


SHEETS = {
    sheet.key: sheet
    for sheet in (
        Sheet("a4-3x8", Text("A4, 3 × 8 labels of 70 × 37 mm", "A4, 3 × 8 etykiet 70 × 37 mm"), 3, 8),
        Sheet("a4-3x7", Text("A4, 3 × 7 labels of 63.5 × 38.1 mm", "A4, 3 × 7 etykiet 63,5 × 38,1 mm"), 3, 7),
        Sheet("a4-2x7", Text("A4, 2 × 7 labels of 99.1 × 38.1 mm", "A4, 2 × 7 etykiet 99,1 × 38,1 mm"), 2, 7),
        Sheet("a4-5x13", Text("A4, 5 × 13 labels of 38.1 × 21.2 mm", "A4, 5 × 13 etykiet 38,1 × 21,2 mm"), 5, 13),
        Sheet("one-57x32", Text("One by one, 57 × 32 mm", "Pojedyncze, 57 × 32 mm"), 1, 1),
        Sheet("one-62x29", Text("One by one, 62 × 29 mm", "Pojedyncze, 62 × 29 mm"), 1, 1),
    )
}
FIRST_SHEET = "a4-3x8"


@dataclass(frozen=True)
class Label:
    """One label: the tag, what stands below it, and the code."""

    tag: str
    lines: tuple[str, ...]
    code: str


def labels_of(assets: Sequence[Asset], fields: Sequence[str]) -> list[Label]:
    """Return the labels of things that come with everything that is known of them."""
    return [Label(asset.tag, tuple(_lines(asset, fields))[:MOST_LINES], code_of(asset)) for asset in assets]


def code_of(asset: Asset) -> str:
    """Return the code that leads to a thing, as the address of a picture that scales and needs no request."""
    import segno

    made = segno.make(address_of(asset), error="m", micro=False)
    return str(made.svg_data_uri(border=2, omitsize=True))


def address_of(asset: Asset) -> str:
    """Return where the code of a thing leads, under the address by which the page was opened."""
    return url_for("it_assets.device", tag=asset.tag, _external=True)


def pages_of(found: Sequence[Label], sheet: Sheet, taken: int) -> list[list[Label | None]]:
    """Return the labels page by page; places of the first page that are used up stay empty.

    :param taken: how many places of the first page are used up.
    """
    places: list[Label | None] = [None] * (taken % sheet.count) + list(found)
    return [places[start : start + sheet.count] for start in range(0, len(places), sheet.count)]


def choices() -> dict[str, str]:
    """Return what can stand on a label, fields of categories among it, by name."""
    from deskcore_it_assets.words import FIELDS as WORDS

    found = {key: str(WORDS[key]) for key in FIELDS}
    for category in catalogue.categories():
        for field in fields_of(category.fields):
            if not field.sensitive:
                found.setdefault(f"{OWN_FIELD}{field.key}", str(field.title.en))
    return found


def layouts() -> Sequence[LabelLayout]:
    """Return the layouts that somebody saved, by name."""
    return session().scalars(select(LabelLayout).order_by(LabelLayout.name, LabelLayout.id)).all()


def save_layout(name: str, sheet: str, fields: Sequence[str]) -> LabelLayout:
    """Keep a layout under a name; one of that name is replaced.

    :raises Refused: naming what to correct.
    """
    name = " ".join(name.split())
    if not name or len(name) > MAX_NAME:
        raise Refused(Problem(_("Give the layout a name of at most %(count)s characters.", count=MAX_NAME), "name"))
    if sheet not in SHEETS:
        raise Refused(Problem(_("Choose the paper."), "sheet"))
    with unit_of_work() as work:
        found = work.scalar(select(LabelLayout).where(LabelLayout.key == spelled(name)))
        found = found or LabelLayout(key=spelled(name))
        found.name, found.sheet, found.fields = name, sheet, list(fields)
        work.add(found)
        work.flush()
    return found


def _lines(asset: Asset, fields: Sequence[str]) -> list[str]:
    known = records.shown(asset) | {"name": asset.title}
    lines = (each.removeprefix(OWN_WORDS) if each.startswith(OWN_WORDS) else known.get(each, "") for each in fields)
    return [line for line in lines if line and line != asset.tag]

"""Lists of devices that others keep: which models there are, and until when their makers look after them."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from deskcore.plugin import importing, unit_of_work
from deskcore_it_assets import ends
from deskcore_it_assets.audit_models import MAX_SLUG, Release
from deskcore_it_assets.catalogue import category_named, product_key
from deskcore_it_assets.intake import LookedAt
from deskcore_it_assets.models import MAX_NAME, Category, Manufacturer, Product
from deskcore_it_assets.spelling import spelled

#: Rows of one transaction.
_BATCH = 1000
#: Which families of the list of ends are devices; the others are software.
_DEVICES = "device"
Row = tuple[int, Mapping[str, Any]]


def take_in_models(path: Path, category: str = "", dry_run: bool = False) -> importing.Report:
    """Add the models of a file of JSON lines with ``manufacturer``, ``model`` and ``part_number``.

    A model that is known stays as it is.

    :param category: of which new ones are; empty for none.
    """
    report = importing.Report()
    rest, seen = _rows(path, report), set[str]()
    while batch := list(islice(rest, _BATCH)):
        try:
            with unit_of_work() as work:
                _add_models(work, batch, category_named(work, category), report, seen)
                if dry_run:
                    raise LookedAt
        except LookedAt:
            continue
    return report


def take_in_ends(path: Path, dry_run: bool = False) -> importing.Report:
    """Take over the ends of devices of a file of JSON lines with ``product`` and ``meta``, and carry them to models.

    The same file again changes nothing; a day that changed in the file changes here.
    """
    report = importing.Report()
    found = {(each["product"], each["cycle"]): each for row in _rows(path, report) for each in _releases(row, report)}
    days: dict[str, set[date | None]] = {}
    for each in found.values():
        days.setdefault(each["key"], set()).add(each["ends_on"])
    for each in found.values():
        # Two devices of one name that end on different days: which one a thing is, nobody can tell.
        each["key"] = "" if len(days[each["key"]]) > 1 else each["key"]
    try:
        with unit_of_work() as work:
            _store(work, list(found.values()), report)
            work.flush()
            ends.carry_over(work)
            if dry_run:
                raise LookedAt
    except LookedAt:
        pass
    return report


def _rows(path: Path, report: importing.Report) -> Iterator[Row]:
    """Yield the lines of a file as objects; what is none is in the report."""
    number = 0
    try:
        with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                if not line.strip():
                    continue
                report.read += 1
                try:
                    row = json.loads(line)
                except (ValueError, RecursionError) as error:
                    report.bad(number, importing.sentence("It is no JSON: %(error)s.", error=str(error)[:100]))
                    continue
                if isinstance(row, dict):
                    yield number, row
                else:
                    report.bad(number, importing.sentence("It is no object."))
    except (EOFError, OSError, zlib.error) as error:
        report.bad(number + 1, importing.sentence("The file was cut off here: %(error)s.", error=str(error)[:100]))


def _add_models(
    work: Session, batch: Sequence[Row], category: Category | None, report: importing.Report, seen: set[str]
) -> None:
    lines = [line for number, row in batch if (line := _model(number, row, report)) is not None]
    keys = {product_key(*line): line for line in lines}
    known = seen | set(work.scalars(select(Product.key).where(Product.key.in_(list(keys)))))
    makers = _makers(work, {maker for _name, _number, maker in lines})
    fresh = {key: line for key, line in keys.items() if key not in known}
    for key, (name, number, maker) in fresh.items():
        made = Product(key=key, name=name, number=number, manufacturer_id=makers[spelled(maker)] if maker else None)
        made.category_id = category.id if category else None
        ends.look_up(work, made, maker)
        work.add(made)
    seen |= fresh.keys()
    report.created += len(fresh)
    report.skipped += len(lines) - len(fresh)


def _model(number: int, row: Mapping[str, Any], report: importing.Report) -> tuple[str, str, str] | None:
    """Return the name, the number and the maker of a model; nothing for a line that is reported."""
    found = tuple(row.get(key) or "" for key in ("model", "part_number", "manufacturer"))
    if not all(isinstance(text, str) for text in found):
        report.bad(number, importing.sentence("“model”, “part_number” and “manufacturer” have to be texts."))
        return None
    name, part, maker = (" ".join(text.split()) for text in found)
    if not name or max(map(len, (name, part, maker))) > MAX_NAME:
        said = "model: It is empty, or a text is longer than %(most)s characters."
        report.bad(number, importing.sentence(said, most=MAX_NAME))
        return None
    return name, part, maker


def _makers(work: Session, names: set[str]) -> dict[str, int]:
    """Return the ids of manufacturers by name in one spelling, those that are new added."""
    by_key = {spelled(name): name for name in sorted(names) if name}
    known = set(work.scalars(select(Manufacturer.key).where(Manufacturer.key.in_(list(by_key)))))
    work.add_all(Manufacturer(key=key, name=name) for key, name in by_key.items() if key not in known)
    work.flush()
    wanted = select(Manufacturer.key, Manufacturer.id).where(Manufacturer.key.in_(list(by_key)))
    return {row.key: row.id for row in work.execute(wanted)}


def _releases(row: Row, report: importing.Report) -> Iterator[dict[str, Any]]:
    """Yield the devices of one family; families of software are none."""
    number, told = row
    meta = told.get("meta")
    if not isinstance(meta, dict) or not isinstance(told.get("product"), str):
        report.bad(number, importing.sentence("It names no “product”, or has no “meta”."))
        return
    if meta.get("category") != _DEVICES:
        report.skipped += 1
        return
    title = str(meta.get("title") or told["product"])
    for each in meta.get("releases") or ():
        cycle = str(each.get("releaseCycle") or "")
        label = str(each.get("releaseLabel") or cycle)
        if not cycle or (until := _day(each.get("eol"))) is None:
            report.bad(number, importing.sentence("eol: “%(text)s” is no day.", text=str(each.get("eol"))[:40]))
            continue
        yield {
            "product": told["product"][:MAX_SLUG],
            "cycle": cycle[:MAX_NAME],
            "key": ends.device_key(title, label),
            "title": label[:MAX_NAME],
            "ends_on": until or None,
        }


def _day(value: Any) -> date | str | None:
    """Return the day on which a device ends; ``""`` for one without a known end, nothing for what is neither."""
    if isinstance(value, bool) or value is None:
        return ""
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        return None


def _store(work: Session, found: Sequence[dict[str, Any]], report: importing.Report) -> None:
    stored = {(row.product, row.cycle): row for row in work.scalars(select(Release))}
    for each in found:
        row = stored.get((each["product"], each["cycle"]))
        if row is None:
            work.add(Release(**each))
            report.created += 1
        elif {key: getattr(row, key) for key in each} == each:
            report.skipped += 1
        else:
            for key, value in each.items():
                setattr(row, key, value)
            report.updated += 1

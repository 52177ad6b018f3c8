"""How a file is written: its encoding, and the one format of its days, found out before the first row is stored."""

from __future__ import annotations

from codecs import BOM_UTF16_BE, BOM_UTF16_LE, getincrementaldecoder
from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path

from deskcore.plugin import importing
from deskcore_it_assets.columns import DAYS

#: Formats of days that are tried, in this order.
FORMATS = ("%Y-%m-%d", "%d.%m.%Y", "%m/%d/%Y", "%d/%m/%Y", "%m/%d/%y", "%d/%m/%y", "%Y/%m/%d", "%d-%m-%Y")
_PIECE = 1 << 20


def encoding_of(path: Path) -> str:
    """Return the encoding of a file: UTF-16 with its mark, UTF-8 if it is that, and else windows-1250."""
    with path.open("rb") as file:
        begin = file.read(2)
        if begin in (BOM_UTF16_BE, BOM_UTF16_LE):
            return "utf-16"
        if begin == b"\x1f\x8b":
            return "utf-8-sig"
        decoder = getincrementaldecoder("utf-8")()
        file.seek(0)
        try:
            while piece := file.read(_PIECE):
                decoder.decode(piece)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1250"
    return "utf-8-sig"


def format_of_days(rows: Iterable[importing.Row | importing.BadRow], fields: importing.FieldMap) -> str:
    """Return the format in which a file writes its days: the one that fits most of them.

    :raises Refused: when two formats fit equally well and mean different days; it is never guessed.
    """
    found = Counter[str]()
    different: set[tuple[str, str]] = set()
    for row in rows:
        if not isinstance(row, importing.Row):
            continue
        for key in DAYS:
            text = fields.get(row.values, key) if key in fields.columns else ""
            fits = {form: day for form in FORMATS if (day := day_in(text, form)) is not None} if text else {}
            found.update(fits.keys())
            different |= {(one, other) for one in fits for other in fits if fits[one] != fits[other]}
    if not found:
        return FORMATS[0]
    most = max(found.values())
    best = [form for form in FORMATS if found[form] == most]
    for form in best[1:]:
        if (best[0], form) in different:
            said = "The days can be read as %(one)s and as %(other)s. Say which with --date-format."
            raise importing.Unusable(importing.sentence(said, one=_shown(best[0]), other=_shown(form)))
    return best[0]


@lru_cache(10_000)
def day_in(text: str, form: str) -> date | None:
    """Return the day that a text names in a format; nothing when it does not fit."""
    try:
        return datetime.strptime(text, form).date()  # noqa: DTZ007
    except ValueError:
        return None


def _shown(form: str) -> str:
    names = {"%Y": "YYYY", "%y": "YY", "%m": "MM", "%d": "DD"}
    for code, name in names.items():
        form = form.replace(code, name)
    return form

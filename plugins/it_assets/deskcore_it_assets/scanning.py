"""What a scanner reads: a tag, a serial number, or the address that the code of a label holds."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from deskcore_it_assets.models import MAX_NAME, Asset
from deskcore_it_assets.records import whole
from deskcore_it_assets.rights import Keeper
from deskcore_it_assets.spelling import serial_spelled, spelled

#: Where the addresses of things begin, the one on labels first.
_ADDRESSES = ("/equipment/", "/x/it_assets/assets/")


def code_in(text: str) -> str:
    """Return the tag or serial number in what was scanned: of an address, what names the thing."""
    text = " ".join(text.split())[: 4 * MAX_NAME]
    if "://" not in text:
        return text[:MAX_NAME]
    path = urlsplit(text).path
    for begin in _ADDRESSES:
        _before, found, tag = path.partition(begin)
        if found:
            return unquote(tag).strip("/")[:MAX_NAME]
    return text[:MAX_NAME]


def thing_of(work: Session, text: str, by: Keeper) -> Asset | None:
    """Return the thing that was scanned, if whoever scans looks after it; by its tag, or else by its serial number."""
    code = code_in(text)
    found = _by(work, Asset.tag_key == spelled(code), by)
    serial = serial_spelled(code)
    return found or (_by(work, Asset.serial_key == serial, by) if serial else None)


def _by(work: Session, condition: ColumnElement[bool], by: Keeper) -> Asset | None:
    wanted = select(Asset).where(condition, by.own()).options(*whole())
    return work.scalar(wanted.execution_options(populate_existing=True))

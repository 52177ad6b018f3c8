"""What agents report of devices: inventories of GLPI as JSON, and of FusionInventory as XML; each is about one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.parsers import expat

from sqlalchemy import select

from deskcore.plugin import importing, unit_of_work
from deskcore_it_assets.intake import Intake, LookedAt, Options
from deskcore_it_assets.models import MAX_NAME, MAX_TAG, Asset
from deskcore_it_assets.rows import Line
from deskcore_it_assets.spelling import serial_spelled

#: Bytes of one inventory.
MOST = 50_000_000
_PARTS = ("BIOS", "HARDWARE", "NETWORK_DEVICE")
#: Where XML has the same under another name.
_IN_XML = {"DEVICE/INFO": "NETWORK_DEVICE"}
_CATEGORIES = {
    "laptop": "Notebooks", "notebook": "Notebooks", "portable": "Notebooks", "desktop": "Computers",
    "phone": "Phones", "printer": "Printers", "networking": "Network equipment",
}  # fmt: skip
Facts = Mapping[str, Mapping[str, str]]


def take_in_inventories(path: Path, options: Options) -> importing.Report:
    """Put the devices of a file, or of all files in a folder, into the books: each file in a transaction of its own.

    A device is known by its serial number. What people wrote of it stays; an inventory fills what is empty, and a
    device is called as it is in the network.
    """
    files = sorted(filter(_may_be_one, path.rglob("*"))) if path.is_dir() else [path]
    intake = Intake(importing.FieldMap(), options)
    for number, file in enumerate(files, start=1):
        intake.report.read += 1
        try:
            line = _line(number, read_inventory(file))
            _store(intake, line, options)
        except importing.BadValue as bad:
            intake.report.bad(number, importing.sentence("%(file)s: %(said)s", file=file.name, said=bad.said))
    return intake.report


def read_inventory(file: Path) -> Facts:
    """Return what an inventory says of the device itself, by part and name in capital letters.

    :raises BadValue: saying where the file cannot be read.
    """
    if file.stat().st_size > MOST:
        raise _bad("It is larger than %(most)s bytes.", most=MOST)
    content = file.read_bytes()
    return _from_xml(content) if content.lstrip()[:1] == b"<" else _from_json(content)


def _store(intake: Intake, line: Line, options: Options) -> None:
    try:
        with unit_of_work() as work:
            known = work.scalar(select(Asset).where(Asset.serial_key == line.serial_key))
            intake.store(work, [_narrowed(line, known) if known is not None else line])
            if options.dry_run:
                raise LookedAt
    except LookedAt:
        intake.references.forget()


def _narrowed(line: Line, known: Asset) -> Line:
    """Return of a line what is not to be left to people: a device keeps its tag, and the model that somebody chose."""
    kept = {"tag"} | ({"model", "manufacturer", "category"} if known.product_id is not None else set())
    return Line(line.number, {key: text for key, text in line.texts.items() if key not in kept})


def _line(number: int, facts: Facts) -> Line:
    bios, hardware, device = (facts.get(part, {}) for part in _PARTS)
    serial = bios.get("SSN") or device.get("SERIAL") or ""
    if serial_spelled(serial) is None:
        raise _bad("It names no serial number by which the device could be known.")
    kind = hardware.get("CHASSIS_TYPE") or device.get("TYPE") or ""
    texts = {
        "serial": serial,
        "tag": bios.get("ASSETTAG") if serial_spelled(bios.get("ASSETTAG", "")) else serial,
        "name": hardware.get("NAME") or device.get("NAME") or "",
        "model": bios.get("SMODEL") or device.get("MODEL") or "",
        "manufacturer": bios.get("SMANUFACTURER") or device.get("MANUFACTURER") or "",
        "category": _CATEGORIES.get(kind.casefold(), ""),
    }
    cut = {key: " ".join((text or "").split())[: MAX_TAG if key == "tag" else MAX_NAME] for key, text in texts.items()}
    if not cut["model"]:
        cut["manufacturer"] = cut["category"] = ""
    return Line(number, {key: text for key, text in cut.items() if text})


def _from_json(content: bytes) -> Facts:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise _bad("It is no JSON, or was cut off: %(error)s.", error=str(error)[:100]) from None
    inside = found.get("content") if isinstance(found, dict) else None
    if not isinstance(inside, dict):
        raise _bad("It is no inventory: it has no “content”.")
    return {part: _texts(inside.get(part.lower())) for part in _PARTS}


def _texts(part: Any) -> dict[str, str]:
    found = part if isinstance(part, dict) else {}
    return {str(key).upper(): value for key, value in found.items() if isinstance(value, str)}


def _from_xml(content: bytes) -> Facts:
    """Read XML without ever following an entity: a file that declares any is refused."""
    parser, collected = expat.ParserCreate(), _Collected()
    parser.StartElementHandler, parser.EndElementHandler = collected.begin, collected.end
    parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = collected.text, collected.refuse
    parser.buffer_text = True
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        said = "Line %(line)s, column %(column)s: it is no XML, or was cut off."
        raise _bad(said, line=error.lineno, column=error.offset + 1) from None
    return collected.facts


class _Collected:
    """What was read of a file so far."""

    def __init__(self) -> None:
        self.facts: dict[str, dict[str, str]] = {}
        self._path: list[str] = []

    def begin(self, name: str, attributes: Mapping[str, str]) -> None:
        self._path.append(name)

    def end(self, name: str) -> None:
        self._path.pop()

    def text(self, text: str) -> None:
        place = "/".join(self._path[2:-1])
        part = _IN_XML.get(place, place)
        if self._path[:2] == ["REQUEST", "CONTENT"] and part in _PARTS and text.strip():
            self.facts.setdefault(part, {}).setdefault(self._path[-1], text.strip())

    def refuse(self, *declared: object) -> None:
        raise _bad("It declares entities, which an inventory has no need of.")


def _bad(said: str, **values: object) -> importing.BadValue:
    return importing.BadValue(importing.sentence(said, **values))


def _may_be_one(path: Path) -> bool:
    return path.is_file() and path.suffix in (".json", ".xml")

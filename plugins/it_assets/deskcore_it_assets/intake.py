"""Equipment from files, put into the books: added, or changed where the tag or the serial number is known already.

What a file says twice changes nothing; what it does not say stays as it is; a bad row leaves nothing behind.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from sqlalchemy.orm import Session

from deskcore.plugin import NotFound, PersonView, Refused, importing, people, unit_of_work
from deskcore_it_assets import custody, records
from deskcore_it_assets.batches import Fresh, Known, add_all, known_of
from deskcore_it_assets.custody import Holder
from deskcore_it_assets.indexing import holder_texts
from deskcore_it_assets.models import Asset, Assignment, Location, Supplier
from deskcore_it_assets.own_fields import fields_of, read_fields, refuse_sensitive
from deskcore_it_assets.particulars import PLAIN, Checked, Wanted, checked, wanted_of
from deskcore_it_assets.references import References
from deskcore_it_assets.rights import IMPORTER
from deskcore_it_assets.rows import Line, column_of, in_column, read_row
from deskcore_it_assets.spelling import serial_spelled, spelled, words_in
from deskcore_it_assets.states import STEPS

#: Rows of one transaction.
BATCH = 1000
#: Texts that name something, which a file may write in another way.
_NAMES = ("tag", "serial", "location", "supplier")
_MODEL = ("model", "model_number", "manufacturer")
Rows = Iterable[importing.Row | importing.BadRow]


@dataclass(frozen=True)
class Options:
    """How a file is taken in.

    :param desk: key of the desk that looks after what is new.
    :param days: format in which it writes days.
    :param currency: of prices that name none.
    """

    desk: str
    days: str
    currency: str
    dry_run: bool = False


class LookedAt(Exception):
    """Everything was looked at, and nothing is to be stored."""


def take_in(
    rows: Rows,
    fields: importing.FieldMap,
    options: Options,
    progress: Callable[[importing.Report], None] = lambda report: None,
) -> importing.Report:
    """Put the rows of a file into the books.

    :param progress: called after each transaction.
    """
    intake, rest = Intake(fields, options), iter(rows)
    while batch := list(islice(rest, BATCH)):
        lines = intake.read(batch)
        try:
            with unit_of_work() as work:
                intake.store(work, lines)
                if options.dry_run:
                    raise LookedAt
        except LookedAt:
            intake.references.forget()
        progress(intake.report)
    return intake.report


class Intake:
    """One file on its way into the books."""

    def __init__(self, fields: importing.FieldMap, options: Options) -> None:
        self.report = importing.Report()
        self._fields, self._options = fields, options
        self._seen: dict[str, int] = {}
        self.references = References()

    def read(self, rows: Sequence[importing.Row | importing.BadRow]) -> list[Line]:
        """Return what the rows say; bad ones are in the report."""
        found = []
        for row in rows:
            self.report.read += 1
            if isinstance(row, importing.BadRow):
                self.report.bad(row.line, row.said)
                continue
            try:
                line = read_row(row, self._fields, self._options.days)
                self._once(line)
            except importing.BadValue as bad:
                self.report.bad(row.line, bad.said)
            else:
                found.append(line)
        return found

    def store(self, work: Session, lines: Sequence[Line]) -> None:
        """Add or change the things that lines tell of."""
        known, fresh = known_of(work, lines), list[Fresh]()
        for line in lines:
            try:
                asset = self._found(known, line)
                if asset is None:
                    fresh.append(self._new(work, known, line))
                elif self._change(work, asset, known, line):
                    self.report.updated += 1
                else:
                    self.report.skipped += 1
            except importing.BadValue as bad:
                self.report.bad(line.number, bad.said)
            except Refused as refused:
                for problem in refused.problems:
                    self.report.bad(line.number, self._said(problem.field, problem.message))
            except NotFound as error:
                self.report.bad(line.number, self._said("", error.message))
        add_all(work, fresh)
        self.report.created += len(fresh)

    def _once(self, line: Line) -> None:
        """Refuse a row about a thing that an earlier row is about."""
        for target, key in (("tag", line.tag_key), ("serial", line.serial_key)):
            first = self._seen.setdefault(f"{target} {key}", line.number) if key else line.number
            if first != line.number:
                said = "%(column)s: line %(first)s of the file has “%(text)s” already."
                text, column = line.texts[target], column_of(self._fields, target)
                raise importing.BadValue(importing.sentence(said, column=column, first=first, text=text))

    def _said(self, target: str, message: str) -> importing.Sentence:
        return in_column(self._fields, target, message) if target else importing.sentence("%(said)s", said=message)

    def _bad(self, target: str, said: str, **values: object) -> importing.BadValue:
        return importing.BadValue(self._said(target, str(importing.sentence(said, **values))))

    def _found(self, known: Known, line: Line) -> Asset | None:
        by_tag = known.by_tag.get(line.tag_key)
        by_serial = known.by_serial.get(line.serial_key or "")
        if by_serial is not None and line.tag_key and by_serial is not by_tag:
            raise self._bad(
                "serial", "“%(text)s” is the serial number of %(tag)s.", text=line.texts["serial"], tag=by_serial.tag
            )
        if by_tag is None and not line.tag_key and by_serial is None:
            raise self._bad("tag", "It is empty, and no thing has this serial number.")
        return by_tag or by_serial

    def _new(self, work: Session, known: Known, line: Line) -> Fresh:
        state = line.state if line.state not in ("", "assigned", "reserved") else "stock"
        always = {"desk": self._options.desk, "state": state}
        wanted = wanted_of({"currency": self._options.currency, **line.texts, **always})
        values = checked(wanted, IMPORTER)
        held = self._held(work, known, line)
        if line.state == "assigned" and not held:
            raise self._bad("status", "It says that somebody has it, but not who.")
        if held and state != "stock":
            raise self._bad("status", "What is in this state cannot be with anybody.")
        model = self.references.model(work, line.texts)
        refuse_sensitive(model.fields, line.fields)
        own, problems = read_fields(model.fields, line.fields)
        if problems:
            raise Refused(problems)
        now_in = "assigned" if held else line.state or "stock"
        row = self._row(work, wanted, values) | {
            "product_id": model.id, "category_id": model.category_id, "state": now_in, "fields": own,
        }  # fmt: skip
        texts = [wanted.tag, wanted.serial, wanted.name, wanted.order_number]
        if held.get("kind") == "person":
            texts += holder_texts(held["person"], held["person_name"])
        return Fresh(row, words_in(*texts) | model.words, held)

    def _row(self, work: Session, wanted: Wanted, values: Checked) -> dict[str, Any]:
        texts = {key: getattr(wanted, key) for key in PLAIN}
        return {
            **texts,
            **values.days,
            "tag": wanted.tag,
            "tag_key": spelled(wanted.tag),
            "serial_key": serial_spelled(wanted.serial),
            "desk": wanted.desk,
            "location_id": self.references.id_of(work, Location, wanted.location),
            "supplier_id": self.references.id_of(work, Supplier, wanted.supplier),
            "cents": values.cents,
            "currency": values.currency,
        }

    def _held(self, work: Session, known: Known, line: Line) -> dict[str, Any]:
        """Return the columns that say who has a thing; empty for nobody."""
        plain: dict[str, Any] = {"person": "", "person_name": "", "place_id": None, "due_on": line.due_on}
        if line.holder:
            person = self._person(known, line)
            return plain | {"kind": "person", "person": person.email, "person_name": person.name}
        if line.place:
            return plain | {"kind": "location", "place_id": self.references.id_of(work, Location, line.place)}
        return {}

    def _person(self, known: Known, line: Line) -> PersonView:
        person = known.people.get(line.holder.casefold()) or people.get(line.holder)
        if person is None:
            raise self._bad("holder", "Nobody here has the address %(email)s. Import people first.", email=line.holder)
        return person

    def _change(self, work: Session, asset: Asset, known: Known, line: Line) -> bool:
        """Change a thing as far as a line says something else, and tell whether it did."""
        category = asset.product.category if asset.product else None
        refuse_sensitive(fields_of(category.fields) if category else (), line.fields)
        stored = records.shown(asset)
        new = {key: text for key, text in self._said_of(line).items() if not _same(key, stored.get(key, ""), text)}
        to, step = self._new_holder(known.held.get(asset.id), known, line), self._step(asset, line)
        if not (new or to or step):
            return False
        with work.begin_nested():
            if new:
                records.save(asset.tag, _merged(stored, new), IMPORTER, asset.version)
            if step:
                custody.step(asset.tag, step, IMPORTER)
            if to is not None:
                custody.hand_over([asset.tag], to, IMPORTER)
        return True

    def _said_of(self, line: Line) -> dict[str, str]:
        texts = {key: text for key, text in line.texts.items() if key != "category"}
        if "price" in texts:
            texts.setdefault("currency", self._options.currency)
        elif "currency" in texts:
            del texts["currency"]
        return texts | {f"fields.{key}": text for key, text in line.fields.items()}

    def _new_holder(self, held: Assignment | None, known: Known, line: Line) -> Holder | None:
        if line.holder:
            person = self._person(known, line)
            same = held is not None and held.person in _addresses(person.email, held.person)
            return None if same else Holder("person", person.email)
        if line.place:
            same = held is not None and held.place is not None and spelled(held.place.name) == spelled(line.place)
            return None if same else Holder("location", line.place)
        return None

    def _step(self, asset: Asset, line: Line) -> str:
        """Return the step that leads to the state which a line names; ``""`` where nothing is to be done."""
        settled = ("", asset.state, "assigned", "reserved")
        if line.state in settled or (line.state == "stock" and asset.state in ("assigned", "reserved")):
            return ""
        for step, (origins, target) in STEPS.items():
            if asset.state in origins and target == line.state:
                return step
        raise self._bad("status", "It cannot become that from “%(state)s”, which it is now.", state=asset.state)


def _addresses(email: str, held_by: str) -> list[str]:
    """Return the addresses of somebody, as far as they are needed to tell whether ``held_by`` is one of them."""
    return [email] if email == held_by else people.addresses_of(email)


def _same(key: str, stored: str, text: str) -> bool:
    return spelled(stored) == spelled(text) if key in (*_NAMES, *_MODEL) else stored == text


def _merged(stored: dict[str, str], new: dict[str, str]) -> Wanted:
    """Return what is to be known of a thing: what is stored, and instead of it what is new."""
    whole = stored | new
    own = {key.removeprefix("fields."): text for key, text in whole.items() if key.startswith("fields.")}
    plain = {key: text for key, text in whole.items() if not key.startswith("fields.")}
    if {"model", "model_number", "manufacturer"} & set(new):
        plain.pop("category", None)
    return replace(wanted_of(plain), fields=own)

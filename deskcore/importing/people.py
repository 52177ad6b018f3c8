"""Import of people: first everybody, then who manages whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import sqlalchemy as sa
from sqlalchemy import select
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import Session, aliased

from deskcore.desks.models import DeskRow
from deskcore.errors import Refused
from deskcore.extensions import db
from deskcore.hooks.sentences import sentence
from deskcore.importing.mapping import FieldMap
from deskcore.importing.messages import BadValue, Unusable
from deskcore.importing.people_rows import (
    TARGETS,
    PeopleRows,
    PreparedPerson,
    check_no_rights,
    look_alike,
    with_own_names,
)
from deskcore.importing.recorded import recorded
from deskcore.importing.report import Report
from deskcore.importing.sources import BadRow, Row, Source
from deskcore.importing.tickets import Progress
from deskcore.people.former import present_addresses
from deskcore.people.models import DeskGrant, Person
from deskcore.people.services import department_named, location_named
from deskcore.work import unit_of_work

#: People of one file: all of them are kept in mind, to find duplicates and managers.
MAX_PEOPLE = 200_000


def import_people(
    source: Source,
    fields: FieldMap,
    *,
    email_domain: str = "",
    allow_look_alikes: bool = False,
    own_names: bool = True,
    batch: int = 500,
    dry_run: bool = False,
    progress: Progress = lambda read, report: None,
) -> Report:
    """Add everybody who is new and update what has changed about the others; nobody gets a right by it.

    A person is known by address alone, the present one or a former one. Another address that looks the same is a bad
    row, never merged.

    :param email_domain: appended to addresses without ``@``.
    :param allow_look_alikes: take addresses that only look like another one for other people.
    :param own_names: take what is not mapped from the column of its own name; without, nothing but what is mapped.
    :raises Refused: when the mapping or the file as a whole cannot be used.
    """
    check_no_rights(source.columns)
    fields = with_own_names(fields, source.columns) if own_names else fields
    if "email" not in fields.targets:
        raise Unusable(sentence("Map a column to the address: --map email=COLUMN"))
    fields.check(TARGETS, source.columns)
    with recorded("people", source, dry_run=dry_run) as report:
        run = _Run(PeopleRows(fields, email_domain), report, allow_look_alikes, dry_run)
        for row in source.rows():
            run.take(row)
            if len(run.waiting) >= batch:
                run.flush()
                progress(source.read_bytes, report)
        run.flush()
        run.set_managers(batch)
    progress(source.read_bytes, report)
    return report


class _Run:
    """One import while it runs."""

    def __init__(self, rows: PeopleRows, report: Report, allow_look_alikes: bool, dry_run: bool) -> None:
        self.report = report
        self.waiting: list[PreparedPerson] = []
        self._rows = rows
        self._allow_look_alikes = allow_look_alikes
        self._dry_run = dry_run
        self._lines: dict[str, int] = {}
        self._managed: list[tuple[int, str, str]] = []
        self._updated: set[str] = set()
        known = db.session.execute(select(Person.email, Person.external_id)).all()
        self._alike = {look_alike(email): email for email, _ in known}
        self._emails = {email for email, _ in known}
        self._former = present_addresses(db.session())
        self._by_external = {external: email for email, external in known if external}
        self._trusted = _trusted()
        self._places: dict[tuple[str, str], int] = {}

    def take(self, row: Row | BadRow) -> None:
        """Prepare a row, or note why it cannot be."""
        self.report.read += 1
        if self.report.read > MAX_PEOPLE:
            raise Unusable(sentence("The file has more than %(count)s people; split it.", count=MAX_PEOPLE))
        if isinstance(row, BadRow):
            self.report.bad(row.line, row.said)
            return
        try:
            person = self._rows.prepare(row)
            person = replace(person, email=self._former.get(person.email, person.email))
            self._check_single(person)
        except BadValue as error:
            self.report.bad(row.line, error.said)
            return
        self._lines[person.email] = person.line
        self._alike[look_alike(person.email)] = person.email
        self._emails.add(person.email)
        self.waiting.append(person)

    def _check_single(self, person: PreparedPerson) -> None:
        first = self._lines.get(person.email)
        if first is not None:
            raise BadValue(
                sentence(
                    "%(email)s is in line %(line)s already; upper and lower case make no difference.",
                    email=person.email,
                    line=first,
                )
            )
        alike = self._alike.get(look_alike(person.email), person.email)
        if alike != person.email and person.email not in self._emails and not self._allow_look_alikes:
            raise BadValue(
                sentence(
                    "%(email)s looks like %(other)s; if they are two people, say so before the import "
                    "(--allow-look-alikes).",
                    email=person.email,
                    other=alike,
                )
            )

    def flush(self) -> None:
        """Store what is waiting."""
        people, self.waiting = self.waiting, []
        try:
            self._store(people)
        except (IntegrityError, DataError):
            self._places.clear()  # those that were added with the batch are gone with it
            for person in people:
                self._store_alone(person)

    def _store_alone(self, person: PreparedPerson) -> None:
        try:
            self._store([person])
        except (IntegrityError, DataError) as error:
            self._places.clear()
            said = sentence("The database refuses it: %(reason)s", reason=str(error.orig)[:200])
            self.report.bad(person.line, said)

    def _store(self, people: Sequence[PreparedPerson]) -> None:
        if self._dry_run:
            known = self._known(people)
            outcomes = [_differs(known[one.email], one.values) if one.email in known else None for one in people]
            db.session.rollback()
        else:
            with unit_of_work() as session:
                outcomes = self._write(session, people)
        for person, changed in zip(people, outcomes, strict=True):
            self._count(person, changed)

    def _count(self, person: PreparedPerson, changed: bool | None) -> None:
        self.report.created += changed is None
        self.report.updated += changed is True
        self.report.skipped += changed is False
        if changed is not False:
            self._updated.add(person.email)
        if "external_id" in person.values:
            self._by_external[person.values["external_id"]] = person.email
        if person.manager:
            self._managed.append((person.line, person.email, person.manager))

    def _known(self, people: Sequence[PreparedPerson]) -> dict[str, Person]:
        """Return those who are there, by the address in the file; it may have become a former one meanwhile."""
        emails = [person.email for person in people]
        former = present_addresses(db.session(), emails)
        wanted = select(Person).where(Person.email.in_([*emails, *former.values()]))
        found = {person.email: person for person in db.session.scalars(wanted)}
        return found | {address: found[present] for address, present in former.items()}

    def _write(self, session: Session, people: Sequence[PreparedPerson]) -> list[bool | None]:
        """Add or update; return for each whether something changed, ``None`` for somebody new."""
        known = self._known(people)
        outcomes: list[bool | None] = []
        for person in people:
            values = dict(person.values) | self._placed(person)
            row = known.get(person.email)
            if row is None:
                session.add(Person(**{"email": person.email, "name": person.email.partition("@")[0], **values}))
                outcomes.append(None)
                continue
            if row.email in self._trusted and values.get("external_id", row.external_id) != row.external_id:
                values.pop("external_id")
                said = sentence(
                    "%(email)s is an administrator, an auditor or on a confidential desk: the external id stays as it "
                    "is.",
                    email=row.email,
                )
                self.report.bad(person.line, said)
            outcomes.append(_differs(row, values))
            for column, value in values.items():
                setattr(row, column, value)
        session.flush()
        session.expunge_all()
        return outcomes

    def _placed(self, person: PreparedPerson) -> dict[str, int]:
        found = {}
        for kind, name in (("department", person.department), ("location", person.location)):
            if name:
                if (kind, name) not in self._places:
                    make = department_named if kind == "department" else location_named
                    self._places[kind, name] = make(name).id
                found[f"{kind}_id"] = self._places[kind, name]
        return found

    def set_managers(self, batch: int) -> None:
        """Set managers, once everybody is there; nobody manages himself, not even in a roundabout way."""
        manager = aliased(Person)
        pairs = select(Person.email, manager.email).join(manager, manager.id == Person.manager_id)
        managers = dict(db.session.execute(pairs).all())
        changed: dict[str, str] = {}
        for line, email, text in self._managed:
            try:
                above = self._manager(email, text, managers)
            except BadValue as error:
                self.report.bad(line, error.said)
                continue
            if managers.get(email) != above:
                managers[email] = changed[email] = above
        if not self._dry_run:
            pairs_to_set = list(changed.items())
            for start in range(0, len(pairs_to_set), batch):
                _write_managers(pairs_to_set[start : start + batch])
        self._recount(set(changed))

    def _manager(self, email: str, text: str, managers: dict[str, str]) -> str:
        above = self._by_external.get(text)
        if above is None:
            try:
                above = self._rows.address(text)
            except Refused:
                above = ""
            above = self._former.get(above, above)
        if above not in self._emails:
            raise BadValue(
                sentence(
                    "The manager “%(manager)s” is nobody in the file or in Deskcore; the person was imported without.",
                    manager=text[:80],
                )
            )
        step: str | None = above
        while step is not None:
            if step == email:
                raise BadValue(
                    sentence(
                        "%(email)s would manage himself or herself through “%(manager)s”; imported without a manager.",
                        email=email,
                        manager=text[:80],
                    )
                )
            step = managers.get(step)
        return above

    def _recount(self, changed: set[str]) -> None:
        """Count those as updated of whom only the manager has changed."""
        only = len(changed - self._updated)
        self.report.updated += only
        self.report.skipped -= only


def _trusted() -> set[str]:
    """Return the addresses whose external id no file changes, because of what they may see."""
    confidential = select(DeskGrant.person_id).join(DeskRow, DeskRow.id == DeskGrant.desk_id)
    confidential = confidential.where(DeskRow.confidential)
    rights = sa.or_(Person.administrator, Person.auditor, Person.id.in_(confidential))
    return set(db.session.scalars(select(Person.email).where(rights)))


def _differs(row: Person, values: Mapping[str, object]) -> bool:
    return any(getattr(row, column) != value for column, value in values.items())


def _write_managers(pairs: Sequence[tuple[str, str]]) -> None:
    with unit_of_work() as session:
        emails = {email for pair in pairs for email in pair}
        ids = dict(session.execute(select(Person.email, Person.id).where(Person.email.in_(emails))).all())
        rows = [{"id": ids[email], "manager_id": ids[above]} for email, above in pairs if email in ids and above in ids]
        session.execute(sa.update(Person), rows)

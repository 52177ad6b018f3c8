"""Files that are imported: damaged, enormous, and with ideas of their own."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from deskcore.errors import Refused
from deskcore.extensions import db
from deskcore.importing.mapping import field_map
from deskcore.importing.people import import_people
from deskcore.importing.report import Report
from deskcore.importing.sources import Source
from deskcore.importing.ticket_rows import TicketOptions
from deskcore.importing.tickets import import_tickets
from deskcore.people.models import DeskGrant, Person
from deskcore.people.services import find_person
from deskcore.tickets.models import Ticket, TicketEvent
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as
from tests.bad_inputs.callers import address
from tests.bad_inputs.cases import Case, cases
from tests.bad_inputs.conftest import dump

Import = Callable[..., Report]


@pytest.fixture
def tickets(house: Flask, tmp_path: Path) -> Import:
    """Import tickets from a text, with the subject in the column of that name unless said otherwise."""

    def run(text: str | bytes, *, maps: Any = ("subject=subject",), name: str = "x.csv", **options: Any) -> Report:
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass"))
        with house.app_context(), acting_as(SYSTEM), Source(path) as source:
            return import_tickets(source, field_map(None, maps), TicketOptions("it", **options))

    return run


@pytest.fixture
def people(house: Flask, tmp_path: Path) -> Import:
    """Import people from a text."""

    def run(text: str) -> Report:
        path = tmp_path / "people.csv"
        path.write_text(text, encoding="utf-8")
        with house.app_context(), acting_as(SYSTEM), Source(path) as source:
            return import_people(source, field_map(None))

    return run


@pytest.fixture
def subjects(house: Flask) -> Callable[[], list[str]]:
    """Read the subjects of all tickets."""

    def read() -> list[str]:
        with house.app_context(), acting_as(SYSTEM) as session:
            return list(session.scalars(select(Ticket.subject)))

    return read


@cases("CSV-001")
def test_values_are_values(case: Case, house: Flask, tickets: Import, subjects: Callable[[], list[str]]) -> None:
    name, email = case.payload.rsplit(",", 1)
    quoted = name.replace('"', '""')
    report = tickets(
        f'subject,from\n"{quoted}",{email}\n', maps=("subject=subject", "requester=from", "requester_name=subject")
    )
    assert (report.created, report.errors) == (1, [])
    assert name in subjects()
    with house.app_context():
        person = find_person(email)
        assert person is not None
        assert person.name == name
        assert db.session.scalar(select(func.count()).select_from(Person)) or 0 > 7


@cases("CSV-004")
def test_damaged_rows_are_named_by_line_and_the_others_come(case: Case, tickets: Import) -> None:
    report = tickets(case.payload, maps=("subject=a",))
    assert report.read == len(report.errors) + report.created
    assert [line for line, _message in report.errors] == [2, 3, 4]
    mixed = "a,b\ngood,1\n1,2,3\nfine,2\n"
    report = tickets(mixed, maps=("subject=a",))
    assert (report.created, [line for line, _message in report.errors]) == (2, [3])


def test_a_head_that_names_nothing_is_refused(tickets: Import) -> None:
    for head in ("", "\n", "a,a\n", ",,\n", '"a\n', "x" * 3_000_000, ",".join(f"c{i}" for i in range(501)), "\ufeff"):
        with pytest.raises(Refused):
            tickets(head, maps=("subject=a",))


@cases("CSV-005")
def test_an_enormous_row_is_one_bad_row(case: Case, tickets: Import) -> None:
    report = tickets("subject\n" + case.payload + "\ngood one\n")
    assert (report.created, len(report.errors)) == (1, 1)
    field = tickets("subject\n" + "x" * 300_000 + "\nanother good one\n")
    assert (field.created, len(field.errors)) == (1, 1)


def test_a_file_that_is_no_text_is_refused_row_by_row_or_as_a_whole(tickets: Import) -> None:
    for content, name in (
        (b"subject\n\xff\xfe\xfd\n", "x.csv"), (b"subject\na\x00b\n", "x.csv"), (b"\x1f\x8b\x08broken", "x.csv.gz"),
        (b"PK\x03\x04\x14\x00", "x.csv"), (bytes(range(256)) * 20, "x.csv"), (b"\xff\xfes\x00u\x00", "x.csv"),
        (b'{"subject": "x"\n[1]\n"x"\n{"subject": "\\ud800"}\nnull\n' + b"[" * 100_000 + b"\n", "x.jsonl"),
        (b'{"subject": ' + b"9" * 10_000 + b"}\n", "x.jsonl"), (b"subject\rmac\rends\r", "x.csv"),
    ):  # fmt: skip
        try:
            report = tickets(content, name=name)
        except Refused:
            continue
        assert report.read == report.created + report.skipped + len(report.errors), content[:20]


@cases("CSV-007")
def test_an_import_gives_nobody_rights(case: Case, house: Flask, people: Import) -> None:
    before = dump(house)
    with pytest.raises(Refused):
        people(case.payload)
    for column in (
        "Role",
        "ADMINISTRATOR",
        "password",
        "password hash",
        "grants",
        "desks",
        "auditor",
        "scopes",
        "token",
    ):
        with pytest.raises(Refused):
            people(f"email,{column}\nadmin@meridian.example,admin\n")
    assert dump(house) == before
    people(f"email,name,external_id,active,id\n{address('admin')},Adam,evil,0,1\n{address('jan.wojcik')},Jan,e-1,0,1\n")
    with house.app_context():
        admin, jan = find_person(address("admin")), find_person(address("jan.wojcik"))
        assert admin is not None
        assert jan is not None
        assert (admin.external_id, admin.active, admin.administrator) == (None, True, True)
        assert (jan.administrator, jan.active) == (False, True)
        grants = db.session.scalar(select(func.count()).select_from(DeskGrant).where(DeskGrant.person_id == jan.id))
        assert grants == 0


@cases("CSV-008")
def test_addresses_that_are_or_look_the_same_are_named(case: Case, house: Flask, people: Import) -> None:
    spellings = case.payload.split(",")
    report = people("email\n" + "\n".join(spellings) + "\n")
    assert [line for line, _message in report.errors] == [3, 4]
    alike = [
        "anna+x@example.com",
        "ann\u0430@example.com".replace("\u0430", "ą"),
        "\uff41nna@example.com",
        "anna@\u212axample.com",
    ]
    report = people("email\n" + "\n".join(alike) + "\n")
    assert report.created + len(report.errors) == len(alike)
    assert len(report.errors) >= 3
    with house.app_context():
        assert (
            db.session.scalar(select(func.count()).select_from(Person).where(Person.email == "anna@example.com")) == 1
        )


@cases("CSV-010")
def test_an_import_tells_nobody(case: Case, house: Flask, tickets: Import) -> None:
    rows = "\n".join(f"Silent {place},silent{place}@example.com" for place in range(1_000))
    report = tickets("subject,from\n" + rows, maps=("subject=subject", "requester=from"))
    assert report.created == 1_000
    with house.app_context(), acting_as(SYSTEM) as session:
        waiting = (
            select(func.count()).select_from(TicketEvent).where(TicketEvent.pending, TicketEvent.channel == "import")
        )
        assert session.scalar(waiting) == 0
    stored = dump(house)
    assert [
        table for table, rows_there in stored.items() if re.fullmatch("job|delivery|outbox", table) and rows_there
    ] == []


@cases("CSV-011")
def test_a_date_is_read_in_the_form_that_was_named(case: Case, tickets: Import) -> None:
    from zoneinfo import ZoneInfo

    ambiguous, serial, gap = case.payload.split(",")
    maps, zone = ("subject=subject", "created_at=at"), ZoneInfo("Europe/Warsaw")
    text = f"subject,at\nAmbiguous,{ambiguous}\nSerial,{serial}\nGap,{gap}\n"
    with pytest.raises(Refused):
        tickets(text, maps=maps)
    report = tickets(text, maps=maps, date_format="iso", zone=zone)
    assert (report.created, [line for line, _message in report.errors]) == (0, [2, 3, 4])
    named = tickets(f"subject,at\nNamed,{ambiguous}\n", maps=maps, date_format="%d/%m/%y", zone=zone)
    assert (named.created, named.errors) == (1, [])
    odd = (
        "2025-10-26 02:30",
        "0000-00-00",
        "9999-12-31T23:59:59-23:59",
        "1e9",
        "now",
        "2026-02-29",
        "٢٠٢٥-٠١-٠١",
        "24:00",
        "9" * 5000,
    )
    rows = "\n".join(f"Odd {place},{date}" for place, date in enumerate(odd))
    report = tickets(f"subject,at\n{rows}\n", maps=maps, date_format="iso", zone=zone)
    assert (report.created, len(report.errors)) == (0, len(odd))


def test_texts_of_a_file_are_cleaned_like_any_other(tickets: Import, subjects: Callable[[], list[str]]) -> None:
    flood = "a" + "\u0301" * 3_000 + "\u0327" * 3_000
    report = tickets(f'subject\n"<script>alert(1)</script>"\n"=cmd|x"\n"line\nbreak"\n{flood}\n"\u202eevil"\n')
    assert report.read == report.created + len(report.errors)
    assert {"<script>alert(1)</script>", "=cmd|x", "line break"} <= set(subjects())
    assert all("\n" not in subject and len(subject) <= 200 for subject in subjects())


def test_an_import_cannot_forge_what_happened(tickets: Import) -> None:
    maps = ("subject=subject", "status=status", "priority=priority", "assignee=who", "team=team", "request_type=type")
    for row in (
        "x,owned,low,,,",
        "x,new,9,,,",
        f"x,new,low,{address('jan.wojcik')},,",
        "x,new,low,,evil,",
        "x,new,low,,,evil",
    ):
        report = tickets(f"subject,status,priority,who,team,type\n{row}\n", maps=maps)
        assert (report.created, len(report.errors)) == (0, 1), row
    for target in ("number=x", "id_=x", "version=x", "extra=x", "visibility=x", "password=x", "answers.nothing=x"):
        try:
            report = tickets("x\n1\n", maps=("subject=x", target))
        except Refused:
            continue
        assert report.created == 0, target

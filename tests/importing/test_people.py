"""People are imported with their places and managers, and never with rights."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import aliased

from deskcore.errors import Refused
from deskcore.extensions import db
from deskcore.fingerprints import fingerprint
from deskcore.importing.mapping import field_map
from deskcore.people.addresses import change_address
from deskcore.people.models import STAND_IN, Department, DeskGrant, Location, Person
from deskcore.people.services import find_person, get_person
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as
from tests.importing.conftest import Import, only_sqlite

HEADER = "email,name,department,location,manager,title,phone,language,external_id\n"


def managers() -> dict[str, str]:
    above = aliased(Person)
    wanted = sa.select(Person.email, above.email).join(above, above.id == Person.manager_id)
    return dict(db.session.execute(wanted.where(Person.email.like("%@x.example"))).all())


def test_everything_the_file_says_is_stored(people: Import) -> None:
    report = people(HEADER + "Ada@X.example,Ada Żak,Sales,Kraków,,Head,+48 22,pl,7\n")
    assert report.as_json() == {"read": 1, "created": 1, "updated": 0, "skipped": 0, "errors": []}
    ada = get_person("ada@x.example")
    assert (ada.name, ada.job_title, ada.phone, ada.language, ada.external_id) == (
        "Ada Żak",
        "Head",
        "+48 22",
        "pl",
        "7",
    )
    assert db.session.get_one(Department, ada.department_id).name == "Sales"
    assert db.session.get_one(Location, ada.location_id).name == "Kraków"
    assert ada.password_hash is None


def test_the_same_file_again_changes_nothing_and_a_changed_row_updates(people: Import) -> None:
    people(HEADER + "a@x.example,A,Sales,,b@x.example,,,,\nb@x.example,B,Sales,,,,,,\n")
    report = people(HEADER + "a@x.example,A,IT,,,,,,\nb@x.example,B,Sales,,,,,,\n")
    assert (report.created, report.updated, report.skipped) == (0, 1, 1)
    assert managers() == {"a@x.example": "b@x.example"}


def test_nobody_is_imported_as_the_one_who_stands_for_all_who_send_anonymously(people: Import) -> None:
    report = people(f"email,name\n{STAND_IN.upper()},Adam\n")
    assert (report.created, len(report.said)) == (0, 1)
    assert db.session.scalar(sa.select(Person.id).where(Person.email == STAND_IN)) is None


def test_what_the_file_leaves_empty_stays(people: Import) -> None:
    people(HEADER + "a@x.example,A,Sales,,,Head,,,\n")
    people("email,name\na@x.example,\n")
    assert (get_person("a@x.example").name, get_person("a@x.example").job_title) == ("A", "Head")


def test_managers_may_come_later_and_be_named_by_external_id(people: Import) -> None:
    report = people(HEADER + "a@x.example,A,,,7,,,,\nb@x.example,B,,,,,,,7\nc@x.example,C,,,A@x.example,,,,\n")
    assert report.errors == []
    assert managers() == {"a@x.example": "b@x.example", "c@x.example": "a@x.example"}


def test_a_change_of_the_manager_alone_counts_as_an_update(people: Import) -> None:
    rows = "a@x.example,A,,,{},,,,\nb@x.example,B,,,,,,,\n"
    people(HEADER + rows.format(""))
    report = people(HEADER + rows.format("b@x.example"))
    assert (report.updated, report.skipped) == (1, 1)


def test_nobody_manages_themselves_not_even_through_others(people: Import) -> None:
    text = "a@x.example,A,,,a@x.example,,,,\nb@x.example,B,,,c@x.example,,,,\nc@x.example,C,,,b@x.example,,,,\n"
    report = people(HEADER + text)
    assert [line for line, _ in report.errors] == [2, 4]
    assert managers() == {"b@x.example": "c@x.example"}


def test_an_unknown_manager_is_reported_and_the_person_is_there(people: Import) -> None:
    report = people(HEADER + "a@x.example,A,,,nobody@x.example,,,,\n")
    assert report.created == 1
    assert "“nobody@x.example” is nobody" in report.errors[0][1]


@only_sqlite
@pytest.mark.parametrize(
    "column", ["role", "Password", "password_hash", "administrator", "grants", "desks", "API token"]
)
def test_a_column_that_gives_rights_is_refused_by_name(people: Import, column: str) -> None:
    with pytest.raises(Refused, match=column):
        people(f"email,{column}\nmarek.nowak@meridian.example,admin\n")


@only_sqlite
@pytest.mark.parametrize("target", ["role", "password", "administrator"])
def test_nothing_can_be_mapped_to_a_right(people: Import, target: str) -> None:
    with pytest.raises(Refused, match=f"no “{target}” to map to"):
        people("email,x\na@x.example,1\n", {target: "x"})


def test_rights_of_those_who_are_there_stay(people: Import) -> None:
    before = db.session.scalar(sa.select(sa.func.count()).select_from(DeskGrant))
    people("email,name\nmarek.nowak@meridian.example,Marek N.\nadmin@meridian.example,Boss\n")
    assert db.session.scalar(sa.select(sa.func.count()).select_from(DeskGrant)) == before
    assert get_person("admin@meridian.example").administrator
    assert get_person("marek.nowak@meridian.example").password_hash is not None


def test_the_external_id_of_an_administrator_stays(people: Import) -> None:
    report = people("email,external_id\nadmin@meridian.example,evil\n")
    assert len(report.errors) == 1
    assert get_person("admin@meridian.example").external_id is None


@only_sqlite
@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        ("ANNA@x.example", "anna@x.example", "in line 2 already"),
        ("anna@x.example", "anna@X.EXAMPLE", "in line 2 already"),
        ("anna@x.example", "anna+it@x.example", "looks like anna@x.example"),
        ("anna@x.example", "ańna@x.example", "looks like anna@x.example"),
        ("mike@x.example", "mıke@x.example", "looks like mike@x.example"),
        ("kelvin@x.example", "\u212aelvin@x.example", "looks like kelvin@x.example"),
    ],
)
def test_addresses_that_are_or_look_the_same_are_reported_and_never_merged(
    people: Import, first: str, second: str, said: str
) -> None:
    report = people(f"email,name\n{first},One\n{second},Two\n")
    assert report.created == 1
    assert [line for line, _ in report.errors] == [3]
    assert said in report.errors[0][1]
    assert get_person(first).name == "One"


def test_a_look_alike_of_somebody_who_is_there_is_reported(people: Import) -> None:
    assert len(people("email\nanna.kowalska+1@meridian.example\n").errors) == 1


def test_look_alikes_are_two_people_when_that_is_said(people: Import) -> None:
    report = people("email\nanna@x.example\nanna+it@x.example\n", allow_look_alikes=True)
    assert (report.created, report.errors) == (2, [])


@only_sqlite
@pytest.mark.parametrize("row", ["no address,A", ",A", f"{'a' * 260}@x.example,A", f"a@x.example,{'n' * 300}"])
def test_a_row_that_is_nobody_is_reported(people: Import, row: str) -> None:
    report = people(f"email,name\n{row}\nb@x.example,B\n")
    assert (report.created, [line for line, _ in report.errors]) == (1, [2])


def test_two_people_with_one_external_id_are_told_apart(people: Import) -> None:
    report = people("email,external_id\na@x.example,1\nb@x.example,1\nc@x.example,2\n")
    assert report.created == 2
    assert [line for line, _ in report.errors] == [3]
    assert find_person("c@x.example") is not None


def test_a_dry_run_stores_nobody(people: Import) -> None:
    report = people(HEADER + "a@x.example,A,New,,,,,,\nb@x.example,B,,,a@x.example,,,,\n", dry_run=True)
    assert (report.created, report.errors) == (2, [])
    assert find_person("a@x.example") is None
    assert db.session.scalar(sa.select(Department.id).where(Department.name == "New")) is None


def test_an_export_of_another_system_is_mapped(people: Import) -> None:
    fields: Any = field_map(None, ["name=first+last", "external_id=no", "manager=boss", "title=job"])
    text = "no,first,last,email,boss,job,salary\n100,Steven,King,SKING,,President,1\n101,Neena,Yang,NYANG,100,Vice,1\n"
    assert people(text, fields, email_domain="hr.example").errors == []
    yang = get_person("nyang@hr.example")
    assert (yang.name, yang.job_title, yang.external_id) == ("Neena Yang", "Vice", "101")
    assert yang.manager_id == get_person("sking@hr.example").id


def renamed() -> None:
    with acting_as(SYSTEM):
        old = "anna.kowalska@meridian.example"
        change_address(old, "anna.nowak@meridian.example", fingerprint(old))


@pytest.mark.parametrize("dry_run", [False, True])
def test_a_former_address_finds_the_person_and_adds_nobody(people: Import, dry_run: bool) -> None:
    renamed()
    report = people("email,phone\nanna.kowalska@meridian.example,555\n", dry_run=dry_run)
    assert (report.created, report.updated, report.errors) == (0, 1, [])
    anna = get_person("anna.nowak@meridian.example")
    assert anna.phone == ("" if dry_run else "555")
    assert find_person("anna.kowalska@meridian.example") is None


def test_a_file_with_both_addresses_names_one_person_twice(people: Import) -> None:
    renamed()
    report = people("email\nanna.kowalska@meridian.example\nanna.nowak@meridian.example\n")
    assert (report.created, [line for line, _ in report.errors]) == (0, [3])


def test_a_manager_can_be_named_by_a_former_address(people: Import) -> None:
    renamed()
    report = people("email,manager\njan.wojcik@meridian.example,anna.kowalska@meridian.example\n")
    assert report.errors == []
    assert get_person("jan.wojcik@meridian.example").manager_id == get_person("anna.nowak@meridian.example").id

"""Administrators import files in the browser: columns, a look at every row, and the result."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy import select

from deskcore import audit
from deskcore.extensions import db
from deskcore.importing.models import ImportRun
from deskcore.people.models import Person
from deskcore.people.services import find_person
from deskcore.tickets.models import Ticket
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as, unit_of_work
from deskcore.worker import Worker
from tests.bad_inputs.cases import Case, cases, collection

PEOPLE = "Mail,Full name,Dept\nnew.one@meridian.example,New One,Sales\nsecond@meridian.example,Second Person,Sales\n"


@pytest.fixture
def admin(browser: Callable[[str], Any]) -> Any:
    """Give the administrator of the installation."""
    return browser("admin")


@pytest.fixture
def case(request: pytest.FixtureRequest) -> Case:
    """One case of the collected bad inputs."""
    return collection()[request.param]


def send(admin: Any, content: str | bytes, kind: str = "people", name: str = "people.csv") -> Any:
    data = content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass")
    return admin.post("/admin/data", kind=kind, file=(io.BytesIO(data), name))


def work(app: Flask) -> None:
    Worker(app).run_once()


def path_of(admin: Any) -> str:
    return str(admin.page.request.path)


def count(app: Flask, model: type[Any]) -> int:
    with app.app_context(), acting_as(SYSTEM) as session:
        return session.scalar(select(sa.func.count()).select_from(model)) or 0


def looked_at(app: Flask, admin: Any, content: str | bytes, kind: str = "people", **settings: str) -> str:
    send(admin, content, kind)
    path = path_of(admin)
    admin.post(path, **settings)
    work(app)
    admin.get(path)
    return path


def test_people_come_after_a_look_at_every_row(app: Flask, admin: Any) -> None:
    before = count(app, Person)
    page = send(admin, PEOPLE)
    assert "Full name" in page.text
    path = path_of(admin)
    assert admin.post(path, **{"map.name": "Full name"}).status_code == 422
    page = admin.post(path, **{"map.email": "Mail", "map.name": "Full name", "map.department": "Dept"})
    assert "Nothing is stored." in page.text
    work(app)
    page = admin.get(path)
    assert "Nothing is stored yet." in page.text
    assert count(app, Person) == before
    admin.post(f"{path}/run")
    work(app)
    page = admin.get(path)
    assert "The import is finished." in page.text
    assert count(app, Person) == before + 2
    with app.app_context():
        found = find_person("new.one@meridian.example")
        assert found is not None
        assert found.name == "New One"
        entries = audit.read_entries(db.session, audit.Wanted(what="import"), 5)
    assert {entry.actor for entry in entries} == {"admin@meridian.example"}


def test_tickets_come_to_the_desk_that_was_chosen(app: Flask, admin: Any) -> None:
    text = "Title,When,Who\nPrinter jams,24.11.2025,anna.kowalska@meridian.example\nOther,13/13/13,x\n"
    settings = {"desk": "it", "date_format": "%d.%m.%Y", "map.subject": "Title", "map.created_at": "When",
                "map.requester": "Who"}  # fmt: skip
    send(admin, text, "tickets", "tickets.csv")
    path = path_of(admin)
    assert "Choose the desk that gets the tickets." in admin.post(path, **{**settings, "desk": ""}).text
    assert "Say how dates are written." in admin.post(path, **{**settings, "date_format": ""}).text
    admin.post(path, **settings)
    work(app)
    page = admin.get(path).text
    assert "13/13/13" in page
    assert admin.post(f"{path}/run").status_code == 422, "bad rows are left out only when that was chosen"
    assert count(app, Ticket) == 0
    admin.post(f"{path}/run", leave_out="yes")
    work(app)
    admin.get(path)
    assert count(app, Ticket) == 1


DAMAGED = (
    "",
    "\n",
    "email,email\n",
    ",,\n",
    '"email\n',
    ",".join(f"c{place}" for place in range(501)),
    b"\x1f\x8b\x08broken",
)


@pytest.mark.parametrize("content", DAMAGED, ids=range(len(DAMAGED)))
def test_a_file_without_a_head_is_refused_in_a_sentence(app: Flask, admin: Any, content: str | bytes) -> None:
    before = count(app, Person)
    page = send(admin, content, name="people.csv.gz" if isinstance(content, bytes) else "people.csv")
    assert page.status_code == 422
    assert 'id="e-file-error"' in page.text
    assert count(app, Person) == before


@cases("CSV-004")
def test_damaged_rows_are_named_by_line_and_nothing_is_half_imported(app: Flask, admin: Any, case: Case) -> None:
    before = count(app, Ticket)
    path = looked_at(app, admin, case.payload, "tickets", **{"desk": "it", "map.subject": "a"})
    for line in (2, 3, 4):
        assert f'data-p="name">{line}</td>' in admin.page.text
    admin.post(f"{path}/run")
    work(app)
    assert count(app, Ticket) == before


@cases("CSV-005")
def test_an_enormous_row_is_one_bad_row(app: Flask, admin: Any, case: Case) -> None:
    looked_at(
        app, admin, "subject\n" + case.payload + "\ngood\n", "tickets", **{"desk": "it", "map.subject": "subject"}
    )
    assert "Rows to correct" in admin.page.text
    assert count(app, Ticket) == 0


@cases("CSV-007")
def test_a_file_that_would_give_rights_is_refused(app: Flask, admin: Any, case: Case) -> None:
    before = count(app, Person)
    looked_at(app, admin, case.payload, **{"map.email": "email"})
    assert "An import gives nobody rights" in admin.page.text
    assert count(app, Person) == before


@cases("CSV-008")
def test_addresses_that_look_the_same_are_named(app: Flask, admin: Any, case: Case) -> None:
    looked_at(app, admin, "email\n" + case.payload.replace(",", "\n") + "\n", **{"map.email": "email"})
    assert 'data-p="name">3</td>' in admin.page.text


@cases("CSV-011")
def test_dates_are_read_as_was_said(app: Flask, admin: Any, case: Case) -> None:
    rows = "\n".join(f"Subject,{date}" for date in case.payload.split(","))
    settings = {"desk": "it", "map.subject": "subject", "map.created_at": "at", "date_format": "iso"}
    looked_at(app, admin, f"subject,at\n{rows}\n", "tickets", **settings)
    for line in (2, 3, 4):
        assert f'data-p="name">{line}</td>' in admin.page.text


def test_files_that_are_no_text_store_nothing(app: Flask, admin: Any) -> None:
    before = count(app, Person)
    for content in (b"email\n\xff\xfe\xfd\n", b"PK\x03\x04\x14\x00", b"\xff\xfes\x00u\x00", b"email\rmac\r"):
        page = send(admin, content)
        if page.status_code == 422:
            continue
        path = path_of(admin)
        admin.post(path, **{"map.email": "email"})
        work(app)
        assert admin.get(path).status_code == 200
    assert count(app, Person) == before


def test_an_encoding_that_does_not_fit_leaves_the_page_and_another_choice(admin: Any) -> None:
    send(admin, PEOPLE)
    path = path_of(admin)
    page = admin.post(path, encoding="utf-16")
    assert page.status_code == 200
    assert "not in this encoding" in page.text
    assert "Full name" in admin.post(path, encoding="cp1250").text


@pytest.mark.parametrize(
    ("language", "reason", "said"),
    [
        ("en", "error", "The import ended with an error"),
        ("pl", "error", "Import zakończył się błędem"),
        ("en", "rights", "no administrator any more"),
        ("pl", "rights", "nie jest już administratorem"),
    ],
)
def test_an_import_that_ended_early_says_why(app: Flask, admin: Any, language: str, reason: str, said: str) -> None:
    send(admin, PEOPLE)
    path = path_of(admin)
    with app.app_context(), unit_of_work() as session:
        ended = {"state": "refused", "report": {"reason": reason}}
        session.execute(sa.update(ImportRun).values(ended).where(ImportRun.token == Path(path).name))
    admin.post(f"/language/{language}")
    assert said in admin.get(path).text


def test_an_import_belongs_to_whoever_began_it(app: Flask, admin: Any, browser: Callable[[str], Any]) -> None:
    send(admin, PEOPLE)
    path = path_of(admin)
    assert browser("marek.nowak").get(path).status_code == 403
    assert admin.get("/admin/data/nonsense").status_code == 404
    assert "<script>" not in send(admin, "<script>alert(1)</script>,b\n1,2\n", name="<script>.csv").text
    assert Path(path).name in admin.get("/admin/data").text


def test_the_same_file_again_changes_nothing(app: Flask, admin: Any) -> None:
    settings = {"map.email": "Mail", "map.name": "Full name"}
    admin.post(f"{looked_at(app, admin, PEOPLE, **settings)}/run")
    work(app)
    before = count(app, Person)
    admin.post(f"{looked_at(app, admin, PEOPLE, **settings)}/run")
    work(app)
    assert count(app, Person) == before

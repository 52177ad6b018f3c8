"""An import that was begun in the browser ends in every case, and takes only what was chosen."""

from __future__ import annotations

import gzip
import io
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_babel import force_locale

from deskcore.desks.administration import add_desk
from deskcore.desks.editing import create
from deskcore.desks.models import DeskRow
from deskcore.desks.services import refresh
from deskcore.errors import Refused
from deskcore.events.leases import LeaseLost
from deskcore.extensions import db
from deskcore.hooks.contributions import RequestType, Text
from deskcore.importing import runs
from deskcore.importing.messages import read_said
from deskcore.importing.models import ImportRun
from deskcore.people.models import DeskGrant, Person
from deskcore.people.services import get_person
from deskcore.tickets.attachments import store_upload
from deskcore.tickets.models import Ticket
from deskcore.viewer import SYSTEM, Viewer
from deskcore.work import acting_as, unit_of_work
from deskcore.worker import Worker
from tests.importing.conftest import only_sqlite

ADMIN = "admin@meridian.example"
Begin = Callable[..., str]


@pytest.fixture
def begin(app_context: Flask) -> Begin:
    """Give a function that sends a file as the administrator and returns the token of its import."""

    def send(content: str | bytes, kind: str = "people", name: str = "people.csv") -> str:
        data = content if isinstance(content, bytes) else content.encode()
        person_id = get_person(ADMIN).id
        with acting_as(Viewer(person_id, "portal")):
            token = store_upload(io.BytesIO(data), name)
            runs.begin(token, person_id, kind)
        return token

    return send


def run_of(token: str) -> ImportRun:
    with acting_as(SYSTEM) as session:
        return session.get_one(ImportRun, token)


def said(stored: dict[str, Any], language: str = "en") -> str:
    with force_locale(language):
        return str(read_said(stored))


def tickets() -> int:
    with acting_as(SYSTEM) as session:
        return session.scalar(sa.select(sa.func.count()).select_from(Ticket)) or 0


def change(model: type[Any], where: Any, **values: Any) -> None:
    with unit_of_work() as session:
        session.execute(sa.update(model).where(where).values(values))


def store(app: Flask, token: str, **settings: Any) -> ImportRun:
    runs.start(token, settings, dry=False)
    Worker(app).run_once()
    return run_of(token)


def test_what_no_database_stores_is_left_out_of_the_report(app_context: Flask, begin: Begin) -> None:
    rows = 'email,language\ngood@x.example,en\nbad@x.example,"e\0n"\n'
    run = store(app_context, begin(rows), map={"email": "email", "language": "language"})
    assert (run.state, run.report["created"]) == ("done", 1)
    assert [error["row"] for error in run.report["errors"]] == [3]
    assert "“en”" in said(run.report["errors"][0])


def test_what_no_database_stores_is_left_out_of_a_refusal(app_context: Flask, begin: Begin) -> None:
    run = store(app_context, begin("email,pass\0word\nx@x.example,1\n"), map={"email": "no such column"})
    assert run.state == "refused"
    assert said(run.report).endswith("It has: email, password.")


def test_an_unforeseen_error_ends_it(app_context: Flask, begin: Begin, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*given: Any, **options: Any) -> None:
        raise ValueError("nobody thought of this")

    monkeypatch.setattr(runs, "import_people", broken)
    run = store(app_context, begin("email\nx@x.example\n"), map={"email": "email"})
    assert (run.state, run.report) == ("refused", {"reason": "error"})
    runs.remember(run.token, {})
    assert run_of(run.token).state == "mapping", "it can be tried in another way"


@only_sqlite
@pytest.mark.parametrize("error", [LeaseLost("to another worker"), OSError(28, "No space left on device")])
def test_what_another_worker_or_a_later_hour_can_finish_is_not_ended(
    app_context: Flask, begin: Begin, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def interrupted(*given: Any, **options: Any) -> None:
        raise error

    monkeypatch.setattr(runs, "import_people", interrupted)
    assert store(app_context, begin("email\nx@x.example\n"), map={"email": "email"}).state == "running"


def test_nothing_is_changed_about_it_while_a_worker_is_at_it(app_context: Flask, begin: Begin) -> None:
    token = begin("email\nx@x.example\n")
    for state in ("waiting", "running"):
        change(ImportRun, ImportRun.token == token, state=state)
        with pytest.raises(Refused, match="being worked on"):
            runs.remember(token, {"encoding": "cp1250"})
        assert (run_of(token).state, run_of(token).settings) == (state, {})


@pytest.mark.parametrize("lost", [{"administrator": False}, {"active": False}])
def test_nobody_imports_who_is_no_administrator_any_more(
    app_context: Flask, begin: Begin, lost: dict[str, bool]
) -> None:
    token = begin("email\nx@x.example\n")
    change(Person, Person.email == ADMIN, **lost)
    run = store(app_context, token, map={"email": "email"})
    assert (run.state, run.report) == ("refused", {"reason": "rights"})
    assert db.session.scalar(sa.select(Person.id).where(Person.email == "x@x.example")) is None


@only_sqlite
def test_columns_in_an_encoding_that_does_not_fit_are_refused(app_context: Flask, begin: Begin) -> None:
    token = begin("email\nx@x.example\n")
    runs.remember(token, {"encoding": "utf-16"})
    with pytest.raises(Refused, match="not in this encoding"):
        runs.columns_of(run_of(token))
    run = store(app_context, token, encoding="utf-16", map={"email": "email"})
    assert run.state == "refused"
    assert "not in this encoding" in said(run.report)


@only_sqlite
def test_a_file_that_leaves_its_encoding_in_the_middle_is_refused(app_context: Flask, begin: Begin) -> None:
    text = "email\nx@x.example\n".encode("utf-16") + b"\x41"
    run = store(app_context, begin(text), encoding="utf-16", map={"email": "email"})
    assert run.state == "refused"
    assert "not in this encoding" in said(run.report)


@only_sqlite
def test_a_first_line_that_is_too_long_is_not_read_to_its_end(begin: Begin) -> None:
    packed = gzip.compress(b"x" * 20_000_000)
    with pytest.raises(Refused, match="more than 2000000 characters"):
        begin(packed[: len(packed) // 2], name="people.csv.gz")  # whoever read on would find that it is damaged


def test_the_same_numbers_on_another_desk_are_other_tickets(app_context: Flask, begin: Begin) -> None:
    with acting_as(SYSTEM):
        desk = add_desk("FAC", {"en": "Facilities", "pl": "Budynek"}, confidential=False)
        create(RequestType("repair", desk, Text("Repair", "Naprawa"), Text("We come.", "Przyjdziemy.")), ADMIN)
        refresh()
    rows = "id,title\n1,Printer\n2,Door\n"
    for number, key in enumerate(("it", desk, "it"), start=1):
        run = store(app_context, begin(rows, "tickets", "export.csv"), desk=key, map={"id": "id", "subject": "title"})
        assert run.state == "done"
        assert tickets() == min(number, 2) * 2, "each desk gets its tickets once"


def test_columns_that_were_not_chosen_change_nothing(app_context: Flask, begin: Begin) -> None:
    store(app_context, begin("email,phone,external_id\nx@x.example,1,one\n"),
          map={"email": "email", "phone": "phone", "external_id": "external_id"})  # fmt: skip
    rows = "email,name,phone,external_id,manager\nx@x.example,New Name,2,two,admin@meridian.example\n"
    run = store(app_context, begin(rows), map={"email": "email", "name": "name"})
    assert (run.state, run.report["updated"]) == ("done", 1)
    with app_context.app_context():
        person = get_person("x@x.example")
        assert (person.name, person.phone, person.external_id, person.manager_id) == ("New Name", "1", "one", None)


@pytest.mark.parametrize("right", ["administrator", "auditor", "confidential desk"])
def test_the_external_id_of_whoever_sees_more_stays(app_context: Flask, begin: Begin, right: str) -> None:
    chosen = {"map": {"email": "email", "external_id": "external_id"}}
    store(app_context, begin("email,external_id\nx@x.example,one\n"), **chosen)
    if right == "confidential desk":
        with unit_of_work() as session:
            desk = session.scalars(sa.select(DeskRow).where(DeskRow.key == "it")).one()
            desk.confidential = True
            session.add(DeskGrant(person_id=get_person("x@x.example").id, desk_id=desk.id))
    else:
        change(Person, Person.email == "x@x.example", **{right: True})
    run = store(app_context, begin("email,external_id\nx@x.example,two\n"), **chosen)
    assert [error["row"] for error in run.report["errors"]] == [2]
    with app_context.app_context():
        assert get_person("x@x.example").external_id == "one"


def test_what_is_wrong_with_a_row_is_read_in_either_language_later(app_context: Flask, begin: Begin) -> None:
    run = store(app_context, begin("email,language\nnothing,en\nx@x.example,de\n"),
                map={"email": "email", "language": "language"})  # fmt: skip
    first, second = run.report["errors"]
    assert said(first) == "“nothing” is no e-mail address."
    assert said(first, "pl") == "„nothing” to nie adres e-mail."
    assert said(second, "pl") == "Język to en lub pl, nie „de”."


def test_what_the_form_of_a_request_type_says_of_an_answer_is_read_in_either_language_too(
    app_context: Flask, begin: Begin
) -> None:
    rows = "title,service\nPrinter,no such service\n"
    columns = {"subject": "title", "answers.service": "service"}
    run = store(app_context, begin(rows, "tickets", "export.csv"), desk="it", request_type="incident", map=columns)
    [error] = run.report["errors"]
    assert said(error).startswith("service: ")
    assert said(error, "pl").startswith("service: ")
    assert said(error) != said(error, "pl")


def test_why_a_file_cannot_be_used_is_read_in_either_language(app_context: Flask, begin: Begin) -> None:
    run = store(app_context, begin("email\nx@x.example\n"), map={"email": "mail"})
    assert said(run.report) == "The file has no column “mail”. It has: email."
    assert said(run.report, "pl") == "Plik nie ma kolumny „mail”. Ma: email."


def test_what_an_older_version_stored_in_english_is_still_read() -> None:
    assert read_said({"row": 2, "message": "It is not a JSON object."}) is None

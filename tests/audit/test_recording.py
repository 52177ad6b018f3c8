"""Who is written down, where they came from, what is never written, and that writers queue up without a gap."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from contextvars import Context
from itertools import count
from threading import Barrier, Thread

import pytest
import sqlalchemy as sa
from flask import Flask

from deskcore import audit
from deskcore.cli import main
from deskcore.errors import Refused, TooMany
from deskcore.extensions import db
from deskcore.hooks import state
from deskcore.hooks.sentences import sentence
from deskcore.hooks.setting_values import write_setting
from deskcore.origin import Origin, come_from, on_command_line, origin
from deskcore.people.models import Person
from deskcore.people.services import create_person, grant, revoke, set_password, set_rights
from deskcore.people.signing_in import change_password, make_reset_link, sign_in, use_reset_link
from deskcore.people.tokens import make_token
from deskcore.runtime import runtime
from deskcore.viewer import SYSTEM, Viewer
from deskcore.work import acting_as, unit_of_work

from .conftest import ENTRY, Browser, newest, record, sequences

ADMIN = "admin@meridian.example"
PASSWORD = "meridian-demo"
_numbers = count(1)


@pytest.fixture
def somebody(helpdesk: Flask) -> Person:
    """Add somebody whom no other test knows."""
    return create_person(f"somebody{next(_numbers)}@meridian.example", "Some Body", PASSWORD)


@pytest.fixture
def from_the_network() -> Iterator[None]:
    come_from(Origin("network", address="192.0.2.7"))
    yield
    come_from(Origin())


def who() -> tuple[str, str, str]:
    row = newest()
    return row["actor_kind"], row["actor"], row["address"]


def test_a_person_is_written_down_with_the_address_of_then(somebody: Person, from_the_network: None) -> None:
    written = somebody.email
    with acting_as(Viewer(somebody.id, "portal")):
        record()
        assert who() == ("person", written, "192.0.2.7")
    with acting_as(SYSTEM), unit_of_work() as session:
        session.get_one(Person, somebody.id).email = f"renamed.{written}"
    [entry] = audit.read_entries(db.session, audit.Wanted(), 1)
    assert (entry.actor, entry.actor_name) == (f"renamed.{written}", "Some Body")
    assert newest()["actor"] == written


def test_a_plugin_is_written_down_by_its_name(helpdesk: Flask) -> None:
    with acting_as(Viewer(None, "plugin", plugin="fleet_desk")):
        record()
        assert who() == ("plugin", "fleet_desk", "")


def test_the_command_line_is_written_down_with_the_account_of_the_operating_system(system: None) -> None:
    with on_command_line():
        account = origin().account
        record()
    assert account
    assert who() == ("command line", account, "")
    record()
    assert who() == ("system", "", "")


def test_somebody_who_is_not_signed_in_is_a_visitor(helpdesk: Flask, from_the_network: None) -> None:
    record()
    assert who() == ("visitor", "", "192.0.2.7")


def test_what_the_helpdesk_does_by_itself_during_a_request_is_not_put_down_to_the_reader(
    helpdesk: Flask, from_the_network: None
) -> None:
    plugin = next(iter(runtime().plugins.loaded))
    with state.own_transaction(db.engine) as connection:
        state.pause(connection, plugin, sentence("It failed too often."))
    assert who() == ("system", "", "")
    assert newest()["action"] == "plugin.paused"
    db.session.rollback()
    with state.own_transaction(db.engine) as connection:
        state.resume(connection, plugin)


def signs_in(app: Flask, email: str) -> None:
    db.session.rollback()
    assert Browser(app).post("/login", email=email, password=PASSWORD).status_code == 303


def test_an_administrators_sign_in_is_recorded_and_says_where_it_came_from(helpdesk: Flask) -> None:
    signs_in(helpdesk, ADMIN)
    row = newest()
    assert (row["action"], row["actor"], row["address"]) == ("sign_in.privileged", ADMIN, "127.0.0.1")


def test_what_follows_a_request_in_its_thread_does_not_come_from_there(helpdesk: Flask) -> None:
    def ask_and_look() -> Origin:
        helpdesk.test_client().get("/login")
        return origin()

    assert Context().run(ask_and_look) == Origin()


def test_an_ordinary_sign_in_is_not_recorded(helpdesk: Flask, somebody: Person) -> None:
    before = sequences()
    signs_in(helpdesk, somebody.email)
    assert sequences() == before


def test_a_lock_is_recorded_once_and_never_with_what_was_typed(system: None, somebody: Person) -> None:
    email, before = somebody.email, sequences()[-1]
    for _ in range(runtime().config.sign_in_attempts + 3):
        for typed in (email, "my secret Passw0rd"):
            with suppress(Refused, TooMany):
                sign_in(typed, "wrong", "192.0.2.1")
    entries = audit.read_entries(db.session, audit.Wanted(), 10, newer_than=before)
    assert {entry.action for entry in entries} == {"sign_in.locked"}
    assert sorted((entry.subject_type, entry.subject) for entry in entries) == [
        ("person", email),
        ("sign_in", "account"),
    ]


def test_no_secret_ever_stands_in_an_entry(system: None, somebody: Person) -> None:
    secrets = ["correct horse battery 1", "correct horse battery 2", "correct horse battery 3", "0-secret-of-a-setting"]
    create_person(f"new.{somebody.email}", "New", secrets[0])
    set_password(somebody, secrets[1])
    with unit_of_work() as session:
        write_setting(session, "fleet", "key", secrets[3], secret=True)
    secrets.append(make_token(somebody, "for a script").token)
    secrets.append(make_reset_link(somebody))
    changed = use_reset_link(secrets[-1], secrets[2])
    change_password(changed, secrets[2], secrets[1], "")
    secrets.append(sign_in(ADMIN, PASSWORD, "192.0.2.1").token)
    stored = [str(dict(row)) for row in db.session.execute(sa.select(ENTRY)).mappings()]
    assert len(stored) > 10
    assert not [secret for secret in (*secrets, "$argon2") if any(secret in row for row in stored)]


def test_what_no_database_can_store_is_left_out(system: None) -> None:
    with unit_of_work() as session:
        audit.record(session, "import.started", audit.Subject("import", "a\0b\udcff"), after={"file": "c\0d\udcff"})
    assert newest()["subject"] == "ab?"
    assert audit.verify(db.session).broken is None


def test_a_change_that_changes_nothing_is_not_recorded(system: None, somebody: Person) -> None:
    grant(somebody, "it", "agent")
    before = sequences()
    grant(somebody, "it", "agent")
    revoke(somebody, "no_such_desk")
    set_rights(somebody, auditor=False)
    assert sequences() == before


def test_writers_queue_up_and_leave_no_gap(helpdesk: Flask) -> None:
    before = sequences()[-1]
    db.session.rollback()
    ready, failed = Barrier(8), list[BaseException]()

    def write(number: int) -> None:
        try:
            with helpdesk.app_context(), acting_as(SYSTEM):
                ready.wait(30)
                for turn in range(5):
                    record(f"writer {number}", turn=turn)
        except BaseException as error:
            failed.append(error)

    threads = [Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert failed == []
    assert sequences() == list(range(1, before + 41))
    assert audit.verify(db.session).broken is None


def test_the_command_line_tells_the_log_that_it_was_the_command_line(
    helpdesk: Flask, somebody: Person, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config, email = runtime().config, somebody.email
    db.session.rollback()
    monkeypatch.setenv("DESKCORE_INSTANCE", str(config.instance))
    monkeypatch.setenv("DESKCORE_DATABASE_URL", config.url)
    monkeypatch.setenv("DESKCORE_SECRET_KEY", config.secret_key)
    assert main(["user", "rights", email, "--auditor"]) == 0
    assert "is auditor" in capsys.readouterr().out
    row = newest()
    assert (row["action"], row["actor_kind"], row["subject"]) == ("rights.changed", "command line", email)
    assert (row["before"], row["after"]) == ('{"auditor":false}', '{"auditor":true}')
    db.session.rollback()
    assert main(["user", "rights", ADMIN, "--no-administrator"]) == 1
    assert "Somebody must stay an administrator" in capsys.readouterr().err

"""Background work as administrators meet it: a page, and commands that need no plugin."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from deskcore.cli import main
from deskcore.events.models import Delivery, JobRow
from deskcore.tickets import dead_letters, deliveries

from .conftest import Listener, Open, bury, column, make_confidential, on_sqlite, set_state, states, work

pytestmark = on_sqlite

SUBJECT = "My payslip is wrong"


@pytest.fixture
def admin(visitor: Callable[[str], FlaskClient]) -> FlaskClient:
    """Give the administrator's browser."""
    return visitor("admin")


def test_the_page_says_that_nothing_failed(admin: FlaskClient) -> None:
    page = admin.get("/admin/deliveries").text
    assert "Nothing has failed for good." in page
    assert 'href="/admin/deliveries" aria-current="page"' in page


def test_the_page_shows_what_failed_without_what_was_written(admin: FlaskClient, dead: str, dead_job: None) -> None:
    page = admin.get("/admin/deliveries").text
    for shown in ("Ticket opened", dead, "listener", "ValueError: not now", "tidy", "OSError: the disk is full"):
        assert shown in page
    assert SUBJECT not in page


def test_the_page_hides_the_number_of_a_confidential_ticket(admin: FlaskClient, dead: str) -> None:
    make_confidential()
    page = admin.get("/admin/deliveries").text
    assert dead not in page
    assert "confidential ticket" in page


def test_only_an_administrator_sees_the_page_or_does_anything_there(
    visitor: Callable[[str], FlaskClient], dead: str
) -> None:
    [letter] = dead_letters.dead_letters()
    agent = visitor("marek.nowak")
    assert agent.get("/admin/deliveries").status_code == 403
    assert agent.post(f"/admin/deliveries/{letter.key}/retry").status_code == 403
    assert states() == ["dead"]


def test_the_administrator_retries_one(app: Flask, admin: FlaskClient, listener: Listener, dead: str) -> None:
    [letter] = dead_letters.dead_letters()
    page = admin.post(f"/admin/deliveries/{letter.key}/retry", follow_redirects=True).text
    assert "“Ticket opened” is tried again." in page
    assert admin.post(f"/admin/deliveries/{letter.key}/retry").status_code == 404
    work(app)
    assert listener.kinds == ["opened"]


def test_the_administrator_retries_all_of_a_plugin(
    app: Flask, admin: FlaskClient, listener: Listener, opened: Open
) -> None:
    for _ in range(2):
        opened()
        bury(app, listener)
    assert "Try all 2 of listener again" in admin.get("/admin/deliveries").text
    page = admin.post("/admin/deliveries/retry", data={"plugin": "listener"}, follow_redirects=True).text
    assert "2 failures are tried again." in page
    assert states() == ["waiting", "waiting"]


def test_the_administrator_discards_one_and_is_asked_why(admin: FlaskClient, dead: str) -> None:
    [letter] = dead_letters.dead_letters()
    answer = admin.post(f"/admin/deliveries/{letter.key}/discard", data={"reason": " "})
    assert answer.status_code == 422
    assert "Say why it is discarded." in answer.text
    admin.post(f"/admin/deliveries/{letter.key}/discard", data={"reason": "Not needed"})
    assert (states(), column(Delivery.reason)) == (["discarded"], ["Not needed"])


def test_opening_an_address_changes_nothing(admin: FlaskClient, dead: str) -> None:
    [letter] = dead_letters.dead_letters()
    for path in (f"{letter.key}/retry", f"{letter.key}/discard", "retry"):
        assert admin.get(f"/admin/deliveries/{path}").status_code == 405


def test_the_page_needs_as_many_statements_for_many_failures_as_for_one(
    app: Flask, admin: FlaskClient, listener: Listener, opened: Open, count_statements: Any
) -> None:
    admin.get("/admin/deliveries")
    needed = []
    for _ in range(2):
        opened()
        bury(app, listener)
        with count_statements() as seen:
            admin.get("/admin/deliveries")
        needed.append(len(seen))
    assert needed[0] == needed[1] <= 18


def test_what_rests_is_shown_with_its_plugin(admin: FlaskClient, listener: Listener, number: str) -> None:
    deliveries.subscribe()
    deliveries.fan_out()
    set_state("listener", "quarantined")
    page = admin.get("/admin/deliveries").text
    assert "Its work goes on once it works." in page


@pytest.fixture
def commands(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch, app: Flask) -> None:
    """Let commands find the installation of the test."""
    monkeypatch.setenv("DESKCORE_INSTANCE", str(tmp_path))
    monkeypatch.setenv("DESKCORE_DATABASE_URL", database_url)
    monkeypatch.setenv("DESKCORE_SECRET_KEY", app.extensions["deskcore"].config.secret_key)


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    """Run ``deskcore work …`` and return its JSON."""
    assert main(["work", *arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_commands_list_retry_and_discard(
    app: Flask, commands: None, capsys: pytest.CaptureFixture[str], listener: Listener, dead: str, dead_job: None
) -> None:
    first, second = run(capsys, "list")
    assert (first["plugin"], first["kind"], first["ticket"]) == ("listener", "opened", dead)
    assert [letter["kind"] for letter in run(capsys, "list", "--plugin", "core")] == ["tidy"]
    assert run(capsys, "retry", first["key"]) == {"retried": 1}
    assert run(capsys, "discard", second["key"], "--reason", "Not needed") == {"discarded": 1}
    assert run(capsys, "list") == []
    assert run(capsys, "retry", "--plugin", "listener") == {"retried": 0}
    assert (states(), column(JobRow.state)) == (["waiting"], ["discarded"])


@pytest.mark.parametrize("arguments", [("retry",), ("retry", "x", "--plugin", "y"), ("discard", "x"), ("retry", "x")])
def test_a_command_that_cannot_work_says_why_in_one_sentence(
    app_context: Flask, commands: None, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    assert main(["work", *arguments]) != 0
    assert "Traceback" not in capsys.readouterr().err


def test_commands_load_no_plugin(app_context: Flask, commands: None, dead: str) -> None:
    code = "import sys; from deskcore.cli import main; main(['work', 'list']); main(['work', 'status']); "
    code += "print([name for name in sys.modules if name.startswith('deskcore_')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, env=os.environ)
    assert "opened of" in done.stdout
    assert "1 dead" in done.stdout
    assert done.stdout.endswith("[]\n")

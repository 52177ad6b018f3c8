"""What a plugin holds outlives it: switched off its fields are read, found and exported; gone, nothing is lost."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from flask import Flask

from conftest import DUMMIES
from deskcore.extensions import db
from deskcore.hooks import loader, sources
from deskcore.hooks.migrations import Migrations
from deskcore.hooks.setting_values import read_settings
from deskcore.people.services import find_person
from deskcore.people.tokens import make_token
from deskcore.tickets.deliveries import fan_out, subscribe
from tests.plugin_data.conftest import ANSWERS, NAME, Installation, on_sqlite
from tests.web.browsers import Browser


def browser(app: Flask, name: str) -> Browser:
    return Browser(app, f"{name}@meridian.example")


def api(app: Flask, path: str) -> dict[str, object]:
    with app.app_context():
        person = find_person("marek.nowak@meridian.example")
        assert person is not None
        token = make_token(person).token
        db.session.remove()
    answer = app.test_client(use_cookies=False).get(f"/api/v1{path}", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200, answer.text
    body: dict[str, object] = answer.get_json()
    return body


def read_everywhere(installation: Installation, app: Flask) -> None:
    """Check that the fields of the ticket are read, found and exported, with their labels."""
    number = installation.number
    for name, path in (("marek.nowak", f"/agent/tickets/{number}"), ("anna.kowalska", f"/requests/{number}")):
        page = browser(app, name).get(path).text
        assert "Who comes?" in page, name
        assert "O&#39;Hara" in page, name
    ticket = api(app, f"/tickets/{number}")
    assert ticket["answers"] == ANSWERS
    assert ticket["extra"] == {NAME: {"guest": "VIP"}}
    found = browser(app, "marek.nowak").get("/agent/tickets?q=VIP comes").text
    assert number in found
    exported = browser(app, "marek.nowak").get("/agent/tickets.csv?q=VIP comes").text
    rows = list(csv.reader(io.StringIO(exported.lstrip("\ufeff"))))
    assert [row[:2] for row in rows[1:]] == [[number, "A VIP comes"]]


@on_sqlite
def test_switched_on_it_is_read_everywhere(installation: Installation) -> None:
    read_everywhere(installation, installation.app())


def test_switched_off_its_fields_are_read_and_nothing_new_is_written(installation: Installation) -> None:
    before = installation.kept()
    assert installation.run("plugin", "disable", NAME).code == 0
    app = installation.app()
    read_everywhere(installation, app)
    assert browser(app, "anna.kowalska").get("/services/dummy/dummy_visit").status_code == 404
    refused = api_post(app, {"desk": "dummy", "request_type": "dummy_visit", "answers": ANSWERS})
    assert refused in (404, 422)
    for body in ({"answers": {"guest": "Somebody else"}}, {"extra": {NAME: {}}}):
        assert api_patch(app, installation.number, body) == 422
    assert installation.kept() == before


def api_post(app: Flask, body: object) -> int:
    return _call(app, "POST", "/tickets", body)


def api_patch(app: Flask, number: str, body: object) -> int:
    return _call(app, "PATCH", f"/tickets/{number}", body)


def _call(app: Flask, method: str, path: str, body: object) -> int:
    with app.app_context():
        person = find_person("marek.nowak@meridian.example")
        assert person is not None
        token = make_token(person).token
        db.session.remove()
    client = app.test_client(use_cookies=False)
    return client.open(
        f"/api/v1{path}", method=method, json=body, headers={"Authorization": f"Bearer {token}"}
    ).status_code


@on_sqlite
def test_switched_off_the_ticket_is_answered_and_closed_by_core_means(installation: Installation) -> None:
    assert installation.run("plugin", "disable", NAME).code == 0
    app = installation.app()
    number = installation.number
    assert _call(app, "POST", f"/tickets/{number}/messages", {"body": "We are ready."}) == 201
    assert _call(app, "POST", f"/tickets/{number}/transitions", {"status": "resolved"}) == 200
    assert api(app, f"/tickets/{number}")["status_category"] == "resolved"


def test_switched_on_again_every_byte_is_as_it_was(installation: Installation) -> None:
    tables = ["SELECT * FROM dummy_all_visit ORDER BY id", "SELECT * FROM dummy_all_remark ORDER BY id",
              "SELECT plugin, key, CAST(value AS TEXT) FROM plugin_setting ORDER BY plugin, key"]  # fmt: skip
    before = installation.kept(), [installation.rows(sql) for sql in tables]
    assert installation.run("plugin", "disable", NAME).code == 0
    installation.app()
    assert installation.run("plugin", "enable", NAME).code == 0
    read_everywhere(installation, installation.app())
    assert (installation.kept(), [installation.rows(sql) for sql in tables]) == before


def test_a_package_that_is_gone_is_missing_and_nothing_is_lost(installation: Installation) -> None:
    before = installation.kept(), installation.rows("SELECT * FROM dummy_all_remark ORDER BY id")
    installation.package_goes()
    app = installation.app()
    assert installation.state() == "missing"
    read_everywhere(installation, app)
    installation.package_comes()
    read_everywhere(installation, installation.app())
    assert installation.state() == "enabled"
    assert (installation.kept(), installation.rows("SELECT * FROM dummy_all_remark ORDER BY id")) == before


def test_the_core_is_upgraded_while_the_package_is_gone(installation: Installation) -> None:
    installation.package_goes()
    rows = installation.rows("SELECT * FROM dummy_all_remark ORDER BY id")
    newest = installation.rows("SELECT version_num FROM alembic_version")
    with installation.engine() as engine:
        # One step back and forth is what a release with one migration does, on tables that hold rows.
        Migrations(engine)._move(None, "-1", down=True)
    assert installation.rows("SELECT version_num FROM alembic_version") != newest
    assert installation.run("db", "upgrade").code == 0
    assert installation.rows("SELECT version_num FROM alembic_version") == newest
    assert installation.rows("SELECT * FROM dummy_all_remark ORDER BY id") == rows
    assert installation.run("fsck").code == 0


@on_sqlite
def test_the_page_of_a_plugin_that_is_gone_says_what_is_kept(installation: Installation) -> None:
    installation.package_goes()
    page = browser(installation.app(), "admin").get(f"/admin/plugins/{NAME}").text
    assert "Package is gone" in page
    assert "What is kept" in page
    for line in ("2 tables", "1 setting", "Desk “Reception” with its tickets", f"deskcore plugin purge {NAME}"):
        assert line in page, line


def test_a_plugin_older_than_its_tables_is_refused_with_the_remedy(installation: Installation) -> None:
    rows = installation.rows("SELECT * FROM dummy_all_visit ORDER BY id")
    (installation.plugins / NAME / f"deskcore_{NAME}" / "migrations" / "0002_badges.py").unlink()
    refused = installation.run("db", "upgrade")
    assert refused.code == 1
    assert f"The tables of {NAME} could not be brought up to date" in refused.err
    [row] = [row for row in installation.run("plugin", "list", "--json").json if row["name"] == NAME]
    assert row["state"] == "quarantined"
    assert "a newer one made them. Install that version again" in row["reason"]
    told = installation.run("plugin", "doctor", NAME)
    assert told.code == 1
    assert "made by a newer version of it; install that version again. (tables)" in told.out
    assert len(told.out.splitlines()) == 2
    assert installation.rows("SELECT * FROM dummy_all_visit ORDER BY id") == rows


def test_a_plugin_older_than_its_tables_is_not_loaded(installation: Installation, tmp_path: Path) -> None:
    folder = tmp_path / "older"
    folder.mkdir()
    place = folder / NAME
    installation.plugins.joinpath(NAME).rename(place)
    (place / f"deskcore_{NAME}" / "migrations" / "0002_badges.py").unlink()
    with installation.engine() as engine:
        registry = loader.load(engine, sources.find_plugins([folder]), safe_mode=False)
    assert not registry.active(NAME)
    assert "Its tables were made by a newer version of the plugin (1.0 is there)" in str(registry.states[NAME].reason)
    sources.install_finder(sources.find_plugins([DUMMIES]).declarations.values())


@on_sqlite
@pytest.mark.parametrize("what", ["disable", "gone"])
def test_what_waits_for_it_is_kept_until_it_is_back(installation: Installation, what: str) -> None:
    waiting = "SELECT subscriber, state FROM delivery ORDER BY id"
    app = installation.app()
    with app.app_context():
        subscribe()
        fan_out()
        db.session.remove()
    before = installation.rows(waiting)
    assert (NAME, "waiting") in before
    if what == "disable":
        assert installation.run("plugin", "disable", NAME).code == 0
    else:
        installation.package_goes()
    installation.app()
    assert installation.rows(waiting) == before
    with installation.engine() as engine, engine.connect() as connection:
        assert read_settings(connection)[NAME] == {"greeting": "Dzień dobry"}

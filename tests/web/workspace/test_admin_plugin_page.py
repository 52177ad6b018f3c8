"""One plugin in the browser: what it adds, its settings, its errors, its switch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from deskcore import audit
from deskcore.extensions import db
from deskcore.hooks import state
from deskcore.hooks.contributed import Contributed
from deskcore.hooks.contributions import Option, Text
from deskcore.hooks.failures import record_failure
from deskcore.hooks.installation_parts import Setting
from deskcore.hooks.sentences import sentence
from deskcore.hooks.setting_values import opened, read_settings
from deskcore.work import unit_of_work

SETTINGS = (
    Setting("limit", Text("Limit", "Limit"), "int", 5, hint=Text("Per day", "Na dzień")),
    Setting("greeting", Text("Greeting", "Powitanie")),
    Setting("loud", Text("Loud", "Głośno"), "bool", False),
    Setting("mode", Text("Mode", "Tryb"), "select", "a", (Option("a", Text("A", "A")), Option("b", Text("B", "B")))),
    Setting("key", Text("Key of the service", "Klucz usługi"), "secret"),
)
SECRET = "s3cr3t-that-nobody-sees"


@pytest.fixture
def admin(browser: Callable[[str], Any]) -> Any:
    """Give the administrator of the installation."""
    return browser("admin")


@pytest.fixture
def plugin(app: Flask) -> str:
    """Give the name of a plugin that has a setting of each type."""
    parts = app.extensions["deskcore"]
    name = str(parts.plugins.desks[0].plugin)
    added = {"register_settings": tuple(Contributed(name, setting) for setting in SETTINGS)}
    parts.plugins = replace(parts.plugins, contributed={**parts.plugins.contributed, **added})
    return name


def send(browser: Any, plugin: str, **form: str) -> Any:
    """Fill in the form as it stands now, and send it."""
    browser.get(f"/admin/plugins/{plugin}")
    return browser.post(f"/admin/plugins/{plugin}/settings", seen=browser.hidden("seen"), **form)


def held(app: Flask, plugin: str) -> dict[str, Any]:
    with app.app_context():
        stored = read_settings(db.session).get(plugin, {})
        assert stored.get("key") != SECRET, "a secret lies sealed"
        return {key: opened(plugin, key, value) for key, value in stored.items()}


def settings_log(app: Flask) -> list[audit.EntryView]:
    with app.app_context():
        return audit.read_entries(db.session, audit.Wanted(what="setting"), 50)


def test_it_says_what_it_adds_and_leads_there(admin: Any, plugin: str) -> None:
    page = admin.get(f"/admin/plugins/{plugin}").text
    assert 'href="/admin/services/it-incident"' in page
    assert "Per day" in page
    assert 'value="5"' in page
    assert admin.get("/admin/plugins/no_such_plugin").status_code == 404


def test_settings_are_stored_as_they_are_read_and_recorded(app: Flask, admin: Any, plugin: str) -> None:
    form = {"limit": "12", "greeting": "Hello", "loud": "yes", "mode": "b", "key": SECRET}
    page = send(admin, plugin, **form).text
    assert "Saved." in page
    assert held(app, plugin) == {"limit": 12, "greeting": "Hello", "loud": True, "mode": "b", "key": SECRET}
    with app.app_context():
        admin.get("/admin/plugins")
        read = app.extensions["deskcore"].plugins.settings_for(plugin)
    assert (read["limit"], read["loud"], read["key"]) == (12, True, SECRET)
    entries = settings_log(app)
    assert {entry.subject for entry in entries} == {f"{plugin}.{setting.key}" for setting in SETTINGS}
    assert {entry.actor for entry in entries} == {"admin@meridian.example"}
    assert SECRET not in str([(entry.before, entry.after) for entry in entries])


def test_a_secret_is_never_shown_and_stays_until_it_is_forgotten(app: Flask, admin: Any, plugin: str) -> None:
    form = {"limit": "5", "greeting": "", "mode": "a", "key": SECRET}
    answers = [send(admin, plugin, **form), admin.get(f"/admin/plugins/{plugin}")]
    assert held(app, plugin) == {"key": SECRET}, "what equals its default is not stored"
    answers.append(send(admin, plugin, **{**form, "key": "", "limit": "six"}))
    answers += [admin.get("/admin/audit"), send(admin, plugin, **{**form, "key": ""})]
    assert all(SECRET not in answer.text for answer in answers)
    assert held(app, plugin) == {"key": SECRET}
    send(admin, plugin, **{**form, "key": "", "key.forget": "yes"})
    assert held(app, plugin) == {"key": None}


def test_two_administrators_do_not_silently_undo_one_another(
    app: Flask, admin: Any, browser: Callable[[str], Any], plugin: str
) -> None:
    other, path = browser("admin"), f"/admin/plugins/{plugin}"
    seen = [(each.get(path), each.hidden("seen"))[1] for each in (admin, other)]
    admin.post(f"{path}/settings", seen=seen[0], limit="12", greeting="", mode="a")
    page = other.post(f"{path}/settings", seen=seen[1], limit="5", greeting="Hello", mode="a", key=SECRET)
    assert page.status_code == 409
    assert held(app, plugin) == {"limit": 12}
    for text in ("12", "Hello", "Somebody changed these settings meanwhile.", "type again: Key of the service"):
        assert text in page.text
    assert SECRET not in page.text
    mine = {"limit": "5", "greeting": "Hello", "mode": "a"}
    assert all(f'name="{name}" value="{value}"' in page.text for name, value in mine.items())
    other.post(f"{path}/settings", seen=other.hidden("seen"), **mine)
    assert held(app, plugin)["greeting"] == "Hello"


def test_a_secret_alone_is_no_conflict_and_says_nothing_about_itself(app: Flask, admin: Any, plugin: str) -> None:
    admin.get(f"/admin/plugins/{plugin}")
    before = admin.hidden("seen")
    send(admin, plugin, limit="5", mode="a", key=SECRET)
    admin.get(f"/admin/plugins/{plugin}")
    assert admin.hidden("seen") == before


def test_what_cannot_be_a_value_is_said_beside_it_and_nothing_is_stored(app: Flask, admin: Any, plugin: str) -> None:
    form = {"limit": "many", "greeting": "<b>kept</b>", "mode": "c", "key": ""}
    page = send(admin, plugin, **form)
    assert page.status_code == 422
    assert "Enter a whole number." in page.text
    assert "Choose only from the options listed." in page.text
    assert "&lt;b&gt;kept&lt;/b&gt;" in page.text
    assert "<title>Error:" in page.text
    assert held(app, plugin) == {}


def test_the_last_failure_stands_there_with_its_trace(app: Flask, admin: Any, plugin: str) -> None:
    with app.app_context():
        record_failure(db.engine, plugin, "panel extra", ZeroDivisionError("<the plugin divides>"))
        with unit_of_work() as session:
            state.pause(session, plugin, sentence("It failed too often."), "Traceback: line 7")
    page = admin.get(f"/admin/plugins/{plugin}").text
    assert "Failed 1 time in panel extra" in page
    assert "&lt;the plugin divides&gt;" in page
    assert "It failed too often." in page
    assert "Traceback: line 7" in page
    assert f"/admin/plugins/{plugin}/resume" in page

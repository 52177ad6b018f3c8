"""The administrator's page of plugins."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from deskcore.extensions import db
from deskcore.hooks import state
from deskcore.hooks.failures import record_failure
from deskcore.hooks.sentences import sentence
from deskcore.work import unit_of_work


@pytest.fixture
def admin(browser: Callable[[str], Any]) -> Any:
    """Give the administrator of the installation."""
    return browser("admin")


@pytest.fixture
def plugin(app: Flask) -> str:
    """Give the name of a plugin that is on and adds a desk."""
    return str(next(item.plugin for item in app.extensions["deskcore"].plugins.desks))


def row(html: str, plugin: str) -> str:
    return html.partition(f'<tr id="plugin-{plugin}">')[2].partition("</tr>")[0]


def test_each_plugin_says_how_it_is_and_what_it_adds(admin: Any, plugin: str) -> None:
    page = row(admin.get("/admin/plugins").text, plugin)
    assert "Works" in page
    assert "1 desk" in page
    assert 'aria-pressed="true"' in page


def test_only_an_administrator_sees_the_plugins(browser: Callable[[str], Any]) -> None:
    assert browser("marek.nowak").get("/admin/plugins").status_code == 403


def test_a_plugin_is_switched_off_and_on_again(app: Flask, admin: Any, plugin: str) -> None:
    admin.get("/admin/plugins")
    page = admin.post(f"/admin/plugins/{plugin}", on="0").text
    assert f"{plugin} is off. Its data stays." in page
    assert 'aria-pressed="false"' in row(page, plugin)
    assert not app.extensions["deskcore"].plugins.active(plugin)
    page = admin.post(f"/admin/plugins/{plugin}", on="1").text
    assert f"{plugin} is on." in page
    assert app.extensions["deskcore"].plugins.active(plugin)


def test_opening_an_address_switches_nothing(admin: Any, plugin: str) -> None:
    assert admin.get(f"/admin/plugins/{plugin}/resume").status_code == 405
    assert admin.post("/admin/plugins/no_such_plugin", on="1").status_code == 404


def test_a_paused_plugin_says_why_and_can_be_tried_again(app: Flask, admin: Any, plugin: str) -> None:
    with app.app_context(), unit_of_work() as session:
        state.pause(session, plugin, sentence("It failed too often."), "Traceback: line 7")
    page = admin.get("/admin/plugins?show=attention").text
    assert f"{plugin} stopped working." in page
    assert "It failed too often." in page
    assert "Traceback: line 7" in page
    assert "Paused after errors" in row(page, plugin)
    page = admin.post(f"/admin/plugins/{plugin}/resume").text
    assert "Works" in row(page, plugin)
    assert admin.post(f"/admin/plugins/{plugin}/resume").status_code == 404


def test_failures_are_listed_with_their_trace(app: Flask, admin: Any, plugin: str) -> None:
    with app.app_context():
        record_failure(db.engine, plugin, "panel extra", ZeroDivisionError("<the plugin divides>"))
    page = row(admin.get("/admin/plugins").text, plugin)
    assert "Failed 1 time in panel extra" in page
    assert "ZeroDivisionError: &lt;the plugin divides&gt;" in page


def test_a_plugin_that_was_switched_on_since_the_start_waits_for_a_restart(app: Flask, admin: Any, plugin: str) -> None:
    parts = app.extensions["deskcore"]
    parts.plugins = replace(parts.plugins, loaded=frozenset())
    page = admin.get("/admin/plugins").text
    assert f"Restart the helpdesk to load: {plugin}" in page
    assert "Restart needed" in row(page, plugin)

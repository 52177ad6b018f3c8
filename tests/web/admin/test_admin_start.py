"""The start page of the administration: health, setup checklist and the search over settings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from deskcore import audit
from deskcore.hooks import state
from deskcore.hooks.sentences import sentence
from deskcore.work import unit_of_work


def part(page: str, title: str) -> str:
    return page.partition(f"<h3>{title}</h3>")[2].partition("</div></div>")[0].partition("card tight")[0]


def test_the_administration_begins_with_its_health(admin: Any) -> None:
    page = admin.get("/admin").text
    assert "SQLite" in part(page, "Database") or "PostgreSQL" in part(page, "Database")
    assert "free" in part(page, "Disk")
    assert "No worker is alive" in part(page, "Workers")
    assert "None so far" in part(page, "Backup")


def test_a_backup_and_a_broken_plugin_are_told(app: Flask, admin: Any) -> None:
    with app.app_context(), unit_of_work() as session:
        state.pause(session, "it_desk", sentence("It failed too often."))
        audit.record(session, "backup.made", audit.Subject("backup", "one"))
    page = admin.get("/admin").text
    assert "Works" in part(page, "Backup")
    assert "it_desk" in part(page, "Plugins")
    assert "Look at it" in part(page, "Plugins")


def test_every_step_of_the_setup_leads_to_where_it_is_done(app: Flask, admin: Any) -> None:
    page = admin.get("/admin").text
    assert "Have a second administrator" in page
    assert 'href="/admin/people?kind=rights"' in page
    assert 'href="/admin/look"' in page


def test_every_link_of_the_page_leads_somewhere(admin: Any) -> None:
    page = admin.get("/admin").text
    links = {link.replace("&amp;", "&") for link in page.split('href="')[1:] for link in [link.partition('"')[0]]}
    for link in sorted(link for link in links if link.startswith("/admin")):
        assert admin.get(link).status_code == 200, link


@pytest.mark.parametrize(
    ("words", "found"), [("hours", "/admin/desks"), ("logo colour", "/admin/look"), ("token", "/admin/people")]
)
def test_a_setting_is_found_by_what_it_is_about(admin: Any, words: str, found: str) -> None:
    page = admin.get(f"/admin?q={words}").text
    assert f'class="rowlink" href="{found}"' in page


def test_a_request_type_is_found_and_its_own_page_opens(admin: Any) -> None:
    page = admin.get("/admin?q=request+type+of").text
    assert 'class="rowlink" href="/admin/services/it-incident"' in page
    assert admin.get("/admin/services/it-incident").status_code == 200


def test_a_search_that_finds_nothing_says_so_and_shows_its_text_as_text(admin: Any) -> None:
    page = admin.get("/admin?q=<script>alert(1)</script>").text
    assert "No setting matches." in page
    assert "<script>alert" not in page


def test_settings_are_found_in_polish(admin: Any) -> None:
    admin.post("/language/pl")
    assert 'class="rowlink" href="/admin/desks"' in admin.get("/admin?q=godziny").text


@pytest.mark.parametrize("name", ["ola.mazur", "anna.kowalska"])
def test_nobody_else_opens_it(browser: Callable[[str], Any], name: str) -> None:
    assert browser(name).get("/admin").status_code == 403

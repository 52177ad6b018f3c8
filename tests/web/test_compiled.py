"""Templates are compiled once for all processes, and what was kept of them never breaks a page."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, render_template
from flask.templating import Environment

from deskcore.web import compiled


class Counting(Environment):
    """Counts what it compiles."""

    compilations = 0

    def _generate(self, *args: Any, **kwargs: Any) -> str:
        Counting.compilations += 1
        return str(super()._generate(*args, **kwargs))


@pytest.fixture
def instance(tmp_path: Path) -> Path:
    """Give an instance folder with a template."""
    (tmp_path / "page.html").write_text("{{ 6 * 7 }}")
    return tmp_path


def shown(instance: Path) -> tuple[str, int]:
    """Return what a process that starts now shows, and how often it compiled a template for that."""
    app = Flask("site", template_folder=str(instance))
    app.jinja_options, app.jinja_environment, Counting.compilations = {}, Counting, 0
    compiled.init_app(app, instance)
    with app.app_context():
        return render_template("page.html"), Counting.compilations


def test_a_template_is_compiled_once_and_anew_when_it_has_changed(instance: Path) -> None:
    assert [shown(instance), shown(instance)] == [("42", 1), ("42", 0)]
    (instance / "page.html").write_text("{{ 6 * 8 }}")
    assert [shown(instance), shown(instance)] == [("48", 1), ("48", 0)]


def test_what_was_compiled_is_for_nobody_else(instance: Path) -> None:
    shown(instance)
    assert (instance / "cache/templates").stat().st_mode & 0o777 == 0o700


def test_a_damaged_file_is_compiled_again(instance: Path) -> None:
    shown(instance)
    [kept] = (instance / "cache/templates").iterdir()
    kept.write_bytes(kept.read_bytes()[:-5])
    assert [shown(instance), shown(instance)] == [("42", 1), ("42", 0)]


def test_a_folder_that_cannot_be_used_costs_time_and_no_page(instance: Path) -> None:
    (instance / "cache").write_text("in the way")
    assert [shown(instance), shown(instance)] == [("42", 1), ("42", 1)]


def test_a_folder_that_vanishes_costs_time_and_no_page(instance: Path) -> None:
    app = Flask("site", template_folder=str(instance))
    app.jinja_options = {}
    compiled.init_app(app, instance)
    shutil.rmtree(instance / "cache")
    with app.app_context():
        assert render_template("page.html") == "42"


def test_a_command_on_an_installation_that_is_not_there_makes_no_folder(tmp_path: Path) -> None:
    compiled.init_app(Flask("site"), tmp_path / "instance")
    assert not (tmp_path / "instance").exists()

"""Kinds of answers that plugins add: checked by the plugin while it is on, and plain lines of text otherwise."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from deskcore.desks.fields import FieldContext
from deskcore.desks.schemas import validate
from deskcore.hooks.contributions import Field, Text
from deskcore.testing.house import opened, prepare
from deskcore.testing.switches import plugin_enabled
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as

PLATE = (Field("plate", "plate", Text("Plate", "Tablica"), max_length=12),)
PLUGIN = '''
"""Number plates."""
import time
from deskcore.plugin import FieldType, Refused, Text, hookimpl

def clean(line):
    if line == "slow":
        time.sleep(3)
    if line == "broken":
        raise ValueError(line)
    if line == "number":
        return 7
    if len(line) < 4:
        raise Refused("A plate has four characters or more.")
    return line.upper() * (3 if line == "long one" else 1)

@hookimpl
def register_field_types():
    """Add number plates."""
    return [FieldType("plate", Text("Number plate", "Tablica"), clean, "KR 1234")]
'''
MANIFEST = """[metadata]
name = deskcore-plates
version = 0.1.0
[options]
install_requires = deskcore>=0.1,<0.2
[options.entry_points]
deskcore.plugins =
    plates = deskcore_plates
"""
Check = Callable[[str], tuple[object, list[str]]]


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    folder = tmp_path_factory.mktemp("plates")
    (folder / "deskcore_plates").mkdir()
    (folder / "setup.cfg").write_text(MANIFEST)
    (folder / "deskcore_plates" / "__init__.py").write_text(PLUGIN)
    template = prepare(folder, tmp_path_factory.mktemp("template"), piece_deadline=1.0)
    with opened(template, tmp_path_factory.mktemp("instance")) as house:
        yield house.app


@pytest.fixture
def check(app: Flask) -> Check:
    def checked(line: str) -> tuple[object, list[str]]:
        with app.app_context(), acting_as(SYSTEM):
            answers, problems = validate(PLATE, {"plate": line}, FieldContext())
            return answers.get("plate"), [problem.message for problem in problems]

    return checked


def test_an_answer_is_stored_as_the_plugin_has_it(check: Check) -> None:
    assert check(" kr 1234 ") == ("KR 1234", [])


def test_a_refusal_stands_beside_the_field(check: Check) -> None:
    assert check("kr") == (None, ["A plate has four characters or more."])


@pytest.mark.parametrize("line", ["broken", "number", "slow"])
def test_a_plugin_that_fails_lets_the_line_pass(check: Check, line: str) -> None:
    assert check(line) == (line, [])


def test_what_the_plugin_returns_keeps_to_the_limit_of_the_field(check: Check) -> None:
    assert check("long one")[1] == ["Shorten this to 12 characters; it has 24."]


def test_while_the_plugin_is_off_any_line_will_do(app: Flask, check: Check) -> None:
    with plugin_enabled(app, "plates", False):
        assert check("kr") == ("kr", [])
    assert check("kr") == (None, ["A plate has four characters or more."])

"""The page about testing a plugin shows every fixture, and its examples run as they stand there."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

from deskcore.testing import plugin
from tests.testing.conftest import Run

PAGE = (Path(__file__).parents[2] / "docs/plugins/testing.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
#: Fixtures that others are built of.
INNER = {"house", "deskcore_browser"}


def test_the_examples_run_also_without_a_browser(run: Run) -> None:
    tests = "\n\n".join(EXAMPLES)
    count = tests.count("def test_")
    assert count >= 15
    said = run(tests, "-W", "error", passes=True, path="")
    assert f"{count} passed" in said
    assert "The pages of fleet_desk were not looked at by axe: there is no Chromium: apt-get install chromium." in said


def test_every_fixture_has_an_example() -> None:
    fixtures = set(re.findall(r"^@pytest\.fixture.*\ndef (\w+)", inspect.getsource(plugin), re.MULTILINE))
    shown = set(re.findall(r"\w+", " ".join(re.findall(r"^def test_\w+\((.*)\)", "\n".join(EXAMPLES), re.MULTILINE))))
    assert len(fixtures) > 15
    assert {name for name in fixtures if not name.startswith("_")} - INNER == shown & fixtures

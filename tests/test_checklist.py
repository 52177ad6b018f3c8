"""The checklist of every page names a test for each of its lines, and each of these tests is there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def lines() -> dict[int, list[tuple[str, str]]]:
    """Return file and name of the tests by the number of the line that names them."""
    text = (ROOT / "docs/checklist.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d+) \| (.*) \|$", text, re.MULTILINE)
    return {int(number): re.findall(r"`((?:tests|plugins)/[\w/]+\.py)::(test_\w+)`", rest) for number, rest in rows}


def test_every_line_has_a_test() -> None:
    assert list(lines()) == list(range(1, 88))
    assert [number for number, tests in lines().items() if not tests] == []


def test_every_test_that_a_line_names_is_there() -> None:
    missing = []
    for file, name in {test for tests in lines().values() for test in tests}:
        path = ROOT / file
        tree = ast.parse(path.read_text(encoding="utf-8")) if path.exists() else ast.Module([], [])
        if not any(isinstance(node, ast.FunctionDef) and node.name == name for node in tree.body):
            missing.append(f"{file}::{name}")
    assert missing == []

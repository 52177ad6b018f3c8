"""The collected bad inputs: hundred and more cases, each run by a test here or waiting for what it concerns.

They lie in ``bad_inputs.json`` of the folder that ``DESKCORE_SHARED`` names, ``../shared`` by default.
"""

from __future__ import annotations

import ast
import base64
import json
import os
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
COLLECTION = Path(os.environ.get("DESKCORE_SHARED", ROOT.parent / "shared")) / "bad_inputs.json"


@dataclass(frozen=True)
class Case:
    """One bad input; what it should lead to is asserted by its test."""

    id: str
    payload: Any


def cases(*ids: str) -> pytest.MarkDecorator:
    """Run a test once for each of these cases; it finds the case in its argument ``case``."""
    return pytest.mark.parametrize("case", ids, indirect=True)


@cache
def collection() -> dict[str, Case]:
    """Return all cases by id; a test that needs them is skipped without the file, and fails in CI."""
    if not COLLECTION.exists():
        reason = f"the bad inputs are not at {COLLECTION}: name their folder in DESKCORE_SHARED"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return {row["id"]: Case(row["id"], _payload(row)) for row in json.loads(COLLECTION.read_text(encoding="utf-8"))}


def _payload(row: dict[str, Any]) -> Any:
    if "payload_py" in row:
        return eval(row["payload_py"], {"base64": base64})
    return row.get("payload")


def run_here() -> set[str]:
    """Return the ids that the tests of this folder name in :func:`cases`."""
    found: set[str] = set()
    for path in HERE.glob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "cases":
                found |= {argument.value for argument in node.args if isinstance(argument, ast.Constant)}
    return found


def waiting() -> dict[str, dict[str, str]]:
    """Return the tables of ``waiting.toml``."""
    return tomllib.loads((HERE / "waiting.toml").read_text(encoding="utf-8"))

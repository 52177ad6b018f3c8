"""The pages about plugins show parts of one plugin and changes to it, which works with all of them."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

import deskcore.plugin
from deskcore.scaffold.plans import Plan
from deskcore.scaffold.writing import write
from tests.docs.pages import DOCS, Block, blocks, changed
from tests.processes import surroundings

PLUGINS = DOCS / "plugins"
#: In the order of the table of contents, in which they are read.
PAGES = re.findall(r"^(\w+)$", (PLUGINS / "index.md").read_text(encoding="utf-8"), re.MULTILINE)
ALL = [block for page in PAGES for block in blocks((PLUGINS / f"{page}.md").read_text(encoding="utf-8"))]
PYTHON = [block for block in ALL if block.language == "python"]


def called(*arguments: str, folder: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-m", *arguments], cwd=folder, capture_output=True, text=True, timeout=300, env=surroundings()
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def put(folder: Path, shown: Sequence[Block]) -> None:
    """Change a plugin as the pages show, and compare what they quote."""
    for block in shown:
        path = folder / block.caption
        if block.excerpt:
            assert block.text in path.read_text(encoding="utf-8"), f"{block.caption} has not:\n{block.text}"
        elif block.language == "diff":
            path.write_text(changed(path.read_text(encoding="utf-8"), block.text), encoding="utf-8")
        else:
            assert not path.exists(), f"{block.caption} is there already"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, encoding="utf-8")


@pytest.fixture(scope="module")
def plugin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the plugin of the pages: a new one, with all their changes."""
    folder = write(Plan("fleet_desk", "Fleet", "Flota", "FL"), tmp_path_factory.mktemp("shown"))
    put(folder, [block for block in ALL if block.caption])
    return folder


def test_every_page_is_in_the_table_of_contents() -> None:
    assert {path.stem for path in PLUGINS.glob("*.md")} == {*PAGES, "index", "reference"}


def test_the_plugin_of_the_pages_passes_its_tests_and_those_that_the_pages_add(plugin: Path) -> None:
    said = called("pytest", "-q", "-W", "error", folder=plugin)
    assert re.search(r"^\d+ passed in", said, re.MULTILINE), said


def test_the_plugin_of_the_pages_breaks_no_rule(plugin: Path) -> None:
    said = called("deskcore.cli", "plugin", "check", "--no-trial", str(plugin), folder=plugin.parent)
    assert "no findings" in said


@pytest.mark.parametrize("block", [block for block in PYTHON if not block.excerpt], ids=lambda block: block.text[:40])
def test_examples_are_python_and_import_what_there_is(block: Block) -> None:
    for node in ast.walk(ast.parse(block.text)):
        if isinstance(node, ast.ImportFrom) and node.module == "deskcore.plugin":
            assert {name.name for name in node.names} <= set(deskcore.plugin.__all__)

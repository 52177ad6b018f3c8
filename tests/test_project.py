"""The project's own promises: its commands, its documents, its dependencies."""

from __future__ import annotations

import ast
import configparser
import dataclasses
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import deskcore
from deskcore.config import Config

ROOT = Path(__file__).resolve().parent.parent
ADRS = sorted((ROOT / "docs/adr").glob("[0-9]*.md"))
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("plugins/*/README.md")])
#: What a declared library brings along and documents as part of its own interface.
BROUGHT_BY = {
    "werkzeug": "flask", "jinja2": "flask", "click": "flask", "markupsafe": "flask", "itsdangerous": "flask",
    "babel": "flask-babel", "wtforms": "flask-wtf", "webargs": "flask-smorest", "apispec": "flask-smorest",
    "argon2": "argon2-cffi", "psycopg": "postgres", "markdown_it": "markdown-it-py",
    # The test kit's, for those who write tests.
    "pytest": "test", "playwright": "test", "axe_playwright_python": "test",
}  # fmt: skip
#: Declared libraries that nothing imports by name.
NOT_IMPORTED = {"tzdata": "the standard library's zoneinfo reads it"}


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def make(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["make", "-C", str(ROOT), *arguments], capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def manifest() -> configparser.ConfigParser:
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg", encoding="utf-8")
    return config


def declared(manifest: configparser.ConfigParser) -> set[str]:
    lines = manifest["options"]["install_requires"].split()
    return {canonicalize_name(Requirement(line).name) for line in lines}


def imported() -> set[str]:
    """Return the third-party distributions that the core imports, lazily or not."""
    names: set[str] = set()
    for path in (ROOT / "deskcore").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names.add(node.module.split(".")[0])
    foreign = names - set(sys.stdlib_module_names) - {"deskcore"}
    return {BROUGHT_BY.get(name, canonicalize_name(name)) for name in foreign}


def test_readme_says_what_it_is_in_three_sentences() -> None:
    opening = read("README.md").split("\n\n")[1]
    assert len(re.findall(r"[.!?](?:\s|$)", opening)) == 3


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md"])
def test_every_make_command_of_the_documents_exists(document: str) -> None:
    targets = set(re.findall(r"^([a-z0-9-]+):", read("Makefile"), re.MULTILINE))
    named = set(re.findall(r"(?:^ {4}|`)make ([a-z0-9-]+)", read(document), re.MULTILINE))
    assert named
    assert named <= targets


def test_every_phony_target_exists_and_every_target_is_phony() -> None:
    makefile = read("Makefile")
    phony = re.search(r"^\.PHONY: (.+)$", makefile, re.MULTILINE)
    assert phony is not None
    assert set(phony[1].split()) == set(re.findall(r"^([a-z0-9-]+):", makefile, re.MULTILINE))


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_link_to_a_file_leads_somewhere(document: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", document.read_text(encoding="utf-8"))
    local = [link for link in links if not link.startswith(("http://", "https://", "mailto:"))]
    assert not [link for link in local if not (document.parent / link).exists()]


def test_every_decision_is_listed_and_has_its_four_parts() -> None:
    index = read("docs/adr/README.md")
    assert [path.name[:4] for path in ADRS] == [f"{number:04}" for number in range(1, len(ADRS) + 1)]
    for path in ADRS:
        text = path.read_text(encoding="utf-8")
        title = re.match(r"# (\d+)\. (.+)\n", text)
        assert title is not None
        assert int(title[1]) == int(path.name[:4])
        assert f"[{title[1]}]({path.name}) | {title[2]} |" in index
        assert {"## The question", "## Decision", "## What follows"} <= set(text.splitlines())


def test_the_licence_is_apache_2(manifest: configparser.ConfigParser) -> None:
    assert manifest["metadata"]["license"] == "Apache-2.0"
    licence = read("LICENSE")
    assert "Apache License\n                           Version 2.0, January 2004" in licence
    assert "END OF TERMS AND CONDITIONS" in licence


def test_the_changelog_knows_this_version() -> None:
    assert re.search(rf"^## {re.escape(deskcore.__version__)}\b", read("CHANGELOG.md"), re.MULTILINE)


def test_what_the_core_imports_is_declared_and_what_it_declares_is_imported(
    manifest: configparser.ConfigParser,
) -> None:
    extras = set(manifest["options.extras_require"])
    assert imported() - extras == declared(manifest) - set(NOT_IMPORTED)


def test_every_dependency_has_its_line_among_the_decisions(manifest: configparser.ConfigParser) -> None:
    page = canonicalize_name(read("docs/adr/0008-dependencies.md"))
    assert not [name for name in declared(manifest) if not re.search(rf"\b{name}\b", page)]


def test_the_operations_page_lists_every_setting_with_its_default() -> None:
    section = read("docs/operations.md").partition("\n## Configuration\n")[2].partition("\n## ")[0]
    rows = dict(re.findall(r"^\| `(\w+)` \| (.+?) \|", section, re.MULTILINE))
    settings = {field.name: field.default for field in dataclasses.fields(Config)}
    assert set(rows) == set(settings)
    for name, default in settings.items():
        shown = str(default).lower() if isinstance(default, bool) else str(default) if default not in ("", ()) else ""
        assert rows[name].startswith(f"`{shown}`" if shown else "empty"), name


def test_the_build_file_stays_at_three_lines() -> None:
    assert read("pyproject.toml").count("\n") == 3


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """A copy of what `make run` needs before it installs anything."""
    for name in ("Makefile", "setup.cfg", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


def interpreter(folder: Path, body: str) -> str:
    path = folder / "python-of-the-test"
    path.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
    path.chmod(0o755)
    return f"PYTHON={path}"


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("exit 1", "is older: name another with PYTHON="),
        ('case "$2" in *ensurepip*) exit 1;; esac', "apt-get install python3-venv"),
    ],
    ids=["an old Python", "no venv"],
)
def test_make_run_says_in_one_sentence_what_the_computer_lacks(elsewhere: Path, body: str, sentence: str) -> None:
    answer = make("-C", str(elsewhere), "run", interpreter(elsewhere, body))
    assert answer.returncode
    assert sentence in answer.stdout
    assert "Traceback" not in answer.stdout + answer.stderr


def test_make_run_without_any_python_says_so(elsewhere: Path) -> None:
    answer = make("-C", str(elsewhere), "run", "PYTHON=no-such-python")
    assert answer.returncode
    assert "no-such-python was not found" in answer.stdout


def test_a_second_make_run_installs_nothing_and_only_completes_the_demo(elsewhere: Path) -> None:
    # Stands in for Python, pip and deskcore alike, and writes down what it is asked to do.
    stand_in = f"""
        echo "$(basename "$0") $*" >> {elsewhere}/calls
        case "$*" in
            "-m venv .venv") mkdir -p .venv/bin; cp "$0" .venv/bin/python; cp "$0" .venv/bin/deskcore;;
            demo) mkdir -p instance; touch instance/deskcore.db;;
        esac"""
    python = interpreter(elsewhere, stand_in)
    first, second = (make("-C", str(elsewhere), "run", "PORT=8123", python) for _ in range(2))
    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    calls = [line for line in (elsewhere / "calls").read_text(encoding="utf-8").splitlines() if " -c " not in line]
    assert [line.split()[0:2] for line in calls[:2]] == [["python-of-the-test", "-m"], ["python", "-m"]]
    assert calls[1].endswith("install --editable .[bundled]")
    served = "deskcore run --host 127.0.0.1 --port 8123"
    assert calls[2:] == ["deskcore demo", served, "deskcore demo", served]


def test_the_ci_script_is_valid_bash_and_may_be_run() -> None:
    script = ROOT / ".ci/run"
    assert script.stat().st_mode & 0o111
    assert subprocess.run(["bash", "-n", str(script)], check=False).returncode == 0

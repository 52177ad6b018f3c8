"""Plugins in folders of their own, whose tests run as their authors run them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.processes import surroundings
from tests.testing.fleet import write_bare, write_fleet

Run = Callable[..., str]


def run_tests(folder: Path, *options: str, passes: bool, path: str | None = None) -> str:
    """Run the tests in a folder as whoever works there does, and return what pytest said.

    :param path: where programs are looked for, if not where these tests look.
    """
    environment = {name: value for name, value in surroundings().items() if not name.startswith("DESKCORE_")}
    environment |= {"PATH": path} if path is not None else {}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:schemathesis", *options],
        cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == (0 if passes else 1), done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Give a function that writes the plugin, spoilt as wanted, and runs its tests."""

    def ran(tests: str, *options: str, passes: bool = False, path: str | None = None, **spoilt: str) -> str:
        return run_tests(write_fleet(tmp_path, tests, **spoilt), *options, passes=passes, path=path)

    return ran


@pytest.fixture
def run_bare(tmp_path: Path) -> Run:
    """Give a function that writes a plugin of one file, and runs its tests."""

    def ran(tests: str, package: str) -> str:
        return run_tests(write_bare(tmp_path, tests, package), passes=False)

    return ran

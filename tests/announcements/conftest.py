"""Notices, and telling people of them, are switched on for the tests of this folder, on each database."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="session")
def bundled() -> tuple[str, ...]:
    return ("announcements", "notifications")

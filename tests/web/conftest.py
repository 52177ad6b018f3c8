"""Pages are looked at on one database; what they read and write is tested below them, on both."""

from __future__ import annotations

import pytest


@pytest.fixture(params=["sqlite"])
def database(request: pytest.FixtureRequest) -> str:
    """Name the database; a module whose pages are mostly SQL asks for both."""
    return str(request.param)

"""Commands on an installation of their own, as the tests of the command line have them."""

from __future__ import annotations

from tests.cli.conftest import instance, ready, run

__all__ = ["instance", "ready", "run"]

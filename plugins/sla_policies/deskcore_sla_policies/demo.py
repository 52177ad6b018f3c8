"""The clocks of the demo organisation: its tickets were opened before anybody kept any."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deskcore_sla_policies.watching import begin_run

if TYPE_CHECKING:
    from deskcore.plugin import DemoBuilder


def seed(builder: DemoBuilder) -> None:
    """Let a worker read all tickets, the finished ones too, so that reports have eight weeks to tell of."""
    begin_run("catch_up", finished=True)

"""Eight weeks of tickets for the demo organisation, in both languages, from ``stories/``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from deskcore.plugin import DemoBuilder

STORIES = Path(__file__).parent / "stories"
#: Finished tickets in the demo; with those still open it is about six a week.
FINISHED = 40


def seed(builder: DemoBuilder) -> None:
    """Play the stories."""
    builder.play(STORIES, "customer", FINISHED)

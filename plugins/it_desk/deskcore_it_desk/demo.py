"""Eight weeks of tickets for the demo organisation, in both languages, from ``stories/``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random

    from deskcore.plugin import DemoBuilder

STORIES = Path(__file__).parent / "stories"
#: Finished tickets in the demo; with those still open it is about fifteen a week.
FINISHED = 95


def seed(builder: DemoBuilder) -> None:
    """Play the stories."""
    builder.play(STORIES, "it", FINISHED, words)


def words(random: Random) -> dict[str, str]:
    """Return what the stories of one ticket name: devices, and where they stand."""
    return {
        "nb": f"NB-{random.randint(120, 489):04}",
        "printer": f"PRN-{random.randint(11, 39)}",
        "floor": str(random.randint(2, 5)),
        "room": f"{random.randint(2, 5)}.{random.randint(10, 29)}",
        "num": str(random.randint(100, 999)),
    }

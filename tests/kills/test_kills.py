"""Whatever is killed, what was acknowledged is there, once, and everybody who wanted to know has heard of it."""

from __future__ import annotations

from typing import Any

from tests.kills.rounds import Driver


def test_nothing_that_was_acknowledged_is_lost_or_doubled_while_processes_are_killed(
    driver: Driver, measure: Any
) -> None:
    for _ in range(measure("rounds", 1)):
        one = driver.play(measure("submissions", 12), measure("kills", 3))
        assert one.is_sound(), one
    kills = sum(driver.site.kills.values())
    assert kills > 0
    # Who is killed after the effect and before the note of it tells it again, one piece a thread.
    assert sum(one.repeats for one in driver.rounds) <= kills

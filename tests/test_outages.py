"""Whether anybody waits for a database that does not answer."""

from __future__ import annotations

from contextlib import AbstractContextManager, suppress

import pytest

from deskcore import outages
from deskcore.outages import SUSPICION, Away, Outage


class Clock:
    """A clock that goes on when it is told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Stop the clock."""
    stopped = Clock()
    monkeypatch.setattr(outages, "monotonic", stopped)
    return stopped


def fails(outage: Outage) -> None:
    """Try, and fail."""
    with suppress(OSError), outage.attempt():
        raise OSError


def begins(outage: Outage) -> AbstractContextManager[None]:
    """Begin to wait, and go on doing so."""
    attempt = outage.attempt()
    attempt.__enter__()
    return attempt


def test_after_a_failure_nobody_tries_for_a_while(clock: Clock) -> None:
    outage = Outage(pause=1.0)
    fails(outage)
    clock.now += 0.9
    with pytest.raises(Away), outage.attempt():
        pass
    clock.now += 0.2
    with outage.attempt():
        pass


def test_after_a_failure_one_finds_out_for_all(clock: Clock) -> None:
    outage = Outage(pause=0.0)
    fails(outage)
    clock.now += 0.1
    scout = begins(outage)
    with pytest.raises(Away), outage.attempt():
        pass
    scout.__exit__(None, None, None)
    others = [begins(outage), begins(outage)]
    assert len(others) == 2


def test_nobody_queues_behind_one_who_is_stuck(clock: Clock) -> None:
    outage = Outage(pause=0.0)
    stuck = [begins(outage)]
    clock.now += SUSPICION - 0.1
    stuck.append(begins(outage))
    clock.now += 0.2
    with pytest.raises(Away), outage.attempt():
        pass
    assert len(stuck) == 2


def test_a_queue_that_moves_is_joined_however_long_somebody_has_been_in_it(clock: Clock) -> None:
    outage = Outage(pause=0.0)
    slow = begins(outage)
    for _ in range(10):
        clock.now += SUSPICION / 2
        with outage.attempt():
            pass
    slow.__exit__(None, None, None)

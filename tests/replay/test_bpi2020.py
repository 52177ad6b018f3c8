"""What people of a university submitted in two years ends in the approvals plugin as it ended in life."""

from __future__ import annotations

import os

import pytest

from tests.replay.logs import FOLDER, LOGS
from tests.replay.replaying import play, table, university


@pytest.fixture(autouse=True)
def _logs() -> None:
    if not FOLDER.exists():
        reason = f"the logs are not at {FOLDER}: name their folder in DESKCORE_SHARED"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)


def test_the_commonest_ways_of_a_request_for_payment_end_as_they_did() -> None:
    with university() as house:
        result = play(house, LOGS[1], most=8)
    assert result.different == []
    assert sum(result.same.values()) == 6_248, table([result])
    assert {"approved", "rejected"} == set(result.same)
    assert set(result.left_out) == {"saved and never submitted"}

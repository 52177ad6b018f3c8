"""Twin installations answer everybody who may not see a confidential ticket alike, byte for byte."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import time_machine

from deskcore.extensions import db
from deskcore.people.services import find_person, grant
from tests.access.twins import Twins, build_twins
from tests.access.world import ROLES

#: Everybody, and two links deep, with ``make test-access``; otherwise those who look from different sides.
WHOLE = os.environ.get("ACCESS_TEST") == "whole"
LOOKING = ROLES if WHOLE else ("lead", "admin", "t:agent")
DEPTH = 2 if WHOLE else 0


@pytest.fixture(scope="module")
def twins(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twins]:
    """Build both while the clock stands still."""
    with time_machine.travel(datetime(2026, 3, 4, 10, 30, tzinfo=UTC), tick=False):
        found = build_twins(tmp_path_factory.mktemp("twins"), sqlite_template)
        yield found
    for world in (found.bare, found.whole):
        with world.app.app_context():
            db.engine.dispose()


def test_whoever_may_not_see_a_confidential_ticket_gets_the_same_from_both(twins: Twins) -> None:
    different = [sentence for role in LOOKING for sentence in twins.differences((role,), DEPTH)]
    assert not different, "\n".join(different[:40])


def test_the_people_of_the_ticket_read_every_word(twins: Twins) -> None:
    seen = twins.seen_by_its_own_people()
    unseen = {where for where, word in twins.words.items() if word not in seen}
    assert unseen == {"file", "sensitive answer"}, "a word that stands nowhere could not leak"


def test_one_who_came_to_work_on_the_desk_is_told_apart(twins: Twins) -> None:
    with twins.whole.app.app_context():
        lead = find_person("ola.mazur@meridian.example")
        assert lead is not None
        grant(lead, "hr")
    different = list(twins.differences(("lead",), 0))
    twins.whole.restore()
    assert any("/agent/tickets?queue=all" in sentence for sentence in different)

"""Twin installations answer everybody who may not see a confidential ticket alike, byte for byte."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import time_machine

from deskcore.extensions import db
from deskcore.people.services import grant
from tests.access.canaries import build_stages
from tests.access.people import named
from tests.access.twins import ROLES, STAGES, Twins

#: Everybody, and two links deep, with ``make test-access``; otherwise those who look from different sides.
WHOLE = os.environ.get("ACCESS_TEST") == "whole"
SOME = ("admin", "accused", "t:agent")
#: Named ones, when the crawl is divided among processes: ``ACCESS_ROLES="admin hr t:hr"``.
LOOKING = tuple(os.environ.get("ACCESS_ROLES", "").split()) or (ROLES if WHOLE else SOME)
DEPTH = 2 if WHOLE else 0


@pytest.fixture(scope="module")
def twins(everything_on: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twins]:
    """Build all while the clock stands still."""
    with time_machine.travel(datetime(2026, 3, 4, 10, 30, tzinfo=UTC), tick=False):
        found = Twins(*build_stages(tmp_path_factory.mktemp("twins"), everything_on))
        yield found
    for world in found.worlds.values():
        with world.app.app_context():
            db.engine.dispose()


def test_whoever_may_not_see_a_confidential_ticket_gets_the_same_from_both(twins: Twins) -> None:
    different = []
    for role in LOOKING:
        found = list(twins.differences(role, DEPTH, None if WHOLE or role.startswith("t:") else LOOKING.index(role)))
        different += found
        twins.restore()
        tell(f"{role}: {twins.asked[role]} addresses, {len(found)} differences", *found)
    tell(f"{sum(twins.asked.values())} addresses as {len(LOOKING)} roles: {len(different)} differences")
    assert not different, "\n".join(different[:40])


def tell(*lines: str) -> None:
    """Print what a crawl of an hour found, as soon as it is known; it is seen with ``-s``."""
    print(*lines, sep="\n", flush=True)  # noqa: T201 – what `make test-access` is run for


def test_the_people_of_the_tickets_read_every_word(twins: Twins) -> None:
    for name, read in twins.read_by_their_people().items():
        unseen = {where for where, word in twins.circles[name].words.items() if word not in read}
        assert [where for where in unseen if "sensitive" not in where and not where.startswith("content of")] == [], (
            name
        )


def test_one_who_came_to_work_on_the_desk_is_told_apart(twins: Twins) -> None:
    last = twins.worlds[STAGES[-1]]
    with last.app.app_context():
        grant(named("ola.mazur"), "hr")
    missing = {"/agent/tickets?queue=all", "lead reads the description of pay"}
    for sentence in twins.differences("lead"):
        missing -= {words for words in missing if words in sentence}
        if not missing:
            break
    last.restore()
    assert not missing

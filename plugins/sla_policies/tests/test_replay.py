"""The clock over two real logs: what another program counted over the same files comes out here, too."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks import sla_replay

ROOT = Path(__file__).parents[3]
DATA = Path(os.environ.get("DESKCORE_SHARED", ROOT.parent / "shared")) / "data"


@pytest.fixture(autouse=True)
def _logs() -> None:
    if not DATA.exists():
        reason = f"the logs are not at {DATA}: name their folder in DESKCORE_SHARED"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)


def reference(log: str) -> Any:
    """Return what was counted independently."""
    return json.loads((DATA / log / "reference-aggregates.json").read_text(encoding="utf-8"))


def figures(rows: Iterator[tuple[Any, ...]]) -> dict[str, tuple[Any, ...]]:
    return {name: tuple(rest) for name, *rest in rows}


def test_the_incidents_of_a_year_come_out_as_they_were_counted() -> None:
    log = "eventlog-servicenow-141k"
    cases, theirs = list(sla_replay.servicenow(DATA / log)), reference(log)
    found = figures(sla_replay.compare_servicenow(cases, theirs))
    agreeing = [name for name, (here, other, *_why) in found.items() if here == other]
    assert len(cases) == theirs["incidents"]
    for priority in "1234":
        assert f"P{priority}, noted as solved" in agreeing
        assert f"P{priority}, median h as noted" in agreeing
    assert {"median h to the end", "taken up again, by events"} <= set(agreeing)
    unexplained = [name for name, (here, other, why) in found.items() if here != other and not why]
    assert unexplained == []


def test_the_cases_of_a_help_desk_come_out_as_they_were_counted() -> None:
    log = "eventlog-helpdesk-italian-21k"
    cases, theirs = list(sla_replay.helpdesk(DATA / log)), reference(log)
    found = figures(sla_replay.compare_helpdesk(cases, theirs))
    assert found["cases that waited"][:2] == (734, 734)
    assert found["solved more than once"][:2] == (252, 252)
    assert all(here == other for here, other, why in found.values() if not why)


def test_a_kinder_policy_never_calls_more_tickets_late_over_the_same_events() -> None:
    cases = list(sla_replay.helpdesk(DATA / "eventlog-helpdesk-italian-21k"))
    late = [row[1] for row in sla_replay.what_if(cases)]
    assert late == sorted(late, reverse=True)
    assert late[0] > late[-1]

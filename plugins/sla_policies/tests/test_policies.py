"""Which policy holds for a ticket: the first one from above that is meant for it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from deskcore_sla_policies.policies import Policy, Ruleset, Subject

GOALS = {"normal": {"resolution": 480}}
FOR_ALL = Policy("all", {"en": "All"}, goals=GOALS)
TICKET = Subject("it", "incident", "normal", "Sales", "Gdańsk", vip=True)


@pytest.mark.parametrize(
    ("condition", "other"),
    [
        ({"desks": {"it"}}, {"desk": "hr"}),
        ({"request_types": {"incident"}}, {"request_type": "question"}),
        ({"priorities": {"normal"}}, {"priority": "low"}),
        ({"departments": {"Sales"}}, {"department": "Legal"}),
        ({"locations": {"Gdańsk"}}, {"location": "Kraków"}),
        ({"vip": True}, {"vip": False}),
    ],
)
def test_a_policy_takes_what_it_is_meant_for_and_leaves_the_rest_to_those_below(
    condition: dict[str, set[str]], other: dict[str, str]
) -> None:
    goals = {"low": {"resolution": 60}} | GOALS
    narrow = Policy("narrow", {"en": "Narrow"}, goals=goals, **condition)  # type: ignore[arg-type]
    ruleset = Ruleset((narrow, replace(FOR_ALL, goals=goals)))
    assert ruleset.choose(TICKET) is narrow
    assert ruleset.choose(replace(TICKET, **other)) is ruleset.policies[1]  # type: ignore[arg-type]


def test_a_policy_that_promises_nothing_to_a_priority_or_is_off_takes_nothing() -> None:
    off = replace(FOR_ALL, key="off", enabled=False)
    assert Ruleset((off, FOR_ALL)).choose(TICKET) is FOR_ALL
    assert Ruleset((FOR_ALL,)).choose(replace(TICKET, priority="urgent")) is None

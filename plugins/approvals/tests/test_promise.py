"""Whatever people do in whatever order: nothing goes on without every needed step, and nobody approves for oneself."""

from __future__ import annotations

from typing import Any

import pytest
from deskcore_approvals import deciding, delegations, watching
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deskcore import clock
from deskcore.plugin import Conflict, NotAllowed, NotFound, Refused

from .conftest import LINE, MONDAY, Company, later, mail, step

NAMES = (*LINE, "rita", "leon")
APPROVERS = (
    "manager",
    "managers_manager",
    "field:owner",
    "desk:plain:lead",
    *(f"person:{mail(name)}" for name in NAMES),
)
STEPS = st.lists(
    st.tuples(
        st.lists(st.sampled_from(APPROVERS), min_size=1, max_size=3, unique=True),
        st.sampled_from(["all", "any", 1, 2]),
        st.sampled_from(["", "a"]),
    ),
    min_size=1,
    max_size=3,
)
ACTS = st.lists(
    st.tuples(
        st.sampled_from(["approve", "reject", "ask", "hand over", "delegate", "watch", "late"]),
        st.sampled_from(NAMES),
        st.sampled_from(NAMES),
    ),
    max_size=12,
)


@pytest.fixture
def counter() -> list[int]:
    return [0]


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS, owner=st.sampled_from(NAMES), acts=ACTS)
def test_nothing_is_approved_without_every_step(
    company: Company, counter: list[int], steps: list[Any], owner: str, acts: list[tuple[str, str, str]]
) -> None:
    counter[0] += 1
    key = f"purchase_{counter[0]}"
    declared = [step(f"s{place}", *who, need=need, group=group) for place, (who, need, group) in enumerate(steps)]
    company.offer(*declared, key=key)
    number = company.ask(key, owner=mail(owner))
    for place, act in enumerate(acts):
        _act(company, number, place, *act)
    _check(company, number, declared)


def _act(company: Company, number: str, place: int, act: str, name: str, other: str) -> None:
    if act in ("watch", "late"):
        company.watch(later(hours=place + (40 if act == "late" else 0)))
        return
    with clock.at(later(hours=place)), company.as_(name):
        try:
            if act == "delegate":
                delegations.delegate(mail(name), mail(other), MONDAY.date(), MONDAY.date())
                watching.cover(mail(name))
                return
            case = company.case(number, name)
            more: tuple[Any, ...] = (mail(other),) if act == "hand over" else ("Because.",)
            doing = {"approve": deciding.approve, "reject": deciding.reject, "ask": deciding.ask}
            doing.get(act, deciding.hand_over)(case.token, case.version, *more)
        except (StopIteration, Refused, NotAllowed, NotFound, Conflict):
            return


def _check(company: Company, number: str, declared: list[dict[str, Any]]) -> None:
    decisions, status = company.decisions(number), company.ticket(number).status_category
    assert mail("rita") not in [address for one in decisions for address in (one.approver, one.decider, one.decided_by)]
    votes = {each["key"]: [one.state for one in decisions if one.step == each["key"]] for each in declared}
    done = [_is_done(each["need"], votes[each["key"]]) for each in declared]
    if status == "open":
        assert all(done)
    elif status == "resolved":
        assert any(state == "rejected" for states in votes.values() for state in states)
    else:
        assert status == "waiting_approval"
        assert not all(done)
    if status != "waiting_approval":
        assert (company.pending(number), company.participants(number)) == ([], [])


def _is_done(need: str | int, votes: list[str]) -> bool:
    """Tell whether a step has its approvals, counted from what was stored."""
    wanted = len(votes) if need == "all" else 1 if need == "any" else int(need)
    return bool(votes) and votes.count("approved") >= wanted

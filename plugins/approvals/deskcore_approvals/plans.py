"""Which steps a request needs, and which of them run side by side: rules and answers in, stages out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from deskcore_approvals.amounts import amount_of, asked_for
from deskcore_approvals.rules import Rules, Step


def needed(rules: Rules, answers: Mapping[str, Any], extra: Mapping[str, Any]) -> list[list[Step]]:
    """Return the steps that a request needs, in stages: those of one stage run side by side.

    :param extra: what plugins keep with the ticket, by plugin.
    """
    amount = amount_of(rules, answers, extra) if rules.amount else None
    raised = rules.raised is not None and rules.raised.holds(answers)
    wanted = [
        step
        for step in rules.steps
        if (step.when is None or step.when.holds(answers)) and asked_for(step, rules.steps, amount, raised)
    ]
    stages: list[list[Step]] = []
    for step in wanted:
        if stages and step.group and stages[-1][-1].group == step.group:
            stages[-1].append(step)
        else:
            stages.append([step])
    return stages


def how_many(need: str | int, asked: int) -> int:
    """Return how many have to approve; a number is that number, even where fewer are asked."""
    return max(1, asked) if need == "all" else 1 if need == "any" else int(need)


def lacking(step: Mapping[str, Any], asked: int) -> int:
    """Return how many people have still to be found for a step that asks so many."""
    return max(0, int(step.get("needed", 1)) - asked)


def standing(votes: Sequence[str], need: int) -> str:
    """Return where a step stands: ``approved``, ``rejected`` as soon as enough can no longer approve, or ``pending``.

    :param votes: ``approved``, ``rejected`` or ``pending``, of everybody who is asked.
    """
    if votes.count("approved") >= need:
        return "approved"
    return "rejected" if votes.count("approved") + votes.count("pending") < need else "pending"

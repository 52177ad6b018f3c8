"""Priority from impact and urgency, and the few request types that carry an urgency of their own.

Impact is how many are hit, urgency how much their work suffers, and a fixed matrix turns both into a
priority: the rule that ITIL describes for incidents. ITIL's customary example has three levels of each; a
single site and the whole company are its "high" impact in two steps, so that an outage of one office does
not compete with one of all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any

#: From the smallest to the largest, as in the answers to "Who is affected?".
IMPACTS = ("me", "team", "site", "company")
#: From the mildest to the worst.
URGENCIES = ("can_work", "degraded", "stopped")

MATRIX: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "me": {"can_work": "low", "degraded": "normal", "stopped": "normal"},
        "team": {"can_work": "normal", "degraded": "normal", "stopped": "high"},
        "site": {"can_work": "normal", "degraded": "high", "stopped": "urgent"},
        "company": {"can_work": "high", "degraded": "urgent", "stopped": "urgent"},
    }
)
#: Answers about a suspicious e-mail of which any "yes" means that somebody may already be inside.
SIGNS_OF_INTRUSION = ("clicked_link", "opened_attachment", "entered_password")


@dataclass(frozen=True)
class Verdict:
    """A priority and where it comes from.

    :param reason: ``matrix``, ``lost_device``, ``intrusion``, ``immediate_leaver``, ``emergency_change`` or
        ``short_notice``.
    :param impact: one of :data:`IMPACTS`; empty unless the reason is the matrix, like ``urgency``.
    """

    priority: str
    reason: str
    impact: str = ""
    urgency: str = ""


def verdict(request_type: str, answers: Mapping[str, Any], opened_on: date, notice_days: int) -> Verdict | None:
    """Return the priority that the answers call for, or ``None`` where the request type's own stands.

    :param opened_on: the day the request was made.
    :param notice_days: working days that preparing for a new starter takes.
    """
    if request_type == "incident":
        return by_matrix(answers)
    if request_type == "lost_device":
        return Verdict("urgent", "lost_device")
    if request_type == "suspicious_email" and shows_intrusion(answers):
        return Verdict("urgent", "intrusion")
    if request_type == "leaver" and answers.get("immediate") is True:
        return Verdict("urgent", "immediate_leaver")
    if request_type == "change_request" and answers.get("type") == "emergency":
        return Verdict("high", "emergency_change")
    if request_type == "new_starter" and _is_short_notice(answers, opened_on, notice_days):
        return Verdict("high", "short_notice")
    return None


def by_matrix(answers: Mapping[str, Any]) -> Verdict:
    """Return what the matrix says about an incident; what was not answered counts as its mildest case."""
    impact = str(answers.get("affected", ""))
    if impact not in IMPACTS:
        impact = IMPACTS[0]
    urgency = urgency_of(answers)
    return Verdict(MATRIX[impact][urgency], "matrix", impact, urgency)


def urgency_of(answers: Mapping[str, Any]) -> str:
    """Return one of :data:`URGENCIES` for the answers about the person's work."""
    if answers.get("work_stopped") is True:
        return "stopped"
    return "degraded" if answers.get("work_slowed") is True else "can_work"


def shows_intrusion(answers: Mapping[str, Any]) -> bool:
    """Tell whether a link or attachment of the message was opened, or a password entered."""
    return any(answers.get(sign) is True for sign in SIGNS_OF_INTRUSION)


def working_days_between(first: date, last: date) -> int:
    """Return how many days from Monday to Friday lie after ``first`` up to ``last``; none if it is earlier."""
    days = (first + timedelta(days=ahead) for ahead in range(1, (last - first).days + 1))
    return sum(day.weekday() < 5 for day in days)


def _is_short_notice(answers: Mapping[str, Any], opened_on: date, notice_days: int) -> bool:
    try:
        start = date.fromisoformat(str(answers.get("start_date", "")))
    except ValueError:
        return False
    # A start months ahead is never short, and a slip such as the year 2199 must not be counted day by day.
    return (start - opened_on).days <= 2 * notice_days + 7 and working_days_between(opened_on, start) < notice_days

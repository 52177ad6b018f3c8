"""A request lands where somebody can solve it, and carries the tags that others follow."""

from __future__ import annotations

from typing import Any

import pytest
from deskcore_it_desk import DESK
from deskcore_it_desk.routing import tags_for, team_for


def team(request_type: str, answers: dict[str, Any], priority: str = "normal", *, straight: bool = True) -> str | None:
    return team_for(request_type, answers, priority, urgent_to_specialists=straight)


@pytest.mark.parametrize("service", ["mail", "printer", "phone", "laptop", "other"])
def test_everyday_faults_go_to_the_first_line(service: str) -> None:
    assert team("incident", {"service": service}) == "l1"


@pytest.mark.parametrize("service", ["network", "erp"])
def test_faults_of_network_and_erp_go_to_the_second_line(service: str) -> None:
    assert team("incident", {"service": service}) == "l2"


def test_urgent_incidents_go_straight_to_the_specialists_unless_switched_off() -> None:
    assert team("incident", {"service": "mail"}, "urgent") == "l3"
    assert team("incident", {"service": "mail"}, "urgent", straight=False) == "l1"


def test_a_mail_that_may_have_let_somebody_in_goes_to_the_specialists() -> None:
    assert team("suspicious_email", {"entered_password": True}, "urgent") == "l3"
    assert team("suspicious_email", {"entered_password": False}) is None


def test_administrator_rights_are_for_the_specialists() -> None:
    assert team("access_request", {"role": "admin"}) == "l3"
    assert team("access_request", {"role": "read"}) is None


def test_the_three_teams_are_three_tiers() -> None:
    assert [(each.key, each.tier) for each in DESK.teams] == [("l1", 1), ("l2", 2), ("l3", 3)]


@pytest.mark.parametrize(
    ("request_type", "answers", "tags"),
    [
        ("lost_device", {}, ("security",)),
        ("suspicious_email", {}, ("security",)),
        ("access_request", {"role": "admin"}, ("security",)),
        ("password_reset", {}, ("identity-check",)),
        ("leaver", {"immediate": True}, ("security", "identity-check")),
        ("leaver", {}, ()),
        ("question", {}, ()),
    ],
)
def test_tags_follow_from_the_request(request_type: str, answers: dict[str, Any], tags: tuple[str, ...]) -> None:
    assert tags_for(request_type, answers, "normal") == tags


def test_only_an_urgent_incident_is_tagged_as_major() -> None:
    assert tags_for("incident", {}, "urgent") == ("major",)
    assert tags_for("incident", {}, "high") == ()

"""How often one token may call, and what that costs everybody else: nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from deskcore.api import limits
from deskcore.api.limits import Allowance
from deskcore.config import load_config
from deskcore.errors import ConfigurationError
from tests.api.conftest import Program


@pytest.fixture
def database() -> str:
    """Nothing here asks the database."""
    return "sqlite"


class Clock:
    """Stands until it is moved."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def test_whoever_was_quiet_may_send_a_burst_and_then_goes_on_at_the_rate() -> None:
    clock = Clock()
    allowance = Allowance(2, 5, clock)
    assert [allowance.take("a") for _ in range(6)] == [0, 0, 0, 0, 0, 1]
    clock.seconds = 0.5
    assert [allowance.take("a") for _ in range(2)] == [0, 1]
    clock.seconds = 1000
    assert [allowance.take("a") for _ in range(6)].count(0) == 5


def test_the_wait_that_is_told_is_long_enough() -> None:
    clock = Clock()
    allowance = Allowance(0.25, 1, clock)
    assert (allowance.take("a"), allowance.take("a")) == (0, 4)
    clock.seconds = 4
    assert allowance.take("a") == 0


def test_one_caller_takes_nothing_from_another() -> None:
    allowance = Allowance(1, 1, Clock())
    assert (allowance.take("a"), allowance.take("a") > 0, allowance.take("b")) == (0, True, 0)


def test_no_rate_is_no_limit() -> None:
    allowance = Allowance(0, 1, Clock())
    assert {allowance.take("a") for _ in range(100)} == {0}


def test_callers_without_number_fill_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "REMEMBERED", 3)
    allowance = Allowance(1, 1, Clock())
    for name in "abcd":
        allowance.take(name)
    assert allowance.take("d") > 0
    assert allowance.take("a") == 0, "forgotten, and therefore full again"


@pytest.fixture
def frugal(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """An application in which a token has two requests, and the next one in a minute."""
    monkeypatch.setitem(app.extensions, "deskcore_api_allowance", Allowance(1 / 60, 2, Clock()))
    return app


def test_a_flood_is_told_to_wait_and_others_are_not(frugal: Flask, marek: Program, anna: Program) -> None:
    answers = [marek.get("/me") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 429, 429]
    refused = answers[-1]
    assert (refused.content_type, refused.headers["Retry-After"]) == ("application/problem+json", "60")
    assert refused.get_json()["type"] == "urn:deskcore:problem:too-many-requests"
    assert "60 seconds" in refused.get_json()["detail"]
    assert anna.get("/me").status_code == 200


def test_a_request_too_many_asks_the_database_nothing(
    frugal: Flask, marek: Program, count_statements: Callable[[], Any]
) -> None:
    marek.get("/me"), marek.get("/me")
    with count_statements() as seen:
        assert marek.get("/me").status_code == 429
    assert list(seen) == []


def test_the_allowance_is_configured(tmp_path: Path) -> None:
    config = load_config({"instance": tmp_path, "api_rate": "2.5", "api_burst": "7"}, {})
    assert (config.api_rate, config.api_burst) == (2.5, 7)
    for wrong in ({"api_rate": "-1"}, {"api_rate": "nan"}, {"api_burst": "0"}):
        with pytest.raises(ConfigurationError, match="api_rate"):
            load_config({"instance": tmp_path} | wrong, {})

"""Calls, failures and times of plugins are counted in memory, and added up over processes and days."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from deskcore.clock import now
from deskcore.hooks import health as module
from deskcore.hooks import models
from deskcore.hooks.breaker import HookLimits
from deskcore.hooks.health import FAILED, Health, read_health, together, write_health
from deskcore.tickets.snapshots import EventView, TicketDraft, TicketView

from .conftest import Site

Drafts = Callable[..., TicketDraft]


def read(site: Site) -> dict[str, dict[str, tuple[int, int]]]:
    """Return calls and failures by plugin and slot."""
    with site.engine.connect() as connection:
        found = read_health(connection)
    return {plugin: {line.slot: (line.calls, line.failures) for line in lines} for plugin, lines in found.items()}


def test_each_call_and_each_failure_is_counted_where_it_was(
    site: Site, draft: Drafts, event: EventView, ticket: Callable[..., TicketView]
) -> None:
    site.plugin("a", "@hookimpl\ndef validate_ticket(draft): raise ValueError('no')\n"
                     "@hookimpl\ndef ticket_opened(event, ticket): pass")  # fmt: skip
    site.load("a", limits=HookLimits(deadline=20.0, failures=100))
    callers = site.callers()
    for _ in range(3):
        callers.check("validate_ticket", draft=draft())
    callers.notify("a", "ticket_opened", event=event, ticket=ticket())
    site.write(write_health, callers.health.take())
    assert read(site) == {"a": {"validate_ticket": (3, 3), "ticket_opened": (1, 0)}}


def test_what_several_processes_write_down_adds_up(site: Site) -> None:
    for _ in range(2):
        health = Health()
        health.add("a", "panel x", 0.01)
        health.failed("a", "panel x")
        site.write(write_health, health.take())
    assert read(site) == {"a": {"panel x": (2, 2)}}


def test_what_was_taken_is_not_taken_twice_and_can_be_given_back() -> None:
    health = Health()
    health.add("a", "panel x", 0.01)
    counts = health.take()
    assert list(counts.values()) == [1]
    assert not health.take()
    health.give_back(counts)
    assert health.take() == counts


def test_the_95th_of_100_calls_is_what_counts(site: Site) -> None:
    health = Health()
    for seconds in [0.001] * 94 + [0.09] * 6:
        health.add("a", "panel x", seconds)
    for seconds in [0.001] * 96 + [0.09] * 4:
        health.add("a", "panel y", seconds)
    site.write(write_health, health.take())
    with site.engine.connect() as connection:
        lines = {line.slot: line.p95 for line in read_health(connection)["a"]}
        whole = together(read_health(connection)["a"])
    assert 0.09 <= lines["panel x"] < 0.09 * 1.5
    assert 0.001 <= lines["panel y"] < 0.001 * 1.5
    assert (whole.calls, whole.p95) == (200, lines["panel x"])


@pytest.mark.parametrize("seconds", [0.0, 0.00005, 3.0, 100_000.0])
def test_no_time_is_outside_the_classes(site: Site, seconds: float) -> None:
    health = Health()
    health.add("a", "panel x", seconds)
    site.write(write_health, health.take())
    with site.engine.connect() as connection:
        assert read_health(connection)["a"][0].p95 > 0


def test_days_long_ago_are_neither_shown_nor_kept(site: Site) -> None:
    table = models.PluginHealth.__table__
    for days, slot in ((module.SHOWN, "panel old"), (module.KEPT + 1, "panel gone")):
        day = now().date() - timedelta(days=days)
        row = {"day": day, "plugin": "a", "slot": slot, "span": FAILED, "calls": 7}
        with site.engine.begin() as connection:
            connection.execute(table.insert().values(row))  # type: ignore[attr-defined]
    health = Health()
    health.add("a", "panel new", 0.01)
    site.write(write_health, health.take())
    assert set(read(site)["a"]) == {"panel new"}
    with site.engine.connect() as connection:
        slots = {row.slot for row in connection.execute(table.select())}
    assert slots == {"panel old", "panel new"}

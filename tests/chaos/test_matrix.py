"""Whatever a plugin does, wherever it does it: the ticket stands, the answer comes, and everybody knows who it was.

``--whole-matrix`` runs every behaviour in every place on each database (``make test-chaos``); without it every
behaviour and every place come at least once, and always the same.
"""

from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from deskcore.hooks.checks import CONTRIBUTED
from deskcore.hooks.document import hooks
from tests.chaos import scenario
from tests.chaos.conftest import switch_on
from tests.chaos.scenario import BAD, Day, House, all_places, group_of, numbers_of, read_ticket
from tests.chaos.table import Table

Installation = Callable[[str], tuple[Path, str]]
DATABASES = ("sqlite", "postgresql")
#: Behaviours after which the administration must name the plugin; the others do no harm, and may stay unnoticed.
HARMFUL = frozenset(scenario.WAYS) - {"leaves a transaction open", "rolls back", "mutates its arguments"}
ROOT = Path(__file__).parents[2]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if {"way", "place", "on"} <= set(metafunc.fixturenames):
        deadly = "dies" in metafunc.function.__name__
        metafunc.parametrize(("way", "place", "on"), list(cases(metafunc.config.getoption("--whole-matrix"), deadly)))


def cases(whole: bool, deadly: bool) -> Iterator[tuple[str, str, str]]:
    """Yield behaviour, place and database of each case; the sample shifts the behaviours over the places."""
    ways = [way for way in scenario.WAYS if (way in scenario.DEADLY) is deadly]
    places = all_places()
    if whole:
        yield from ((way, place, on) for on in DATABASES for place in places for way in ways)
    elif deadly:
        # Before the commit and at the start, they end a real server: see test_server.py.
        yield from zip(ways, ("panel", "ticket_opened"), DATABASES, strict=True)
    else:
        yield from (
            (ways[index % len(ways)], place, DATABASES[index % 2 if index > len(ways) else 0])
            for index, place in enumerate(places)
        )


def test_every_place_that_a_contribution_is_called_in_belongs_to_the_matrix() -> None:
    assert set(scenario.PLACES) == set(CONTRIBUTED)
    for hook, places in scenario.PLACES.items():
        others = 1 if hook in scenario.CALLED_OTHERWISE else 0
        assert len(places) == len(scenario.called_fields(hook)) + others, hook


def test_the_sample_has_every_behaviour_and_every_place() -> None:
    sample = [*cases(whole=False, deadly=False), *cases(whole=False, deadly=True)]
    assert {way for way, _, _ in sample} == set(scenario.WAYS)
    assert {place for _, place, _ in sample} == set(all_places())
    assert {on for _, _, on in sample} == set(DATABASES)


def test_the_ticket_stands_whatever_a_plugin_does(
    way: str, place: str, on: str, house: Callable[[str], House], installation: Installation, table: Table
) -> None:
    cell = table.add(way, group_of(place))
    usual = usual_day(house(on), place)
    with misbehaving(place, scenario.WAYS[way]):
        day = starting_anew(installation(on), way, place) if place.startswith("register_") else None
        day = day or house(on).live(f"{place} {way}", place)
    house(on).forgive()
    cell.slowest = max(cell.slowest, day.slowest)
    assert stands(day, usual), (day.ticket, usual)
    assert day.slowest < scenario.LONGEST, day.answers
    assert day.lock < scenario.LONGEST
    assert day.named or not must_be_named(way, place)
    cell.standing += 1


def test_a_process_that_dies_of_a_plugin_costs_no_ticket_and_is_the_last_one(
    way: str, place: str, on: str, house: Callable[[str], House], installation: Installation, table: Table
) -> None:
    cell = table.add(way, group_of(place))
    usual = usual_day(house(on), place)
    folder, url = installation(on)
    switch_on(url)
    first = in_a_process(folder, url, place, way)
    assert first.returncode not in (0, 1), first.stderr
    number = numbers_of(url, subject_of(place, way))
    second = in_a_process(folder, url, place, way, f"{first.pid}:{first.returncode}")
    assert second.returncode == 0, second.stderr
    slowest, lock, named = second.stdout.split()
    cell.slowest = max(cell.slowest, float(slowest))
    [after] = numbers_of(url, subject_of(place, way))
    assert number in ([], [after]), "an acknowledged ticket was doubled or lost"
    switch_on(url)
    assert named == "True"
    assert float(slowest) < scenario.LONGEST
    assert float(lock) < scenario.LONGEST
    standing = read_ticket(url, after)
    assert {name: standing[name] for name in ("description", "status", "answers")} == {
        name: usual[name] for name in ("description", "status", "answers")
    }
    cell.standing += 1


_usual: dict[tuple[str, str], Any] = {}


def usual_day(house: House, place: str) -> dict[str, Any]:
    """Return what becomes of the same ticket while the plugin behaves."""
    key = (house.url, place if place in scenario.LEFT_ON_TICKETS else "")
    if key not in _usual:
        _usual[key] = dict(house.live(f"usual {place}", place).ticket)
        house.forgive()
    return dict(_usual[key])


def stands(day: Day, usual: dict[str, Any]) -> bool:
    """Tell whether a ticket is what it would have been anyway, but for its name."""
    return {**day.ticket, "subject": ""} == {**usual, "subject": ""}


def must_be_named(way: str, place: str) -> bool:
    """Tell whether what the plugin did there is a failure: some of it is looked at by nobody, or does no harm."""
    if way == "returns garbage":
        return place not in scenario.DEAF
    if way == "hangs" and place in scenario.AT_A_TERMINAL:
        return False
    return way in HARMFUL


@contextmanager
def misbehaving(place: str, way: str) -> Iterator[None]:
    """Let the plugin misbehave in one place; whatever hangs is let go afterwards."""
    behaviour = importlib.import_module(f"deskcore_{BAD}.behaviour")
    behaviour.MODE, behaviour.HOOKS = way, frozenset({place})
    try:
        yield
    finally:
        behaviour.MODE, behaviour.HOOKS = "good", frozenset()
        behaviour.release.set()
        behaviour.release.clear()


def starting_anew(where: tuple[Path, str], way: str, place: str) -> Day:
    """Start an application while the plugin misbehaves at start, and live through the day in it."""
    starting = House(*where)
    try:
        return starting.live(f"{place} {way}", place)
    finally:
        starting.close()
        switch_on(where[1])


class Ended(subprocess.CompletedProcess[str]):
    """A process that has ended, and its id."""

    pid: int


def in_a_process(folder: Path, url: str, place: str, way: str, after: str = "") -> Ended:
    """Live through the day in a process of its own."""
    import os

    command = [sys.executable, "-m", "tests.chaos.scenario", str(folder), url, place, subject_of(place, way)]
    command += [after] if after else []
    environment = os.environ | {"MISBEHAVE": f"{place}:{scenario.WAYS[way]}"}
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    said, wrong = process.communicate(timeout=120)
    ended = Ended(command, process.returncode, said, wrong)
    ended.pid = process.pid
    return ended


def subject_of(place: str, way: str) -> str:
    """Return the subject of a case that has processes of its own; the same one again would be the same submission."""
    return f"Printer jams {place} {way}"


def test_every_hook_is_in_the_matrix() -> None:
    assert set(hooks()) <= set(all_places())

"""What plugins rely on is written down for each release, and goes only after two of them have warned."""

from __future__ import annotations

import inspect
from operator import attrgetter

import deskcore
from deskcore import plugin
from deskcore.hooks.document import hooks
from deskcore.preflight.surface import present
from tests.surface import FOLDER, gone_too_early, lines, this_file

#: Names of the facade that an author has to learn; more is a sign that something belongs into a contribution.
MAX_NAMES = 60


def recorded() -> dict[str, set[str]]:
    return {path.stem: set(path.read_text(encoding="utf-8").splitlines()) for path in FOLDER.glob("*.txt")}


def test_what_this_release_offers_is_written_down() -> None:
    said = "review the difference, then run: python -m tests.surface"
    assert this_file().exists(), said
    assert set(this_file().read_text(encoding="utf-8").splitlines()) == lines(present()), said


def test_nothing_that_a_release_had_is_gone_without_two_releases_of_warning() -> None:
    assert gone_too_early(recorded(), lines(present()), deskcore.__version__) == set()


def test_the_facade_stays_small() -> None:
    names = [name for name, it in present().names.items() if it.notice is None and "." not in name]
    assert 0 < len(names) <= MAX_NAMES


def test_what_is_read_from_the_source_is_what_is_there() -> None:
    """The surface is read as text: hooks, arguments and names must be those that Python sees."""
    surface = present()
    assert {name: list(hook.arguments) for name, hook in surface.hooks.items()} == {
        name: list(inspect.signature(hook).parameters) for name, hook in hooks().items()
    }
    modules = {name: it for name in plugin.__all__ if inspect.ismodule(it := getattr(plugin, name))}
    within = {f"{name}.{each}" for name, module in modules.items() for each in module.__all__}
    assert set(surface.names) == set(plugin.__all__) | set(plugin.DEPRECATED) | within
    for name, it in surface.names.items():
        if it.parameters is not None:
            assert it.parameters == set(inspect.signature(attrgetter(name)(plugin)).parameters), name
    assert surface.version == deskcore.__version__
    assert surface.requires


def test_a_thing_may_go_when_it_was_marked_two_releases_before() -> None:
    now = {"hook a", "hook a: x"}
    marked = now | {"hook b (goes in 0.3)", "hook b: y", "hook a: z (goes in 0.3)"}
    assert gone_too_early({"0.1": marked}, now, "0.3.0") == set()
    assert gone_too_early({"0.1": marked}, now, "0.2.0") == {"hook b", "hook b: y", "hook a: z"}
    assert gone_too_early({"0.1": marked - {"hook b: y"} | {"name c"}}, now, "0.3.0") == {"name c"}


def test_a_mark_that_came_too_late_does_not_count() -> None:
    assert gone_too_early({"0.2": {"hook b (goes in 0.3)"}}, set(), "0.3.0") == {"hook b"}

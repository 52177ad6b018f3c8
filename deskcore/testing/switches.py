"""What an administrator changes while everything runs: settings, and which plugins are on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask

from deskcore.desks.services import refresh
from deskcore.hooks import state
from deskcore.hooks.setting_values import write_setting
from deskcore.runtime import runtime
from deskcore.testing.house import House
from deskcore.work import unit_of_work


def set_setting(house: House, key: str, value: Any) -> None:
    """Give a setting of the plugin under test a value; ``None`` is its default.

    :raises NotFound: when the plugin declares no such setting.
    :raises Refused: when the value does not fit its type.
    """
    with house.app.app_context():
        registry = runtime().plugins
        checked = registry.check_setting(house.plugin, key, value)
        secret = any(it.key == key and it.type == "secret" for it in registry.settings_of(house.plugin))
        with unit_of_work() as session:
            write_setting(session, house.plugin, key, checked, secret=secret)
        refresh()


@contextmanager
def plugin_enabled(app: Flask, name: str, enabled: bool = True) -> Iterator[None]:
    """Switch a plugin on or off for the length of the block, as the administration does.

    :raises AssertionError: when the plugin is not there, or cannot be switched on without a restart.
    """
    with app.app_context():
        registry = runtime().plugins
        if name not in registry.states or (enabled and name not in registry.loaded):
            raise AssertionError(
                f"The plugin “{name}” was not loaded for these tests: add it to “deskcore_plugins” of pytest's "
                f"configuration. Loaded are: {', '.join(sorted(registry.loaded))}."
            )
        before = registry.states[name].wanted
        _switch(name, on=enabled)
    try:
        yield
    finally:
        with app.app_context():
            _switch(name, on=before)


def _switch(name: str, *, on: bool) -> None:
    with unit_of_work() as session:
        change = state.enable if on else state.disable
        change(session, runtime().plugins.declarations, name)
    refresh()

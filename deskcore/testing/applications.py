"""Applications that a test left as it found them: the next one gets them, since building one outlasts most tests."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from flask import Flask

from deskcore.api.authentication import _ALLOWANCE as ALLOWANCE
from deskcore.extensions import db


@dataclass(frozen=True)
class Kept:
    """An application, and what it was like before anybody used it.

    :param snapshots: what it swaps whole when something is changed in administration.
    :param files: of its instance, with size and moment of change.
    """

    app: Flask
    instance: Path
    snapshots: dict[str, Any]
    state: dict[str, Any]
    files: dict[str, tuple[int, int]]


def keep(app: Flask, instance: Path) -> Kept:
    """Remember what a new application is like."""
    runtime = app.extensions["deskcore"]
    snapshots = {name: getattr(runtime, name) for name in ("plugins", "catalogue", "look")}
    return Kept(app, instance, snapshots, _state(app), _files(instance))


def put_back(kept: Kept) -> bool:
    """Take away what a test left in its instance; tell whether the application is as it was."""
    with kept.app.app_context():
        db.session.remove()
        db.engine.dispose()
    runtime = kept.app.extensions["deskcore"]
    for noted in (runtime.wake, runtime.presence._places, runtime.section_faults, kept.app.extensions[ALLOWANCE]._left):
        noted.clear()
    runtime.callers.health.take()
    if runtime.plugins.manager is kept.snapshots["plugins"].manager:
        for name, snapshot in kept.snapshots.items():
            setattr(runtime, name, snapshot)
    if _state(kept.app) != kept.state:
        return False
    for place in kept.instance.iterdir():
        if place.name not in {name.partition("/")[0] for name in kept.files}:
            shutil.rmtree(place) if place.is_dir() else place.unlink()
    return _files(kept.instance) == kept.files


def _files(instance: Path) -> dict[str, tuple[int, int]]:
    """Return the files of an instance, save those of its database, which is put back by itself, and compiled ones."""
    found = {}
    for path in instance.rglob("*"):
        name = path.relative_to(instance).as_posix()
        if path.is_file() and not name.startswith(("deskcore.db", "cache/")):
            found[name] = (path.stat().st_size, path.stat().st_mtime_ns)
    return found


def _state(app: Flask) -> dict[str, Any]:
    """Return what tests change of an application, so that two of it are equal where nothing did."""
    runtime = app.extensions["deskcore"]
    breaker, manager = runtime.plugins.breaker, runtime.plugins.manager
    hooks = ("before_request_funcs", "after_request_funcs", "teardown_request_funcs")
    return {
        "config": dict(app.config),
        "parts": {name: _copy(value) for name, value in vars(runtime).items()},
        "plugins": {name: (id(plugin), _parts(plugin)) for name, plugin in manager.list_name_plugin()},
        "failures": (dict(breaker._failures), dict(breaker._opened)),
        "views": dict(app.view_functions),
        "hooks": {name: {key: _copy(value) for key, value in getattr(app, name).items()} for name in hooks},
        "teardown": list(app.teardown_appcontext_funcs),
        "globals": {name: id(value) for name, value in app.jinja_env.globals.items()},
        "extensions": {name: id(value) for name, value in app.extensions.items()},
    }


def _parts(plugin: Any) -> dict[str, Any]:
    """Return what a plugin that is an object holds; what a module holds outlives an application anyway."""
    own = {} if isinstance(plugin, ModuleType | type) else getattr(plugin, "__dict__", {})
    return {name: _copy(value) for name, value in own.items()}


def _copy(value: Any) -> Any:
    """Return a copy of what can change within itself, and the identity of anything else."""
    if isinstance(value, dict | set | list):
        return value.copy()
    return id(value)

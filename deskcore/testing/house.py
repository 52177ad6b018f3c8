"""An installation for one test: a copy of a prepared database with the plugin, its desk, and people of every role."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from deskcore.app import create_app
from deskcore.config import Config
from deskcore.extensions import db, engine_options
from deskcore.hooks import state
from deskcore.hooks.contributions import Desk
from deskcore.hooks.declarations import PluginDeclaration
from deskcore.hooks.failures import read_failures
from deskcore.hooks.migrations import Migrations
from deskcore.runtime import runtime
from deskcore.testing.applications import Kept, keep, put_back
from deskcore.testing.manifests import NoPlugin, gather
from deskcore.testing.people import ORGANISATION, PLAIN, plugin_desks, populate, program, signed_in
from deskcore.testing.speed import make_fast

#: The same for all, because what is copied from a template is signed with it.
SECRET_KEY = "the secret key of the tests, which everybody may know"  # noqa: S105
AUDIT_KEYS = Config(secret_key=SECRET_KEY).audit_keys
#: Applications that the next test can use, by the prepared database that they have a copy of.
_KEPT: dict[Path, Kept] = {}


@dataclass(frozen=True)
class Template:
    """A prepared database that tests copy.

    :param plugins: the plugin under test, first, and those that it needs.
    :param links: folder in which they are found.
    :param more: settings of the configuration.
    """

    plugins: Mapping[str, PluginDeclaration]
    links: Path
    database: Path
    more: Mapping[str, Any] = field(default_factory=dict)

    @property
    def plugin(self) -> str:
        """Name of the plugin under test."""
        return next(iter(self.plugins))

    def settings(self, folder: Path, database: Path) -> dict[str, Any]:
        """Return the configuration of an installation in ``folder``."""
        return {
            "instance": folder,
            "database_url": f"sqlite:///{database}",
            "worker_threads": 0,
            "plugin_folders": (str(self.links),),
            "enabled_plugins": tuple(self.plugins),
            "organisation": ORGANISATION,
            "secret_key": SECRET_KEY,
            "api_rate": 0.0,
            # A busy computer must not look like a slow plugin.
            "hook_deadline": 20.0,
            "piece_deadline": 20.0,
            **self.more,
        }


@dataclass
class House:
    """One installation with the plugin under test.

    :param desk: the plugin's first desk, if it has one.
    :param told: places in which the plugin failed and the test knows of it.
    :param notes: what a check left out, and why.
    """

    app: Flask
    plugin: str
    desk: Desk | None
    told: set[str] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)

    @property
    def desk_key(self) -> str:
        """Key of the desk that tickets are opened on: the plugin's first one, or a plain one."""
        return self.desk.key if self.desk is not None else PLAIN.lower()

    def as_user(self, role: str) -> FlaskClient:
        """Return a browser in which somebody is signed in, by role or by e-mail address."""
        return signed_in(self.app, role)

    def api(self, role: str) -> FlaskClient:
        """Return a client that sends an API token of somebody, by role or by e-mail address."""
        return program(self.app, role)

    def failures(self) -> list[str]:
        """Return what the plugin failed at in this installation, and count it as known."""
        found = [one for one in self._recorded() if one["plugin"] == self.plugin]
        self.told |= {str(one["slot"]) for one in found}
        return [f"{one['slot']}: {one['error']}\n{one['trace']}" for one in found]

    def check_failures(self) -> None:
        """Fail when the plugin failed somewhere and its test did not ask for it: the core goes on as if it had not.

        :raises AssertionError: with every place and its trace.
        """
        # Slow is measured by query budgets: seconds depend on what else the computer does.
        fresh = [one for one in self._recorded() if one["slot"] not in self.told and "Overrun" not in one["error"]]
        if fresh:
            listed = "\n".join(f"{one['plugin']} in {one['slot']}: {one['error']}\n{one['trace']}" for one in fresh)
            raise AssertionError(
                "The plugin failed and Deskcore went on without it; correct it, or ask for `failures()` in a test "
                f"that lets it fail.\n{listed}"
            )

    def _recorded(self) -> list[Mapping[str, Any]]:
        with self.app.app_context():
            return read_failures(db.session())


def prepare(folder: Path, work: Path, more: tuple[str, ...] = (), **settings: Any) -> Template:
    """Make a database that has the plugin in ``folder``, those that it needs, and the organisation of the tests.

    :param work: an empty folder for it.
    :param more: names or paths of further plugins.
    :param settings: of the configuration.
    :raises NoPlugin: when the plugin, or one that it needs, cannot be used; with its own trace if it has one.
    """
    make_fast()
    links = work / "plugins"
    links.mkdir(parents=True)
    plugins = gather(folder, links, more)
    template = Template(plugins, links, work / "deskcore.db", settings)
    url = f"sqlite:///{template.database}"
    make_schema(url, plugins, tuple(plugins))
    app = create_app(template.settings(work, template.database))
    with app.app_context():
        _check_loaded(plugins)
        populate(template.plugin)
        db.session.remove()
        db.engine.dispose()
    settle(url)
    return template


def make_schema(url: str, plugins: Mapping[str, PluginDeclaration], enabled: tuple[str, ...]) -> None:
    """Bring an empty database up to date, with the tables of ``enabled`` plugins, which are switched on."""
    engine = sa.create_engine(url, **engine_options(url, AUDIT_KEYS))
    migrations = Migrations(engine, plugins)
    migrations.upgrade_core()
    with state.own_transaction(engine) as connection:
        state.first_sight(connection, plugins, enabled)
    migrations.upgrade_all(enabled)
    engine.dispose()


def settle(url: str) -> None:
    """Bring all of a SQLite database into its one file, which can be copied then."""
    with sa.create_engine(url).connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")


@contextmanager
def opened(template: Template, folder: Path) -> Iterator[House]:
    """Give an application on a fresh copy of a template: the one of before, if that was left as it had been.

    :param folder: an empty folder for the instance of a new one.
    """
    kept = _KEPT.pop(template.database, None)
    if kept is None:
        make_fast()
        kept = _new(template, folder)
    else:
        _copy(template, kept.instance)
    with kept.app.app_context():
        desks = plugin_desks(template.plugin)
    yield House(kept.app, template.plugin, desks[0] if desks else None)
    if put_back(kept):
        _KEPT[template.database] = kept


def _new(template: Template, folder: Path) -> Kept:
    app = create_app(template.settings(folder, _copy(template, folder)))
    app.config["WTF_CSRF_ENABLED"] = False
    app.testing = True
    return keep(app, folder)


def _copy(template: Template, folder: Path) -> Path:
    """Copy the prepared database into an instance, as a new file, whoever still has an old one open."""
    database = folder / "deskcore.db"
    for old in folder.glob("deskcore.db*"):
        old.unlink()
    shutil.copy(template.database, database)
    return database


def _check_loaded(plugins: Mapping[str, PluginDeclaration]) -> None:
    registry = runtime().plugins
    for name in plugins:
        row = registry.states.get(name)
        if name not in registry.loaded:
            reason, trace = (row.reason, row.trace) if row is not None else ("It is not there.", "")
            raise NoPlugin(f"The plugin “{name}” was not loaded: {reason}\n{trace}".rstrip())

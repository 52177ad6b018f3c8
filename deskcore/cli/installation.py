"""The installation that a command works on: its configuration, its database, an application without plugins."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from deskcore.config import Config, load_config
from deskcore.errors import ConfigurationError
from deskcore.recovery.unfinished import refuse_unfinished

if TYPE_CHECKING:
    from flask import Flask
    from sqlalchemy.engine import Engine

    from deskcore.hooks.sources import Found


def instance_folder() -> Path:
    """Return the instance folder that the environment or the present folder names; it need not exist.

    :raises ConfigurationError: when restoring a backup into it was not finished.
    """
    folder = Path(os.environ.get("DESKCORE_INSTANCE") or "instance")
    refuse_unfinished(folder)
    return folder


def existing_config() -> Config:
    """Return the configuration of an installation that was set up.

    :raises ConfigurationError: when there is none here, or it is wrong.
    """
    folder = instance_folder()
    if not folder.is_dir():
        raise ConfigurationError(
            f"There is no instance folder “{folder}”. Run “deskcore init”, or name another folder with --instance."
        )
    return load_config()


def has_database(config: Config) -> bool:
    """Tell whether the database can be there: a file for SQLite, anything else for others."""
    return config.sqlite_path is None or config.sqlite_path.exists()


@contextmanager
def database(config: Config) -> Iterator[Engine]:
    """Open the database without an application.

    :raises ConfigurationError: when a SQLite file is not there; opening it would make an empty one.
    """
    import sqlalchemy as sa

    from deskcore.extensions import engine_options

    if not has_database(config):
        raise ConfigurationError(f"There is no database “{config.sqlite_path}” yet; run “deskcore init”.")
    engine = sa.create_engine(config.url, **engine_options(config.url, config.audit_keys))
    try:
        yield engine
    finally:
        engine.dispose()


def found_plugins(config: Config) -> Found:
    """Return the plugins of the installation as their manifests describe them; none is imported."""
    from deskcore.hooks.sources import find_plugins, standard_folders

    return find_plugins(standard_folders(config.instance, config.plugin_folders))


@contextmanager
def bare_app(config: Config | None = None) -> Iterator[Flask]:
    """Enter an application that has a database and no plugin, page or catalogue: enough for people and checks.

    :raises ConfigurationError: when the database is not as this version expects it.
    """
    config = config or existing_config()
    if not has_database(config):
        raise ConfigurationError(f"There is no database “{config.sqlite_path}” yet; run “deskcore init”.")
    from deskcore.extensions import db
    from deskcore.serve.schema import require_schema

    app = _bare(config)
    with entered(app):
        require_schema(db.engine)
        yield app


def _bare(config: Config) -> Flask:
    from flask import Flask
    from flask_babel import Babel

    from deskcore.desks.catalogue import Catalogue
    from deskcore.events import models as _events  # noqa: F401  (its tables belong to the schema)
    from deskcore.extensions import db, engine_options
    from deskcore.hooks.callers import Callers
    from deskcore.hooks.registry import empty
    from deskcore.runtime import Runtime
    from deskcore.tickets import access as _access  # noqa: F401  (sets the policy of every session)

    app = Flask("deskcore", instance_path=str(config.instance.resolve()))
    options = engine_options(config.url, config.audit_keys)
    app.config.from_mapping(SQLALCHEMY_DATABASE_URI=config.url, SQLALCHEMY_ENGINE_OPTIONS=options)
    db.init_app(app)
    Babel(app, default_locale="en")  # type: ignore[no-untyped-call]
    plugins = empty(found_plugins(config))
    app.extensions["deskcore"] = Runtime(config, plugins, Callers(lambda: plugins), Catalogue())
    return app


def full_app(config: Config | None = None) -> Flask:
    """Return the whole application with its plugins; use it inside :func:`entered`.

    :raises ConfigurationError: when the database is not as this version expects it.
    """
    config = config or existing_config()
    with database(config) as engine:
        from deskcore.serve.schema import require_schema

        require_schema(engine)
    from deskcore.app import create_app

    return create_app({"instance": config.instance})


@contextmanager
def entered(app: Flask) -> Iterator[None]:
    """Work inside ``app`` as the installation itself."""
    from deskcore.extensions import db
    from deskcore.viewer import SYSTEM
    from deskcore.work import acting_as

    with app.app_context():
        try:
            with acting_as(SYSTEM):
                yield
        finally:
            db.engine.dispose()

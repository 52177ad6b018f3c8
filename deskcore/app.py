"""The application factory: reads like a table of contents."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from flask import Flask
from jinja2 import BaseLoader, ChoiceLoader, FileSystemLoader, PrefixLoader
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.middleware.proxy_fix import ProxyFix

from deskcore import api
from deskcore.audit import verify_daily
from deskcore.config import Config, load_config
from deskcore.desks.catalogue import Catalogue
from deskcore.desks.services import load_catalogue
from deskcore.events import models as _events  # noqa: F401  (its tables belong to the schema)
from deskcore.extensions import csrf, db, engine_options
from deskcore.hooks import loader
from deskcore.hooks.breaker import HookLimits
from deskcore.hooks.callers import Callers
from deskcore.hooks.recorder import recorder
from deskcore.hooks.registry import Registry, empty
from deskcore.hooks.sources import find_plugins, standard_folders
from deskcore.importing.runs import run_import
from deskcore.organisation.look import Look
from deskcore.organisation.services import read_look
from deskcore.outages import trouble_of
from deskcore.people import absence_news
from deskcore.presence import presence_of
from deskcore.runtime import CoreJob, CoreKind, Runtime
from deskcore.safety import dangers_at_home, refuse
from deskcore.search import indexing, noticing
from deskcore.tickets import managers, noting, sealing_stored, searching, status_moves, telling
from deskcore.tickets.due import forget_due_times
from deskcore.tickets.housekeeping import end_emergencies, housekeeping
from deskcore.web import (
    admin,
    auth,
    compiled,
    errors,
    files,
    found,
    gallery,
    i18n,
    installing,
    limits,
    look,
    plugin_pages,
    portal,
    reports,
    route_classes,
    security,
    setup,
    templating,
    viewer,
    workspace,
)

log = logging.getLogger("deskcore")


def create_app(overrides: Mapping[str, Any] | None = None, *, load_plugins: bool = True) -> Flask:
    """Build an application.

    :param overrides: configuration that wins over the file and the environment.
    :param load_plugins: false for commands that must work however broken a plugin is.
    :raises ConfigurationError: when the configuration cannot work.
    """
    config = load_config(overrides)
    refuse(dangers_at_home(config))
    app = _flask(config)
    limits.init_app(app, config)
    db.init_app(app)
    csrf.init_app(app)
    with app.app_context():
        runtime = _runtime(config, load_plugins)
        app.extensions["deskcore"] = runtime
        runtime.catalogue, runtime.look = _catalogue(runtime.plugins)
    _templates(app, runtime)
    i18n.init_app(app, config.instance / "cache", _plugin_folders(runtime.plugins))
    templating.init_app(app)
    compiled.init_app(app, config.instance)
    viewer.init_app(app)
    security.init_app(app, config)
    errors.init_app(app)
    for blueprint in (
        auth.blueprint, portal.blueprint, workspace.blueprint, admin.blueprint, admin.audit_blueprint, files.blueprint,
        look.blueprint, setup.blueprint, reports.blueprint, installing.blueprint,
    ):  # fmt: skip
        app.register_blueprint(blueprint)
    if config.debug:
        app.register_blueprint(gallery.blueprint)
    api.init_app(app, config, runtime.plugins)
    plugin_pages.init_app(app, runtime.plugins)
    route_classes.check_routes_are_classified(app)
    return app


def _flask(config: Config) -> Flask:
    app = Flask("deskcore", instance_path=str(config.instance.resolve()))
    app.config.from_mapping(
        security.settings(config),
        DEBUG=config.debug,
        SQLALCHEMY_DATABASE_URI=config.url,
        SQLALCHEMY_ENGINE_OPTIONS=engine_options(config.url, config.audit_keys, config.database_timeout),
    )
    if config.trusted_proxies:
        proxies = config.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies)  # type: ignore[method-assign]
    return app


def _runtime(config: Config, load_plugins: bool) -> Runtime:
    there = find_plugins(standard_folders(config.instance, config.plugin_folders))
    limits = HookLimits(deadline=config.hook_deadline, piece=config.piece_deadline)
    plugins = replace(empty(there), safe_mode=True)
    if load_plugins:
        plugins = loader.load(
            db.engine, there, enabled_plugins=config.enabled_plugins, limits=limits, crashed=recorder.left
        )
        recorder.left = ()
    parts = Runtime(config, plugins, None, Catalogue(), presence=presence_of(config))  # type: ignore[arg-type]
    parts.callers = Callers(lambda: parts.plugins, db.engine)
    parts.core_jobs = {
        "core.housekeeping": CoreJob(housekeeping, schedule="17 3 * * *"),
        "core.audit": CoreJob(verify_daily, schedule="41 3 * * *"),
        "core.due_times": CoreJob(forget_due_times, schedule="*/5 * * * *"),
        "core.emergency": CoreJob(end_emergencies, schedule=""),
        "core.import": CoreJob(run_import, schedule=""),
        indexing.INDEX_JOB: CoreJob(indexing.index_pending, schedule=""),
        indexing.REBUILD_JOB: CoreJob(indexing.run_rebuild, schedule=""),
        noticing.JOB: CoreJob(noticing.tell_searched, schedule=""),
        absence_news.BEGIN_JOB: CoreJob(absence_news.note_begun, schedule=""),
        absence_news.TELL_JOB: CoreJob(absence_news.tell_change, schedule=""),
        noting.JOB: CoreJob(noting.write_read, schedule=""),
        telling.JOB: CoreJob(telling.tell_plugin, schedule=""),
        sealing_stored.JOB: CoreJob(sealing_stored.seal_daily, schedule="29 3 * * *"),
        status_moves.JOB: CoreJob(status_moves.move_tickets, schedule=""),
        managers.JOB: CoreJob(managers.keep_managers, schedule="*/5 * * * *"),
    }
    parts.core_kinds = {
        "ticket": CoreKind(found.find_tickets, searching.ticket_documents),
        "service": CoreKind(found.find_services),
    }
    return parts


def _catalogue(plugins: Registry) -> tuple[Catalogue, Look]:
    try:
        return load_catalogue(plugins), read_look()
    except SQLAlchemyError as error:
        if trouble_of(error):
            raise
        log.warning("nothing is offered, because the database has no schema yet: %s", type(error).__name__)
        return Catalogue(), Look()


def _plugin_folders(plugins: Registry) -> list[Path]:
    declared = (plugins.declarations[name] for name in sorted(plugins.loaded))
    return [declaration.path for declaration in declared if declaration.path is not None]


def _templates(app: Flask, runtime: Runtime) -> None:
    """Let the site override any template, and a plugin only add below its own name."""
    declared = runtime.plugins.declarations
    own: dict[str, BaseLoader] = {
        name: FileSystemLoader(folder / "templates" / name)
        for name in sorted(runtime.plugins.loaded)
        if (folder := declared[name].path) is not None
    }
    site = FileSystemLoader(runtime.config.instance / "templates")
    core = FileSystemLoader(Path(__file__).parent / "templates")
    app.jinja_loader = ChoiceLoader([site, core, PrefixLoader(own)])

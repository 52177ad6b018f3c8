"""What a plugin contributed: settings, routes, tables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args, get_type_hints

import sqlalchemy as sa
from sqlalchemy.orm import Mapper

from deskcore.errors import Refused
from deskcore.extensions import Base, db
from deskcore.hooks.page_parts import PluginBlueprint
from deskcore.plugin_rules.trying.report import Report
from deskcore.runtime import runtime
from deskcore.testing.house import House
from deskcore.tickets.conversation_models import TICKET_SCOPED
from deskcore.tickets.models import Ticket, TicketScoped


def look(house: House, report: Report) -> None:
    """Look at everything that can be judged without a ticket."""
    with house.app.app_context():
        _settings(house.plugin, report)
        _routes(house, report)
        _models(report)
        _foreign_keys(house.plugin, report)
        _differences(house.plugin, report)


def _settings(plugin: str, report: Report) -> None:
    plugins = runtime().plugins
    for setting in plugins.settings_of(plugin):
        if setting.default is None:
            if setting.type != "secret":
                report.found("setting-defaults", "", f"The setting “{setting.key}” has no default.")
            continue
        try:
            plugins.check_setting(plugin, setting.key, setting.default)
        except (Refused, KeyError):
            said = f"The default {setting.default!r} of the setting “{setting.key}” does not fit “{setting.type}”."
            report.found("setting-defaults", "", said)


def _routes(house: House, report: Report) -> None:
    allowed = get_args(get_type_hints(PluginBlueprint, localns={"Blueprint": object})["access"])
    for item in runtime().plugins.blueprints:
        if item.plugin == house.plugin and item.value.access not in allowed:
            report.found("routes", "", f"The access of “{item.value.blueprint.name}” is {item.value.access!r}.")
    claimed = {f"{it.value.claims}/" for it in house.app.extensions["deskcore"].plugins.blueprints if it.value.claims}
    mine = (f"/x/{house.plugin}/", f"/api/v1/x/{house.plugin}/", *claimed)
    for rule in house.app.url_map.iter_rules():
        home = str(getattr(house.app.view_functions.get(rule.endpoint), "__module__", ""))
        if f"{home}.".startswith(f"{report.package.name}.") and not f"{rule.rule}/".startswith(mine):
            report.found("routes", "", f"{rule.rule} lies outside of {mine[0]}.")


def _mappers(report: Report) -> Iterator[Mapper[object]]:
    for mapper in Base.registry.mappers:
        if f"{mapper.class_.__module__}.".startswith(f"{report.package.name}."):
            yield mapper


def _models(report: Report) -> None:
    models: tuple[type[Any], ...] = (Ticket, *TICKET_SCOPED)
    tickets = {str(model.__tablename__) for model in models}
    for mapper in _mappers(report):
        keys = mapper.local_table.foreign_keys if isinstance(mapper.local_table, sa.Table) else ()
        if not issubclass(mapper.class_, TicketScoped) and any(key.column.table.name in tickets for key in keys):
            said = f"{mapper.class_.__name__} belongs to tickets, and everybody would see its rows."
            report.found("ticket-scoped", "", said)


def _foreign_keys(plugin: str, report: Report) -> None:
    inspector = sa.inspect(db.engine)
    for table in inspector.get_table_names():
        for key in inspector.get_foreign_keys(table) if table.startswith(f"{plugin}_") else ():
            does = str(key.get("options", {}).get("ondelete", "")).upper()
            if not key["referred_table"].startswith(f"{plugin}_") and does not in ("CASCADE", "SET NULL"):
                columns = ", ".join(key["constrained_columns"])
                said = f"{table}.{columns} keeps rows of “{key['referred_table']}” from being deleted."
                report.found("cascade", "", said)


def _differences(plugin: str, report: Report) -> None:
    from deskcore.hooks.migrations import Migrations

    for each in Migrations(db.engine, runtime().plugins.declarations).differences(plugin):
        step = each[0] if isinstance(each, list) else each
        named = [part.name for part in step if isinstance(part, sa.Table | sa.Column | sa.Index | sa.Constraint)]
        where = f" {step[2]}." if len(step) > 2 and isinstance(step[2], str) else " "
        report.found("models-match", "", f"{str(step[0]).replace('_', ' ')}{where}{', '.join(map(str, named))}.")

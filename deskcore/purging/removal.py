"""Takes away what a plugin left: tables, settings, state and work, in one transaction, so that it can be repeated."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from deskcore import audit
from deskcore.clock import now
from deskcore.desks.models import PluginDesk
from deskcore.errors import Conflict, DeskcoreError
from deskcore.events.jobs import is_job_of
from deskcore.events.models import Delivery, JobRow, Schedule, Subscription
from deskcore.hooks import state
from deskcore.hooks.declarations import PluginDeclaration
from deskcore.hooks.errors import describe
from deskcore.hooks.migrations import Migrations
from deskcore.hooks.models import PluginFailure, PluginHealth, PluginSetting, PluginState
from deskcore.purging.holdings import OPEN, Holdings, rows_of
from deskcore.tickets.models import TicketClaim

#: Nothing of it is a query on behalf of a person.
_OPTIONS = {"migrating": True}


class NotRemoved(DeskcoreError):
    """What a plugin left could not be removed, and all of it is there as before."""


def remove(engine: Engine, declarations: Mapping[str, PluginDeclaration], held: Holdings, archive: Path) -> None:
    """Remove what was archived: all of it or, when something fails or the process dies, nothing.

    Tickets keep what people answered and what the plugin added to them.

    :param archive: where it was archived, for the audit log.
    :raises Conflict: when something was written since it was archived.
    :raises NotRemoved: when the plugin's migrations do not lead back to the beginning.
    """
    migrations = Migrations(engine, declarations)
    first, then = (
        partial(_check_unchanged, declarations=declarations, held=held),
        partial(_forget, held=held, archive=archive),
    )
    try:
        migrations.remove_plugin(held.plugin, held.others, first, then)
    except DeskcoreError:
        raise
    except BaseException as error:
        # BaseException: a migration is a plugin's code, and its sys.exit() must not look like success.
        raise NotRemoved(
            f"The tables of “{held.plugin}” could not be removed ({describe(error)}); nothing was changed. Correct its "
            "migrations, or remove its package and purge again: then its tables are dropped by their names. Its "
            f"archive is {archive}."
        ) from error


def _check_unchanged(connection: Connection, declarations: Mapping[str, PluginDeclaration], held: Holdings) -> None:
    row = state.read_states(connection).get(held.plugin)
    if row is not None and row.wanted and held.plugin in declarations:
        raise Conflict(f"“{held.plugin}” was switched on meanwhile; nothing was removed.")
    for model, its_own in ((Delivery, Delivery.subscriber == held.plugin), (JobRow, is_job_of(held.plugin))):
        under_way = sa.select(model.id).where(its_own, model.lease_until > now()).limit(1)
        # What it writes into a row that was archived already would be lost.
        if connection.execute(under_way, execution_options=_OPTIONS).first() is not None:
            raise Conflict(
                f"Work of “{held.plugin}” is still under way; wait until it has ended, or stop every server and wait "
                "a minute. Nothing was removed."
            )
    if connection.dialect.name == "postgresql" and held.rows:
        names = ", ".join(connection.dialect.identifier_preparer.quote(table) for table in held.rows)
        connection.exec_driver_sql(f"LOCK TABLE {names} IN ACCESS EXCLUSIVE MODE")
    if rows_of(connection, held.plugin, held.others) != dict(held.rows):
        raise Conflict(f"Tables of “{held.plugin}” changed while they were archived; nothing was removed. Try again.")
    _check_unreferenced(connection, held)


def _check_unreferenced(connection: Connection, held: Holdings) -> None:
    """Refuse while a table of somebody else refers to one that goes."""
    inspector = sa.inspect(connection)
    for table in sorted(set(inspector.get_table_names()) - set(held.rows)):
        for key in inspector.get_foreign_keys(table):
            if key["referred_table"] in held.rows:
                raise Conflict(
                    f"The table “{table}” refers to “{key['referred_table']}”; purge the plugin that it belongs to "
                    "first. Nothing was removed."
                )


def _forget(connection: Connection, held: Holdings, archive: Path) -> None:
    name = held.plugin
    over = {
        "state": "discarded", "reason": "The plugin was purged.", "due_at": now(), "key": None, "lease": None,
        "lease_until": None,
    }  # fmt: skip
    for statement in (
        sa.update(Delivery).where(Delivery.subscriber == name, Delivery.state.in_(OPEN)).values(over),
        sa.update(JobRow).where(is_job_of(name), JobRow.state.in_(OPEN)).values(over),
        sa.delete(Schedule).where(Schedule.kind.startswith(f"{name}.", autoescape=True)),
        sa.delete(Subscription).where(Subscription.plugin == name),
        sa.delete(PluginDesk).where(PluginDesk.plugin == name),
        sa.delete(PluginSetting).where(PluginSetting.plugin == name),
        sa.delete(TicketClaim).where(TicketClaim.plugin == name),
        sa.delete(PluginFailure).where(PluginFailure.plugin == name),
        sa.delete(PluginHealth).where(PluginHealth.plugin == name),
        sa.delete(PluginState).where(PluginState.name == name),
    ):
        connection.execute(statement, execution_options=_OPTIONS)
    state.raise_epoch(connection)
    # Without numbers of rows: they would tell auditors the volume of a confidential desk.
    lost = {"tables": sorted(held.rows), "settings": held.settings}
    audit.record(connection, "plugin.purged", audit.Subject("plugin", name), lost, {"archive": archive.name})

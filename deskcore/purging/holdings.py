"""What an installation holds of a plugin, whether or not its package is there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy import select
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from deskcore.desks.models import DeskRow, RequestTypeRow
from deskcore.events.jobs import is_job_of
from deskcore.events.models import Delivery, JobRow
from deskcore.extensions import Base, Executor
from deskcore.hooks import state, tables
from deskcore.hooks.models import PluginSetting
from deskcore.tickets.models import Ticket

#: Work that was not done yet.
OPEN = ("waiting", "dead")


@dataclass(frozen=True)
class Kept:
    """What an administrator may know of it: counts of rows and tickets would tell the volume of a confidential desk.

    :param desks: titles, in both languages.
    """

    tables: int
    settings: int
    desks: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True)
class Holdings:
    """What a purge takes away, and what stays with the tickets.

    :param rows: number of rows by table.
    :param recorded: whether its state is recorded.
    :param wanted: whether it is switched on, which one that is gone may still be.
    :param work: deliveries and jobs that were not done yet.
    :param tickets: tickets with answers to its forms, or with data of its own.
    :param others: names of every other plugin that was ever seen.
    """

    plugin: str
    rows: Mapping[str, int] = field(default_factory=dict)
    settings: int = 0
    recorded: bool = False
    wanted: bool = False
    work: int = 0
    tickets: int = 0
    others: frozenset[str] = frozenset()

    @property
    def empty(self) -> bool:
        """Tell whether there is nothing to take away."""
        return not (self.rows or self.settings or self.recorded or self.work)


def holdings_of(session: Session, plugin: str) -> Holdings:
    """Return what the installation holds of ``plugin``.

    :param session: one that may see every ticket.
    """
    states = state.read_states(session)
    others = frozenset(states) - {plugin}
    row = states.get(plugin)
    return Holdings(
        plugin,
        rows=rows_of(session.connection(), plugin, others),
        settings=_settings(session, plugin),
        recorded=row is not None,
        wanted=row is not None and row.wanted,
        work=sum(session.scalar(statement) or 0 for statement in _work(plugin)),
        tickets=session.scalar(select(sa.func.count()).select_from(concerned(plugin).subquery())) or 0,
        others=others,
    )


def kept_of(session: Session, plugin: str) -> Kept:
    """Return what the page of a plugin whose package is gone says is kept."""
    others = set(state.read_states(session)) - {plugin}
    owned = tables.of_plugin(session.connection(), plugin, others)
    desks = session.scalars(select(DeskRow.title).where(DeskRow.plugin == plugin).order_by(DeskRow.key)).all()
    return Kept(len(_without_version(owned)), _settings(session, plugin), tuple(desks))


def rows_of(connection: Connection, plugin: str, others: frozenset[str]) -> dict[str, int]:
    """Return the number of rows of each table of ``plugin``, those of its revision aside.

    :raises ValueError: when a table of the core has the prefix of the plugin.
    """
    owned = tables.of_plugin(connection, plugin, others)
    if clash := sorted(set(owned) & core_tables()):
        raise ValueError(f"the core's table {clash[0]} begins with the name of the plugin")
    counts = {name: select(sa.func.count()).select_from(sa.table(name)) for name in _without_version(owned)}
    return {name: connection.scalar(count) or 0 for name, count in counts.items()}


def core_tables() -> frozenset[str]:
    """Return the core's tables."""
    ours = (mapper for mapper in Base.registry.mappers if mapper.class_.__module__.startswith("deskcore."))
    return frozenset(str(mapper.local_table.description) for mapper in ours)


def concerned(plugin: str) -> sa.Select[Any]:
    """Return the statement for tickets that were opened with a form of ``plugin``, or hold data of its own."""
    own = Ticket.extra[plugin].as_string().is_not(None)
    wanted = select(Ticket.number, DeskRow.key.label("desk"), RequestTypeRow.key.label("request_type"), Ticket.answers)
    wanted = wanted.add_columns(Ticket.extra[plugin].label("extra"))
    wanted = wanted.join(DeskRow, DeskRow.id == Ticket.desk_id)
    wanted = wanted.join(RequestTypeRow, RequestTypeRow.id == Ticket.request_type_id)
    return wanted.where(sa.or_(RequestTypeRow.plugin == plugin, own)).order_by(Ticket.id)


def _settings(on: Executor, plugin: str) -> int:
    return on.execute(select(sa.func.count()).where(PluginSetting.plugin == plugin)).scalar() or 0


def _work(plugin: str) -> tuple[sa.Select[int], ...]:
    deliveries = select(sa.func.count()).where(Delivery.subscriber == plugin, Delivery.state.in_(OPEN))
    return deliveries, select(sa.func.count()).where(is_job_of(plugin), JobRow.state.in_(OPEN))


def _without_version(names: list[str]) -> list[str]:
    return [name for name in names if not name.startswith(tables.VERSION_TABLE)]

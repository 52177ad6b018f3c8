"""Which processes are alive, and which plugins they run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import sqlalchemy as sa

from deskcore.clock import now
from deskcore.extensions import Executor, insert_into
from deskcore.hooks.models import Heartbeat


@dataclass(frozen=True)
class Beat:
    """A process that was alive at ``at`` and runs the plugins of ``epoch``."""

    process: str
    kind: str
    epoch: int
    at: datetime


def beat(on: Executor, process: str, kind: Literal["serve", "work"], epoch: int) -> None:
    """Note that ``process`` is alive and started with the plugins of ``epoch``."""
    values = {"kind": kind, "epoch": epoch, "at": now()}
    row = insert_into(on, Heartbeat).values(process=process, **values)
    on.execute(row.on_conflict_do_update(index_elements=["process"], set_=values))


def heartbeats(on: Executor, since: datetime) -> list[Beat]:
    """Return the processes that were alive after ``since``."""
    columns = Heartbeat.process, Heartbeat.kind, Heartbeat.epoch, Heartbeat.at
    statement = sa.select(*columns).where(Heartbeat.at > since).order_by(Heartbeat.process)
    return [Beat(*row) for row in on.execute(statement)]

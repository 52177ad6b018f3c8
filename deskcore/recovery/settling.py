"""What a copied database needs before it may serve: the world went on after the copy was made."""

from __future__ import annotations

from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from deskcore.audit.recording import Subject, record
from deskcore.desks.models import NumberSeries
from deskcore.events.holding import hold
from deskcore.events.models import Delivery, JobRow
from deskcore.hooks.models import Heartbeat
from deskcore.people.models import OneTimeLink, SignIn
from deskcore.recovery.manifest import Manifest

#: Secrets that were used up or taken back after the copy was made, and processes that are no more.
_FORGOTTEN: tuple[type[Any], ...] = (SignIn, OneTimeLink, Heartbeat)
#: Work that no process is at any longer.
_CLAIMED: tuple[type[Any], ...] = (Delivery, JobRow)


def settle(connection: Connection, manifest: Manifest, archive: str, skipped_numbers: int) -> None:
    """Hold deliveries back, sign everybody out, and skip the numbers that were given since; in one transaction.

    Repeats of what was sent before the copy are still recognised, and API tokens still open.

    :param archive: name of the archive, for the audit log.
    :param skipped_numbers: how many numbers of each series nobody gets.
    """
    hold(connection)
    for model in _FORGOTTEN:
        connection.execute(sa.delete(model))
    for model in _CLAIMED:
        connection.execute(sa.update(model).values(lease=None, lease_until=None))
    series = cast("sa.Table", NumberSeries.__table__)
    connection.execute(sa.update(series).values(next=series.c.next + skipped_numbers))
    made = {"made_at": manifest.created_at.isoformat(), "version": manifest.deskcore}
    record(connection, "backup.restored", Subject("backup", archive), after=made)

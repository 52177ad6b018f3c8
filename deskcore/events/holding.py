"""Holding back: a restored installation tells nobody anything until an administrator has looked at it.

What happened between the backup and its restoration is not in the database, so a delivery that waits there may have
been made long ago. Events are still recorded and fanned out; nothing is claimed until :func:`release`.
"""

from __future__ import annotations

from datetime import datetime
from typing import cast

import sqlalchemy as sa
from sqlalchemy import ColumnElement

from deskcore import audit
from deskcore.clock import now
from deskcore.extensions import Executor
from deskcore.hooks.models import SystemState
from deskcore.hooks.state import raise_epoch

_STATE = cast("sa.Table", SystemState.__table__)


def held_since(on: Executor) -> datetime | None:
    """Return since when deliveries and jobs are held back, or nothing when they are not."""
    found: datetime | None = on.execute(sa.select(_STATE.c.held_since)).scalar()
    return found


def nothing_is_held() -> ColumnElement[bool]:
    """Return the condition under which work may be claimed; part of every claim, so that it holds from the first."""
    return ~sa.exists().where(_STATE.c.held_since.is_not(None))


def hold(on: Executor) -> None:
    """Hold deliveries and jobs back, in every process, until :func:`release`."""
    raise_epoch(on)
    on.execute(sa.update(_STATE).values(held_since=now()))


def release(on: Executor) -> bool:
    """Let deliveries and jobs go on; return whether they were held back."""
    since = held_since(on)
    if since is not None:
        on.execute(sa.update(_STATE).values(held_since=None))
        raise_epoch(on)
        audit.record(on, "work.released", audit.Subject("work", "all"), before={"held_since": since})
    return since is not None

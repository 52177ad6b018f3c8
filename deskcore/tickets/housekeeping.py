"""The daily job that deletes what has had its time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from deskcore.clock import now
from deskcore.events.models import Delivery, JobRow
from deskcore.people.signing_in import forget_old_sign_ins
from deskcore.tickets.attachments import discard_old_uploads
from deskcore.tickets.models import IdempotencyKey
from deskcore.work import unit_of_work

#: How long the results of repeated requests and finished work are kept.
KEPT = timedelta(days=7)


def housekeeping(payload: Mapping[str, Any]) -> None:
    """Delete what has had its time: sign-ins, uploads without a ticket, results of repeats, finished work."""
    forget_old_sign_ins()
    discard_old_uploads()
    old = now() - KEPT
    with unit_of_work() as session:
        session.execute(sa.delete(IdempotencyKey).where(IdempotencyKey.at < old))
        session.execute(sa.delete(Delivery).where(Delivery.state == "done", Delivery.due_at < old))
        session.execute(sa.delete(JobRow).where(JobRow.state == "done", JobRow.due_at < old))

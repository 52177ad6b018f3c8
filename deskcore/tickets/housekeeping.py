"""The daily job that deletes what has had its time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from deskcore.clock import now
from deskcore.events.models import Delivery, JobRow
from deskcore.people.signing_in import forget_old_sign_ins
from deskcore.runtime import runtime
from deskcore.tickets.agent_models import TicketSnooze, UndoOffer
from deskcore.tickets.attachments import discard_old_uploads
from deskcore.tickets.collecting import collect_files
from deskcore.tickets.drafting import delete_old_drafts
from deskcore.tickets.incoming import discard_abandoned
from deskcore.tickets.models import IdempotencyKey
from deskcore.tickets.services.emergency import end_expired
from deskcore.work import delete_in_pieces

#: How long the results of repeated requests are kept.
_REPEATS = timedelta(days=7)


def end_emergencies(payload: Mapping[str, Any]) -> None:
    """End emergency access whose time is up; a job."""
    end_expired()


def housekeeping(payload: Mapping[str, Any]) -> None:
    """Delete what has had its time: sign-ins, drafts, uploads, files, results of repeats, undos, finished work."""
    forget_old_sign_ins()
    delete_old_drafts()
    discard_old_uploads()
    discard_abandoned()
    collect_files()
    delete_in_pieces(IdempotencyKey, IdempotencyKey.at < now() - _REPEATS)
    delete_in_pieces(UndoOffer, UndoOffer.until < now())
    delete_in_pieces(TicketSnooze, TicketSnooze.until < now())
    old = now() - timedelta(days=runtime().config.finished_work_days)
    for model in (Delivery, JobRow):
        # Dead ones stay until somebody has dealt with them.
        delete_in_pieces(model, model.state.in_(("done", "discarded")), model.due_at < old)

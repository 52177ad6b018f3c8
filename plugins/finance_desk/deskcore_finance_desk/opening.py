"""What a new request gets: priority, tags, and the sum that those who approve it decide on."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from deskcore.plugin import Changes, TicketDraft
from deskcore_finance_desk import policy, purchases
from deskcore_finance_desk.amounts import totals


def changes(draft: TicketDraft, now: datetime) -> Changes:
    """Return what the rules of the house make of a request.

    :param now: the present moment, in UTC.
    """
    house, today = policy.rules(), now.date()
    extra, tags = _together(draft, now) if draft.request_type == purchases.PURCHASE else ({}, ())
    return Changes(
        priority=policy.priority_of(draft.request_type, draft.answers, today, house),
        tags=(*policy.tags_of(draft.request_type, draft.answers, today, house), *tags),
        extra=extra,
    )


def _together(draft: TicketDraft, now: datetime) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return the amount that counts for approvals: with what the same person asked from the same supplier before."""
    total = next(iter(totals(draft.request_type, draft.answers)), None)
    if total is None:
        return {}, ()
    counted = purchases.summed(total, purchases.alike(draft.requester.email, draft.answers, now))
    return {"approval_amount": counted.stored()}, ("split-purchase",) if counted != total else ()

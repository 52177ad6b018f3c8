"""What a new request gets: priority, tags, and the sum that those who approve it decide on."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from deskcore.plugin import Changes, TicketDraft
from deskcore_finance_desk import policy, purchases, records
from deskcore_finance_desk.amounts import totals


def changes(draft: TicketDraft, now: datetime) -> Changes:
    """Return what the rules of the house make of a request.

    :param now: the present moment, in UTC.
    """
    house, today = policy.rules(), now.date()
    # Before the sum: a purchase that comes in between then has the place, and this one is asked about anew.
    takes = _takes(draft, now)
    extra, tags = _together(draft, now) if draft.request_type == purchases.PURCHASE else ({}, ())
    return Changes(
        priority=policy.priority_of(draft.request_type, draft.answers, today, house),
        tags=(*policy.tags_of(draft.request_type, draft.answers, today, house), *tags),
        takes=takes,
        extra=extra,
    )


def _takes(draft: TicketDraft, now: datetime) -> tuple[str, ...]:
    """Return what no other request gets, so that of two that are sent at once the later one knows of the earlier."""
    if draft.request_type == purchases.PURCHASE:
        return (purchases.free_place(draft.requester.email, draft.answers, now),)
    mark = records.mark_of(draft.answers) if draft.request_type == records.INVOICE else ""
    return (mark,) if mark and draft.answers.get("again") is not True else ()


def _together(draft: TicketDraft, now: datetime) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return the amount that counts for approvals: with what the same person asked from the same supplier before."""
    total = next(iter(totals(draft.request_type, draft.answers)), None)
    if total is None:
        return {}, ()
    counted = purchases.summed(total, purchases.alike(draft.requester.email, draft.answers, now))
    return {"approval_amount": counted.stored()}, ("split-purchase",) if counted != total else ()

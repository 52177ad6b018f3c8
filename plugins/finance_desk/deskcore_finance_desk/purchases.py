"""Purchases that belong together: one amount, however many requests it is split into.

They are read from the stored tickets, so a purchase counts from the moment it is sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from deskcore.plugin import TicketView, people, tickets
from deskcore_finance_desk.amounts import Money, totals
from deskcore_finance_desk.identity import party_of

#: Purchases of one person from one supplier within this time count as one.
TOGETHER = timedelta(days=30)
PURCHASE = "purchase_request"


def alike(requester: str, answers: Mapping[str, Any], at: datetime, besides: str = "") -> list[TicketView]:
    """Return what a person asked to buy from the same supplier within 30 days, oldest first.

    Purchases that name no supplier belong together, too.

    :param besides: number of a ticket that is not meant.
    """
    party = party_of(answers)
    found = people.requests_of(requester, "finance", PURCHASE, at - TOGETHER, at + TOGETHER)
    return [each for each in found if each.number != besides and party_of(each.answers) == party]


def free_place(requester: str, answers: Mapping[str, Any], at: datetime) -> str:
    """Return the next place in the line of a person's purchases from a supplier in this month."""
    line = f"{requester}/{party_of(answers)}/{at:%Y-%m}"
    return next(place for n in count() if tickets.taken("finance_desk", place := f"{line}/{n}") is None)


def summed(total: Money, others: Iterable[TicketView]) -> Money:
    """Return a total with those of other purchases in the same currency."""
    amounts = (each for other in others for each in totals(PURCHASE, other.answers))
    return Money(total.amount + sum(each.amount for each in amounts if each.currency == total.currency), total.currency)

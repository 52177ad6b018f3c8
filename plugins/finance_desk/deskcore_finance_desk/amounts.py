"""Amounts of money in answers: read, multiplied and summed without losing a cent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

#: Beyond this nobody buys; a slip of the keyboard does.
LARGEST = 999_999_999
#: The answer that says how much it is about, where it is one amount.
_FIELDS = {"invoice_payment": "gross", "urgent_payment": "amount", "travel_advance": "amount", "budget": "amount"}
#: The column of a table that holds amounts.
_COLUMNS = {"purchase_request": "price", "customer_invoice": "price", "expense": "amount"}


@dataclass(frozen=True)
class Money:
    """An amount in a currency."""

    amount: Decimal
    currency: str

    def stored(self) -> dict[str, str]:
        """Return the amount as an answer would hold it."""
        return {"amount": f"{self.amount:.2f}", "currency": self.currency}

    def __str__(self) -> str:
        return f"{self.amount:,.2f}".replace(",", "\u00a0") + f"\u00a0{self.currency}"


def money(value: Any) -> Money | None:
    """Return the amount that an answer holds; nothing for what is none."""
    if not isinstance(value, Mapping):
        return None
    try:
        amount = Decimal(str(value.get("amount")))
    except InvalidOperation:
        return None
    return Money(amount, str(value.get("currency"))) if amount.is_finite() else None


def totals(request_type: str, answers: Mapping[str, Any]) -> tuple[Money, ...]:
    """Return how much a request is about, an amount for each currency in the order in which they appear."""
    sums: dict[str, Decimal] = {}
    for each in _amounts(request_type, answers):
        sums[each.currency] = sums.get(each.currency, Decimal(0)) + each.amount
    return tuple(Money(amount, currency) for currency, amount in sums.items())


def rows(answers: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """Return the rows of the table in a request."""
    found = answers.get("lines")
    return [row for row in found if isinstance(row, Mapping)] if isinstance(found, (list, tuple)) else []


def _amounts(request_type: str, answers: Mapping[str, Any]) -> Iterator[Money]:
    column = _COLUMNS.get(request_type)
    if column is None:
        found = money(answers.get(_FIELDS.get(request_type, "")))
        yield from (found,) if found is not None else ()
        return
    for row in rows(answers):
        each, quantity = money(row.get(column)), row.get("quantity", 1)
        if each is not None and isinstance(quantity, int):
            yield Money(each.amount * quantity, each.currency)

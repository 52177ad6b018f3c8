"""What a request costs, as far as its answers say it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from deskcore_approvals.rules import Rules, Step


@dataclass(frozen=True)
class Amount:
    """An amount of money in one currency."""

    value: Decimal
    currency: str


def amount_of(rules: Rules, answers: Mapping[str, Any], extra: Mapping[str, Any]) -> Amount | None:
    """Return the amount that a section names; nothing when the answers do not tell it, or in several currencies.

    :param extra: what plugins keep with the ticket, by plugin.
    """
    if rules.amount.startswith("extra:"):
        plugin, _dot, key = rules.amount.removeprefix("extra:").partition(".")
        kept = extra.get(plugin)
        return _money(kept.get(key)) if isinstance(kept, Mapping) else None
    field, _dot, cells = rules.amount.partition(".")
    value = answers.get(field)
    return _total(value, cells.split("*")) if cells else _money(value)


def asked_for(step: Step, steps: Sequence[Step], amount: Amount | None, raised: bool) -> bool:
    """Tell whether an amount is large enough for a step; one that is not known is large enough for all.

    :param raised: as if it were in the next band.
    """
    if step.above is None or amount is None or amount.currency not in step.above:
        return True
    bands = sorted({each.above[amount.currency] for each in steps if each.above and amount.currency in each.above})
    band = sum(amount.value > limit for limit in bands) + raised
    return bands.index(step.above[amount.currency]) < band


def _total(rows: Any, cells: Sequence[str]) -> Amount | None:
    if not isinstance(rows, list | tuple) or not rows:
        return None
    amounts = [_product(row, cells) for row in rows]
    known = [amount for amount in amounts if amount is not None]
    if len(known) != len(amounts) or len({amount.currency for amount in known}) != 1:
        return None
    return Amount(sum((amount.value for amount in known), Decimal(0)), known[0].currency)


def _product(row: Any, cells: Sequence[str]) -> Amount | None:
    """Return the product of the cells of a row: one of them is an amount, the others are numbers."""
    if not isinstance(row, Mapping):
        return None
    product, money = Decimal(1), None
    for cell in cells:
        value = row.get(cell)
        if isinstance(value, int) and not isinstance(value, bool):
            product *= value
        elif money is None and (money := _money(value)) is not None:
            product *= money.value
        else:
            return None
    return Amount(product, money.currency) if money is not None else None


def _money(value: Any) -> Amount | None:
    if not isinstance(value, Mapping) or not isinstance(value.get("currency"), str):
        return None
    try:
        amount = Decimal(str(value.get("amount")))
    except InvalidOperation:
        return None
    return Amount(amount, value["currency"]) if amount.is_finite() else None

"""How days and prices are written for whoever reads."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from flask_babel import format_currency, format_date


def day(value: date | None) -> str:
    """Return a day in the reader's language, in one piece; nothing for none."""
    if value is None:
        return ""
    return str(format_date(value, "d\u00a0MMM\u00a0y"))  # type: ignore[no-untyped-call]


def round_sum(cents: int, currency: str) -> str:
    """Return a large sum in whole units, which may be broken before its currency."""
    return str(format_currency(Decimal(cents) / 100, currency, format="#,##0 ¤¤", currency_digits=False))


def money(cents: int, currency: str) -> str:
    """Return a price in the reader's language, such as ``5 899,00 PLN``."""
    amount = Decimal(cents) / 100
    return str(format_currency(amount, currency, format="#,##0.00\u00a0¤¤", currency_digits=False))

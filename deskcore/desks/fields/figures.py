"""Answers that count: whole numbers, amounts of money, yes and no."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from babel.numbers import format_currency, get_currency_precision, is_currency
from flask_babel import gettext as _

from deskcore.desks.fields.base import FieldContext, FieldType, Pairs, refuse
from deskcore.desks.fields.cleaning import clean_line
from deskcore.hooks.contributions import Text

if TYPE_CHECKING:
    from werkzeug.datastructures import MultiDict

    from deskcore.hooks.contributions import Field

#: The largest whole number that every JSON reader keeps exact.
LARGEST = 2**53 - 1
#: Offered first where an amount is asked for; any ISO 4217 code is accepted.
CURRENCIES = ("PLN", "EUR", "USD", "GBP", "CHF", "CZK")
# The language is the reader's of the answer, for example of a mail, not the one of the page being served.
YES = Text("Yes", "Tak")
NO = Text("No", "Nie")

_SPACES = re.compile(r"[\s\u00a0\u202f']")
_WHOLE = re.compile(r"[+-]?[0-9]{1,16}")
_PLAIN = re.compile(r"[+-]?[0-9]{1,12}(?:[.,][0-9]{1,4})?")
_GROUPED = re.compile(r"[+-]?[0-9]{1,3}(?:(?:,[0-9]{3}){1,3}\.[0-9]{1,2}|(?:\.[0-9]{3}){1,3},[0-9]{1,2})")
_WITH_CURRENCY = re.compile(r"(.*?)\s*([A-Za-z]{3}|zł|€|\$|£)")
_SIGNS = {"zł": "PLN", "€": "EUR", "$": "USD", "£": "GBP"}


class WholeNumber(FieldType):
    """A whole number between ``field.minimum`` and ``field.maximum``."""

    control = "int"

    def from_text(self, text: str, field: Field, context: FieldContext) -> Any:
        """Return the number, or the text when it is none."""
        digits = _SPACES.sub("", text)
        return int(digits) if _WHOLE.fullmatch(digits) else text

    def clean(self, value: Any, field: Field, context: FieldContext) -> int:
        """Return the number; text, fractions and truth values are refused."""
        if isinstance(value, bool) or not isinstance(value, int):
            raise refuse(_("Enter a whole number, like 3."))
        lowest, highest = _bounds(field)
        if value < lowest:
            raise refuse(_("Enter %(number)s or more.", number=lowest))
        if value > highest:
            raise refuse(_("Enter %(number)s or less.", number=highest))
        return value

    def json_schema(self, field: Field, language: str) -> dict[str, Any]:
        """Return an integer with its bounds."""
        lowest, highest = _bounds(field)
        return {"type": "integer", "minimum": lowest, "maximum": highest}


def _bounds(field: Field) -> tuple[int, int]:
    lowest = -LARGEST if field.minimum is None else field.minimum
    return lowest, LARGEST if field.maximum is None else field.maximum


class YesOrNo(FieldType):
    """Yes or no; two choices where an answer is required, else a box to tick."""

    control = "checkbox"

    def control_for(self, field: Field) -> str:
        """Return ``yesno`` where silence must not count as no."""
        return "yesno" if field.required and field.default is None else "checkbox"

    def from_text(self, text: str, field: Field, context: FieldContext) -> Any:
        """Return the truth value of a word in either language."""
        word = text.strip().casefold()
        if word in ("yes", "true", "1", "on", "y", "tak", "t"):
            return True
        return False if word in ("no", "false", "0", "off", "n", "nie") else text

    def clean(self, value: Any, field: Field, context: FieldContext) -> bool:
        """Return the truth value; nothing else is converted to one."""
        if not isinstance(value, bool):
            raise refuse(_("Answer yes or no."))
        return value

    def to_form(self, name: str, value: Any, field: Field, context: FieldContext) -> Pairs:
        """Return ``yes`` or ``no``; an unticked box posts nothing."""
        if value is True:
            return [(name, "yes")]
        return [(name, "no")] if value is False and self.control_for(field) == "yesno" else []

    def display(self, field: Field, value: Any, context: FieldContext) -> str:
        """Return Yes or No in the reader's language."""
        if not isinstance(value, bool):
            return super().display(field, value, context)
        return (YES if value else NO).in_language(context.language)

    def json_schema(self, field: Field, language: str) -> dict[str, Any]:
        """Return a boolean."""
        return {"type": "boolean"}


class Money(FieldType):
    """An amount with its currency, stored as ``{"amount": "12.50", "currency": "PLN"}``."""

    control = "money"

    def is_empty(self, value: Any) -> bool:
        """Count a currency without an amount as no answer: the list always has one selected."""
        if isinstance(value, dict) and set(value) <= {"amount", "currency"}:
            return super().is_empty(value.get("amount"))
        return super().is_empty(value)

    def from_text(self, text: str, field: Field, context: FieldContext) -> Any:
        """Read ``12,50``, ``12.50 EUR`` or ``12,50 zł``."""
        found = _WITH_CURRENCY.fullmatch(text.strip())
        if not found:
            return {"amount": text, "currency": context.currency}
        return {"amount": found[1], "currency": _SIGNS.get(found[2], found[2].upper())}

    def from_form(self, form: MultiDict[str, str], name: str, field: Field, context: FieldContext) -> Any:
        """Read the controls ``name.amount`` and ``name.currency``."""
        amount = form.get(f"{name}.amount")
        if amount is None:
            return super().from_form(form, name, field, context)
        return {"amount": amount, "currency": form.get(f"{name}.currency") or context.currency}

    def clean(self, value: Any, field: Field, context: FieldContext) -> dict[str, str]:
        """Return amount and currency; fractions in binary are refused because they lose cents."""
        if not isinstance(value, dict) or not set(value) <= {"amount", "currency"}:
            raise refuse(_("Send an amount and a currency, like 12.50 and PLN."))
        currency = _currency(value.get("currency", context.currency))
        places = get_currency_precision(currency)
        amount = _amount(value.get("amount"))
        if amount != round(amount, places):
            raise refuse(
                _(
                    "Write the amount like 1234.50, with no more decimal places than %(currency)s has.",
                    currency=currency,
                )
            )
        _check_amount(amount, field)
        return {"amount": f"{amount:.{places}f}", "currency": currency}

    def to_form(self, name: str, value: Any, field: Field, context: FieldContext) -> Pairs:
        """Return the two controls, with a decimal comma in Polish."""
        if not isinstance(value, dict):
            return [(f"{name}.amount", value)] if isinstance(value, str) else []
        amount, currency = (str(value.get(part) or "") for part in ("amount", "currency"))
        if context.language == "pl" and _PLAIN.fullmatch(amount):
            amount = amount.replace(".", ",")
        return [(f"{name}.amount", amount), (f"{name}.currency", currency or context.currency)]

    def display(self, field: Field, value: Any, context: FieldContext) -> str:
        """Return the amount as it is written in the reader's language."""
        if not isinstance(value, dict) or not _PLAIN.fullmatch(str(value.get("amount"))):
            return super().display(field, value, context)
        # "PLN1,234.50", the English default for most currencies, is hard to read; a table has its figures first.
        pattern = None if context.language == "pl" else "#,##0.00\u00a0¤¤"
        amount, currency = Decimal(value["amount"]), str(value.get("currency"))
        return str(format_currency(amount, currency, format=pattern, locale=context.language))

    def json_schema(self, field: Field, language: str) -> dict[str, Any]:
        """Return an object of two strings."""
        return {
            "type": "object",
            "properties": {
                "amount": {"type": "string", "pattern": r"^-?[0-9]{1,12}(\.[0-9]{1,4})?$"},
                "currency": {"type": "string", "pattern": "^[A-Z]{3}$"},
            },
            "required": ["amount"],
            "additionalProperties": False,
        }


def _currency(value: Any) -> str:
    code = value.strip().upper() if isinstance(value, str) else ""
    if len(code) != 3 or not is_currency(code):
        raise refuse(_("Choose a currency by its three letters, like PLN or EUR."))
    return code


def _amount(value: Any) -> Decimal:
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**12:
        return Decimal(value)
    text = _SPACES.sub("", clean_line(value)) if isinstance(value, str) else ""
    if _GROUPED.fullmatch(text):
        point = max(text.rfind(","), text.rfind("."))
        text = re.sub("[.,]", "", text[:point]) + "." + text[point + 1 :]
    elif not _PLAIN.fullmatch(text):
        raise refuse(_("Write the amount in digits, like 1234.50."))
    return Decimal(text.replace(",", ".")) + 0  # adding zero turns -0 into 0


def _check_amount(amount: Decimal, field: Field) -> None:
    lowest = field.minimum or 0
    if amount < lowest:
        raise refuse(_("Enter an amount of %(number)s or more.", number=lowest))
    if field.maximum is not None and amount > field.maximum:
        raise refuse(_("Enter an amount of %(number)s or less.", number=field.maximum))

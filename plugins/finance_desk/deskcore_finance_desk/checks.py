"""What only several answers together, the calendar, or earlier requests can show to be wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from deskcore.plugin import Problem
from deskcore_finance_desk import records
from deskcore_finance_desk.amounts import LARGEST, Money, money, rows, totals

#: A document older than this carries a slip in the year.
OLDEST = timedelta(days=3 * 365)
#: Quotes that are wanted above the limit.
QUOTES = 3

#: Days before which there is nothing left to do.
_STILL_AHEAD = {"purchase_request": "needed_by", "audit_report": "deadline"}
#: Days on which something happened.
_HAPPENED = {"vendor_bank_change": "verified_on", "invoice_payment": "issue_date", "invoice_query": "date"}
#: Requests that cannot be about nothing.
_ABOUT_MONEY = ("purchase_request", "customer_invoice", "expense")


def problems(
    request_type: str, answers: Mapping[str, Any], now: datetime, quotes_above: Money | None = None
) -> Iterator[Problem]:
    """Yield what has to be corrected.

    :param answers: checked answers; days as ``2026-11-24``.
    :param now: the present moment, in UTC.
    :param quotes_above: the total above which a purchase needs quotes; left out, none does.
    """
    # The answer was given in the person's time zone: count with the days that it is anywhere on Earth.
    first, last = (now - timedelta(hours=12)).date(), (now + timedelta(hours=14)).date()
    yield from _of_days(request_type, answers, first, last)
    yield from _of_totals(request_type, answers)
    if request_type == "invoice_payment":
        yield from _of_invoice(answers)
    if request_type == "expense":
        yield from _of_expenses(answers, last)
    if request_type == "purchase_request" and quotes_above is not None:
        yield from _of_quotes(answers, quotes_above)
    if request_type == "budget" and _same(answers.get("from_center"), answers.get("to_center")):
        yield _at("to_center", _("Enter another cost centre than the one the money comes from."))


def duplicate(answers: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield that an invoice was submitted before; the ticket is named to those who may see it.

    One that is submitted again on purpose is let through, and agents are warned.
    """
    if answers.get("again") is True:
        return
    number = records.submitted_as(answers)
    if number:
        again = _(
            "This invoice was submitted already, as %(number)s. If it came back to you, tick that below.", number=number
        )
        yield _at("invoice_no", again)
    elif number is not None:
        said = _("Somebody submitted this invoice of this supplier already. If it came back to you, tick that below.")
        yield _at("invoice_no", said)


def _of_days(request_type: str, answers: Mapping[str, Any], first: date, last: date) -> Iterator[Problem]:
    key = _STILL_AHEAD.get(request_type, "")
    if (ahead := _day(answers.get(key))) is not None and ahead < first:
        yield _at(key, _("Enter today or a later day."))
    key = _HAPPENED.get(request_type, "")
    if (happened := _day(answers.get(key))) is not None:
        if happened > last:
            yield _at(key, _("Enter a day that is not in the future."))
        elif happened < first - OLDEST:
            yield _at(key, _("This day is more than three years ago. Check the year."))
    trip = answers.get("trip")
    until = _day(trip.get("until")) if isinstance(trip, Mapping) else None
    if until is not None and until < first:
        yield _at("trip", _("This trip is over. Ask for a refund of expenses instead."))


def _of_totals(request_type: str, answers: Mapping[str, Any]) -> Iterator[Problem]:
    sums = totals(request_type, answers)
    if request_type in ("purchase_request", "customer_invoice") and len(sums) > 1:
        yield _at("lines", _("Enter all prices in one currency, and make a request for each other one."))
    elif request_type in _ABOUT_MONEY and sums and all(each.amount == 0 for each in sums):
        yield _at("lines", _("The total is 0. Enter the prices."))
    if any(each.amount > LARGEST for each in sums):
        field = "lines" if request_type in _ABOUT_MONEY else "amount"
        yield _at(field, _("The total is more than 999 999 999. Check quantities and prices."))


def _of_invoice(answers: Mapping[str, Any]) -> Iterator[Problem]:
    issued, due = _day(answers.get("issue_date")), _day(answers.get("due_date"))
    if issued is not None and due is not None and due < issued:
        yield _at("due_date", _("Enter a due date that is not before the date of issue."))
    net, vat, gross = (money(answers.get(key)) for key in ("net", "vat", "gross"))
    if net is None or vat is None or gross is None:
        return
    if len({net.currency, vat.currency, gross.currency}) > 1:
        yield _at("gross", _("Enter net amount, VAT and gross amount in one currency."))
    elif net.amount + vat.amount != gross.amount:
        total = Money(net.amount + vat.amount, net.currency)
        yield _at("gross", _("Net amount and VAT make %(total)s. Correct one of the three.", total=str(total)))


def _of_expenses(answers: Mapping[str, Any], last: date) -> Iterator[Problem]:
    period = answers.get("period")
    begin, end = (_day(period.get(key)) if isinstance(period, Mapping) else None for key in ("from", "until"))
    for number, row in enumerate(rows(answers)):
        day = _day(row.get("date"))
        if day is not None and day > last:
            yield _at(f"lines.{number}.date", _("Enter a day that is not in the future."))
        elif day is not None and begin is not None and end is not None and not begin <= day <= end:
            yield _at(f"lines.{number}.date", _("This day is outside the period. Correct one of the two."))
        amount, vat = money(row.get("amount")), money(row.get("vat"))
        if amount is None or vat is None:
            continue
        if vat.currency != amount.currency and vat.amount:
            yield _at(f"lines.{number}.vat", _("Enter the VAT in the currency of the amount."))
        elif vat.amount > amount.amount:
            yield _at(f"lines.{number}.vat", _("The VAT is more than the whole amount. Correct one of the two."))


def _of_quotes(answers: Mapping[str, Any], limit: Money) -> Iterator[Problem]:
    above = [each for each in totals("purchase_request", answers) if each.currency == limit.currency]
    files = answers.get("quotes")
    count = len(files) if isinstance(files, (list, tuple)) else 0
    if any(each.amount > limit.amount for each in above) and count < QUOTES:
        yield _at(
            "quotes",
            ngettext(
                "Above %(limit)s we need 3 quotes, and there is %(num)s. Attach the others.",
                "Above %(limit)s we need 3 quotes, and there are %(num)s. Attach the others.",
                count,
                limit=str(limit),
            ),
        )


def _same(one: Any, other: Any) -> bool:
    return isinstance(one, str) and isinstance(other, str) and one.strip().casefold() == other.strip().casefold()


def _at(key: str, message: str) -> Problem:
    return Problem(message, f"answers.{key}")


def _day(value: Any) -> date | None:
    try:
        return date.fromisoformat(value[:10]) if isinstance(value, str) else None
    except ValueError:
        return None

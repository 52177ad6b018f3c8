"""The house rules of finance: what is urgent, what waits for the month-end, and which expenses are above a limit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from deskcore.plugin import Setting, Text, setting
from deskcore_finance_desk.account import PEOPLE
from deskcore_finance_desk.amounts import Money, money, rows

#: Requests that can wait while the month is closed.
CAN_WAIT = frozenset({"payment_status", "budget", "cost_center"})
#: An invoice that is due within these days is paid before others.
SOON = timedelta(days=5)
#: Days after the trip until which an advance is settled.
SETTLED_WITHIN = timedelta(days=14)
#: Categories of expenses that have a limit, with the setting that holds it.
LIMITED = {"meal": "limit_meal", "hotel": "limit_hotel", "gift": "limit_gift"}


_ADDRESS = Text(
    "Their e-mail address; empty: the desk's lead is asked.", "Adres e-mail; puste: pytany jest kierownik działu."
)
_ZERO = Text("0 for no limit.", "0 oznacza brak limitu.")
SETTINGS = [
    Setting("controller", Text("Finance controller", "Kontroler finansowy"), default="", hint=_ADDRESS),
    Setting("cfo", Text("Finance director or board", "Dyrektor finansowy lub zarząd"), default="", hint=_ADDRESS),
    Setting(
        "security_reviewer", Text("Who speaks for security", "Kto opiniuje bezpieczeństwo"), default="", hint=_ADDRESS
    ),
    Setting(
        "legal_reviewer",
        Text("Who speaks for the legal department", "Kto opiniuje w\u00a0imieniu prawników"),
        default="",
        hint=_ADDRESS,
    ),
    Setting("policy_currency", Text("Currency of the limits below", "Waluta poniższych limitów"), default="PLN"),
    Setting(
        "quotes_above",
        Text("Total above which a purchase needs three quotes", "Suma, powyżej której zakup wymaga trzech ofert"),
        "int",
        10000,
        hint=_ZERO,
    ),
    Setting("limit_meal", Text("Limit for one meal", "Limit na jeden posiłek"), "int", 150, hint=_ZERO),
    Setting("limit_hotel", Text("Limit for one stay in a hotel", "Limit na jeden nocleg"), "int", 700, hint=_ZERO),
    Setting(
        "limit_gift",
        Text("Limit for one gift or meal with guests", "Limit na jeden upominek lub poczęstunek"),
        "int",
        200,
        hint=_ZERO,
    ),
    Setting(
        "month_end_before",
        Text("Month-end: last days of the month", "Zamknięcie miesiąca: ostatnie dni miesiąca"),
        "int",
        2,
        hint=Text(
            "In these days questions that can wait get priority Low.",
            "W\u00a0tych dniach pytania, które mogą poczekać, mają priorytet Niski.",
        ),
    ),
    Setting(
        "month_end_after",
        Text("Month-end: first days of the next month", "Zamknięcie miesiąca: pierwsze dni następnego"),
        "int",
        3,
    ),
]


@dataclass(frozen=True)
class Rules:
    """What an organisation decided.

    :param before: last days of a month in which it is being closed; ``after``: first days of the next one.
    :param limits: by category, the most that one expense may be, in ``currency``; 0 means that there is no limit.
    """

    currency: str = "PLN"
    quotes_above: int = 0
    before: int = 0
    after: int = 0
    limits: Mapping[str, int] = field(default_factory=dict)

    @property
    def quotes_limit(self) -> Money | None:
        """The total above which a purchase needs quotes, if there is one."""
        return Money(Decimal(self.quotes_above), self.currency) if self.quotes_above > 0 else None


def rules() -> Rules:
    """Return the rules of this organisation."""
    return Rules(
        currency=setting("finance_desk", "policy_currency"),
        quotes_above=setting("finance_desk", "quotes_above"),
        before=setting("finance_desk", "month_end_before"),
        after=setting("finance_desk", "month_end_after"),
        limits={
            "meal": setting("finance_desk", "limit_meal"),
            "hotel": setting("finance_desk", "limit_hotel"),
            "gift": setting("finance_desk", "limit_gift"),
        },
    )


def month_end_until(day: date, house: Rules) -> date | None:
    """Return the last day of the month-end that ``day`` lies in, or nothing between two of them."""
    first_of_next = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
    if house.after > 0 and day.day <= house.after:
        return day.replace(day=min(house.after, (first_of_next - timedelta(days=1)).day))
    if house.before > 0 and (first_of_next - day).days <= house.before:
        return first_of_next + timedelta(days=min(house.after, 28) - 1) if house.after > 0 else _last(first_of_next)
    return None


def _last(first_of_next: date) -> date:
    return first_of_next - timedelta(days=1)


def priority_of(request_type: str, answers: Mapping[str, Any], today: date, house: Rules) -> str | None:
    """Return the priority that the request calls for, or nothing where its type's own stands."""
    if request_type == "corporate_card" and answers.get("kind") == "block":
        return "urgent"
    if request_type == "invoice_payment" and (due := _day(answers.get("due_date"))) and due - today <= SOON:
        return "high"
    if request_type in CAN_WAIT and month_end_until(today, house):
        return "low"
    return None


def tags_of(request_type: str, answers: Mapping[str, Any], today: date, house: Rules) -> Iterator[str]:
    """Yield the tags that agents filter by, as far as the request itself shows them."""
    if request_type in PEOPLE:
        yield "call-back"
    if request_type == "purchase_request" and answers.get("budgeted") is False:
        yield "unbudgeted"
    if request_type == "invoice_payment" and answers.get("again") is True:
        yield "submitted-again"
    if request_type == "expense" and over_limit(answers, house):
        yield "over-limit"
    if request_type in CAN_WAIT and month_end_until(today, house):
        yield "month-end"


def over_limit(answers: Mapping[str, Any], house: Rules) -> list[tuple[int, Money, Money]]:
    """Return the expenses above the limit of their category: number of the row, amount, limit."""
    found = []
    for number, row in enumerate(rows(answers), start=1):
        amount, limit = money(row.get("amount")), house.limits.get(str(row.get("category")), 0)
        if amount is not None and limit > 0 and amount.currency == house.currency and amount.amount > limit:
            found.append((number, amount, Money(Decimal(limit), house.currency)))
    return found


def settle_by(answers: Mapping[str, Any]) -> date | None:
    """Return the day by which an advance is to be settled."""
    trip = answers.get("trip")
    end = _day(trip.get("until")) if isinstance(trip, Mapping) else None
    return end + SETTLED_WITHIN if end is not None else None


def _day(value: Any) -> date | None:
    try:
        return date.fromisoformat(value[:10]) if isinstance(value, str) else None
    except ValueError:
        return None

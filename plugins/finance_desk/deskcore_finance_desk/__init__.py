"""The finance desk: invoices, purchases, expenses, suppliers, budgets; and what keeps money from going astray."""

from __future__ import annotations

from pathlib import Path

from deskcore.plugin import (
    Changes,
    Demo,
    Desk,
    EventView,
    FieldType,
    Permission,
    PluginBlueprint,
    Problem,
    RequestType,
    Setting,
    Team,
    Text,
    TicketDraft,
    TicketPanel,
    TicketView,
    Transition,
    hookimpl,
    load_request_types,
    now,
)
from deskcore_finance_desk import account, checks, demo, numbers, opening, panels, policy, records, views

#: A bank account that could not be checked is not paid to: where this plugin fails, nothing is stored on its desk.
CRITICAL = ("finance",)

DESK = Desk(
    key="finance",
    prefix="FIN",
    title=Text("Finance", "Finanse"),
    icon="money",
    order=30,
    teams=(
        Team("ap", Text("Payables", "Zobowiązania")),
        Team("ar", Text("Receivables", "Należności")),
        Team("control", Text("Controlling", "Kontroling"), tier=2),
    ),
)


@hookimpl
def register_desks() -> list[Desk]:
    """Add the finance desk with its teams."""
    return [DESK]


@hookimpl
def register_request_types() -> list[RequestType]:
    """Add what ``catalogue/`` declares, and for the HR desk what people look for in finance."""
    folder = Path(__file__).parent
    return [*load_request_types(folder / "catalogue", "finance"), *load_request_types(folder / "catalogue_hr", "hr")]


@hookimpl
def register_field_types() -> list[FieldType]:
    """Add bank accounts and tax numbers, whose check digits are compared."""
    iban = Text("Bank account (IBAN)", "Rachunek bankowy (IBAN)")
    taxid = Text("Tax number", "Numer podatkowy")
    return [
        FieldType("iban", iban, numbers.clean_iban, "PL61 1090 1014 0000 0712 1981 2874"),
        FieldType("taxid", taxid, numbers.clean_taxid, "526-000-12-46"),
    ]


@hookimpl
def register_settings() -> list[Setting]:
    """Add what an organisation decides for itself: who approves, limits, and the month-end."""
    return policy.SETTINGS


@hookimpl
def register_permissions() -> list[Permission]:
    """Add the right to write down that a bank account was checked."""
    return [
        Permission(account.PERMISSION, Text("Check bank accounts", "Sprawdzanie rachunków bankowych"), role="agent")
    ]


@hookimpl
def validate_ticket(draft: TicketDraft) -> list[Problem]:
    """Check answers that depend on each other, on the calendar, or on what was submitted before."""
    if draft.desk != "finance":
        return []
    found = list(checks.problems(draft.request_type, draft.answers, now(), policy.rules().quotes_limit))
    return found + list(checks.duplicate(draft.answers) if draft.request_type == records.INVOICE else ())


@hookimpl
def before_ticket_open(draft: TicketDraft) -> Changes | None:
    """Set priority and tags, and sum purchases that belong together."""
    return opening.changes(draft, now()) if draft.desk == "finance" else None


@hookimpl
def ticket_opened(event: EventView, ticket: TicketView) -> None:
    """Write down what later requests are compared with."""
    records.remember(event, ticket)


@hookimpl
def validate_transition(transition: Transition) -> list[Problem]:
    """Keep a ticket about a bank account open until two people were sure of it."""
    return account.problems(transition)


@hookimpl
def register_ticket_panels() -> list[TicketPanel]:
    """Add what to know before money moves, and how sure a bank account is."""
    before = Text("Before it is paid", "Przed zapłatą")
    sure = Text("Is the account right?", "Czy rachunek jest właściwy?")
    return [
        TicketPanel("finance_before", before, panels.before_paying, order=10, desks=("finance",)),
        TicketPanel("finance_account", sure, panels.account, order=20, desks=("finance",)),
    ]


@hookimpl
def register_blueprints() -> list[PluginBlueprint]:
    """Add the page on which bank accounts are checked."""
    return [PluginBlueprint(views.pages, access="workspace")]


@hookimpl
def register_demo() -> list[Demo]:
    """Add eight weeks of tickets to the demo organisation."""
    return [Demo(demo.seed, order=30)]
